import Glibc
import NetworkGraph
import SignalPropagation

/// Every parameter tensor beside the baseline's: what it is drawn by, its variance and its mean.
///
/// Another law is a change by itself. Where the law is the same, two tests are made for each tensor: log10 of the variances
/// and the means differ by more than their common error allows. Independent draws of a law whose kurtosis is at most a
/// normal's have the error `sqrt(2 / n) / ln 10` in log10 of the variance, and `sigma / sqrt(n)` in the mean, n values in
/// all replicas; other laws have the scatter over replicas, as Welch (1947) takes it.
extension GateBaseline {
  /// One tensor of one audit.
  private struct Tensor {
    var name: String
    var role: ParameterTensor.Role
    var values: WeightSummary
    /// Values in one replica; nil where a report does not tell. A Double, since a file's extents are taken for hostile.
    var count: Double?
    /// Nil for what starts from 0 or 1, and where a report does not tell.
    var initializer: String?
  }

  /// Values below which the logarithm of a variance is too far from its normal limit: of normal values, 300 against 300, a
  /// rate of 1e-6 becomes 1.25e-6 (Fisher's F, scipy 1.17.1).
  private static let fewestDraws = 300.0

  func compareParameters(_ changes: inout Changes) {
    var unjudged = 0
    let parameters = Dictionary(grouping: run.parameters, by: \.layer)
    let earlierParameters = Dictionary(grouping: before.parameters, by: \.layer)
    for (place, layer) in run.layers.enumerated() {
      guard let old = earlier(place), layer.kind == old.kind else { continue }
      let now = Self.tensors(of: layer, parameters), then = Self.tensors(of: old, earlierParameters)
      // A report that lists no tensors of a layer with weights does not say which there are.
      let areListed = parameters[layer.name] != nil && (earlierParameters[old.name] != nil || old.weights == nil)
      for tensor in now {
        if let earlier = then.first(where: { $0.name == tensor.name }) {
          compare(tensor, earlier, place, now, &changes, &unjudged)
        } else if areListed, !before.parameters.isEmpty {
          changes.violations.append(
            Self.cause(
              layer.name, "parameters", "layer \(layer.name) has \(Self.noun(tensor, now)), the baseline's had none",
              changed: "the \(Self.noun(tensor, now)) of \(layer.name)",
              predicate: "has \(Self.noun(tensor, now)), the baseline's had none"))
        }
      }
      for tensor in then where parameters[layer.name] != nil || layer.weights == nil && !run.parameters.isEmpty {
        guard !now.contains(where: { $0.name == tensor.name }) else { continue }
        changes.violations.append(
          Self.cause(
            layer.name, "parameters", "layer \(layer.name) has no \(Self.noun(tensor, then)), the baseline's had",
            changed: "the \(Self.noun(tensor, then)) of \(layer.name) that are gone",
            predicate: "has no \(Self.noun(tensor, then)), the baseline's had"))
      }
    }
    if unjudged > 0 {
      changes.notes.append(
        "\(unjudged) variances and means of parameters not compared with the baseline: \(GateReading.oneReplica)")
    }
  }

  /// The layer's tensors; its first weights where a report lists none.
  private static func tensors(of layer: LayerResult, _ parameters: [String: [ParameterSummary]]) -> [Tensor] {
    let listed = parameters[layer.name, default: []].map { parameter in
      Tensor(
        name: parameter.tensor, role: parameter.role, values: parameter.values,
        count: parameter.shape.reduce(1) { $0 * Double($1) }, initializer: parameter.initializer)
    }
    guard listed.isEmpty, let weights = layer.weights else { return listed }
    return [Tensor(name: "weight", role: .weight, values: weights, count: nil, initializer: nil)]
  }

