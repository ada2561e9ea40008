import Glibc
import NumberText
import SampleStatistics
import TensorFiles
import TensorKernels

/// Two files compared tensor by tensor: by chance, not by a tolerance.
public struct WeightComparison: Sendable {
  /// The other file.
  public var file: String
  /// Tensors that both have with equal values, with values of the same law, and with values that chance does not explain.
  public var equal: [String]
  public var alike: [String]
  public var different: [String]
  /// Tensors that only this file or only the other one has.
  public var onlyHere: [String]
  public var onlyThere: [String]
  public var findings: [WeightFinding]

  /// Compares a file that is measured already with another one.
  static func make(
    _ file: any TensorFile, _ other: any TensorFile, _ measured: [TensorStatistics], _ roles: [TensorRole],
    _ configuration: WeightAuditConfiguration
  ) throws -> WeightComparison {
    let otherNames = other.entries.map { TensorName($0.name).plain }
    let places = Dictionary(otherNames.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
    let names = file.entries.map { TensorName($0.name).plain }
    let pairs = names.indices.compactMap { index in places[names[index]].map { (here: index, there: $0) } }
    var result = WeightComparison(
      file: configuration.against ?? other.path, equal: [], alike: [], different: [],
      onlyHere: names.indices.filter { places[names[$0]] == nil }.map { file.entries[$0].name },
      onlyThere: Set(otherNames).subtracting(names).sorted(), findings: [])
    // Three comparisons of each pair share the rate.
    let rate = configuration.falseAlarmRate / Double(max(1, 3 * pairs.count))
    let sampleSize = TensorMeasurer.sampleSize(tensors: file.entries.count)
    let differences = try WorkerThreads.map(
      count: pairs.count, workers: configuration.threads, makeState: { SharedMemory() }
    ) { job, state in
      let pair = pairs[job]
      let measurer = TensorMeasurer(other.entries[pair.there], roles[pair.here], sampleSize: sampleSize)
      let there = try measurer.measure(other, pair.there, state.memory)
      return difference(measured[pair.here], file.entries[pair.here], there, other.entries[pair.there], rate)
    }
    var reasons: [(text: String, names: [String])] = []
    for (pair, difference) in zip(pairs, differences) {
      let name = file.entries[pair.here].name
      switch difference {
      case .equal: result.equal.append(name)
      case .alike: result.alike.append(name)
      case .different(let kind, let text):
        result.different.append(name)
        if let place = reasons.firstIndex(where: { $0.text.hasPrefix(kind) }) {
          reasons[place].names.append(name)
        } else {
          reasons.append((kind + text, [name]))
        }
      }
    }
    for reason in reasons {
      let more = reason.names.count > 1 ? " So do \(reason.names.count - 1) more tensors." : ""
      result.findings.append(
        WeightFinding(
          rule: ChangedTensor.name, severity: .error, tensors: reason.names,
          evidence: [("tensors", .number(Double(reason.names.count)))],
          message: "\(reason.names[0]) differs from \(result.file): \(reason.text).\(more)"))
    }
    for (list, what, isHere) in [
      (result.onlyHere, "are not in \(result.file)", true), (result.onlyThere, "are only in \(result.file)", false),
    ] where !list.isEmpty {
      result.findings.append(
        WeightFinding(
          rule: MissingTensor.name, severity: .error, tensors: isHere ? list : [],
          evidence: [("tensors", .number(Double(list.count)))],
          message: "\(list.count) tensors \(what), such as \(list[0])."))
    }
    return result
  }

  private enum Difference: Sendable {
    case equal
    case alike
    /// The kind of difference, by which tensors are told together, and the figures of this one.
    case different(String, String)
  }

  /// What differs where parts or rows of one side's tensor repeat each other and the other side's do not, as where each rank
  /// drew its shard from the same seed; nil where both sides are alike in that. Moments do not show it.
  private static func repetition(_ a: TensorStatistics, _ b: TensorStatistics) -> String? {
    func text(_ s: TensorStatistics) -> String {
      if let own = s.repetition {
        return "the tensor consists of \(own.count) equal parts along axis \(own.axis)"
      }
      if let pair = s.equalParts.first { return "part \(pair.second + 1) repeats part \(pair.first + 1)" }
      if s.repeatedRows > 0 { return "\(groupedNumber(s.repeatedRows)) rows occur more than once" }
      return "nothing is repeated"
    }
    let isSame =
      a.repeats == b.repeats && a.repeatAxis == b.repeatAxis && a.equalParts.count == b.equalParts.count
      && (a.repeatedRows > 0) == (b.repeatedRows > 0)
    return isSame
      ? nil
      : ": \(text(a)) here, and \(text(b)) there. Each rank may have drawn its shard from the same seed"
  }

  private static func difference(
    _ a: TensorStatistics, _ aEntry: TensorEntry, _ b: TensorStatistics, _ bEntry: TensorEntry, _ rate: Double
  ) -> Difference {
    guard aEntry.shape == bEntry.shape else {
      return .different("the shape", " is \(aEntry.shape) here and \(bEntry.shape) there")
    }
    if a.count == 0 { return .equal }
    if a.nonFinite != b.nonFinite {
      return .different("values that are no numbers", ": \(a.nonFinite) here and \(b.nonFinite) there")
    }
    if a.beginning.map(\.bitPattern) == b.beginning.map(\.bitPattern), a.mean == b.mean || a.finite == 0,
      a.variance == b.variance || a.finite == 0, a.sample == b.sample, a.farValues == b.farValues
    {
      return .equal
    }
    if a.isConstant || b.isConstant {
      if a.isConstant, b.isConstant, a.least == b.least { return .equal }
      func text(_ s: TensorStatistics) -> String {
        s.isConstant ? "all \(MessageNumber.number(s.least))" : "deviation \(MessageNumber.number(s.standardDeviation))"
      }
      return .different("the values", " have \(text(a)) here and \(text(b)) there")
    }
    if let text = repetition(a, b) { return .different("parts that repeat each other", text) }
    // Rounding to another type moves single values and no moments.
    let ratio = a.variance / b.variance, n = Double(a.count), m = Double(b.count)
    let error = ((max(1.2, a.kurtosis) - 1) / n + (max(1.2, b.kurtosis) - 1) / m).squareRoot()
    if abs(ratio.squareRoot() - 1) > 0.005, Estimators.normalProbability(beyond: log(ratio) / error) < rate {
      return .different(
        "the deviation",
        " is \(MessageNumber.number(a.standardDeviation)) here and \(MessageNumber.number(b.standardDeviation)) there "
          + "(\(MessageNumber.number(ratio.squareRoot())) times)"
      )
    }
    let shift = abs(a.mean - b.mean) / (a.variance / n + b.variance / m).squareRoot()
    if abs(a.mean - b.mean) > 0.01 * a.standardDeviation, Estimators.normalProbability(beyond: shift) < rate {
      return .different("the mean", " is \(MessageNumber.number(a.mean)) here and \(MessageNumber.number(b.mean)) there")
    }
    let distance = twoSampleDistance(a.sample, b.sample)
    let effective = Int(Double(a.sample.count) * Double(b.sample.count) / Double(max(1, a.sample.count + b.sample.count)))
    if effective >= 50, distance > 0.02, KolmogorovTest.probability(distance: distance, count: effective) < rate {
      return .different("the law", " of the values is another (Kolmogorov's distance \(MessageNumber.number(distance)))")
    }
    return .alike
  }

  /// The largest distance between the distribution functions of two sorted samples.
  static func twoSampleDistance(_ a: [Float], _ b: [Float]) -> Double {
    guard !a.isEmpty, !b.isEmpty else { return 0 }
    var (i, j, largest) = (0, 0, 0.0)
    while i < a.count, j < b.count {
      let value = min(a[i], b[j])
      while i < a.count, a[i] <= value { i += 1 }
      while j < b.count, b[j] <= value { j += 1 }
      largest = max(largest, abs(Double(i) / Double(a.count) - Double(j) / Double(b.count)))
    }
    return largest
  }
}

/// Names tensors that differ from those of another file.
struct ChangedTensor: WeightRule {
  static let name = "changed-tensor"
  static let summary = "A tensor differs from that of the other file by more than chance."
  static let explanation =
    "With --against. Deviation, mean and distribution of each pair are compared at one false-alarm rate for all pairs "
    + "together (0.001); differences of the deviation below 0.5% do not matter. Two draws of one law with "
    + "different seeds do not differ."
  static let remedy = "Look what has changed between the two: a formula, a default, a number format."

  func judge(_ j: inout Judgement) {}
}

/// Names tensors that only one of two files has.
struct MissingTensor: WeightRule {
  static let name = "missing-tensor"
  static let summary = "One of two files lacks a tensor that the other one has."
  static let explanation =
    "With --against. Names are compared without the wrappers that training programs put around a model (_orig_mod, module)."
  static let remedy = "Compare files of the same model."

  func judge(_ j: inout Judgement) {}
}
