import Diagnosis
import NetworkGraph
import SampleStatistics
import SignalPropagation
import Testing

/// What the four rules on drifts share: chance, multiplicity and severities.
@Suite struct DriftRulesTests {
  static let rules: [any Rule] = [
    ExplodingActivations(), VanishingActivations(), ExplodingGradients(), VanishingGradients(),
  ]

  /// 11 layers are 10 steps: the bounds in decades, from either side. Activations vanish together with gradients here.
  @Test(arguments: [
    (0.62, Finding.Severity.error, Finding.Severity.error), (0.58, .warning, .warning),
    (0.21, .warning, .warning), (0.19, .note, .note), (0.11, .note, .note),
  ]) func growthHasTheSeverityOfItsSize(slope: Double, activations: Finding.Severity, gradients: Finding.Severity) throws {
    let made = try MadeUpRun(.relu, forward: slope, backward: slope)
    #expect(made.findings(ExplodingActivations()).map(\.severity) == [activations])
    #expect(made.findings(ExplodingGradients()).map(\.severity) == [gradients])
    #expect(made.findings(VanishingActivations()).isEmpty && made.findings(VanishingGradients()).isEmpty)
  }

  @Test(arguments: [(0.52, Finding.Severity.error), (0.48, .warning), (0.21, .warning), (0.19, .note)])
  func lossHasTheSeverityOfItsSize(slope: Double, severity: Finding.Severity) throws {
    let made = try MadeUpRun(forward: -slope, backward: -slope)
    #expect(made.findings(VanishingActivations()).map(\.severity) == [severity])
    #expect(made.findings(VanishingGradients()).map(\.severity) == [severity])
    #expect(made.findings(ExplodingActivations()).isEmpty && made.findings(ExplodingGradients()).isEmpty)
  }

