import Glibc
import NetworkGraph
import SampleStatistics
import TensorKernels

/// The outcome of a data-dependent initializer on one layer of one replica.
package struct LayerCalibration: Sendable {
  package var layer: String
  package var attempts: Int
  package var variance: Double
  package var converged: Bool
}

/// Rescales a layer's weights by the signal that reaches it, before the layer is measured.
struct ReplicaCalibration {
  let store: WeightStore
  let probe: SignalProbe
  let pool: BufferPool

  /// Rescales the node's weights as the scheme says; later layers see the result.
  func fit(
    _ scheme: DataDependentScheme, node: Network.Node, index: Int, weights: LayerWeights, inputs: [ScaledSignal],
    layerOperator: any LayerOperator
  ) throws -> LayerCalibration {
    switch scheme {
    case .lsuv(let tolerance, let attempts):
      return try fitUnitVariance(
        tolerance: tolerance, attempts: attempts, node: node, index: index, weights: weights, inputs: inputs,
        layerOperator: layerOperator)
    case .withinLayer:
      return try fitEachUnit(node: node, index: index, weights: weights, inputs: inputs, layerOperator: layerOperator)
    }
  }

  /// LSUV: divides by the deviation of the layer's output until its variance is within the tolerance of 1 (Mishkin and Matas
  /// 2015, algorithm 1).
  private func fitUnitVariance(
    tolerance: Double, attempts: Int, node: Network.Node, index: Int, weights: LayerWeights, inputs: [ScaledSignal],
    layerOperator: any LayerOperator
  ) throws -> LayerCalibration {
    var reading = try outputReading(layerOperator, weights, inputs)
    var taken = 0
    func isUnit() -> Bool { abs(reading.summary.variance - 1) < tolerance }
    // In the reading's own units, since the true variance may lie beyond Double.
    while taken < attempts, !isUnit(), reading.moments.variance > 0, reading.moments.variance.isFinite {
      let factor = 1 / reading.moments.variance.squareRoot()
      let exponent = Double(factor.exponent) - reading.exponent
      store.rescale(weights, of: index, by: .scalar(factor: Float(factor.significand), exponent: exponent))
      if let log2RMS = weights.weights.log2RMS { weights.weights.log2RMS = log2RMS + log2(factor.significand) + exponent }
      taken += 1
      reading = try outputReading(layerOperator, weights, inputs)
    }
    return LayerCalibration(
      layer: node.name, attempts: taken, variance: reading.summary.variance, converged: isUnit())
  }

  /// Krahenbuhl 2015, section 3.1: divides each unit by its deviation over the data and shifts it to zero mean.
  private func fitEachUnit(
    node: Network.Node, index: Int, weights: LayerWeights, inputs: [ScaledSignal], layerOperator: any LayerOperator
  ) throws -> LayerCalibration {
    let reading = try outputReading(layerOperator, weights, inputs)
    let scale = Scale.apply(reading.exponent, to: 1)
    // Positions of a channel, and steps of a feature, share one row of weights.
    let groups = UnitGroups.sharingWeights(in: node.shape)
    var factors: [Float] = [], bias = weights.bias ?? [Double](repeating: 0, count: weights.weights.rows)
    let rows = groups.moments(means: reading.moments.unitMeans, variances: reading.moments.unitVariances)
    precondition(rows.means.count == weights.weights.rows, "\(node.name) has no row of weights a unit")
    for (unit, (mean, variance)) in zip(rows.means, rows.variances).enumerated() {
      let factor = Float(1 / (variance.squareRoot() * scale))
      // A unit that is constant over the data cannot be given unit variance; it stays as drawn.
      let usable = factor.isNormal
      factors.append(usable ? factor : 1)
      // The mean contains the bias as it was drawn, which is not rescaled but replaced.
      if usable { bias[unit] = -(mean * scale - bias[unit]) * Double(factor) }
    }
    store.rescale(weights, of: index, by: .perUnit(factors: factors, bias: bias))
    weights.weights.log2RMS = nil
    let after = try outputReading(layerOperator, weights, inputs)
    let fitted = groups.moments(means: after.moments.unitMeans, variances: after.moments.unitVariances)
    let units = fitted.variances.map { Scale.apply(2 * after.exponent, to: $0) }
    let means = fitted.means.map { Scale.apply(after.exponent, to: $0) }
    // Float's rounding alone keeps each unit's mean and variance within a few parts in 1e5 of 0 and 1.
    return LayerCalibration(
      layer: node.name, attempts: 1, variance: Estimators.mean(units),
      converged: units.allSatisfy { abs($0 - 1) < 1e-4 } && means.allSatisfy { abs($0) < 1e-4 })
  }

  private func outputReading(
    _ layerOperator: any LayerOperator, _ weights: LayerWeights, _ inputs: [ScaledSignal]
  ) throws -> SignalReading {
    let z = try layerOperator.forward(
      inputs, weights: weights, exponent: { Scale.exponent(expecting: $0, comfort: ActivationScaling.comfortRange) },
      pool: pool)
    probe.measure(z, sampling: .none)
    return probe.reading()
  }
}