  private func compare(
    _ now: Tensor, _ then: Tensor, _ place: Int, _ all: [Tensor], _ changes: inout Changes, _ unjudged: inout Int
  ) {
    let layer = run.layers[place], node = context.network.nodes[place]
    let noun = Self.noun(now, all)
    let changed = "the \(noun) of \(layer.name)"
    let subject = now.role == .weight ? "weights" : noun
    func isBroken(_ values: WeightSummary) -> Bool {
      values.nonFinite > 0 || !values.variance.isFinite || !values.mean.isFinite || values.variance < 0
    }
    if isBroken(now.values) || isBroken(then.values) {
      guard isBroken(now.values), !isBroken(then.values) else { return }
      changes.violations.append(
        Self.cause(
          layer.name, subject, "\(layer.name)'s \(noun) have values that are not finite, the baseline's were finite",
          changed: changed, predicate: "\(noun) have values that are not finite, the baseline's were finite"))
      return
    }
    guard let tensor = node.parameters.first(where: { $0.name == now.name }) else { return }
    let law = context.assignment.law(for: tensor, of: node.name)
    let isOther = Self.isOtherLaw(now.initializer, then.initializer, tensor)
    if isOther == true {
      let drawn =
        "\(noun) now start from \(now.initializer ?? Self.standard(now.role)) (was "
        + "\(then.initializer ?? Self.standard(then.role)))"
      var violation = Self.cause(
        layer.name, subject, "\(layer.name)'s \(drawn): \(Self.values(now.values, then.values))", changed: changed,
        predicate: drawn + Self.briefly(now.values, then.values))
      violation.quantity = .variance
      violation.tensor = now.role == .weight ? .weights : nil
      violation.measured = now.values.variance
      violation.bound = Interval(low: then.values.variance, high: then.values.variance)
      changes.violations.append(violation)
      return
    }
    // One law of another number of inputs: each variance is taken by what is declared of it.
    var (scale, earlierScale) = (1.0, 1.0)
    if let a = now.values.expectedVariance, let b = then.values.expectedVariance, a > 0, b > 0, a.isFinite, b.isFinite {
      if abs(a - b) > 1e-6 * a { (scale, earlierScale) = (a, b) }
    } else if layer.fanIn != earlier(place)?.fanIn {
      return
    }
    let isDrawn = isOther == false && Self.isIndependent(law)
    let path = tensor.path(in: node.name)
    let isGiven = context.given.parameters[path] != nil || now.role == .weight && context.given.weights[node.name] != nil
    let draws = (now.count ?? 0) * Double(isGiven ? 1 : max(1, report.seeds))
    let earlierDraws = (then.count ?? 0) * Double(isGiven ? 1 : max(1, baseline.seeds))
    let isKnown = isDrawn && min(draws, earlierDraws) >= Self.fewestDraws

    func add(_ quantity: GateQuantity, _ value: Double, _ target: Double, slack: Double, _ reading: GateReading?) {
      guard let reading else {
        // Nothing scatters, or there is nothing to compare.
        if value == target { return }
        unjudged += 1
        return
      }
      var comparison = GateComparison(
        layer: layer.name, title: "\(quantity.words) of \(noun)", quantity: quantity, tensor: .weights, low: target - slack,
        high: target + slack, reading: reading)
      comparison.subject = "\(quantity.rawValue) of \(subject)"
      comparison.role = .cause
      comparison.changed = changed
      comparison.message =
        quantity == .variance
        ? "\(layer.name)'s \(noun) \(Self.figures(now.values, then.values))"
        : "\(layer.name)'s \(noun) have mean \(GateNumber.text(now.values.mean)), the baseline's had "
          + "\(GateNumber.text(then.values.mean))"
      changes.comparisons.append(comparison)
    }
    // A part in a million, Float's rounding.
    let slack = 0x1p-20

    let size = now.values.variance / scale, earlierSize = then.values.variance / earlierScale
    if size > 0, earlierSize > 0 {
      if isKnown {
        func error(_ n: Double) -> WelchReading.StandardError { .init(value: (2 / n).squareRoot() / log(10), isKnown: true) }
        add(
          .variance, log10(size), log10(earlierSize), slack: slack,
          WelchReading.make(log10(size), error(draws), report.seeds, error(earlierDraws), baseline.seeds))
      } else if let a = now.values.scatter?.log10Variance, let b = then.values.scatter?.log10Variance {
        let (u, v) = (a - log10(scale), b - log10(earlierScale))
        add(
          .variance, u, v, slack: slack,
          WelchReading.make(
            u, Self.scatter(now.values.scatter?.log10VarianceError), report.seeds,
            Self.scatter(then.values.scatter?.log10VarianceError), baseline.seeds))
      } else {
        unjudged += 1
      }
    } else if (size > 0) != (earlierSize > 0) {
      let (u, v) = (size > 0 ? log10(size) : -.infinity, earlierSize > 0 ? log10(earlierSize) : -.infinity)
      add(.variance, u, v, slack: 0, GateReading(value: u, standardError: 0))
    }

    let shift = slack * max(abs(now.values.mean), abs(then.values.mean), now.values.variance.squareRoot())
    if isKnown {
      func error(_ values: WeightSummary, _ n: Double) -> WelchReading.StandardError {
        .init(value: ((values.expectedVariance ?? values.variance) / n).squareRoot(), isKnown: true)
      }
      add(
        .mean, now.values.mean, then.values.mean, slack: shift,
        WelchReading.make(
          now.values.mean, error(now.values, draws), report.seeds, error(then.values, earlierDraws), baseline.seeds))
    } else if now.values.variance == 0, then.values.variance == 0 {
      add(
        .mean, now.values.mean, then.values.mean, slack: shift, GateReading(value: now.values.mean, standardError: 0))
    } else {
      add(
        .mean, now.values.mean, then.values.mean, slack: shift,
        WelchReading.make(
          now.values.mean, Self.scatter(now.values.scatter?.mean), report.seeds, Self.scatter(then.values.scatter?.mean),
          baseline.seeds))
    }
    // A scaled orthogonal matrix has the variance of its entries and more structure than a variance shows.
    if let defect = now.values.orthogonalityDefect, let earlierDefect = then.values.orthogonalityDefect,
      earlierDefect < 1e-3,
      defect > 1e-2
    {
      changes.violations.append(
        Self.cause(
          layer.name, subject, "\(layer.name)'s \(noun) are not orthogonal, the baseline's were", changed: changed,
          predicate: "\(noun) are not orthogonal, the baseline's were"))
    }
  }

