import DataSets
import Diagnosis
import NetworkGraph
import SignalPropagation
import Testing

/// One thing is changed in a network; the first violation against the baseline names it, and all else follows from it.
///
/// Another seed, so that nothing but chance is the same; a false-alarm rate of 1e-6 for each comparison with the baseline.
@Suite struct BaselineCauseTests {
  /// Six layers of 64 with names of their own; one of them may be another.
  private static func network(
    _ changed: Int? = nil, to layer: Dense = Dense(64, activation: .relu), inserted: Int? = nil
  ) throws -> Network {
    try Network(name: "n", input: .features(64)) {
      for index in 1...6 {
        if index == inserted { LayerNorm() }
        if index == changed { layer } else { Dense(64, activation: .relu) }
      }
      Dense(10)
    }
  }

  private static func configuration(_ network: Network, seed: UInt64) -> AuditConfiguration {
    AuditConfiguration(
      network: network, initializers: [.heNormal], batch: 64, replicas: 5, seed: seed, histograms: false)
  }

  private static let before = Result { try report(configuration(network(), seed: 1)) }

  private static func report(_ configuration: AuditConfiguration) throws -> AuditReport {
    Diagnosis(of: configuration).examine(try Audit(configuration).run())
  }

  private static func run(
    _ network: Network, edit: (inout AuditReport) -> Void = { _ in }, before: AuditReport? = nil
  ) throws -> GateResult.Run {
    let configuration = configuration(network, seed: 2)
    var report = try report(configuration)
    edit(&report)
    let bounds = GateBounds(falseAlarmRate: 1e-4, rules: [RuleThreshold(NamePattern("*"), nil)], judgesVerdict: false)
    return try Gate(bounds, configuration: configuration).evaluate(report, baseline: try before ?? Self.before.get()).runs[0]
  }

  /// The first names the cause; every other violation follows from something that changed.
  private func expect(
    _ run: GateResult.Run, first: String, causes: [String], sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let message = run.violations.first?.message ?? "nothing"
    #expect(message.hasPrefix(first), "\(message)", sourceLocation: sourceLocation)
    #expect(run.causes.compactMap(\.changed) == causes, "\(run.causes.map(\.message))", sourceLocation: sourceLocation)
    #expect(run.violations.count == run.causes.count + run.consequences.count, sourceLocation: sourceLocation)
    #expect(run.consequences.allSatisfy { causes.contains($0.follows ?? "") }, sourceLocation: sourceLocation)
  }

  @Test func nothingButChance() throws {
    let run = try Self.run(Self.network())
    #expect(run.violations.isEmpty, "\(run.violations.map(\.message))")
  }

  /// 32 times He's variance: a mean square of 32 times the baseline's behind it, 1.5 decades. Two audits of seven layers of
  /// 64 know the last one's to 0.2 decades, which Bonferroni's quantile of 4.9 makes one.
  @Test func anotherGain() throws {
    let changed = Dense(64, activation: .relu, weights: try Initializer(parsing: "variance_scaling(scale=64,mode=fan_in)"))
    let run = try Self.run(Self.network(3, to: changed))
    expect(
      run, first: "dense_3's weights now start from variance_scaling(scale=64) (was he_normal): variance ",
      causes: ["the weights of dense_3"]
    )
    #expect(run.violations[0].message.contains("other differences follow from it"))
    // Behind it forward, before it and at it backward.
    let forward = Set(run.consequences.filter { $0.tensor == .activations }.compactMap(\.layer))
    #expect(forward == ["dense_3", "dense_4", "dense_5", "dense_6", "dense_7"])
    let backward = Set(run.consequences.filter { $0.tensor == .gradients }.compactMap(\.layer))
    #expect(backward == ["dense_1", "dense_2"])
  }

