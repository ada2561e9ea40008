import Foundation
import NetworkGraph
import Testing
import TrainingRuns

/// Forty full-batch steps of a small network under every choice that training offers, against PyTorch.
@Suite struct OptimizerTests {
  private struct Fixture: Decodable {
    struct Case: Decodable {
      var name: String
      var optimizer: String
      var loss: Loss
      var schedule: String
      var clip: String?
      var penalty: [Double]?
      var losses: [Double]
    }
    var features: [Float]
    var targets: [Float]
    var labels: [Int32]
    var parameters: [String: [Float]]
    var cases: [Case]
  }

  private static let names = [
    "sgd", "momentum", "nesterov", "adam", "adamw", "rmsprop", "step", "cosine", "clip-norm", "clip-value", "l1", "l2",
    "l1l2",
    "binary",
  ]

  private func configuration(_ fixture: Fixture, _ name: String) throws -> (TrainingConfiguration, [Double]) {
    let item = try #require(fixture.cases.first { $0.name == name })
    let network = try Sets.mlp([5, 8, 1], .tanh)
    let table =
      item.loss == .meanSquaredError
      ? SampleTable(values: fixture.features, features: 5, targets: fixture.targets)
      : SampleTable(values: fixture.features, features: 5, labels: fixture.labels, classCount: 2)
    var configuration = TrainingConfiguration(
      network: network, initializers: [.heNormal], data: TrainingData(name: "small", training: table), loss: item.loss,
      optimizer: try Optimizer(parsing: item.optimizer), schedule: try Schedule(parsing: item.schedule),
      clipping: try item.clip.map { try Clipping(parsing: $0) },
      penalties: item.penalty.map { [(nil, Penalty.l1l2($0[0], $0[1]))] } ?? [], epochs: 40, batch: 24, replicas: 1)
    configuration.given.parameters = fixture.parameters
    configuration.given.keepsStepLosses = true
    return (configuration, item.losses)
  }

  /// Float's rounding, carried through forty steps: 1e-5 of the loss. Steps in units of the gradient's own size, as Adam's,
  /// carry the rounding of its smallest components in full: 5e-5. The cases differ from plain SGD by percents.
  @Test(arguments: names) func stepsArePyTorchs(name: String) throws {
    let fixture = try JSONDecoder().decode(
      Fixture.self, from: Data(contentsOf: LossCurveFixture.directory.appendingPathComponent("optimizers.json")))
    #expect(fixture.cases.map(\.name) == Self.names)
    let (configuration, expected) = try configuration(fixture, name)
    let losses = try #require(try Training(configuration).run().runs[0].stepLosses)
    #expect(losses.count == 40 && expected.count == 40)
    let tolerance = ["adam", "adamw", "rmsprop"].contains(name) ? 5e-5 : 1e-5
    for (step, (a, b)) in zip(losses, expected).enumerated() {
      #expect(abs(a / b - 1) < tolerance, "\(name), step \(step): \(a) against \(b)")
    }
    if name != "sgd" {
      let plain = try #require(fixture.cases.first { $0.name == "sgd" }).losses
      #expect(zip(expected, plain).contains { abs($0 / $1 - 1) > 0.01 })
    }
  }

  @Test func specificationsReadBack() throws {
    for text in [
      "sgd", "sgd(lr=0.1,momentum=0.9)", "adam(lr=0.02)", "adamw(decay=0.1)", "rmsprop(rho=0.5)",
      "sgd(lr=0.02,momentum=0.9,nesterov=true)",
    ] {
      #expect(try Optimizer(parsing: text).description == text)
    }
    #expect(try Optimizer(parsing: "sgd(0.5)").learningRate == 0.5)
    #expect(try Schedule(parsing: "cosine").description == "cosine")
    #expect(try Penalty(parsing: "l1l2(l1=1e-05,l2=0.0001)").l2 == 1e-4)
    #expect(try Clipping(parsing: "norm(2)").arguments.number("limit") == 2)
    for bad in ["sdg", "adam(lr=-1)", "sgd(momentum=1)", "sgd(lr=nan)", "adam(beta3=0.1)", "sgd(lr=0.1", ""] {
      #expect(throws: SpecificationError.self) { try Optimizer(parsing: bad) }
    }
    #expect(throws: SpecificationError.self) { try Clipping(parsing: "norm(0)") }
  }
}
