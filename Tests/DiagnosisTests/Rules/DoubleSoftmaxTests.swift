import DataSets
import Diagnosis
import Foundation
import NetworkGraph
import SignalPropagation
import Testing

@Suite struct DoubleSoftmaxTests {
  private static func run(_ network: Network, _ backward: BackwardSource, labels: Int) throws -> InitializerRun {
    let input = AuditInput.samples(
      FeatureTable(
        name: "t", values: (0..<400).map { Float(($0 * 37) % 101) / 50 - 1 }, features: 4,
        labels: (0..<100).map { $0 % labels },
        classCount: labels), .standardized)
    return try Examined.run(network, "he_normal", input: input) { $0.backward = backward }
  }

  @Test func aSoftmaxThatTheLossContainsIsAppliedOnce() throws {
    let ending = try Network(input: .features(4)) {
      Dense(16, activation: .relu)
      Dense(3)
      Softmax()
    }
    let plain = try Network(input: .features(4)) {
      Dense(16, activation: .relu)
      Dense(3)
    }
    let run = try Self.run(ending, .crossEntropy, labels: 3), other = try Self.run(plain, .crossEntropy, labels: 3)
    // The same weights, and the loss of the same logits.
    #expect(run.lossAtInitialization == other.lossAtInitialization && run.lossAtInitialization != nil)
    #expect(run.layers[1].gradient.secondMoment == other.layers[1].gradient.secondMoment)
    #expect(run.layers[0].weightGradient?.secondMoment == other.layers[0].weightGradient?.secondMoment)
    let finding = try #require(run.findings(of: DoubleSoftmax.name).first)
    #expect(finding.severity == .note && finding.layers == [3])
    // log(1 + 2 / e) = 0.5514.
    #expect(finding.message.contains("torch.nn.CrossEntropyLoss") && finding.message.contains("0.551"))
    #expect(other.findings(of: DoubleSoftmax.name).isEmpty)
    #expect(try Self.run(ending, .gaussian, labels: 3).findings(of: DoubleSoftmax.name).isEmpty)
    #expect(try Self.run(ending, .meanSquaredError, labels: 3).findings(of: DoubleSoftmax.name).isEmpty)
  }

  @Test func aSigmoidThatTheLossContainsIsAppliedOnce() throws {
    let ending = try Network(input: .features(4)) {
      Dense(16, activation: .relu)
      Dense(1, activation: .sigmoid)
    }
    let plain = try Network(input: .features(4)) {
      Dense(16, activation: .relu)
      Dense(1)
    }
    let run = try Self.run(ending, .binaryCrossEntropy, labels: 2),
      other = try Self.run(plain, .binaryCrossEntropy, labels: 2)
    #expect(run.lossAtInitialization == other.lossAtInitialization && run.lossAtInitialization != nil)
    #expect(run.layers[0].weightGradient?.secondMoment == other.layers[0].weightGradient?.secondMoment)
    let finding = try #require(run.findings(of: DoubleSoftmax.name).first)
    #expect(finding.severity == .note && finding.message.contains("torch.nn.BCEWithLogitsLoss"))
  }

  @Test func whatIsReallyAppliedTwiceIsAWarning() throws {
    let twice = try Network(input: .features(4)) {
      Dense(3)
      Softmax()
      Dropout(0.1)
      Softmax()
    }
    let finding = try #require(try Self.run(twice, .crossEntropy, labels: 3).findings(of: DoubleSoftmax.name).first)
    #expect(finding.severity == .warning && finding.layers == [2])
    let squashed = try Network(input: .features(4)) { Dense(3, activation: .sigmoid) }
    #expect(try Self.run(squashed, .crossEntropy, labels: 3).findings(of: DoubleSoftmax.name).map(\.severity) == [.warning])
  }
}
