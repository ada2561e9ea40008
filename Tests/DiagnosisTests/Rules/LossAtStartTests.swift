import DataSets
import Diagnosis
import Glibc
import NetworkGraph
import SignalPropagation
import Testing

@Suite struct LossAtStartTests {
  private static func run(
    _ initializer: String, output: Initializer? = nil, backward: BackwardSource = .crossEntropy
  ) throws -> InitializerRun {
    let network = try Network(input: .features(784)) {
      Dense(64, activation: .relu).repeated(2)
      Dense(10, weights: output)
    }
    let images = AuditInput.samples(try #require(try DataSource(parsing: "fashion-mnist").load()), .standardized)
    return try Examined.run(network, initializer, input: images) { $0.backward = backward }
  }

  @Test func largeOutputsAreAWarning() throws {
    let run = try Self.run("he_normal", output: .normal(std: 10))
    let finding = try #require(run.findings(of: LossAtStart.name).first)
    #expect(finding.severity == .warning && finding.layers == [3])
    #expect(finding.number("guess") == log(10) && finding.number("bound") == 8 * log(10))
    #expect(try #require(finding.number("loss")) > 8 * log(10))
    #expect(finding.message.hasSuffix("the outputs are too large."))
  }

  @Test func anOutputOfZerosIsWorthKnowing() throws {
    let finding = try #require(try Self.run("he_normal", output: .zeros).findings(of: LossAtStart.name).first)
    #expect(finding.severity == .note)
    #expect((try #require(finding.number("loss")) - log(10)).magnitude < 1e-6)
  }

  @Test func aDeadNetworkOnlyGuesses() throws {
    let finding = try #require(try Self.run("zeros").findings(of: LossAtStart.name).first)
    #expect(finding.severity == .warning && finding.message.contains("nothing of the input reaches them"))
  }

  @Test func outputsThatDoNotDifferAreAWarning() throws {
    let made = try MadeUpRun(backwardSource: .crossEntropy) { run in
      run.lossAtInitialization = 2.5
      run.layers[11].activation.cosineSimilarity = 1 - 1e-6
    }
    #expect(made.findings(LossAtStart()).map(\.severity) == [.warning])
  }

  /// Ten outputs: 8 log 10 = 18.42 for the cross-entropy, 8 * 1.1 for the squared error.
  @Test(arguments: [(BackwardSource.crossEntropy, 18.42), (.meanSquaredError, 8.8)])
  func theBoundFollowsTheLoss(backward: BackwardSource, bound: Double) throws {
    for (loss, count) in [(bound - 0.01, 0), (bound + 0.01, 1), (.infinity, 1), (.nan, 1)] {
      let made = try MadeUpRun(backwardSource: backward) { $0.lossAtInitialization = loss }
      #expect(made.findings(LossAtStart()).count == count, "\(loss)")
    }
  }

  @Test func healthyNetworksAndGaussianCotangentsAreSilent() throws {
    #expect(try Self.run("he_normal").findings(of: LossAtStart.name).isEmpty)
    #expect(try Self.run("he_normal", backward: .meanSquaredError).findings(of: LossAtStart.name).isEmpty)
    #expect(try Self.run("he_normal", output: .normal(std: 10), backward: .gaussian).findings(of: LossAtStart.name).isEmpty)
  }
}
