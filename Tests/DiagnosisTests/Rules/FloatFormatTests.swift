import Diagnosis
import NetworkGraph
import SignalPropagation
import Testing

@Suite struct NumberFormatTests {
  @Test(arguments: Mutation.formats.map(\.name)) func theMistakeIsNamed(name: String) throws {
    let mutation = try #require(Mutation.formats.first { $0.name == name })
    let outcome = try mutation.outcome()
    #expect(outcome.isCaught, "\(outcome.findings.map { "\($0.rule) \($0.severity) \($0.message)" })")
    #expect(outcome.falseAlarms.isEmpty)
  }

  /// Half of the least subnormal, and the midpoint between the largest number and the next binade, by the compiler's own
  /// conversions.
  @Test func theFormatsEndWhereTheyRound() {
    #if arch(arm64)
      #expect(Float16(0x1p-25) == 0 && Float16(0x1.004p-25) > 0)
      #expect(Float16(65519.9) == 65504 && Float16(65520) == .infinity)
    #endif
    #expect(FloatFormat.float16.vanishingExponent == -25 && FloatFormat.float16.overflow == 65520)
    #expect(Float(0x1p-150) == 0 && Float(0x1.000001p-150) > 0)
    #expect(FloatFormat.float32.vanishingExponent == -150)
    #expect(Float(FloatFormat.float32.overflow) == .infinity && Float(FloatFormat.float32.overflow.nextDown).isFinite)
    // bfloat16's neighbours by hand: 0x7F7F is (2 - 2^-7) 2^127, half a step more is 2^128 (1 - 2^-9).
    #expect(DrawnWeights.bfloat16(Float(FloatFormat.bfloat16.overflow)) == .infinity)
    #expect(DrawnWeights.bfloat16(Float(FloatFormat.bfloat16.overflow).nextDown).isFinite)
    #expect(Float(bitPattern: 0x0001_0000) == 0x1p-133 && FloatFormat.bfloat16.vanishingExponent == -134)
  }

  /// Gaussian inputs through the identity: shares of a normal law between powers of two (scipy 1.17.1).
  @Test func magnitudesAreCountedInTrueUnits() throws {
    let identity = try Initializer(parsing: "identity(gain=1e-30)")
    let network = try Network(input: .features(128)) {
      Dense(128, weights: identity); Dense(4)
    }
    let run = try Examined.run(network, "lecun_normal", batch: 128, replicas: 1)
    let magnitudes = try #require(run.layers[0].preactivation.magnitudes)
    #expect(magnitudes.zeros == 0 && magnitudes.nonzero == 16384)
    // 1e-30 = 2^-99.658: below 2^-100 lie |z| < 2^-0.342 = 0.789, a share of 0.5699.
    let share = Double(magnitudes.count(below: -100)) / 16384
    // Six standard errors of sqrt(p (1 - p) / 16384).
    #expect(abs(share - 0.5699) < 6 * 0.00387)
    #expect(magnitudes.count(below: -1000) == 0 && magnitudes.count(from: -1000) == 16384)
    #expect(magnitudes.count(from: -90) == 0)
  }

  @Test func zerosOfReLUAreNotLost() throws {
    let run = try Examined.run(try Examined.mlp(depth: 3, width: 64, .relu), "he_normal")
    let magnitudes = try #require(run.layers[1].activation.magnitudes)
    #expect(magnitudes.zeros > 1000 && magnitudes.zeros + magnitudes.nonzero == 64 * 64)
    #expect(run.findings.filter { $0.rule.hasSuffix("-range") }.isEmpty)
  }

  /// 1,000 gradients, a tenth of them in [2^-30, 2^-29), the rest in [2^-20, 2^-19): a scale of 2^5 lifts the small ones to
  /// 2^-25, where they no longer round to 0.
  @Test func theLossScaleIsTheSmallestThatSaves() throws {
    let tensor = FormatLoss.Tensor(
      layer: try Examined.run(try Examined.mlp(depth: 1, width: 8, .relu), "he_normal", batch: 2).layers[0], title: "",
      magnitudes: MagnitudeHistogram(low: -30, counts: [100] + Array(repeating: 0, count: 9) + [900], zeros: 17),
      log2Largest: -19.5, shift: 0)
    #expect(tensor.vanishing(.float16) == 0.1 && tensor.overflowing(.float16) == 0)
    #expect(tensor.vanishing(.bfloat16) == 0)
    let scale = try #require(FormatLoss(tensors: [tensor]).lossScale(.float16, tolerable: 0.001))
    #expect(scale.exponent == 5 && scale.lost == 0)
    var large = tensor
    large.log2Largest = 14.2
    // Beyond 2^15 / 2^14.2 no scale is allowed: the small ones are lost.
    let none = try #require(FormatLoss(tensors: [tensor, large]).lossScale(.float16, tolerable: 0.001))
    #expect(none.exponent == 0 && none.lost == 0.1)
  }

  @Test func aGaussianCotangentStandsForAMeanCrossEntropy() throws {
    // 10 classes, batch 64: sqrt(9) / (10 * 64) = 2^-7.74; one output: 1 / 64.
    #expect(FormatLoss.shift(.gaussian, outputs: 10, batch: 64) == -8)
    #expect(FormatLoss.shift(.gaussian, outputs: 1, batch: 64) == -6)
    #expect(FormatLoss.shift(.crossEntropy, outputs: 10, batch: 64) == 0)
  }
}
