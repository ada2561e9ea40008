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
      try #require(v.count == 24)
      let prediction = TrainabilityModel.predict(Self.reading(v))
      // Sums of a few hundred Floats of order 1 through two layers.
      #expect(abs(prediction.probability - v[18]) < 1e-4)
      for (accuracy, expected) in zip(prediction.accuracies, v[19..<23]) { #expect(abs(accuracy - expected) < 1e-4) }
      // Distance to the third nearest of the evidence's networks over the bound; a tie is rounding's.
      if abs(v[23] - 1) > 1e-4 { #expect(prediction.isInEvidence == (v[23] < 1)) }
    }
  }

  /// A row of the fixture as a reading; what is infinite there stands at the floor or ceiling.
  static func reading(_ v: [Double]) -> TangentReading {
    var reading = TangentReading(
      loss: 1, signal: 1, noise: 1, common: 1, gradient: 1, sharpness: 1, outputSize: 1, outputSpread: 1, readoutSignal: 1,
      readoutNoise: 1, elasticity: v[10], largestUpdate: 1, smallestUpdate: 1, descent: v[13], growth: v[14],
      progress: v[15],
      minority: 1)
    let x = v.map { max(TangentReading.floor, min(TangentReading.ceiling, $0)) }
    (reading.loss, reading.signal, reading.noise, reading.common) = (x[0], x[1], x[2], x[3])
    (reading.gradient, reading.sharpness, reading.outputSize, reading.outputSpread) = (x[4], x[5], x[6], x[7])
    (reading.readoutSignal, reading.readoutNoise, reading.largestUpdate, reading.smallestUpdate) = (x[8], x[9], x[11], x[12])
    reading.minority = x[16]
    reading.startsWithZeros = v[17] == 1
    return reading
  }

  /// A network whose classes are told apart better the less its outputs vary, at a huge curvature: there is none.
  @Test func whatIsUnlikeAllThatWasTrainedIsOutside() {
    let strange = TangentReading(
      loss: 1e-6, signal: 1e7, noise: 1e-7, common: 1e-7, gradient: 1e7, sharpness: 1e-7, outputSize: 1e7,
      outputSpread: 1e-7,
      readoutSignal: 1e-7, readoutNoise: 1e-7, elasticity: -900, largestUpdate: 1e7, smallestUpdate: 1e-19, descent: 3,
      growth: 7, progress: 3, minority: 0.9)
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
