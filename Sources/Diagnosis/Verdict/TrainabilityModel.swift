import CTrainability
import Glibc
import TrainingRuns

/// Predicts from tangent readings what plain SGD reaches: batch 128, 300 steps, on a task like Fashion-MNIST.
///
/// A small ensemble of two-layer tanh networks, fitted to networks that were really trained (Reports/verdict). It sees the
/// readings alone: neither the activation, nor depth, width or initializer are told, so that what it learned of dense
/// networks carries over to layers that the evidence does not hold.
package enum TrainabilityModel {
  /// The learning rates whose accuracy is predicted.
  package static let learningRates = [1e-3, 1e-2, 1e-1, 1]
  /// Inputs are cut at so many deviations of the evidence: what lies farther out is no better known.
  private static let farthest: Float = 5

  package struct Prediction: Sendable, Equatable {
    /// Probability that the best of the learning rates reaches 60% training accuracy.
    package var probability: Double
    /// Expected training accuracy at each learning rate.
    package var accuracies: [Double]

    package init(probability: Double, accuracies: [Double]) {
      self.probability = probability
      self.accuracies = accuracies
    }

    package var trains: Bool { probability > 0.5 }

    /// The rate of the highest expected accuracy.
    package var learningRate: Double {
      let best = accuracies.indices.max { accuracies[$0] < accuracies[$1] } ?? 0
      return TrainabilityModel.learningRates[best]
    }
  }

  /// Keep in step with Benchmarks/verdict/fit.py.
  static func features(_ r: TangentReading) -> [Float] {
    func clip(_ x: Double, _ low: Double, _ high: Double) -> Double { min(high, max(low, x)) }
    let v = [r.loss, r.signal, r.noise, r.common, r.gradient, r.sharpness, r.outputSize, r.outputSpread].map { clip($0, -8, 8) }
    let derived = [
      v[1] - v[2], v[3] - v[1], v[4] - v[6], clip(r.readoutSignal, -8, 8), clip(r.readoutSignal - r.readoutNoise, -1, 2),
      clip(v[1] - r.readoutSignal, -2, 6), asinh(r.elasticity), clip(r.largestUpdate, -12, 8), clip(r.smallestUpdate, -20, 8),
      clip(r.largestUpdate - r.smallestUpdate, 0, 12), clip(r.descent, -2, 4),
    ]
    return (v + derived).map(Float.init)
  }

  package static func predict(_ reading: TangentReading) -> Prediction {
    let means = trainability_means(), deviations = trainability_deviations(), coefficients = trainability_coefficients()
    let hidden = TrainabilityHidden, members = TrainabilityMembers, outputs = TrainabilityOutputs
    let inputs = features(reading).enumerated().map { place, x in
      min(farthest, max(-farthest, (x - means[place]) / deviations[place]))
    }
    precondition(
      inputs.count == TrainabilityInputs && outputs == learningRates.count + 1,
      "the coefficients are of other readings or rates")
    let sizes = [(inputs.count, hidden), (hidden, hidden), (hidden, outputs)]
    var accuracies = [Double](repeating: 0, count: learningRates.count), odds: Float = 0
    var place = 0
    for _ in 0..<members {
      var signal = inputs
      for (layer, size) in sizes.enumerated() {
        var next = Array(UnsafeBufferPointer(start: coefficients + place + size.0 * size.1, count: size.1))
        for (row, value) in signal.enumerated() {
          for column in 0..<size.1 { next[column] += value * coefficients[place + row * size.1 + column] }
        }
        place += (size.0 + 1) * size.1
        signal = layer < 2 ? next.map(tanh) : next
      }
      odds += signal[outputs - 1] / Float(members)
      for rate in accuracies.indices { accuracies[rate] += Double(1 / (1 + exp(-signal[rate]))) / Double(members) }
    }
    return Prediction(probability: 1 / (1 + exp(-Double(odds / trainability_temperature()))), accuracies: accuracies)
  }
}
