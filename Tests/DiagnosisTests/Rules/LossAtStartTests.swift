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
    let bound = try #require(finding.number("bound"))
    #expect(finding.number("guess") == log(10) && abs(bound - 12.478) < 0.001)
    #expect(try #require(finding.number("loss")) > bound)
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

  /// Ten outputs: logits with a deviation of 8 cost 12.478 (LogitLossTests); 8 * 1.1 for the squared error.
  @Test(arguments: [(BackwardSource.crossEntropy, 12.478), (.meanSquaredError, 8.8)])
  func theBoundFollowsTheLoss(backward: BackwardSource, bound: Double) throws {
    for (loss, count) in [(bound - 0.01, 0), (bound + 0.01, 1), (.infinity, 1), (.nan, 1)] {
      let made = try MadeUpRun(backwardSource: backward) { $0.lossAtInitialization = loss }
      let findings = made.findings(LossAtStart())
      #expect(findings.count == count, "\(loss)")
      for finding in findings where loss.isNaN {
        #expect(finding.message.contains("is not a number") && finding.evidence["loss"] == nil)
      }
    }
  }

  /// A start at 61.6 with 8192 classes, where a guess costs 9.0; and what a multiple of log C let pass at 50257.
  @Test(arguments: [
    (8192, 61.6, 1), (8192, 9.5, 0), (8192, 30, 0), (50257, 40, 1), (50257, 11.3, 0), (2, 5, 1), (2, 0.9, 0),
  ])
  func theBoundHoldsForAnyNumberOfClasses(classes: Int, loss: Double, count: Int) throws {
    var made = try MadeUpRun(depth: 1, backwardSource: .crossEntropy) { $0.lossAtInitialization = loss }
    made.context.network = try Network(input: .features(64)) {
      Dense(64)
      Dense(classes)
    }
    #expect(made.findings(LossAtStart()).count == count)
  }

  /// One output: a guess costs log 2, and logits with a deviation of 8 cost 3.27.
  @Test(arguments: [(0.7, 0), (3.2, 0), (3.3, 1)]) func oneOutputHasItsOwnBound(loss: Double, count: Int) throws {
    var made = try MadeUpRun(depth: 1, backwardSource: .binaryCrossEntropy) {
      $0.lossAtInitialization = loss
      // Single numbers of one sign have a cosine of 1: they are no constant.
      $0.layers[1].activation.cosineSimilarity = 1
    }
    made.context.network = try Network(input: .features(64)) {
      Dense(64)
      Dense(1)
    }
    #expect(made.findings(LossAtStart()).count == count)
    #expect(made.findings(LossAtStart()).allSatisfy { $0.number("guess") == log(2) })
  }

  /// Quantities in units of 1000: a loss of a million is that of a guess, not of outputs that are too large.
  @Test func quantitiesHaveTheirOwnUnit() throws {
    for (loss, count) in [(1e6, 0), (15e6, 0), (17e6, 1)] {
      let made = try MadeUpRun(backwardSource: .meanSquaredError) {
        $0.lossAtInitialization = loss
        $0.lossOfGuess = 1e6
      }
      let findings = made.findings(LossAtStart())
      #expect(findings.count == count, "\(loss)")
      for finding in findings where loss.isNaN {
        #expect(finding.message.contains("is not a number") && finding.evidence["loss"] == nil)
      }
    }
  }

  @Test func healthyNetworksAndGaussianCotangentsAreSilent() throws {
    #expect(try Self.run("he_normal").findings(of: LossAtStart.name).isEmpty)
    #expect(try Self.run("he_normal", backward: .meanSquaredError).findings(of: LossAtStart.name).isEmpty)
    #expect(try Self.run("he_normal", output: .normal(std: 10), backward: .gaussian).findings(of: LossAtStart.name).isEmpty)
  }
}
