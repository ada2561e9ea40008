import CTrainability
import Glibc
import TrainingRuns

/// Predicts from tangent readings what plain SGD reaches: batch 128, 300 steps, at four learning rates.
///
/// A small ensemble of two-layer tanh networks, fitted to networks of every kind that were really trained (Reports/verdict).
/// It sees only the readings, not the layers, the activation or the initializer. A reading beyond what can be measured is
/// not given to it as a number; it is told that the reading is missing. It makes no prediction for a network whose readings
/// are unlike those of all networks that were trained (`Prediction.isInEvidence`).
package enum TrainabilityModel {
  /// The learning rates whose accuracy is predicted.
  package static let learningRates = [1e-3, 1e-2, 1e-1, 1]
  /// The accuracy, for ten equal classes, from which a network counts as trained: 5/9 of the way from chance to 1.
  package static let trainedAccuracy = 0.6
  /// Expected accuracies that differ by no more are equal: predictions are off by more than that.
  private static let equalAccuracy = 0.01
  /// How sure the model must be to say anything, by the distance to the third nearest of the networks that it was fitted to:
  /// the farther, the surer. Below these it was wrong in one case of ten to four (Reports/verdict/fit.txt).
  private static let leastConfidences: [(within: Float, confidence: Double)] = [
    (0.7, 0.85), (1.05, 0.92), (.infinity, 0.97),
  ]
  /// Inputs are limited to so many deviations of the evidence, since nothing more is known beyond.
  private static let farthest: Float = 5
  /// The rank, by distance, of the trained network that decides whether a network is like them.
  private static let neighbour = 3

  package struct Prediction: Sendable, Equatable {
    /// The probability that the network trains at the best of the learning rates.
    package var probability: Double
    /// The expected training accuracy at each learning rate, for ten equal classes.
    package var accuracies: [Double]
    /// Whether the evidence has networks with such readings.
    package var isInEvidence = true
    /// How sure the model must be to predict anything for this network.
    package var leastConfidence = 0.85

    package init(probability: Double, accuracies: [Double]) {
      self.probability = probability
      self.accuracies = accuracies
    }

    /// Whether training is expected to work; nil outside the evidence, and where the model is not sure enough.
    package var trains: Bool? {
      guard isInEvidence, max(probability, 1 - probability) >= leastConfidence else { return nil }
      return probability > 0.5
    }

    /// The learning rate with the highest expected accuracy; of rates that are expected to do equally well the smallest,
    /// since one that is too large breaks a training off.
    package var learningRate: Double {
      let best = accuracies.max() ?? 0
      let first = accuracies.firstIndex { $0 >= best - TrainabilityModel.equalAccuracy } ?? 0
      return TrainabilityModel.learningRates[first]
    }
  }

  /// The model's inputs; nil for what is not known. Keep in step with Benchmarks/verdict/fit.py, with whose fixture
  /// (Fixtures/verdict/predictions.csv) a test compares this.
  package static func features(_ r: TangentReading) -> [Float?] {
    func clip(_ x: Double, _ low: Double, _ high: Double) -> Double { min(high, max(low, x)) }
    /// An input that is known where all its readings are.
    func of(
      _ fields: KeyPath<TangentReading, Double>..., low: Double = -8, high: Double = 8, _ f: (TangentReading) -> Double
    )
      -> Float?
    { fields.allSatisfy(r.isKnown) ? Float(clip(f(r), low, high)) : nil }
    func cut(_ x: Double) -> Double { clip(x, -8, 8) }
    return [
      of(\.loss) { $0.loss }, of(\.signal) { $0.signal }, of(\.noise) { $0.noise }, of(\.gradient) { $0.gradient },
      of(\.outputSize) { $0.outputSize }, of(\.outputSpread) { $0.outputSpread },
      of(\.signal, \.noise, low: -16, high: 16) { cut($0.signal) - cut($0.noise) },
      of(\.gradient, \.outputSize, low: -16, high: 16) { cut($0.gradient) - cut($0.outputSize) },
      of(\.readoutSignal) { $0.readoutSignal },
      of(\.readoutSignal, \.readoutNoise, low: -1, high: 2) { $0.readoutSignal - $0.readoutNoise },
      of(\.signal, \.readoutSignal, low: -2, high: 6) { cut($0.signal) - $0.readoutSignal },
      of(\.largestUpdate, low: -12) { $0.largestUpdate }, of(\.smallestUpdate, low: -20) { $0.smallestUpdate },
      of(\.largestUpdate, \.smallestUpdate, low: 0, high: 12) { $0.largestUpdate - $0.smallestUpdate },
      of(low: -3, high: 0) { $0.minority }, of(low: 0, high: 1) { $0.startsWithZeros ? 1 : 0 },
    ]
  }

  /// Inputs whose absence says something by itself; each has another input that is 1 where it is missing.
  private static let missable = [2, 5, 8, 12]

  package static func predict(_ reading: TangentReading) -> Prediction {
    let known = features(reading)
    let means = trainability_means(), deviations = trainability_deviations(), coefficients = trainability_coefficients()
    let hidden = TrainabilityHidden, members = TrainabilityMembers, outputs = TrainabilityOutputs
    let all = known + missable.map { known[$0] == nil ? 1 : 0 }
    // The mean takes the place of a missing input.
    let inputs = all.enumerated().map { place, x in
      x.map { min(farthest, max(-farthest, ($0 - means[place]) / deviations[place])) } ?? 0
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
    var prediction = Prediction(
      probability: 1 / (1 + exp(-Double(odds / trainability_temperature()))), accuracies: accuracies)
    let distance = distance(inputs)
    prediction.isInEvidence = distance <= trainability_farthest_neighbour()
    prediction.leastConfidence = leastConfidences.first { distance <= $0.within }?.confidence ?? 1
    return prediction
  }

  /// The distance to the third nearest of the trained networks, in standardized inputs.
  private static func distance(_ inputs: [Float]) -> Float {
    let evidence = trainability_evidence(), count = Int(trainability_evidence_count()), width = inputs.count
    let unit = farthest / 127
    var nearest = [Float](repeating: .infinity, count: neighbour)
    for network in 0..<count {
      var sum: Float = 0
      for place in 0..<width {
        let difference = inputs[place] - unit * Float(evidence[network * width + place])
        sum += difference * difference
      }
      if let last = nearest.last, sum < last {
        nearest[neighbour - 1] = sum
        nearest.sort()
      }
    }
    return (nearest.last ?? .infinity).squareRoot()
  }
}
