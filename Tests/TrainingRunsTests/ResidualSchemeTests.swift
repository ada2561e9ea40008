import NetworkGraph
import Testing
import TrainingRuns

/// Training from initializers that silence residual branches.
@Suite struct ResidualSchemeTests {
  /// Branches that start as nothing wake up: the loss falls below ln 2, that of a guess, and no run diverges.
  @Test func silencedBranchesLearn() throws {
    let network = try Network(input: .features(4)) {
      Dense(16, activation: .relu)
      for _ in 0..<4 {
        Residual(hasGain: true) {
          Dense(16, activation: .relu)
          Dense(16)
        }
      }
      Dense(2)
    }
    let data = TrainingData(name: "two classes", training: Sets.separable(256), validation: nil, test: nil)
    let specs = ["fixup", "zero_last", "gpt2(std=0.2)", "skipinit"]
    let report = try Training(
      TrainingConfiguration(
        network: network, initializers: specs.map { try Initializer(parsing: $0) }, data: data, epochs: 20, batch: 32)
    ).run()
    for run in report.runs {
      #expect(run.divergence == nil)
      #expect(try #require(run.epochs.last).loss < 0.35, "\(run.initializer)")
    }
  }

  @Test func schemesThatDoNotFitAreRefused() throws {
    let data = TrainingData(name: "two classes", training: Sets.separable(32), validation: nil, test: nil)
    let configuration = TrainingConfiguration(
      network: try Sets.mlp([4, 4, 2]), initializers: [.skipInit], data: data, epochs: 1)
    #expect(throws: SpecificationError.self) { try Training(configuration).run() }
  }
}
