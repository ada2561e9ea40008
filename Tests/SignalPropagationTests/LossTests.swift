import Foundation
import NetworkGraph
import SignalPropagation
import Testing

/// A loss's gradient in place of the cotangent.
@Suite struct LossTests {
  @Test(arguments: [(BackwardSource.crossEntropy, log(4.0)), (.meanSquaredError, 0.25)])
  func zerosGiveTheLossOfKnowingNothing(source: BackwardSource, expected: Double) throws {
    var configuration = AuditConfiguration(
      network: try Harness.perceptron(6, [8, 4], activation: .relu), initializers: [.zeros], backward: source, batch: 5,
      replicas: 2)
    configuration.given.labels = [0, 1, 2, 3, 0]
    configuration.given.input = (0..<30).map { Float($0) / 10 }
    let run = try Audit(configuration).run().runs[0]
    #expect(agree(try #require(run.lossAtInitialization), expected, relative: 1e-12))
  }

  @Test(arguments: [BackwardSource.crossEntropy, .meanSquaredError])
  func theGradientIsACentralDifference(source: BackwardSource) throws {
    var configuration = AuditConfiguration(
      network: try Harness.perceptron(6, [4], activation: .relu), initializers: [.normal(std: 1)], backward: source,
      batch: 3,
      replicas: 1)
    let labels = [2, 0, 3]
    configuration.given.labels = labels
    configuration.given.input = (0..<18).map { Float(($0 * 7) % 11) / 8 - 0.5 }
    let (_, t) = try Harness.tapped(configuration)
    let outputs = t["dense_1", .activation], gradient = t["dense_1", .gradient]
    func loss(_ outputs: [Double]) -> Double {
      (0..<3).map { row -> Double in
        let o = Array(outputs[(row * 4)..<(row * 4 + 4)])
        if source == .meanSquaredError {
          return o.enumerated().reduce(0) { $0 + pow($1.element - ($1.offset == labels[row] ? 1 : 0), 2) } / 4
        }
        return log(o.reduce(0) { $0 + exp($1) }) - o[labels[row]]
      }.reduce(0, +) / 3
    }
    for index in outputs.indices {
      var above = outputs, below = outputs
      above[index] += 1e-6
      below[index] -= 1e-6
      #expect(agree(gradient[index], (loss(above) - loss(below)) / 2e-6, relative: 1e-6, absolute: 1e-8))
    }
  }

  @Test func logitsBeyondFloatGiveAFiniteGradient() throws {
    var configuration = AuditConfiguration(
      network: try Harness.perceptron(16, Array(repeating: 16, count: 30) + [4], activation: .relu),
      initializers: [.normal(std: 1000)], backward: .crossEntropy, batch: 4, replicas: 1)
    configuration.given.labels = [0, 1, 2, 3]
    configuration.given.input = (0..<64).map { Float(($0 * 5) % 13) - 6 }
    let run = try Audit(configuration).run().runs[0]
    #expect(try #require(run.layers[30].activation.log10SecondMoment) > 150)
    #expect(run.layers[30].gradient.nonFinite == 0)
    #expect(run.layers[30].gradient.secondMoment > 0)
  }

  /// Outputs of 1e400: no Double holds their exponentials, squares or differences from the labels.
  @Test(arguments: [BackwardSource.crossEntropy, .meanSquaredError])
  func outputsBeyondDoubleGiveAFiniteGradient(source: BackwardSource) throws {
    var configuration = AuditConfiguration(
      network: try Harness.perceptron(16, Array(repeating: 16, count: 40) + [4], activation: .relu),
      initializers: [.normal(std: 1e10)], backward: source, batch: 4, replicas: 1)
    configuration.given.labels = [0, 1, 2, 3]
    configuration.given.input = (0..<64).map { Float(($0 * 5) % 13) - 6 }
    let run = try Audit(configuration).run().runs[0]
    let output = try #require(run.layers[40].activation.log10SecondMoment), gradient = run.layers[40].gradient
    #expect(output > 800 && gradient.nonFinite == 0)
    let logarithm = try #require(gradient.log10SecondMoment)
    if source == .meanSquaredError {
      // 2 o / (4 outputs * 4 samples).
      #expect(agree(logarithm, output - 2 * log10(8), relative: 1e-9))
    } else {
      // Each sample's softmax is 0 or 1: the gradient's values are 0, 1/4 and -1/4.
      #expect(gradient.min == -0.25 && gradient.max == 0.25)
    }
  }
}
