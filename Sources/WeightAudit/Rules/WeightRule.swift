import NumberText
import TensorFiles

/// A check for one thing that can be wrong with a file of weights: one file in this folder, one line in `WeightRules`.
public protocol WeightRule: Sendable {
  /// The name by which findings refer to the rule, such as `zero-tensor`.
  static var name: String { get }
  /// What the rule is about, in one sentence.
  static var summary: String { get }
  /// What is looked at, how it is judged, and how often chance alone makes a finding.
  static var explanation: String { get }
  /// What to do about it.
  static var remedy: String { get }

  /// Looks at the file and adds its findings.
  func judge(_ judgement: inout Judgement)
}

/// All rules about files of weights, in the order in which they look.
public enum WeightRules {
  public static let rules: [any WeightRule] = [
    AllZero(), NonFiniteValues(), UninitializedMemory(), ZeroTensor(), ConstantTensor(), Buffers(), EqualTensors(),
    EqualParts(), UnevenRows(), StateSpace(), NormGain(), LayerScaleStart(), MassAtBounds(), ShiftedMean(), WrongFan(),
    ResidualScaling(),
    UnscaledWeights(), SchemeDeviation(), LibraryDefault(), OverwrittenTensor(), DeviationAsVariance(), OutlierTensor(),
    UnequalParts(), BrokenTie(), PaddingRows(), RoundedGrid(), FollowsNoScheme(),
    UnusedRule(), ChangedTensor(), MissingTensor(),
  ]

  public static var names: [String] { rules.map { type(of: $0).name } }

  /// Finds the rule with that name; nil where there is none.
  public static func rule(named name: String) -> (any WeightRule.Type)? {
    rules.map { type(of: $0) }.first { $0.name == name }
  }
}

/// What rules have found so far, and what they look at.
public struct Judgement {
  let context: FileContext
  /// For each tensor the first one with the same bytes in the file.
  let sharing: [Int]
  /// Whether the file says where two names mean one tensor, as PyTorch's archives do.
  var storesSharing = false
  /// The schemes whose signs are in the file, those of libraries last.
  let candidates: [WeightScheme]
  /// The scheme that was asked for; nil where it is to be recognized.
  let chosen: WeightScheme?
  /// Whether that scheme was named, where a model's configuration tells the family alone.
  var isNamed = false
  /// Whether the tensors are one part of several in the file.
  var isPart = false
  let test: LawTest
  /// The best fit; made as soon as the first rule asks for it.
  var fit: SchemeFit?
  /// Fits of all candidates, for laws that another program of the family uses.
  var others: [SchemeFit] = []
  /// The law that the file's matrices follow throughout in place of the recognized family's; nil where they do not.
  var ownLaw: OwnLaw?
  private(set) var findings: [WeightFinding] = []
  /// Tensors that need no second finding.
  private(set) var claimed: Set<Int> = []
  /// Whether the file seems to hold trained weights, whose distributions say nothing about an initialization.
  var looksTrained = false

  init(
    _ context: FileContext, sharing: [Int], candidates: [WeightScheme], chosen: WeightScheme?, test: LawTest
  ) {
    (self.context, self.sharing, self.candidates, self.chosen, self.test) = (context, sharing, candidates, chosen, test)
  }

  func statistics(_ index: Int) -> TensorStatistics { context.statistics[index] }
  func role(_ index: Int) -> TensorRole { context.roles[index] }
  func entry(_ index: Int) -> TensorEntry { context.entries[index] }

  /// Float tensors that no rule has claimed.
  var open: [Int] { context.entries.indices.filter { !claimed.contains($0) && context.entries[$0].type.isFloat } }

  /// Adds a finding, and claims its tensors where it explains what else would be found of them.
  mutating func add(
    _ rule: any WeightRule.Type, _ severity: WeightFinding.Severity, _ indices: [Int], _ message: String,
    evidence: [(name: String, value: WeightFinding.Evidence)] = [], claims: Bool = true
  ) {
    let severity = looksTrained && severity == .warning ? .note : severity
    findings.append(
      WeightFinding(
        rule: rule.name, severity: severity, tensors: indices.map { context.entries[$0].name }, evidence: evidence,
        message: message))
    if claims { claimed.formUnion(indices) }
  }

  /// `layers.#.q_proj.weight (3)`: the patterns of tensors, each with its number, shortened to a few.
  func list(_ indices: [Int], most: Int = 4) -> String {
    var order: [String] = [], members: [String: [Int]] = [:]
    for index in indices {
      let pattern = context.names[index].pattern
      if members[pattern] == nil { order.append(pattern) }
      members[pattern, default: []].append(index)
    }
    var parts = order.prefix(most).map { pattern in
      let own = members[pattern] ?? []
      return own.count == 1 ? context.entries[own[0]].name : "\(pattern) (\(own.count) tensors\(blocks(own, pattern)))"
    }
    if order.count > most { parts.append("\(order.count - most) more") }
    guard parts.count > 1, let last = parts.last else { return parts.first ?? "" }
    return parts.dropLast().joined(separator: ", ") + " and " + last
  }

  /// `, blocks 0-3,7` where the tensors are not those of all blocks, and one of each.
  private func blocks(_ indices: [Int], _ pattern: String) -> String {
    let numbers = indices.compactMap { role($0).block }
    guard numbers.count == indices.count, Set(numbers).count == numbers.count,
      indices.allSatisfy({ context.names[$0].numbers.count == 1 }),
      context.names.count(where: { $0.pattern == pattern }) > indices.count
    else { return "" }
    return ", blocks \(NumberRanges.text(numbers))"
  }
}

extension Judgement {
  /// What the file itself declares of a tensor, as a Keras configuration does; nil where it says nothing.
  func declaredByFile(_ index: Int) -> SchemeRule? {
    candidates.first(where: \.isOfFile)?.rule(context.names[index], role(index), original: entry(index).name)
  }
}