  private static func scatter(_ error: Double?) -> WelchReading.StandardError? {
    error.map { .init(value: $0, isKnown: false) }
  }

  /// Whether two specifications draw the tensor from different laws; nil where one of them is not told or not understood.
  private static func isOtherLaw(_ now: String?, _ then: String?, _ tensor: ParameterTensor) -> Bool? {
    if now == then { return now == nil && tensor.role == .weight ? nil : false }
    func law(_ text: String?) -> WeightLaw? {
      guard let text else {
        return switch tensor.role {
        case .weight: nil
        case .bias, .shift: .constant(0)
        case .gain: .constant(1)
        }
      }
      guard let initializer = try? Initializer(parsing: text), initializer.entry.depthAware == nil else { return nil }
      return initializer.law(for: tensor)
    }
    guard let first = law(now), let second = law(then) else { return nil }
    return first != second
  }

  /// Whether values are drawn independently from a law whose kurtosis is at most a normal's.
  private static func isIndependent(_ law: WeightLaw) -> Bool {
    switch law {
    case .normal(_, let std): std > 0
    case .uniform(let low, let high), .triangular(let low, let high): high > low
    case .truncatedNormal(_, let std, _, _): std > 0
    default: false
    }
  }

  // MARK: Words

  /// `weights`, `recurrent weights` where the layer has several, `biases`, `gains`, `shifts`.
  private static func noun(_ tensor: Tensor, _ all: [Tensor]) -> String {
    switch tensor.role {
    case .weight:
      all.count { $0.role == .weight } > 1 && tensor.name != "weight" ? "\(tensor.name) weights" : "weights"
    case .bias: all.count { $0.role == .bias } > 1 ? "biases (\(tensor.name))" : "biases"
    case .gain: all.count { $0.role == .gain } > 1 ? "gains (\(tensor.name))" : "gains"
    case .shift: all.count { $0.role == .shift } > 1 ? "shifts (\(tensor.name))" : "shifts"
    }
  }

  private static func standard(_ role: ParameterTensor.Role) -> String { role == .gain ? "ones" : "zeros" }

  /// Ratio of what the laws declare, or else of what was measured.
  private static func ratio(_ now: WeightSummary, _ then: WeightSummary) -> Double {
    if let a = now.expectedVariance, let b = then.expectedVariance, a > 0, b > 0 { return a / b }
    return now.variance / then.variance
  }

  /// `have 2.0 times the variance of the baseline's (0.0625, was 0.0312)`.
  private static func figures(_ now: WeightSummary, _ then: WeightSummary) -> String {
    let (a, b) = (GateNumber.text(now.variance), GateNumber.text(then.variance))
    if now.variance == 0, then.variance == 0 {
      return "are all \(GateNumber.text(now.mean)), the baseline's were all \(GateNumber.text(then.mean))"
    }
    if then.variance == 0 { return "have a variance of \(a), the baseline's were all \(GateNumber.text(then.mean))" }
    if now.variance == 0 { return "are all \(GateNumber.text(now.mean)), the baseline's had a variance of \(b)" }
    let measured = now.variance / then.variance
    // As the laws declare it, unless what was measured is another by more than a twentieth.
    let declared = ratio(now, then)
    let shown = abs(declared / measured - 1) < 0.05 ? declared : measured
    guard abs(shown - 1) >= 0.005 else { return "have the variance of the baseline's (\(a), was \(b)) and another law" }
    return "have \(GateNumber.factor(shown)) times the variance of the baseline's (\(a), was \(b))"
  }

  /// `variance 0.0039, was 0.00779`, of parameters that another initializer draws.
  private static func values(_ now: WeightSummary, _ then: WeightSummary) -> String {
    func text(_ values: WeightSummary) -> String {
      values.variance == 0 ? "all \(GateNumber.text(values.mean))" : "variance \(GateNumber.text(values.variance))"
    }
    // The word once, where both have one.
    let before = now.variance > 0 && then.variance > 0 ? GateNumber.text(then.variance) : text(then)
    return "\(text(now)), was \(before)"
  }

  /// The same without what differs from layer to layer: `: 4.0 times the variance`.
  private static func briefly(_ now: WeightSummary, _ then: WeightSummary) -> String {
    guard now.variance > 0, then.variance > 0 else { return "" }
    let ratio = ratio(now, then)
    return abs(ratio - 1) < 0.005 ? ": the same variance" : ": \(GateNumber.factor(ratio)) times the variance"
  }
}
