import Glibc

// A growth is a linear functional of logarithms of second moments, the least-squares slope over a range of layers, so its
// variance needs their covariances. Gradients of layer l > k share all that lies above l: its innovations and theirs,
//   Cov(log g_l, log g_k) = sum_j r_lj r_kj Var eps_j + sum_{j>l} Var eta_j + sum_{j>k} r_lj Cov(eps_j, eta_j)
//                           + sum_{j>l} r_kj Cov(eps_j, eta_j) + the sampling of g_l over its units, which eta_l holds.
// Forward, log a_k of a later layer is log a_l times the elasticities between, and what is fresh. Both follow from layer to
// layer: all pairs of a layer are computed in one pass.

/// Predicts the growth of a signal per layer: the slope of log10 of its second moment over a range of layers, as an audit's
/// `growth`.
public struct GrowthPrediction: Sendable, Hashable {
  /// The least-squares slope of the layers' mean log10 in the direction of travel.
  public var log10: Double
  /// The variance over replicas. A mean over R replicas has standard error sqrt(variance / R).
  public var variance: Double
}

extension ChainPrediction {
  /// Growth of gradients with respect to activations, from the last layer of the range to its first; nil below 3 layers.
  ///
  /// An audit takes the hidden layers, all but the last. Precondition: the range lies within the layers.
  public func backwardGrowth(over range: Range<Int>) -> GrowthPrediction? {
    growth(
      Array(range.reversed()), { layers[$0].gradient },
      { backward.covariances(from: $0, upTo: range.upperBound) })
  }

  /// Growth of activations, from the first layer of the range to its last; nil below 3 layers. Precondition as above.
  public func forwardGrowth(over range: Range<Int>) -> GrowthPrediction? {
    growth(
      Array(range), { layers[$0].activation },
      { low in
        var gain = 1.0
        return (low + 1..<range.upperBound).map { k in
          gain *= BackwardLayers.passing(forward[k])
          return gain * layers[low].activation.varianceLog10
        }
      })
  }

  /// Computes the slope and its variance.
  ///
  /// - Parameters:
  ///   - order: Layers in the direction of travel.
  ///   - covariances: Of log10 at a layer and at each later one of the range, in order.
  private func growth(
    _ order: [Int], _ moment: (Int) -> MomentPrediction, _ covariances: (Int) -> [Double]
  ) -> GrowthPrediction? {
    precondition(order.allSatisfy(layers.indices.contains), "the range must lie within \(layers.indices), got \(order)")
    guard order.count >= 3 else { return nil }
    let middle = Double(order.count - 1) / 2
    let squares = order.indices.reduce(0) { $0 + (Double($1) - middle) * (Double($1) - middle) }
    let weights = order.indices.map { (Double($0) - middle) / squares }
    var prediction = GrowthPrediction(log10: 0, variance: 0)
    let first = order.min() ?? 0, isAscending = order[0] == first
    for (i, a) in order.enumerated() {
      prediction.log10 += weights[i] * moment(a).meanLog10
      prediction.variance += weights[i] * weights[i] * moment(a).varianceLog10
      for (step, covariance) in covariances(a).enumerated() {
        prediction.variance += 2 * weights[i] * weights[isAscending ? i + step + 1 : i - step - 1] * covariance
      }
    }
    prediction.variance = max(0, prediction.variance)
    return prediction.log10.isFinite ? prediction : nil
  }
}

extension BackwardLayers {
  /// The covariances over replicas of log10 of one layer's pooled squared gradients and those of each later layer.
  func covariances(from low: Int, upTo end: Int) -> [Double] {
    let share = 1 / Double(input.batch), unit: Double = log(10.0) * log(10.0)
    let own = records[low].reach
    // The scatter up to layer h that both the layer and h share, in units of h's reach.
    var single = own * below[low + 1].single, pair = own * below[low + 1].pair
    return (low + 1..<end).map { h in
      let p = Self.passing(layers[h]), record = records[h], innovation = layers[h].innovation
      single = p * single + record.reach * innovation.single + (innovations[h]?.shared.single ?? 0)
      pair = p * pair + record.reach * innovation.pair + (innovations[h]?.shared.pair ?? 0)
      let both = (
        single: record.reach * single + record.sampling.single + record.above.single,
        pair: record.reach * pair + record.sampling.pair + record.above.pair
      )
      let pooled = input.batch == 1 ? both.single : log1p(share * expm1(both.single) + (1 - share) * expm1(both.pair))
      return pooled / unit
    }
  }
}
