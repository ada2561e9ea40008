import Glibc
import NumberText
import SampleStatistics

/// What a file of weights must keep: bounds on quantities of tensors by name, and the findings that it may not have.
public struct WeightBounds: Sendable {
  public static let version = 1
  /// The probability that a file which keeps every bound fails one of them by chance; all comparisons share it.
  public var falseAlarmRate: Double
  public var bounds: [WeightBound]
  /// Thresholds of rules by name or pattern; nil is never. The first that matches decides; without one errors and warnings
  /// fail.
  public var rules: [(rule: TensorPattern, severity: WeightFinding.Severity?)]
  /// The scheme, by its name in the catalogue or the path of a file; nil to recognize one.
  public var scheme: String?

  /// Makes bounds.
  ///
  /// - Parameters:
  ///   - falseAlarmRate: For all comparisons together, in (0, 1).
  ///   - bounds: On tensors.
  ///   - rules: Thresholds.
  ///   - scheme: By name or path.
  public init(
    falseAlarmRate: Double = 1e-3, bounds: [WeightBound] = [],
    rules: [(rule: TensorPattern, severity: WeightFinding.Severity?)] = [],
    scheme: String? = nil
  ) {
    precondition(falseAlarmRate > 0 && falseAlarmRate < 1, "a false-alarm rate lies in (0, 1), got \(falseAlarmRate)")
    (self.falseAlarmRate, self.bounds, self.rules, self.scheme) = (falseAlarmRate, bounds, rules, scheme)
  }

  /// Holds a report against the bounds.
  ///
  /// - Parameter report: Of the file.
  public func check(_ report: WeightReport) -> WeightCheckResult {
    var violations: [WeightCheckResult.Violation] = []
    let pairs = bounds.map { bound in report.tensors.filter { bound.pattern.matches($0.entry.name) } }
    let comparisons = max(1, zip(bounds, pairs).reduce(0) { $0 + $1.0.limits.count * $1.1.count })
    let error = Estimators.normalQuantile(twoSided: falseAlarmRate / Double(comparisons))
    for (bound, tensors) in zip(bounds, pairs) {
      if tensors.isEmpty {
        violations.append(
          .init(identifier: "bound/missing", tensor: nil, message: "no tensor matches '\(bound.pattern)'", line: bound.line))
      }
      for tensor in tensors {
        for (quantity, limit) in bound.limits {
          guard let problem = quantity.problem(tensor.statistics, limit, error) else { continue }
          violations.append(
            .init(identifier: "bound/\(quantity.rawValue)", tensor: tensor.entry.name, message: problem, line: bound.line))
        }
        if let law = bound.law, let problem = law.problem(tensor, falseAlarmRate / Double(comparisons)) {
          violations.append(.init(identifier: "bound/law", tensor: tensor.entry.name, message: problem, line: bound.line))
        }
      }
    }
    for finding in report.findings where isForbidden(finding) {
      violations.append(
        .init(
          identifier: "finding/\(finding.rule)", tensor: finding.tensors.first, message: finding.message, line: nil,
          tensors: finding.tensors))
    }
    return WeightCheckResult(
      file: report.file, violations: violations, comparisons: comparisons, tensors: report.tensors.map(\.entry.name))
  }

  private func isForbidden(_ finding: WeightFinding) -> Bool {
    let named = rules.first { $0.rule.matches(finding.rule) }
    let threshold = named.map(\.severity) ?? .warning
    guard let threshold else { return false }
    let order = WeightFinding.Severity.allCases
    return (order.firstIndex(of: finding.severity) ?? 0) <= (order.firstIndex(of: threshold) ?? 0)
  }
}

/// Bounds on the tensors whose names match a pattern.
public struct WeightBound: Sendable {
  public enum Quantity: String, Sendable, CaseIterable {
    case standardDeviation, mean, min, max, zeros, nonFinite

