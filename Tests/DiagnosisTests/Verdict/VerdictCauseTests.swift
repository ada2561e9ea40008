import Diagnosis
import SignalPropagation
import Testing
import TrainingRuns

/// What the readings alone say of a network that does not learn: each threshold from both of its sides.
@Suite struct VerdictCauseTests {
  /// A healthy ReLU network's readings, with some of them changed. All log10.
  static func status(
    loss: Double = 0.4, signal: Double = 0.5, noise: Double = -0.5, largestUpdate: Double = 0, outputSize: Double = 0,
    outputSpread: Double = -0.2
  ) -> Verdict.Status {
    var reading = TangentReading(
      loss: 1, signal: 1, noise: 1, gradient: 1, outputSize: 1, outputSpread: 1, readoutSignal: 1, readoutNoise: 1,
      largestUpdate: 1, smallestUpdate: 1, minority: 0.9)
    (reading.loss, reading.signal, reading.noise, reading.largestUpdate) = (loss, signal, noise, largestUpdate)
    (reading.outputSize, reading.outputSpread) = (outputSize, outputSpread)
    return VerdictCause.status(of: reading)
  }

  @Test func aLossBeyondFloatExplodes() {
    #expect(Self.status(loss: 38) == .exploding)
    #expect(Self.status(loss: 38, signal: -20, outputSize: 30, outputSpread: 20) == .exploding)
  }

  @Test func aStepOfTheSmallestRateThatOvershootsExplodes() {
    // A step at 0.001 is as large as the weights where the squared gradient is 10^6 times their square.
    #expect(Self.status(largestUpdate: 6.01) == .exploding)
    // Below it and with a signal too weak to follow, it vanishes.
    #expect(Self.status(signal: -3, noise: -5, largestUpdate: 3.9) == .vanishing)
    #expect(Self.status(signal: -3, noise: -5, largestUpdate: 6.01) == .exploding)
  }

  @Test func smallOutputsWithASteepSlopeAndNoClassesAreChaotic() {
    // 10^0.29 is 1.95, 10^0.31 is 2.04 times the noise.
    #expect(Self.status(signal: 3.29, noise: 3, largestUpdate: 7, outputSize: 0.9) == .chaotic)
    #expect(Self.status(signal: 3.31, noise: 3, largestUpdate: 7, outputSize: 0.9) == .exploding)
    #expect(Self.status(signal: 3.29, noise: 3, largestUpdate: 7, outputSize: 1.1) == .exploding)
  }

  @Test func outputsThatAreAlikeCollapse() {
    #expect(Self.status(outputSpread: -2.01) == .collapsed)
    #expect(Self.status(outputSize: 1, outputSpread: -1.01) == .collapsed)
    // The spread counts against the size, not by itself.
    #expect(Self.status(outputSize: -1, outputSpread: -2.9) == .vanishing)
    // Collapse comes before what is left of the signal.
    #expect(Self.status(signal: -5, noise: -5, outputSpread: -3) == .collapsed)
    // And after a slope that overshoots.
    #expect(Self.status(largestUpdate: 7, outputSpread: -3) == .exploding)
  }

  @Test func aWeakSignalVanishesEvenAmongNoise() {
    #expect(Self.status(signal: -1.01, noise: -1.01) == .vanishing)
    #expect(Self.status(signal: -0.99, noise: -0.99) == .chaotic)
  }

  @Test func classesThatAreNoiseAreChaotic() {
    #expect(Self.status(signal: 0.29, noise: 0) == .chaotic)
    #expect(Self.status(signal: 0.31, noise: 0) == .vanishing)
    // Noise above the signal, too.
    #expect(Self.status(signal: 1, noise: 2, largestUpdate: 4.5) == .chaotic)
  }

  @Test func aSteepSlopeExplodesBeforeItVanishes() {
    #expect(Self.status(largestUpdate: 4.01) == .exploding)
    #expect(Self.status(largestUpdate: 3.99) == .vanishing)
  }
}
