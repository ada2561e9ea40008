import Diagnosis
import Foundation
import TestSupport
import Testing
import TrainingRuns

/// The model in Swift against the same coefficients in PyTorch (Benchmarks/verdict/fit.py).
@Suite struct TrainabilityModelTests {
  static let path = Repository.fixtures.appending(path: "verdict/predictions.csv")

  @Test func itPredictsWhatPyTorchDoes() throws {
    let lines = try String(contentsOf: Self.path, encoding: .utf8).split(separator: "\n").dropFirst(2)
    #expect(lines.count >= 30)
    for line in lines {
      let v = line.split(separator: ",").compactMap { Double($0) }
      try #require(v.count == 19)
      var reading = TangentReading(
        loss: 1, signal: 1, noise: 1, common: 1, gradient: 1, sharpness: 1, outputSize: 1, outputSpread: 1, readoutSignal: 1,
        readoutNoise: 1, elasticity: v[10], largestUpdate: 1, smallestUpdate: 1, descent: v[13])
      (reading.loss, reading.signal, reading.noise, reading.common) = (v[0], v[1], v[2], v[3])
      (reading.gradient, reading.sharpness, reading.outputSize, reading.outputSpread) = (v[4], v[5], v[6], v[7])
      (reading.readoutSignal, reading.readoutNoise, reading.largestUpdate, reading.smallestUpdate) = (v[8], v[9], v[11], v[12])
      let prediction = TrainabilityModel.predict(reading)
      // Sums of a few hundred Floats of order 1 through two layers.
      #expect(abs(prediction.probability - v[14]) < 1e-4)
      for (accuracy, expected) in zip(prediction.accuracies, v[15...]) { #expect(abs(accuracy - expected) < 1e-4) }
    }
  }

  @Test func theRateIsThatOfTheHighestAccuracy() {
    let prediction = TrainabilityModel.Prediction(probability: 0.9, accuracies: [0.2, 0.7, 0.6, 0.1])
    #expect(prediction.learningRate == 0.01)
    #expect(prediction.trains)
  }
}
