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
      try #require(v.count == 18)
      let prediction = TrainabilityModel.predict(Self.reading(v))
      // Sums of a few hundred Floats of order 1 through two layers.
      #expect(abs(prediction.probability - v[12]) < 1e-4)
      for (accuracy, expected) in zip(prediction.accuracies, v[13..<17]) { #expect(abs(accuracy - expected) < 1e-4) }
      // Distance to the third nearest of the evidence's networks over the bound; a tie is rounding's.
      if abs(v[17] - 1) > 1e-4 { #expect(prediction.isInEvidence == (v[17] < 1)) }
    }
  }

  /// A row of the fixture as a reading; what is infinite there stands at the floor or ceiling.
  static func reading(_ v: [Double]) -> TangentReading {
    var reading = TangentReading(
      loss: 1, signal: 1, noise: 1, gradient: 1, outputSize: 1, outputSpread: 1, readoutSignal: 1, readoutNoise: 1,
      largestUpdate: 1, smallestUpdate: 1, minority: 1)
    let x = v.map { max(TangentReading.floor, min(TangentReading.ceiling, $0)) }
    (reading.loss, reading.signal, reading.noise, reading.gradient) = (x[0], x[1], x[2], x[3])
    (reading.outputSize, reading.outputSpread, reading.readoutSignal, reading.readoutNoise) = (x[4], x[5], x[6], x[7])
    (reading.largestUpdate, reading.smallestUpdate, reading.minority) = (x[8], x[9], x[10])
    reading.startsWithZeros = v[11] == 1
    return reading
  }

  /// A network whose classes are told apart better the less its outputs vary, at a huge gradient: there is none.
  @Test func whatIsUnlikeAllThatWasTrainedIsOutside() {
    let strange = TangentReading(
      loss: 1e-6, signal: 1e7, noise: 1e-7, gradient: 1e7, outputSize: 1e7, outputSpread: 1e-7, readoutSignal: 1e-7,
      readoutNoise: 1e-7, largestUpdate: 1e7, smallestUpdate: 1e-19, minority: 0.9)
    #expect(!TrainabilityModel.predict(strange).isInEvidence)
  }

  @Test func theRateIsThatOfTheHighestAccuracy() {
    let prediction = TrainabilityModel.Prediction(probability: 0.9, accuracies: [0.2, 0.7, 0.6, 0.1])
    #expect(prediction.learningRate == 0.01)
    #expect(prediction.trains == true)
    // Neither at the border nor outside the evidence.
    #expect(TrainabilityModel.Prediction(probability: 0.6, accuracies: [0.5, 0, 0, 0]).trains == nil)
    #expect(TrainabilityModel.Prediction(probability: 0.1, accuracies: [0.5, 0, 0, 0]).trains == false)
    var outside = prediction
    outside.isInEvidence = false
    #expect(outside.trains == nil)
  }
}
