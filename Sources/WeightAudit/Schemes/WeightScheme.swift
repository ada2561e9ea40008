/// What an initialization declares for the tensors of a model, by name or by role.
public struct WeightScheme: Sendable {
  /// The name by which `--scheme` chooses it.
  public var name: String
  /// What it is, in a sentence.
  public var summary: String
  /// Where it is published.
  public var source: String
  /// Patterns that must each match a tensor for the scheme to be recognized; empty for one that is only chosen by name.
  public var signs: [String]
  /// Roles of which a tensor must have one besides, for signs that other families' names match, too; empty for none.
  var signRoles: Set<TensorRole.Kind> = []
  /// Names of `model_type` in a configuration that mean this scheme.
  public var modelTypes: [String]
  /// Numbers that its formulas use, such as `std`.
  public var parameters: [String: Double]
  /// The parameter that models of the family choose for themselves: taken from the configuration, or from the file.
  public var free: String?
  public var rules: [SchemeRule]
  /// Tensors that must be equal, each group by its names.
  public var tied: [[String]]
  /// Rows of tables that must be zero.
  public var padding: [PaddingRow]
  /// What is laid out in another way than names and shapes tell.
  public var layouts: [(pattern: TensorPattern, layout: TensorRole.Layout)]
  /// The stride of transposed convolutions; nil to go by the window's side.
  public var stride: Int?
  /// Whether deviations from it are found without asking for it. Defaults of libraries are recognized, and never demanded.
  var isDemanded = true
  /// Whether its program initializes matrices alone and leaves convolutions as the library or another part draws them.
  var leavesConvolutions = false
  /// Whether the file itself declares it, for each tensor alone: then nothing is left to a program's choice.
  package var isOfFile = false

  public struct PaddingRow: Sendable {
    public var pattern: TensorPattern
    public var row: Int
    public init(_ pattern: TensorPattern, row: Int) { (self.pattern, self.row) = (pattern, row) }
  }

  /// Makes a scheme.
  ///
  /// - Parameters:
  ///   - name: By which it is chosen.
  ///   - summary: What it is.
  ///   - source: Where it is published.
  ///   - signs: Patterns that must each match a tensor.
  ///   - modelTypes: Names in configurations.
  ///   - parameters: Numbers that its formulas use.
  ///   - free: The parameter that the file decides.
  ///   - rules: Which tensor has which law; the first that matches counts.
  public init(
    name: String, summary: String, source: String, signs: [String] = [], modelTypes: [String] = [],
    parameters: [String: Double] = [:], free: String? = nil, rules: [SchemeRule]
  ) {
    (self.name, self.summary, self.source, self.signs, self.modelTypes) = (name, summary, source, signs, modelTypes)
    (self.parameters, self.free, self.rules) = (parameters, free, rules)
    (tied, padding, layouts) = ([], [], [])
  }
}

/// One line of a scheme: tensors, and the laws that each of them may have.
public struct SchemeRule: Sendable {
  /// Names, or a role with @ before it: `@gain`, `@linear`, `@residual`.
  public var pattern: TensorPattern
  /// The laws that the scheme allows for these tensors; the first is named where none fits.
  public var laws: [DeclaredLaw]
  /// The line of the file on which it stands, from 1.
  public var line: Int?

  /// Makes a rule.
  ///
  /// - Parameters:
  ///   - pattern: Of names, or a role with @ before it.
  ///   - laws: Any of which is right.
  ///   - line: Of the file.
  public init(_ pattern: TensorPattern, _ laws: [DeclaredLaw], line: Int? = nil) {
    (self.pattern, self.laws, self.line) = (pattern, laws, line)
  }

  /// A rule of the catalogue, whose laws are known to be well written: a test reads all of them.
  init(_ pattern: String, _ laws: String...) {
    self.init(TensorPattern(pattern), laws.compactMap { try? DeclaredLaw(parsing: $0) })
  }

  /// Roles by the word behind @.
  static let roles: [String: Set<TensorRole.Kind>] = [
    "gain": [.gain], "shift": [.shift], "bias": [.bias], "linear": [.linear], "convolution": [.convolution],
    "transposed": [.transposedConvolution], "embedding": [.embedding], "position": [.positionEmbedding], "head": [.head],
    "recurrent": [.recurrent], "router": [.router], "token": [.token], "layerscale": [.layerScale],
    "relative": [.relativeBias], "state": [.stateMatrix], "skip": [.skip], "stepbias": [.stepBias],
    "stepweight": [.stepWeight],
    "mean": [.runningMean], "variance": [.runningVariance], "frequencies": [.frequencies],
    "weight": [.linear, .convolution, .transposedConvolution, .embedding, .positionEmbedding, .head, .recurrent, .router],
  ]

  /// The words that may stand behind @.
  public static let roleNames = (roles.keys + ["residual", "lastnorm"]).sorted()

  /// Whether the rule is about this tensor.
  func matches(_ name: TensorName, _ role: TensorRole, original: String) -> Bool {
    if pattern.matches(name.plain) || pattern.matches(original) { return true }
    guard pattern.text.contains("@") else { return false }
    return pattern.text.split(separator: "|").contains { word in
      guard word.hasPrefix("@") else { return false }
      let word = word.filter { $0 != "@" && $0 != " " }
      if word == "lastnorm" { return role.isLastNorm }
      if word == "residual" { return role.residualEnd != nil && role.kind.isWeight }
      return Self.roles[String(word)]?.contains(role.kind) ?? false
    }
  }
}

extension WeightScheme {
  /// The names that formulas may use beside the scheme's own parameters, in alphabetical order.
  package static var formulaNames: [String] { FileContext.valueNames.sorted() }

  /// The rules that nearly every scheme has: gains of one, shifts of zero, fresh running statistics, rotary frequencies.
  static let usual: [SchemeRule] = [
    SchemeRule("@gain", "ones"), SchemeRule("@shift", "zeros"), SchemeRule("@mean", "zeros"),
    SchemeRule("@variance", "ones"),
    SchemeRule("@frequencies", "frequencies"),
  ]

  /// The rule for a tensor; nil where the scheme says nothing of it.
  func rule(_ name: TensorName, _ role: TensorRole, original: String) -> SchemeRule? {
    rules.first { $0.matches(name, role, original: original) }
  }
}
