import Diagnosis
import NetworkGraph
import SignalPropagation
import Testing

/// Rules on weights judge every tensor of a layer, each by its own scheme, and name it.
@Suite struct EveryTensorTests {
  private static func attention() throws -> Network {
    try Network(input: .sequence(steps: 6, features: 32)) { SelfAttention(heads: 4) }
  }

  private static func given(_ network: Network, _ name: String, _ values: (inout DrawnWeights, WeightShape) -> [Float])
    throws -> (inout AuditConfiguration) -> Void
  {
    let tensor = try #require(network.nodes[0].parameters.first { $0.name == name })
    var draws = DrawnWeights(seed: 7)
    let drawn = values(&draws, tensor.shape), path = tensor.path(in: network.nodes[0].name)
    return { $0.given.parameters[path] = drawn }
  }

  /// he_normal has 2/32; a value matrix of twice that is one that a square root was forgotten in, or a doubled gain.
  @Test(arguments: ["key", "value", "output"]) func eachMatrixOfAnAttentionIsJudged(tensor: String) throws {
    let network = try Self.attention()
    let run = try Examined.run(
      network, "he_normal",
      edit: Self.given(network, tensor) { draws, shape in draws.normal(shape.count, variance: 4 / Double(shape.columns)) })
    let finding = try #require(run.findings(of: "weight-variance").first)
    #expect(finding.layers == [1] && finding.text("tensor") == "self_attention_1/\(tensor)")
    #expect(finding.message.contains("self_attention_1 (tensor \(tensor))"))
    #expect(abs((finding.number("expectedVariance") ?? 0) - 2.0 / 32) < 1e-12)
    #expect(try Examined.run(network, "he_normal").findings(of: "weight-variance").isEmpty)
  }

  @Test func recurrentWeightsAreJudgedByTheirOwnScheme() throws {
    let network = try Network(input: .sequence(steps: 4, features: 8)) { LSTM(16) }
    // Declared orthogonal in each gate; these are independent.
    let edit = try Self.given(network, "recurrent") { draws, shape in draws.normal(shape.count, variance: 1.0 / 16) }
    let run = try Examined.run(network, "lecun_normal", edit: edit)
    let finding = try #require(run.findings(of: "orthogonality").first)
    #expect(finding.text("tensor") == "lstm_1/recurrent" && finding.text("cause") == "independent weights")
    let healthy = try Examined.run(network, "lecun_normal")
    #expect(healthy.findings(of: "orthogonality").isEmpty && healthy.findings(of: "weight-variance").isEmpty)
    let recurrent = try #require(healthy.parameters.first { $0.tensor == "recurrent" })
    #expect(recurrent.initializer == "orthogonal" && (recurrent.values.orthogonalityDefect ?? 1) < 1e-5)
    #expect(healthy.parameters[0].initializer == "lecun_normal")
  }

  /// What libraries draw by themselves is as declared: no rule on weights or biases has anything to say.
  @Test(arguments: ["torch.default", "keras.default", "torch.orthogonal", "keras.orthogonal", "torch.xavier_uniform"])
  func librariesDefaultsFollowTheirLaws(name: String) throws {
    let network = try Network(input: .features(12)) {
      Embedding(vocabulary: 40, dimension: 16)
      LSTM(16, returns: .sequence)
      GRU(16, returns: .sequence)
      SelfAttention(heads: 4)
      LayerNorm()
      SimpleRNN(16)
      Dense(5)
    }
    let run = try Examined.run(network, name, seed: 3)
    let rules = ["weight-variance", "weight-mean", "weight-outliers", "orthogonality", "shared-stream", "bias"]
    #expect(run.findings.filter { rules.contains($0.rule) }.isEmpty, "\(run.findings.map(\.message))")
    #expect(run.parameters.count == network.nodes.reduce(0) { $0 + $1.parameters.count })
    for parameter in run.parameters where parameter.role == .weight {
      #expect(parameter.gradient != nil && parameter.toWeightRatio != nil, "\(parameter.name)")
    }
  }