  /// The same variance from another law changes no moment: the law itself is what differs.
  @Test func anotherDistribution() throws {
    let run = try Self.run(Self.network(3, to: Dense(64, activation: .relu, weights: .heUniform)))
    expect(
      run, first: "dense_3's weights now start from he_uniform (was he_normal): variance 0.03",
      causes: ["the weights of dense_3"])
  }

  @Test func anotherBias() throws {
    let bias = Dense(64, activation: .relu, bias: try Initializer(parsing: "normal(std=0.5)"))
    let run = try Self.run(Self.network(3, to: bias))
    expect(
      run, first: "dense_3's biases now start from normal(std=0.5) (was zeros): variance ", causes: ["the biases of dense_3"]
    )
    #expect(run.violations[0].message.contains(", was all 0"))
  }

  @Test func anotherActivation() throws {
    let run = try Self.run(Self.network(3, to: Dense(64, activation: .tanh)))
    expect(
      run, first: "layer dense_3's activation is tanh, the baseline's was relu", causes: ["the activation of dense_3"])
  }

  @Test func aNewLayer() throws {
    let run = try Self.run(Self.network(inserted: 4))
    expect(
      run, first: "layer layer_norm_1 (layer_norm, 64 units) is new, behind dense_3", causes: ["the new layer layer_norm_1"])
  }