    /// What is wrong; nil where the quantity keeps its limit, or chance explains that it does not.
    func problem(_ s: TensorStatistics, _ limit: ClosedRange<Double>, _ quantile: Double) -> String? {
      let n = Double(Swift.max(1, s.finite))
      let value: Double, error: Double
      switch self {
      case .standardDeviation:
        value = s.standardDeviation
        error = s.variance > 0 ? value * (Swift.max(0.2, s.kurtosis - 1) / (4 * n)).squareRoot() : 0
      case .mean: (value, error) = (s.mean, s.variance > 0 ? s.standardDeviation / n.squareRoot() : 0)
      case .min: (value, error) = (s.farValues.reduce(s.least, Swift.min), 0)
      case .max: (value, error) = (s.farValues.reduce(s.greatest, Swift.max), 0)
      case .zeros: (value, error) = (Double(s.zeros), 0)
      case .nonFinite: (value, error) = (Double(s.nonFinite), 0)
      }
      guard value.isFinite else { return "\(rawValue) is not finite, bound \(Self.text(limit))" }
      let margin = quantile * error
      guard value + margin < limit.lowerBound || value - margin > limit.upperBound else { return nil }
      let interval =
        error > 0 ? " (\(MessageNumber.measured(value - margin)) to \(MessageNumber.measured(value + margin)))" : ""
      return "\(rawValue) is \(MessageNumber.measured(value))\(interval), bound \(Self.text(limit))"
    }

    private static func text(_ limit: ClosedRange<Double>) -> String {
      if limit.lowerBound == limit.upperBound { return MessageNumber.given(limit.lowerBound) }
      if limit.lowerBound == -.infinity { return "at most \(MessageNumber.given(limit.upperBound))" }
      if limit.upperBound == .infinity { return "at least \(MessageNumber.given(limit.lowerBound))" }
      return "\(MessageNumber.given(limit.lowerBound)) to \(MessageNumber.given(limit.upperBound))"
    }
  }

  public var pattern: TensorPattern
  public var limits: [(quantity: Quantity, limit: ClosedRange<Double>)]
  /// The law that the values must follow; nil for any.
  public var law: DeclaredLaw?
  /// The line of the file, from 1.
  public var line: Int?

  /// Makes a bound.
  ///
  /// - Parameters:
  ///   - pattern: Of names.
  ///   - limits: Of quantities.
  ///   - law: That values must follow.
  ///   - line: Of the file.
  public init(
    _ pattern: TensorPattern, _ limits: [(quantity: Quantity, limit: ClosedRange<Double>)], law: DeclaredLaw? = nil,
    line: Int? = nil
  ) {
    (self.pattern, self.limits, self.law, self.line) = (pattern, limits, law, line)
  }
}

extension DeclaredLaw {
  /// What refutes the law for a tensor; formulas may use its fans and shape. Nil where nothing does.
  func problem(_ tensor: TensorReport, _ rate: Double) -> String? {
    let role = tensor.role
    let law = evaluated { name in
      switch name {
      case "fan_in": role.fanIn.map(Double.init)
      case "fan_out": role.fanOut.map(Double.init)
      case "in": Double(role.inputs)
      case "out": Double(role.outputs)
      case "k": Double(role.side)
      case "rows": tensor.entry.shape.first.map(Double.init)
      case "columns", "state": tensor.entry.shape.last.map(Double.init)
      case "l": role.block.map(Double.init)
      default: nil
      }
    }
    guard let law else { return kind == .any ? nil : "the law '\(text)' needs numbers that are not known here" }
    let test = LawTest(rate: rate / 4, tolerance: 0.01, isStrict: true)
    guard !test.fits(tensor.statistics, law, tensor.entry.type) else { return nil }
    let s = tensor.statistics
    if s.nonFinite > 0 {
      return "does not follow \(law): \(groupedNumber(s.nonFinite)) of \(groupedNumber(s.count)) values are NaN or infinite"
    }
    let has =
      s.isConstant
      ? "all values are \(MessageNumber.number(s.least))" : "its deviation is \(MessageNumber.number(s.standardDeviation))"
    return "does not follow \(law): \(has)\(s.looksLike.map { s.isConstant ? "" : ", and it looks like \($0.law)" } ?? "")"
  }
}

/// What a check of a file of weights found.
public struct WeightCheckResult: Sendable {
  public struct Violation: Sendable {
    /// `bound/standardDeviation`, `finding/zero-tensor`.
    public var identifier: String
    /// The tensor, or the first of several; nil for a bound that no tensor has.
    public var tensor: String?
    public var message: String
    /// The bound's line in its file, from 1.
    public var line: Int?
    /// All tensors of a finding.
    public var tensors: [String] = []
  }

  public var file: String
  public var violations: [Violation]
  public var comparisons: Int
  /// The names of all tensors of the file.
  public var tensors: [String]
  public var passes: Bool { violations.isEmpty }
}
