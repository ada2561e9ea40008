import Foundation
import TestSupport
import Testing

import WeightAudit

/// Zeros, copies and large values that published programs mean so, and mistakes that look like them.
@Suite struct DesignTests {
  private static let fan = (2.0 / 144).squareRoot()

  // MARK: Zero matrices

  /// Blocks of the layers that are given, each 16 by 16; those whose names are among `zero` are zero in all blocks but
  /// `filled`.
  private func blocks(
    _ path: String, _ layers: [String], zero: Set<String>, window: Int = 1, filled: Set<Int> = []
  ) -> [Draw.Tensor] {
    var draw = Draw(seed: 51)
    return (0..<4).flatMap { block in
      layers.map { layer in
        let isZero = zero.contains(layer) && !filled.contains(block)
        return draw.normal(
          "\(path).\(block).\(layer).weight", window == 1 ? [16, 16] : [16, 16, window, window], std: isZero ? 0 : 0.1)
      }
    }
  }

  @Test(arguments: [
    // Dhariwal and Nichol's diffusion models, AnimateDiff, OpenFold, Fixup, deformable layers, RWKV-4.
    ("input_blocks", ["in_layers.2", "out_layers.3"], ["out_layers.3"], 3),
    ("motion", ["proj_in", "ff", "proj_out"], ["proj_out"], 1),
    (
      "evoformer", ["mha.linear_q", "mha.linear_g", "mha.linear_o", "ff.linear_1", "ff.linear_2"],
      ["mha.linear_g", "mha.linear_o", "ff.linear_2"], 1
    ),
    ("layer1", ["conv1", "conv2"], ["conv2"], 3), ("layer", ["conv", "conv_offset"], ["conv_offset"], 3),
    (
      "encoder.layers", ["self_attn.value_proj", "self_attn.sampling_offsets", "self_attn.attention_weights"],
      ["self_attn.sampling_offsets", "self_attn.attention_weights"], 1
    ),
    (
      "blocks", ["att.key", "att.receptance", "att.value", "att.output", "ffn.key", "ffn.receptance", "ffn.value"],
      ["att.key", "att.receptance", "att.output", "ffn.receptance", "ffn.value"], 1
    ),
  ]) func zerosThatEndABranchAreANote(path: String, layers: [String], zero: [String], window: Int) throws {
    let report = try report(blocks(path, layers, zero: Set(zero), window: window))
    #expect(blame(report) == [])
    #expect(notes(report).filter { $0.hasPrefix("zero-tensor") }.count == 4 * zero.count)
    // In one block alone nothing makes zeros likely.
    let single = try WeightAuditTests.report(blocks(path, layers, zero: [zero[0]], window: window, filled: [0, 1, 3]))
    #expect(blame(single) == ["zero-tensor: \(path).2.\(zero[0]).weight"])
  }

  @Test func theFirstLayerOfABranchIsNotMeantToBeZero() throws {
    #expect(blame(try report(blocks("layer1", ["conv1", "conv2"], zero: ["conv1"], window: 3))).count == 4)
    #expect(blame(try report(blocks("h", ["fc1", "fc2"], zero: ["fc1"]))).count == 4)
  }

  // MARK: Gains

  /// Convolutional blocks with the gains that are given by name.
  private func norms(
    _ path: String, _ gains: [String: Float], running: Bool = true, stages: [Int] = [1, 2]
  ) -> [Draw.Tensor] {
    var draw = Draw(seed: 52 + UInt64(stages[0]))
    return stages.flatMap { stage in
      (0..<2).flatMap { block in
        gains.sorted { $0.key < $1.key }.enumerated().flatMap { place, gain in
          let p = "\(path)\(stage).\(block).", n = p + gain.key, value = gain.value
          return [
            draw.normal("\(p)inner.\(place).weight", [16, 16, 3, 3], std: Self.fan),
            draw.constant(n + ".weight", [16], value), draw.constant(n + ".bias", [16], 0),
          ] + (running ? [draw.constant(n + ".running_mean", [16], 0), draw.constant(n + ".running_var", [16], 1)] : [])
        }
      }
    } + [draw.constant("head.norm.weight", [16], 1)]
  }