  @Test func gainsAndShiftsAreHeldToWhatTheyDeclare() throws {
    let network = try Network(input: .features(16)) {
      Dense(16)
      LayerNorm()
      Dense(4)
    }
    let run = try Examined.run(network, "he_normal") {
      $0.given.parameters["layer_norm_1/gain"] = [Float](repeating: 1.5, count: 16)
    }
    let finding = try #require(run.findings(of: "bias").first)
    #expect(finding.layers == [2] && finding.text("tensor") == "layer_norm_1/gain")
    #expect(finding.message.hasPrefix("Gains of layer layer_norm_1 (tensor gain) are not as declared (all 1)"))
  }

  /// One seed for two tensors of one layer.
  @Test func tensorsOfOneLayerMayRepeatEachOther() throws {
    let network = try Self.attention()
    let drawn = { (draws: inout DrawnWeights, shape: WeightShape) in draws.normal(shape.count, variance: 2.0 / 32) }
    let key = try Self.given(network, "key", drawn), value = try Self.given(network, "value", drawn)
    let run = try Examined.run(network, "he_normal") {
      key(&$0)
      value(&$0)
    }
    let finding = try #require(run.findings(of: "shared-stream").first)
    #expect(finding.text("tensor") == "self_attention_1/key" && finding.message.contains("(tensor value) repeat"))
  }

  // MARK: Recurrent layers

  /// LSTM of 64 on 20 steps of one feature, everything uniform on +-0.125, nothing added to the forget gate: 48.0% of the
  /// gates' mean square is the bias's (numpy 2.4, 60 draws of 256 samples, standard error 0.3%: 0.0052 of W x, 0.0052 of b
  /// and 0.0005 of U h). A draw scatters by 2.2%: normal quantile of a false-alarm rate of 1e-6 for ten of them.
  @Test func aRecurrentBiasIsHeldAgainstTheGates() throws {
    let uniform = try Initializer(parsing: "uniform(limit=0.125)")
    let network = try Network(input: .sequence(steps: 20, features: 1)) {
      LSTM(64, forgetBias: 0, weights: uniform, recurrent: uniform, bias: uniform)
      Dense(3)
    }
    let run = try Examined.run(network, "lecun_normal", batch: 256, replicas: 10)
    #expect(run.findings(of: "bias").isEmpty)
    let bias = try #require(run.parameters.first { $0.name == "lstm_1/bias" })
    let share = bias.secondMoment / run.layers[0].preactivation.secondMoment
    #expect(abs(share - 0.48) < 0.038, "\(share)")
  }

  @Test func aRectifiedCellHasNoMeanShift() throws {
    let network = try Network(input: .sequence(steps: 12, features: 8)) {
      SimpleRNN(64, cell: .relu)
      Dense(3)
    }
    let run = try Examined.run(network, "he_normal")
    #expect(run.findings(of: "mean-shift").isEmpty)
    // The states have a mean, as every ReLU's do.
    #expect(run.layers[0].activation.mean > 0.3 * run.layers[0].activation.secondMoment.squareRoot())
  }

  /// Gates behind weights of deviation 10 stand in the flat parts of their nonlinearities.
  @Test func saturatedGatesAreFound() throws {
    let wide = try Initializer(parsing: "normal(std=10)")
    let network = try Network(input: .sequence(steps: 6, features: 8)) {
      LSTM(32, weights: wide)
      Dense(3)
    }
    let finding = try #require(try Examined.run(network, "lecun_normal").findings(of: SaturatedUnits.name).first)
    #expect(finding.layers == [1] && (finding.number("saturatedEntries") ?? 0) > 0.7)
    let plain = try Network(input: .sequence(steps: 6, features: 8)) {
      LSTM(32)
      Dense(3)
    }
    #expect(try Examined.run(plain, "glorot_uniform").findings(of: SaturatedUnits.name).isEmpty)
  }

  // MARK: Saturated entries

