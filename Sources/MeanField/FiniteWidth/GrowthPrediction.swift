import Glibc

// A growth is a linear functional of logarithms of second moments, the least-squares slope over a range of layers, so its
// variance needs their covariances. Gradients of layer l > k share all that lies above l: its innovations and theirs,
//   Cov(log g_l, log g_k) = sum_j r_lj r_kj Var eps_j + sum_{j>l} Var eta_j + sum_{j>k} r_lj Cov(eps_j, eta_j)
//                           + sum_{j>l} r_kj Cov(eps_j, eta_j) + the sampling of g_l over its units, which eta_l holds.
// Forward, log a_k of a later layer is log a_l times the elasticities between, and what is fresh.

/// A signal's growth per layer over a range of layers, as log10 of its second moment: an audit's `growth`.
public struct GrowthPrediction: Sendable, Hashable {
  /// The least-squares slope of the layers' mean log10 in the direction of travel.
  public var log10: Double
  /// Its variance over replicas. A mean over R replicas has standard error sqrt(variance / R).
  public var variance: Double
}

extension ChainPrediction {
  /// Growth of gradients with respect to activations, from the last layer of the range to its first; nil below 3 layers.
  ///
  /// An audit takes the hidden layers, all but the last. Precondition: the range lies within the layers.
  public func backwardGrowth(over range: Range<Int>) -> GrowthPrediction? {
    growth(
      Array(range.reversed()), { layers[$0].gradient },
      { backward.covariance($0, $1) })
  }

  /// Growth of activations, from the first layer of the range to its last; nil below 3 layers. Precondition as above.
  public func forwardGrowth(over range: Range<Int>) -> GrowthPrediction? {
    growth(
      Array(range), { layers[$0].activation },
      { low, high in
        var gain = 1.0
        for k in (low + 1)..<(high + 1) { gain *= forward[k].single.elasticity * forward[k].weightShare }
        return gain * layers[low].activation.varianceLog10
      })
  }

  /// - Parameters:
  ///   - order: Layers in the direction of travel.
  ///   - covariance: Of log10 at two layers, the lower index first.
  private func growth(
    _ order: [Int], _ moment: (Int) -> MomentPrediction, _ covariance: (Int, Int) -> Double
  ) -> GrowthPrediction? {
    precondition(order.allSatisfy(layers.indices.contains), "the range must lie within \(layers.indices), got \(order)")
    guard order.count >= 3 else { return nil }
    let middle = Double(order.count - 1) / 2
    let squares = order.indices.reduce(0) { $0 + (Double($1) - middle) * (Double($1) - middle) }
    let weights = order.indices.map { (Double($0) - middle) / squares }
    var prediction = GrowthPrediction(log10: 0, variance: 0)
    for (i, a) in order.enumerated() {
      prediction.log10 += weights[i] * moment(a).meanLog10
      prediction.variance += weights[i] * weights[i] * moment(a).varianceLog10
      for (j, b) in order.enumerated() where j < i {
        prediction.variance += 2 * weights[i] * weights[j] * covariance(min(a, b), max(a, b))
      }
    }
    prediction.variance = max(0, prediction.variance)
    return prediction.log10.isFinite ? prediction : nil
  }
}

extension BackwardLayers {
  /// The covariance over replicas of log10 of two layers' pooled squared gradients, `low < high`.
  func covariance(_ low: Int, _ high: Int) -> Double {
    let (below, above) = (records[low].reach, records[high].reach)
    let sampling = records[high].sampling
    var single = above[0] * below[0] * input.relativeVariance + sampling.single
    var pair = above[0] * below[0] * input.relativeVariance + sampling.pair
    for (j, layer) in layers.enumerated() {
      let (a, b) = (above[j + 1], below[j + 1])
      single += a * b * layer.innovation.single
      pair += a * b * layer.innovation.pair
      guard j > low, let innovation = innovations[j] else { continue }
      single += a * innovation.shared.single
      pair += a * innovation.shared.pair
      guard j > high else { continue }
      single += innovation.logarithm.single + b * innovation.shared.single
      pair += innovation.logarithm.pair + b * innovation.shared.pair
    }
    let share = 1 / Double(input.batch)
    let pooled = input.batch == 1 ? single : log1p(share * expm1(single) + (1 - share) * expm1(pair))
    return pooled / (log(10) * log(10))
  }
}