  @Test(arguments: [
    // RegNet's conv3.bn, MobileViT's conv3_1x1.bn, LeViT's ln2.bn, RepViT's conv2.bn, SHViT's single norms, and Swin v2,
    // whose norms stand behind their branches.
    ["conv1.bn": Float(1), "conv2.bn": 1, "conv3.bn": 0], ["conv1_1x1.bn": 1, "conv2_kxk.bn": 1, "conv3_1x1.bn": 0],
    ["attn.qkv.ln.bn": 1, "attn.proj.ln.bn": 0, "mlp.ln1.bn": 1, "mlp.ln2.bn": 0],
    ["mixer.conv1.bn": 1, "mixer.conv2.bn": 0], ["conv.m.bn": 0, "ffn.m.pw1.bn": 1, "ffn.m.pw2.bn": 0],
    ["norm1": 0, "norm2": 0],
  ]) func gainsThatEndABranchMayBeZero(gains: [String: Float]) throws {
    let report = try report(norms("stages.", gains, running: gains["norm1"] == nil))
    #expect(blame(report) == [])
  }

  @Test func otherGainsMayNot() throws {
    let first = try report(norms("layer", ["bn1": 0, "bn2": 1]))
    #expect(blame(first).count == 4)
    #expect(Set(first.findings.filter { $0.severity != .note }.map(\.rule)) == ["norm-gain"])
    // One stage alone, beside silent branches everywhere.
    let stage = norms("layer", ["bn1": 1, "bn2": 0], stages: [1]) + norms("layer", ["bn1": 0, "bn2": 0], stages: [2])
    #expect(Set(blame(try report(stage))) == ["norm-gain: layer2.0.bn1.weight", "norm-gain: layer2.1.bn1.weight"])
    // The middle one of three.
    #expect(blame(try report(norms("s", ["conv1.bn": 1, "conv2.bn": 0, "conv3.bn": 1]))).count == 4)
  }

  /// RepVGG adds up three branches whose gains are N(0.1, 0.1); a sweep of N(0, 0.02) over all parameters is a mistake.
  @Test(arguments: [(0.1, 0.1, true), (0, 0.02, false)])
  func gainsAboutAValueAreAChoice(mean: Double, std: Double, isRight: Bool) throws {
    var draw = Draw(seed: 53)
    let drawn = norms("stages.", ["conv_kxk.bn": 1, "identity": 1]).map { tensor in
      tensor.shape == [16] && tensor.name.hasSuffix(".weight") && tensor.name != "head.norm.weight"
        ? draw.normal(tensor.name, [16], std: std, mean: mean) : tensor
    }
    #expect(blame(try report(drawn)).isEmpty == isRight)
  }

  /// GPT-2 has no norms that multiply by 1 + w, and its norms have shifts.
  @Test func allGainsZeroIsAnErrorWhereTheFamilyDeclaresOnes() throws {
    var draw = Draw(seed: 54)
    var tensors = [draw.normal("wte.weight", [97, 32], std: 0.02)]
    for name in ["ln_f", "h.0.ln_1", "h.0.ln_2", "h.1.ln_1", "h.1.ln_2"] {
      tensors += [draw.constant(name + ".weight", [32], 0), draw.constant(name + ".bias", [32], 0)]
    }
    for layer in 0..<2 {
      tensors += [
        draw.normal("h.\(layer).attn.c_attn.weight", [32, 96], std: 0.02),
        draw.normal("h.\(layer).attn.c_proj.weight", [32, 32], std: 0.01),
        draw.normal("h.\(layer).mlp.c_fc.weight", [32, 128], std: 0.02),
        draw.normal("h.\(layer).mlp.c_proj.weight", [128, 32], std: 0.01),
      ]
    }
    #expect(blame(try report(tensors)).count == 5)
  }

  // MARK: Copies

  private func network(_ name: String, seed: UInt64) -> [Draw.Tensor] {
    var draw = Draw(seed: seed)
    return (0..<3).map { draw.normal("\(name).\($0).weight", [32, 32], std: 0.1) }
  }

  @Test(arguments: [
    ("encoder_q", "encoder_k", true), ("online", "slow", true), ("actor.net", "actor.lagged", true),
    // Twins and layers differ in numbers alone.
    ("critic1", "critic2", false), ("layers.0", "layers.1", false),
  ]) func aWholeNetworkMayBeCopied(first: String, second: String, isRight: Bool) throws {
    let report = try report(network(first, seed: 55) + network(second, seed: 55))
    #expect(blame(report).isEmpty == isRight)
    // Where some layers differ it is no copy of the whole.
    var partly = network(second, seed: 55)
    partly[1] = network(second, seed: 56)[1]
    #expect(!blame(try WeightAuditTests.report(network(first, seed: 55) + partly)).isEmpty)
  }

