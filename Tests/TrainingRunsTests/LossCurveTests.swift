import DataSets
import Foundation
import NetworkGraph
import Testing
import TrainingRuns

/// The first hundred steps of three textbook networks against PyTorch, from the same weights in the same order.
@Suite struct LossCurveTests {
  /// Single precision and another order of summation: losses part by rounding, which momentum and Adam carry along. 1e-4
  /// relative is what the textbook comparison asks for; a wrong sign, factor or bias shows within the first steps.
  @Test(arguments: ["keras-mnist", "keras-mnist-penalties", "torch-mnist", "iris"])
  func lossesArePyTorchs(name: String) throws {
    let fixture = try #require(try LossCurveFixture.load().cases.first { $0.name == name })
    let network = try Sets.mlp(fixture.sizes)
    let table: SampleTable
    if let features = fixture.features, let labels = fixture.labels {
      table = SampleTable(values: features.map(Float.init), features: 4, labels: labels.map(Int32.init), classCount: 3)
    } else {
      let set = try #require(try DataSource(parsing: "fashion-mnist").load(limit: 60_000))
      let unit = SampleTable(set, scaling: .unit)
      table = name == "torch-mnist" ? unit.mapped { 2 * $0 - 1 } : unit
    }
    let optimizer: Optimizer =
      name == "iris" ? .adam(learningRate: 0.01) : .sgd(learningRate: 0.01, momentum: name == "torch-mnist" ? 0.9 : 0)
    var configuration = TrainingConfiguration(
      network: network, initializers: [.heNormal], data: TrainingData(name: name, training: table), optimizer: optimizer,
      epochs: name == "iris" ? 100 : 1, batch: fixture.batch, replicas: 1)
    configuration.penalties = zip(network.nodes, fixture.penalties).map { node, costs in
      (node.name, .l1l2(costs[0], costs[1]))
    }
    configuration.given.parameters = try fixture.parameters(of: network)
    configuration.given.keepsStepLosses = true
    if name != "iris" {
      configuration.given.order = fixture.order
      configuration.stepsPerEpoch = 100
    }
    let losses = try #require(try Training(configuration).run().runs[0].stepLosses)
    #expect(losses.count == 100)
    for (step, (measured, expected)) in zip(losses, fixture.losses).enumerated() {
      #expect(abs(measured / expected - 1) < 1e-4, "step \(step): \(measured) against \(expected)")
    }
    #expect(fixture.losses[99] < 0.9 * fixture.losses[0])
  }
}