  @Test func smallDriftsAreSilent() throws {
    for slope in [-0.09, 0, 0.09] {
      let made = try MadeUpRun(forward: slope, backward: slope)
      for rule in Self.rules { #expect(made.findings(rule).isEmpty) }
    }
  }

  /// Activations that shrink while gradients keep their size are recovered by the learning rate.
  @Test func vanishingActivationsAloneAreNoError() throws {
    let made = try MadeUpRun(forward: -2, backward: 0)
    #expect(made.findings(VanishingActivations()).map(\.severity) == [.warning])
  }

  /// Student's interval at 95% widens to the rate 0.0005 by t(0.00025; 4) / t(0.025; 4) = 10.3063 / 2.7764 (scipy). An
  /// activation of unbounded slope has no other measure of chance.
  @Test func aDriftWithinChanceIsSilent() throws {
    let widening = 10.306254681807758 / 2.7764451051977943
    let slope = 0.3
    for (halfWidth, count) in [(0.98 * slope / widening, 1), (1.02 * slope / widening, 0)] {
      let made = try MadeUpRun(.reluSquared, forward: slope, backward: slope, halfWidth: halfWidth)
      #expect(made.findings(ExplodingActivations()).count == count)
      #expect(made.findings(ExplodingGradients()).count == count)
    }
  }

  /// With one replica theory's standard error stands in: 3.4808 (two-sided rate 0.0005) sqrt(6/5) of it.
  @Test func theoryGivesTheChanceOfOneReplica() throws {
    for (factor, count) in [(0.98, 1), (1.02, 0)] {
      let error = factor * 3 / (3.480756404346212 * 1.2.squareRoot())
      let made = try MadeUpRun(.relu, forward: 0.3, halfWidth: nil, replicas: 1) { run in
        run.layers[10].activation.theoryStandardError = error
      }
      #expect(made.findings(ExplodingActivations()).count == count)
    }
  }

  /// Without either, width: 3.4808 sqrt(6/5 * 10 log(1 + 5/n)) / log 10 decades over 10 steps, 1.995 at n = 32 and one
  /// replica.
  @Test func widthGivesTheChanceWhereTheoryIsSilent() throws {
    for (slope, count) in [(0.199, 0), (0.2, 1)] {
      let made = try MadeUpRun(width: 32, .relu, forward: slope, halfWidth: nil, replicas: 1)
      #expect(made.findings(ExplodingActivations()).count == count)
    }
    // An activation of unbounded slope scatters more: replicas alone count.
    let wild = try MadeUpRun(width: 32, .reluSquared, forward: 0.4, halfWidth: 0.2)
    #expect(wild.findings(ExplodingActivations()).isEmpty)
  }

  @Test func theFirstLayerBeyondTheBoundIsNamed() throws {
    let made = try MadeUpRun(.relu, forward: 0.7, backward: 0.7)
    // 0.7 a layer passes 6 decades at the 9th step, which backward leads to the second layer of 11.
    let forward = try #require(made.findings(ExplodingActivations()).first)
    #expect(forward.text("layer") == "dense_10" && forward.layers == [10, 11])
    #expect(
      forward.message == "Activations grow: mean square x5.01 per layer, x1e+07 over 10 layers. The loss "
        + "starts far too large, and no usual learning rate is small enough. From layer dense_10 on, the mean "
        + "square is more than 1e+06 times that of the first layer.",
      "\(forward.message)")
    // The interval is evidence; a half width of 0.001 was made up.
    #expect((forward.number("log10GrowthLow") ?? 0).distance(to: 0.699).magnitude < 1e-12)
    #expect((forward.number("log10GrowthHigh") ?? 0).distance(to: 0.701).magnitude < 1e-12)
    let backward = try #require(made.findings(ExplodingGradients()).first)
    #expect(backward.text("layer") == "dense_2" && backward.layers == [1, 2])
    #expect(
      backward.message.hasSuffix(
        " From layer dense_2 back, the mean square is more than 1e+06 times that of the last layer."), "\(backward.message)")
    let faded = try MadeUpRun(.relu, forward: -0.7, backward: -0.7)
    #expect(
      faded.findings(VanishingActivations()).first?.message
        == "Activations shrink: mean square x0.2 per layer, x1e-07 over 10 layers. Gradients shrink as well, so that no "
        + "learning rate can make up for it. From layer dense_9 on, less than 1e-05 of the mean square is left.")
    #expect(forward.number("log10Drift").map { ($0 - 7).magnitude < 1e-12 } == true)
    #expect(forward.number("falseAlarmRate") == 1e-3)
  }

  /// Depths at which He's scheme scatters by a factor of 5 from replica to replica: a fixed bound would fail most.
  @Test func healthyNetworksOfAnyDepthAreSilent() throws {
    for (depth, width) in [(3, 32), (10, 32), (30, 128), (40, 64)] {
      for seed in 0..<6 {
        let run = try Examined.run(
          try Examined.mlp(depth: depth, width: width, .relu), "he_normal", batch: 32, replicas: 3, seed: UInt64(seed))
        for rule in Self.rules {
          let findings = run.findings(of: type(of: rule).name).filter { $0.severity != .note }
          #expect(findings.isEmpty, "\(depth) x \(width), seed \(seed): \(findings.map(\.message))")
        }
      }
    }
  }

  @Test func twoLayersAreTooFewToJudge() throws {
    let run = try Examined.run(try Examined.mlp(depth: 2, width: 64, .relu), "normal(std=10)")
    for rule in Self.rules { #expect(run.findings(of: type(of: rule).name).isEmpty) }
  }

  /// A gain of 1e-6 before each branch (LayerScale): gradients inside branches are small, and the stream carries them level.
  /// Such a network trains to 0.86 on Fashion-MNIST, as with a gain of 0.1.
  @Test(arguments: ["1e-6", "0.1"]) func smallBranchesAreNoDrift(gain: String) throws {
    let gain = try Initializer(parsingBias: "constant(\(gain))")
    var placements = [Network.Placement(name: "stem", layer: Dense(64, activation: .relu), inputs: [Network.inputName])]
    var last = "stem"
    for block in 1...6 {
      placements.append(.init(name: "norm\(block)", layer: LayerNorm(), inputs: [last]))
      placements.append(.init(name: "up\(block)", layer: Dense(128, activation: .gelu), inputs: ["norm\(block)"]))
      placements.append(.init(name: "down\(block)", layer: Dense(64), inputs: ["up\(block)"]))
      placements.append(.init(name: "sum\(block)", layer: Add(gain: gain), inputs: [last, "down\(block)"]))
      last = "sum\(block)"
    }
    placements.append(.init(name: "out", layer: Dense(10), inputs: [last]))
    let run = try Examined.run(try Network(input: .features(196), placements: placements), "he_normal")
    let drifts = ["exploding-gradients", "vanishing-gradients", "exploding-activations", "vanishing-activations"]
    #expect(run.findings.filter { drifts.contains($0.rule) }.isEmpty, "\(run.findings.map(\.message))")
  }
}