  @Test func projectionsOfOneLayerAreNoCopies() throws {
    let equal = (0..<2).flatMap { block in
      ["q_proj", "k_proj"].map { name in
        var draw = Draw(seed: 57 + UInt64(block))
        return draw.normal("layers.\(block).self_attn.\(name).weight", [32, 32], std: 0.1)
      }
    }
    #expect(blame(try report(equal)).count == 4)
  }

  /// The ends of XLNet and CTRL, stored twice, and decays that MiniMax computes.
  @Test func tiesAndComputedBuffersAreRight() throws {
    func table(_ name: String) -> Draw.Tensor {
      var draw = Draw(seed: 59)
      return draw.normal(name, [200, 32], std: 0.02)
    }
    #expect(blame(try report([table("lm_loss.weight"), table("transformer.word_embedding.weight")])) == [])
    #expect(blame(try report([table("lm_head.weight"), table("transformer.w.weight")])) == [])
    let decays = ["query_decay", "key_decay"].map { name in
      Draw.Tensor(
        name: "layers.1.self_attn.\(name)", shape: [4, 16, 1], values: (0..<64).map { Foundation.expf(-0.1 * Float($0)) })
    }
    #expect(blame(try report(decays)) == [])
  }

  // MARK: Scales and fans

  /// The projection that chooses a code of wav2vec 2.0 is N(0, 1) by design.
  @Test(arguments: [("quantizer.weight_proj", true), ("feature.weight_proj", false)])
  func codebooksAreDrawnWide(name: String, isRight: Bool) throws {
    var draw = Draw(seed: 60)
    let others = (0..<4).map { draw.normal("encoder.layers.\($0).fc.weight", [64, 64], std: 0.05) }
    let report = try report(
      others + [draw.normal("\(name).weight", [64, 64], std: 1), draw.constant("\(name).bias", [64], 0)])
    #expect(blame(report).isEmpty == isRight)
  }

  /// PyTorch draws a matrix and its bias by one fan.
  @Test func aMatrixAndItsBiasHaveOneFan() throws {
    var draw = Draw(seed: 61)
    func layer(_ fan: Double) -> [Draw.Tensor] {
      [
        draw.uniform("0.weight", [256, 784], bound: 1 / fan.squareRoot()), draw.uniform("0.bias", [256], bound: 1.0 / 28),
        draw.uniform("2.weight", [10, 256], bound: 1.0 / 16), draw.uniform("2.bias", [10], bound: 1.0 / 16),
      ]
    }
    #expect(blame(try report(layer(784))) == [])
    #expect(blame(try report(layer(256))) == ["wrong-fan: 0.weight"])
  }

  /// DCGAN's generator: the norm behind a convolution says which axis its outputs are.
  @Test func theNormBehindATransposedConvolutionTellsItsLayout() throws {
    var draw = Draw(seed: 62)
    func generator(_ std: (Int, Int) -> Double) -> [Draw.Tensor] {
      [(0, 128, 64), (3, 64, 32)].flatMap { place, inputs, outputs in
        [
          draw.normal("\(place).weight", [inputs, outputs, 4, 4], std: std(inputs, outputs)),
          draw.constant("\(place + 1).weight", [outputs], 1), draw.constant("\(place + 1).bias", [outputs], 0),
          draw.constant("\(place + 1).running_mean", [outputs], 0), draw.constant("\(place + 1).running_var", [outputs], 1),
        ]
      }
    }
    #expect(blame(try report(generator { _, _ in 0.02 })) == [])
    // Kaiming with the fan of the stored shape, outputs times the window, as torch counts it.
    let wrong = try report(generator { (2 / Double($1 * 16)).squareRoot() })
    #expect(blame(wrong) == ["wrong-fan: 0.weight", "wrong-fan: 3.weight"])
    // Each output sums inputs * 16 / 4 products.
    #expect(blame(try report(generator { inputs, _ in (2 / Double(inputs * 4)).squareRoot() })) == [])
  }
}