  /// Embedding of 27 x 10, three tokens, tanh of N(0, 1) weights and biases: pre-activations of variance 31, of which
  /// P(|z| > 2.1827) = 69.5% (scipy: 2 * norm.sf(2.1827 / sqrt(31))). No unit is saturated for 95% of the samples.
  @Test func entriesSaturateBeforeUnitsDo() throws {
    let normal = try Initializer(parsing: "normal"), bias = try Initializer(parsingBias: "normal(std=1)")
    let network = try Network(input: .features(3)) {
      Embedding(vocabulary: 27, dimension: 10, weights: normal)
      Flatten()
      Dense(200, activation: .tanh, weights: normal, bias: bias)
      Dense(27, weights: normal, bias: bias)
    }
    let run = try Examined.run(network, "he_normal", batch: 256)
    let layer = run.layers[2]
    #expect(abs((layer.activation.saturatedEntries ?? 0) - 0.695) < 0.03)
    #expect((layer.activation.saturatedFraction ?? 1) < 0.05)
    let finding = try #require(run.findings(of: SaturatedUnits.name).first)
    #expect(finding.layers == [3] && finding.message.contains("of the values of layer dense_1"))
  }

  /// An output that is sure is no fault, with or without what follows it.
  @Test func anOutputLayerIsNotJudged() throws {
    let tails: [[any NetworkPart]] = [[Dense(10, activation: .sigmoid)], [Dense(10, activation: .tanh), Softmax()]]
    for tail in tails {
      let network = try Network(input: .features(64)) {
        Dense(64, activation: .relu)
        tail
      }
      let run = try Examined.run(network, "normal(std=10)")
      #expect((run.layers[1].activation.saturatedEntries ?? 0) > 0.9)
      #expect(run.findings(of: SaturatedUnits.name).isEmpty)
    }
  }

  // MARK: Named weights

  @Test func aNamedSchemeIsNamed() throws {
    let small = try Initializer(parsing: "normal(std=0.01)")
    let network = try Network(input: .features(64)) {
      Dense(64, activation: .relu, weights: small).repeated(8)
      Dense(10)
    }
    let finding = try #require(try Examined.run(network, "he_normal").findings(of: "gain-mismatch").first)
    #expect(finding.text("initializer") == "normal(std=0.01)")
    #expect(
      finding.message.hasPrefix(
        "The weights of normal(std=0.01) have the variance 0.0001, where theory recommends 0.0313 (2/fan_in) for relu.")
        && !finding.message.contains("he_normal"))
    #expect(finding.message.contains("--init fills only dense_9/weight"))
    let full = try Network(input: .features(64)) {
      Dense(64, activation: .relu, weights: small).repeated(8)
      Dense(10, weights: small)
    }
    let all = try #require(try Examined.run(full, "he_normal").findings(of: "gain-mismatch").first)
    #expect(all.message.contains("--init fills nothing here"))
    // Without the names the run's initializer fills everything, and suits.
    let free = full.replacingNamedWeights()
    #expect(free.namedWeights.isEmpty && free.weightsFilled(by: .heNormal).count == 9)
    let mended = try Examined.run(free, "he_normal")
    #expect(mended.findings(of: "gain-mismatch").isEmpty && mended.initializer == "he_normal")
  }

  /// A GRU has two bias vectors for each gate. Of deviation 3 they are 95% of the gates' mean square together (NumPy), and
  /// half of that each.
  @Test func bothBiasesOfACellCount() throws {
    let bias = try Initializer(parsingBias: "normal(std=3)")
    let network = try Network(input: .sequence(steps: 14, features: 14)) {
      GRU(64, bias: bias)
      Dense(10)
    }
    let finding = try #require(try Examined.run(network, "glorot_uniform").findings(of: "bias").first)
    guard case .number(let share)? = finding.evidence["shareOfPreactivation"] else {
      Issue.record("no share in \(finding.evidence)")
      return
    }
    #expect(share > 0.9 && share <= 1, "\(share)")
  }
}
