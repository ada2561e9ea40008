import NumberText
import Spelling

/// The arguments of one catalogue entry: complete, and within their domains.
public struct Arguments: Hashable, Sendable {
  public var numbers: [String: Double]
  public var choices: [String: String]

  public init(numbers: [String: Double] = [:], choices: [String: String] = [:]) {
    self.numbers = numbers
    self.choices = choices
  }

  /// The number with that name. A name that the entry does not declare is a bug of the caller.
  public func number(_ name: String) -> Double {
    guard let value = numbers[name] else {
      preconditionFailure("no numeric argument \(name) among \(numbers.keys.sorted())")
    }
    return value
  }

  /// The whole number with that name. A name that the entry does not declare as such is a bug of the caller.
  public func integer(_ name: String) -> Int {
    guard let value = Int(exactly: number(name)) else {
      preconditionFailure("\(name) = \(number(name)) is not a whole number")
    }
    return value
  }

  /// The word with that name. A name that the entry does not declare is a bug of the caller.
  public func choice(_ name: String) -> String {
    guard let value = choices[name] else { preconditionFailure("no choice \(name) among \(choices.keys.sorted())") }
    return value
  }
}

extension Arguments {
  /// The default values of these parameters.
  public init(defaultsOf parameters: [Parameter]) {
    self.init()
    for parameter in parameters {
      switch parameter.kind {
      case .number(let value, _): numbers[parameter.name] = value
      case .integer(let value, _): numbers[parameter.name] = Double(value)
      case .choice(let word, _), .version(let word): choices[parameter.name] = word
      }
    }
  }

  /// Completes the written arguments with the entry's defaults and checks them against the parameters' domains.
  ///
  /// A value without a key stands for the first parameter.
  ///
  /// - Throws: `SpecificationError` for an unknown key (with the nearest one), a key given twice, a value for an entry
  ///   without parameters, a text that is not a finite number, a number out of range, or an unknown word.
  public init(
    resolving specification: Specification, parameters: [Parameter], entryName: String
  ) throws(SpecificationError) {
    self.init(defaultsOf: parameters)
    var given: Set<String> = []
    for argument in specification.arguments {
      let parameter = try Self.parameter(for: argument, among: parameters, entryName: entryName)
      guard given.insert(parameter.name).inserted else {
        throw SpecificationError("\(entryName) is given `\(parameter.name)` twice", hint: "Keep one of them.")
      }
      try set(parameter, to: argument.value, entryName: entryName)
    }
  }

  private static func parameter(
    for argument: Specification.Argument, among parameters: [Parameter], entryName: String
  ) throws(SpecificationError) -> Parameter {
    guard let first = parameters.first else {
      let written = argument.key.isEmpty ? argument.value : argument.key
      throw SpecificationError("\(entryName) takes no arguments, `\(written)` was given", hint: "Write \(entryName) alone.")
    }
    if argument.key.isEmpty { return first }
    if let parameter = parameters.first(where: { $0.name == argument.key }) { return parameter }
    let names = parameters.map(\.name)
    throw SpecificationError(
      "\(entryName) has no parameter `\(argument.key)`",
      hint: nearestName(to: argument.key, among: names).map { "Did you mean `\($0)`?" }
        ?? "It takes \(names.joined(separator: ", ")).")
  }

  private mutating func set(_ parameter: Parameter, to text: String, entryName: String) throws(SpecificationError) {
    let name = parameter.name
    let place = "\(entryName): \(name)"
    switch parameter.kind {
    case .number(_, let range):
      guard let number = Double(text), number.isFinite else {
        throw SpecificationError("\(place) is `\(text)`, not a finite number", hint: "It must be \(parameter.domain).")
      }
      guard range.contains(number) else {
        throw SpecificationError("\(place) is \(text), out of range", hint: "It must be \(parameter.domain).")
      }
      guard Parameter.isComputable(number), number != 0 || Parameter.writesZero(text) else {
        throw SpecificationError(
          "\(place) is \(text), too close to 0 to compute with", hint: "It must be 0, or 1e-100 or more in magnitude.")
      }
      numbers[name] = number
    case .integer(_, let range):
      guard let number = Int(text) ?? Double(text).flatMap(Int.init(exactly:)) else {
        throw SpecificationError("\(place) is `\(text)`, not a whole number", hint: "It must be \(parameter.domain).")
      }
      guard range.contains(number) else {
        throw SpecificationError("\(place) is \(text), out of range", hint: "It must be \(parameter.domain).")
      }
      numbers[name] = Double(number)
    case .version:
      guard let version = LibraryVersion(text) else {
        throw SpecificationError("\(place) is `\(text)`, not a version", hint: "It must be \(parameter.domain).")
      }
      choices[name] = version.description
    case .choice(_, let words):
      let word = Specification.folded(text)
      guard words.contains(word) else {
        throw SpecificationError(
          "\(place) is `\(text)`, which is not among its words",
          hint: nearestName(to: word, among: words).map { "Did you mean `\($0)`?" } ?? "It must be \(parameter.domain).")
      }
      choices[name] = word
    }
  }
}

extension Specification {
  /// Makes the canonical specification of an entry with these arguments: in the parameters' order, and without defaults.
  ///
  /// Numbers take the shortest decimals that read back as the same Double. Parsing and resolving the text gives the
  /// arguments again.
  public init(entryName: String, arguments: Arguments, parameters: [Parameter]) {
    let defaults = Arguments(defaultsOf: parameters)
    self.init(name: entryName)
    for parameter in parameters {
      let name = parameter.name
      if let number = arguments.numbers[name], number != defaults.numbers[name] {
        self.arguments.append(Argument(key: name, value: exactNumber(number)))
      } else if let word = arguments.choices[name], word != defaults.choices[name] {
        self.arguments.append(Argument(key: name, value: word))
      }
    }
  }
}