  /// A new dense layer renumbers those behind it, and the next one takes as many inputs as it has units.
  @Test func aNewLayerOfAnotherWidth() throws {
    let wide = try Network(name: "n", input: .features(64)) {
      for index in 1...6 {
        Dense(64, activation: .relu)
        if index == 2 { Dense(16, activation: .relu) }
      }
      Dense(10)
    }
    let run = try Self.run(wide)
    expect(run, first: "layer dense_3 (dense, 16 units) is new, behind dense_2", causes: ["the new layer dense_3"])
    #expect(
      run.consequences.contains {
        $0.message == "layer dense_4 takes 16 inputs per unit, the baseline's took 64: its initializer gives weights of "
          + "variance 0.125, and gave 0.0313"
      })
  }

  @Test func aLayerThatIsGone() throws {
    let fewer = try Network(name: "n", input: .features(64)) {
      Dense(64, activation: .relu).repeated(5)
      Dense(10)
    }
    let run = try Self.run(fewer)
    // Six alike stood in a row: which of them is gone nobody can tell, and the next one has another number.
    #expect(
      run.violations.first?.message.hasPrefix(
        "one of the baseline's layers dense_1 to dense_6 (dense, 64 units) is gone; later layers are numbered one lower")
        == true, "\(run.violations.first?.message ?? "nothing")")
    #expect(run.causes.compactMap(\.changed) == ["the layer among dense_1 to dense_6 that is gone"])
  }

  /// A repeated block in front of a residual one, whose first layer is of the same kind: the layer that is gone is one of
  /// the block's, not the one behind it, and no difference comes of a wrong match.
  @Test(arguments: [7, 6, 9]) func aLayerOfARepeatedBlock(count: Int) throws {
    func network(_ count: Int) throws -> Network {
      try Network(name: "n", input: .features(64)) {
        Dense(64, activation: .gelu).repeated(count)
        Residual {
          Dense(64, activation: .gelu)
          Dense(64, weights: .zeros)
        }
        Dense(10).named("head")
      }
    }
    let run = try Self.run(try network(count), before: try Self.report(Self.configuration(try network(8), seed: 1)))
    let changed =
      switch count {
      case 7: "the layer among dense_1 to dense_8 that is gone"
      case 6: "the 2 layers among dense_1 to dense_8 that are gone"
      default: "the new layer among dense_1 to dense_9"
      }
    #expect(run.causes.compactMap(\.changed) == [changed], "\(run.causes.map(\.message))")
    let message = try #require(run.causes.first?.message)
    let beginning =
      switch count {
      case 7:
        "one of the baseline's layers dense_1 to dense_8 (dense, 64 units) is gone; later layers are numbered one lower"
      case 6: "2 of the baseline's layers dense_1 to dense_8 (dense, 64 units) are gone; later layers are numbered 2 lower"
      default: "one of dense_1 to dense_9 (dense, 64 units) is new; later layers are numbered one higher"
      }
    #expect(message.hasPrefix(beginning), "\(message)")
    #expect(!run.violations.contains { $0.message.contains("are zero") }, "\(run.violations.map(\.message))")
  }

  /// One change of a repeated block is told once, with one heading and one count.
  @Test func oneChangeOfARepeatedBlock() throws {
    let other = try Network(name: "n", input: .features(64)) {
      Dense(64, activation: .tanh).repeated(6)
      Dense(10)
    }
    let run = try Self.run(other)
    #expect(Set(run.causes.compactMap(\.changed)) == ["the activation of dense_1 to dense_6"])
    #expect(!run.consequences.isEmpty)
    #expect(run.consequences.allSatisfy { $0.follows == "the activation of dense_1 to dense_6" })
    let summary = GateSummary(run)
    #expect(summary.sections.map(\.title) == ["What changed", "What follows from the activation of dense_1 to dense_6"])
    #expect(
      summary.sections[0].entries.map(\.text) == [
        "dense_1 to dense_6 (6 layers): activation is tanh, the baseline's was relu; \(run.consequences.count) other "
          + "differences follow from it"
      ])
  }

  @Test func anotherWidth() throws {
    let run = try Self.run(Self.network(3, to: Dense(32, activation: .relu)))
    expect(run, first: "layer dense_3 has 32 units, the baseline's had 64", causes: ["the layer dense_3"])
  }

  @Test func anotherInputSize() throws {
    let network = try Network(name: "n", input: .features(128)) {
      Dense(64, activation: .relu).repeated(6)
      Dense(10)
    }
    let run = try Self.run(network)
    expect(run, first: "layer dense_1 takes 128 inputs per unit, the baseline's took 64", causes: ["the inputs of dense_1"])
  }

  /// Two changes: what lies behind the second follows from the second.
  @Test func theNearestOfTwoCauses() throws {
    let strong = Dense(64, activation: .relu, weights: try Initializer(parsing: "variance_scaling(scale=8,mode=fan_in)"))
    let network = try Network(name: "n", input: .features(64)) {
      for index in 1...6 { if [2, 5].contains(index) { strong } else { Dense(64, activation: .relu) } }
      Dense(10)
    }
    let run = try Self.run(network)
    #expect(run.causes.compactMap(\.changed) == ["the weights of dense_2", "the weights of dense_5"])
    func cause(_ layer: String, _ tensor: GateTensor) -> String? {
      run.consequences.first { $0.layer == layer && $0.tensor == tensor }?.follows
    }
    #expect(cause("dense_3", .activations) == "the weights of dense_2")
    #expect(cause("dense_6", .activations) == "the weights of dense_5")
    #expect(cause("dense_1", .gradients) == "the weights of dense_2")
    #expect(cause("dense_4", .gradients) == "the weights of dense_5")
    // Alike, they are told in one line.
    let summary = GateSummary(run).sections[0]
    #expect(summary.title == "What changed" && summary.entries.count == 1)
    #expect(
      summary.entries[0].text
        == "dense_2 and dense_5: weights now start from variance_scaling(scale=8) (was he_normal): 4.0 times the variance")
  }

  /// What the baseline has as well is no difference from it.
  @Test func whatARuleSaysIsNoDifference() throws {
    func warn(_ report: inout AuditReport) {
      report.runs[0].findings.append(
        Finding(rule: RankCollapse.name, severity: .error, layers: [1], evidence: [:], message: "The tokens become alike."))
    }
    var before = try Self.before.get()
    warn(&before)
    let configuration = Self.configuration(try Self.network(3, to: Dense(64, activation: .tanh)), seed: 2)
    var report = try Self.report(configuration)
    warn(&report)
    let bounds = GateBounds(falseAlarmRate: 1e-4, judgesVerdict: false)
    let run = try Gate(bounds, configuration: configuration).evaluate(report, baseline: before).runs[0]
    let sections = GateSummary(run).sections
    #expect(sections.first?.title == "What changed")
    let own = try #require(sections.first { $0.entries.contains { $0.text.contains("The tokens become alike.") } })
    #expect(own.title == "What else fails" && own.entries.count == 1, "\(sections.map(\.title))")
  }

  /// The law declared is the same, and the values are not: two tests at the shared rate see it. 64 x 64 x 5 draws on either
  /// side know the variance to 1.4%, and Bonferroni's quantile for 1e-4 among some 50 is 4.9: 7% is the least that is seen.
  @Test(arguments: [(1.15, true), (1.02, false)])
  func valuesThatTheLawDoesNotExplain(factor: Double, isSeen: Bool) throws {
    let run = try Self.run(Self.network()) { report in
      report.runs[0].layers[2].weights?.variance *= factor
      for index in report.runs[0].parameters.indices where report.runs[0].parameters[index].name == "dense_3/weight" {
        report.runs[0].parameters[index].values.variance *= factor
      }
    }
    #expect(run.causes.compactMap(\.changed) == (isSeen ? ["the weights of dense_3"] : []))
    if isSeen {
      let first = try #require(run.violations.first)
      #expect(first.message.hasPrefix("dense_3's weights have 1.1"), "\(first.message)")
      #expect(first.interval != nil && first.quantity == .variance)
    }
  }

  /// A baseline of a network that names its initializers has them for a name, and keeps its counterpart when one of them
  /// changes.
  @Test func aRunThatIsNamedAfterItsLayers() throws {
    func named(_ third: Initializer) throws -> Network {
      try Network(name: "n", input: .features(64)) {
        for index in 1...4 { Dense(64, activation: .relu, weights: index == 3 ? third : .heNormal) }
        Dense(10, weights: .glorotUniform)
      }
    }
    let before = try Self.report(Self.configuration(try named(.heNormal), seed: 1))
    let run = try Self.run(try named(.lecunNormal), before: before)
    #expect(run.initializer != before.runs[0].initializer)
    expect(
      run, first: "dense_3's weights now start from lecun_normal (was he_normal): variance 0.01",
      causes: ["the weights of dense_3"])
  }

  /// Data of another size are no fault of a layer's.
  @Test func anotherInput() throws {
    var before = try Self.before.get()
    before.input.source = "uniform"
    let same = try Self.run(Self.network(), before: before)
    #expect(same.violations.isEmpty && same.notes.contains { $0.hasPrefix("the input is gaussian") })
    for index in before.runs[0].layers.indices {
      guard let value = before.runs[0].layers[index].activation.log10SecondMoment else { continue }
      before.runs[0].layers[index].activation.log10SecondMoment = value + 2
    }
    let run = try Self.run(Self.network(), before: before)
    expect(
      run, first: "the input is gaussian (standardized), the baseline's was uniform (standardized)",
      causes: ["the other input"])
  }

  /// A file is taken for hostile: extents, seeds, fans and values that no audit has.
  @Test func aDamagedBaselineIsComparedWithoutATrap() throws {
    var before = try Self.before.get()
    before.seeds = .max
    for index in before.runs[0].parameters.indices {
      before.runs[0].parameters[index].shape = [.max, .max]
      before.runs[0].parameters[index].values.variance = [.nan, -1, .infinity][index % 3]
      before.runs[0].parameters[index].initializer = "nothing(of=that)"
    }
    for index in before.runs[0].layers.indices {
      before.runs[0].layers[index].name = "dense_1"
      before.runs[0].layers[index].fanIn = .min
    }
    before.network.layers = before.network.layers.map { layer in
      var layer = layer
      layer.inputs = [layer.name, "dense_1", "nowhere"]
      return layer
    }
    _ = try Self.run(Self.network(), before: before)
    before.seeds = 0
    _ = try Self.run(Self.network(), before: before)
  }
}
