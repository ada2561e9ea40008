/// The signature of a program that `torch.export` made: which of its inputs are parameters, under which state-dict names.
public struct ONNXGraphSignature: Sendable, Hashable {
  /// An input or output.
  public struct Entry: Sendable, Hashable {
    /// Its name in the program, such as `p_1_weight`.
    public var name: String
    public var kind: Kind
    /// The name in the state dict, such as `1.weight`; empty for what is not there.
    public var target: String

    package init(name: String, kind: Kind, target: String) { (self.name, self.kind, self.target) = (name, kind, target) }
  }

  /// What an input or output is.
  public enum Kind: String, Sendable, Hashable {
    case parameter = "PARAMETER"
    case buffer = "BUFFER"
    case constant = "CONSTANT_TENSOR"
    case userInput = "USER_INPUT"
    case userOutput = "USER_OUTPUT"
    case other = ""
  }

  public var inputs: [Entry]
  public var outputs: [Entry]

  /// State-dict names of the parameters, in order.
  public var parameters: [String] { inputs.filter { $0.kind == .parameter }.map(\.target) }

  /// State-dict names of the buffers, in order.
  public var buffers: [String] { inputs.filter { $0.kind == .buffer }.map(\.target) }

  /// Reads lines such as `p_1_weight: PARAMETER target='1.weight'` below `# inputs` and `# outputs`; others are passed by.
  ///
  /// - Parameter text: The value of `pkg.torch.export.ExportedProgram.graph_signature`.
  /// - Returns: Nil where no line can be read.
  init?(parsing text: String) {
    (inputs, outputs) = ([], [])
    var isOutput = false
    for line in text.split(whereSeparator: \.isNewline) {
      if line.hasPrefix("#") {
        isOutput = line.hasPrefix("# outputs")
        continue
      }
      // The colon ends the name: names of programs are identifiers.
      guard let colon = line.firstIndex(of: ":") else { continue }
      let rest = line[line.index(after: colon)...].drop { $0 == " " }
      let kind = Kind(rawValue: String(rest.prefix { $0 != " " })) ?? .other
      let target = rest.ranges(of: "target=").first.flatMap { PythonLiteral.string(rest[$0.upperBound...]) } ?? ""
      let entry = Entry(name: String(line[..<colon]), kind: kind, target: target)
      if isOutput { outputs.append(entry) } else { inputs.append(entry) }
    }
    if inputs.isEmpty && outputs.isEmpty { return nil }
  }
}
