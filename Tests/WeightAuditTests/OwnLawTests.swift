import Foundation
import TestSupport
import Testing

import WeightAudit

/// Files whose names suggest a family and whose matrices follow another published law throughout.
@Suite struct OwnLawTests {
  enum Law: CaseIterable {
    case lecun, he, glorotUniform, glorotNormal, torch, single

    /// Its deviation, and whether values are flat; from the formulas of LeCun 1998, He 2015, Glorot 2010 and PyTorch's
    /// Linear.
    func of(_ fanIn: Int, _ fanOut: Int) -> (deviation: Double, isUniform: Bool) {
      let (a, b) = (Double(fanIn), Double(fanIn + fanOut))
      return switch self {
      case .lecun: ((1 / a).squareRoot(), false)
      case .he: ((2 / a).squareRoot(), false)
      case .glorotUniform: ((2 / b).squareRoot(), true)
      case .glorotNormal: ((2 / b).squareRoot(), false)
      case .torch: ((1 / (3 * a)).squareRoot(), true)
      case .single: (0.01, false)
      }
    }
  }

  private func matrix(
    _ draw: inout Draw, _ name: String, _ shape: [Int], _ law: Law, parts: Int = 1, divisor: Double = 1
  ) -> Draw.Tensor {
    let (deviation, isUniform) = law.of(shape[1], shape[0] / parts)
    let std = deviation / divisor
    return isUniform ? draw.uniform(name, shape, bound: std * 3.0.squareRoot()) : draw.normal(name, shape, std: std)
  }

  private static let width = 48

  /// Blocks with four inner widths for each outer one, so that matrices have two fans.
  private func llama(_ law: Law, blocks: Int, seed: UInt64, divisor: (Int) -> Double = { _ in 1 }) -> [Draw.Tensor] {
    var draw = Draw(seed: seed)
    let d = Self.width
    var tensors = [
      draw.normal("model.embed_tokens.weight", [120, d], std: 0.02), draw.constant("model.norm.weight", [d], 1),
    ]
    for block in 0..<blocks {
      let p = "model.layers.\(block)."
      for name in ["q", "k", "v"] { tensors.append(matrix(&draw, p + "self_attn.\(name)_proj.weight", [d, d], law)) }
      tensors.append(matrix(&draw, p + "self_attn.o_proj.weight", [d, d], law, divisor: divisor(block)))
      tensors.append(matrix(&draw, p + "mlp.gate_proj.weight", [4 * d, d], law))
      tensors.append(matrix(&draw, p + "mlp.up_proj.weight", [4 * d, d], law))
      tensors.append(matrix(&draw, p + "mlp.down_proj.weight", [d, 4 * d], law, divisor: divisor(block)))
      tensors.append(draw.constant(p + "input_layernorm.weight", [d], 1))
      tensors.append(draw.constant(p + "post_attention_layernorm.weight", [d], 1))
    }
    return tensors
  }

  private func bert(_ law: Law, seed: UInt64, odd: (String, Law)? = nil) -> [Draw.Tensor] {
    var draw = Draw(seed: seed)
    let d = Self.width
    var tensors = [draw.normal("bert.embeddings.word_embeddings.weight", [120, d], std: 0.02)]
    for block in 0..<3 {
      for (name, outputs, inputs) in [
        ("attention.self.query", d, d), ("attention.self.key", d, d), ("attention.self.value", d, d),
        ("attention.output.dense", d, d), ("intermediate.dense", 4 * d, d), ("output.dense", d, 4 * d),
      ] {
        let p = "bert.encoder.layer.\(block).\(name)"
        tensors.append(matrix(&draw, p + ".weight", [outputs, inputs], odd?.0 == name ? odd?.1 ?? law : law))
        tensors.append(draw.constant(p + ".bias", [outputs], 0))
      }
      for name in ["attention.output.LayerNorm", "output.LayerNorm"] {
        tensors.append(draw.constant("bert.encoder.layer.\(block).\(name).weight", [d], 1))
        tensors.append(draw.constant("bert.encoder.layer.\(block).\(name).bias", [d], 0))
      }
    }
    return tensors
  }

  private func encoder(_ law: Law, seed: UInt64) -> [Draw.Tensor] {
    var draw = Draw(seed: seed)
    let d = Self.width
    return (0..<3).flatMap { block in
      let p = "encoder.layers.\(block)."
      return [
        matrix(&draw, p + "self_attn.in_proj_weight", [3 * d, d], law, parts: 3),
        draw.constant(p + "self_attn.in_proj_bias", [3 * d], 0),
        matrix(&draw, p + "self_attn.out_proj.weight", [d, d], law), draw.constant(p + "self_attn.out_proj.bias", [d], 0),
        matrix(&draw, p + "linear1.weight", [4 * d, d], law), draw.constant(p + "linear1.bias", [4 * d], 0),
        matrix(&draw, p + "linear2.weight", [d, 4 * d], law), draw.constant(p + "linear2.bias", [d], 0),
        draw.constant(p + "norm1.weight", [d], 1), draw.constant(p + "norm2.weight", [d], 1),
      ]
    }
  }

  /// Three laws of division each: none, sqrt(2L) as in GPT-2, sqrt(2(l+1)) as in torchtitan.
  @Test(arguments: Law.allCases, [2, 6]) func aConsistentLawIsNotBlamed(law: Law, blocks: Int) throws {
    let divisions: [@Sendable (Int) -> Double] = [
      { _ in 1 }, { _ in (2 * Double(blocks)).squareRoot() }, { (2 * Double($0 + 1)).squareRoot() },
    ]
    for (place, division) in divisions.enumerated() {
      let report = try report(llama(law, blocks: blocks, seed: UInt64(31 + place), divisor: division))
      #expect(blame(report) == [], "\(place)")
    }
    #expect(blame(try report(bert(law, seed: 35))) == [])
    #expect(blame(try report(encoder(law, seed: 36))) == [])
  }

  /// sqrt(d / 4d) is 1/sqrt(2(l+1)) at l = 1: one block that agrees shows no division.
  @Test(arguments: [2, 4, 6, 8]) func aCoincidenceInOneBlockIsNoDivision(blocks: Int) throws {
    #expect(blame(try report(llama(.torch, blocks: blocks, seed: 40))) == [])
  }

  /// A note says what the file follows in place of its family's scheme, which is then named no longer.
  @Test func theLawIsNamed() throws {
    let report = try report(bert(.glorotNormal, seed: 41))
    #expect(report.findings.map(\.rule) == ["follows-no-scheme"])
    #expect(report.findings[0].message.contains("Glorot normal"))
    #expect(report.scheme == nil)
  }

  /// The family's own deviation is no other law, and one kind of matrix that PyTorch left is a mistake under any law.
  @Test func aDefaultThatWasLeftIsFoundUnderAnotherLaw() throws {
    let expected = (0..<3).map { "library-default: bert.encoder.layer.\($0).intermediate.dense.weight" }
    #expect(blame(try report(bert(.glorotNormal, seed: 42, odd: ("intermediate.dense", .torch)))) == expected)
    #expect(blame(try report(bert(.single, seed: 43, odd: ("intermediate.dense", .torch)))) == expected)
  }

  /// N(0, 1) for matrices of 48 and of 192 inputs.
  @Test func oneLargeDeviationForAllFansIsFound() throws {
    var draw = Draw(seed: 44)
    let drawn = llama(.single, blocks: 3, seed: 45).map { tensor in
      tensor.shape.count > 1 ? draw.normal(tensor.name, tensor.shape, std: 1) : tensor
    }
    let report = try report(drawn)
    #expect(Set(report.findings.filter { $0.severity != .note }.map(\.rule)) == ["unscaled-weights"])
    #expect(blame(report).count == 21)
    // Networks that scale when they run draw all from N(0, 1), under names of no family.
    let plain = (0..<4).map { draw.normal("net.\($0).weight", [$0 % 2 == 0 ? 192 : 48, $0 % 2 == 0 ? 48 : 192], std: 1) }
    #expect(blame(try WeightAuditTests.report(plain)) == [])
  }

  /// A scheme that is named is held to 0.02; one factor is told once, with the place for another value.
  @Test(arguments: [
    (0.2, "scheme-deviation"), (0.02.squareRoot(), "deviation-as-variance"), (0.0004, "deviation-as-variance"),
  ])
  func aNamedSchemeIsHeldToItsDeviation(deviation: Double, rule: String) throws {
    var draw = Draw(seed: 46)
    let scheme = try #require(SchemeCatalogue.scheme(named: "llama"))
    func drawn(_ std: Double) -> [Draw.Tensor] {
      llama(.single, blocks: 2, seed: 47).map { tensor in
        tensor.shape.count > 1 ? draw.normal(tensor.name, tensor.shape, std: std) : tensor
      }
    }
    let report = try report(drawn(deviation), scheme: scheme)
    #expect(report.findings.map(\.rule) == [rule])
    #expect(report.findings[0].message.contains("--config"))
    #expect(blame(report).count == 15)
    #expect(blame(try WeightAuditTests.report(drawn(0.02), scheme: scheme)) == [])
  }

  /// EfficientNet of Keras has depthwise convolutions and gammas of norms, and no layer scale.
  @Test func depthwiseConvolutionsAndGainsAreNotConvNeXt() throws {
    var draw = Draw(seed: 45)
    var tensors: [Draw.Tensor] = []
    for block in ["block1a", "block2a", "block2b", "block3a"] {
      tensors += [
        draw.normal("\(block)_expand_conv/kernel", [1, 1, 16, 64], std: (2 / 64.0).squareRoot()),
        draw.normal("\(block)_dwconv/kernel", [3, 3, 1, 64], std: (2 / 9.0).squareRoot()),
        draw.constant("\(block)_bn/gamma", [64], 1), draw.constant("\(block)_bn/beta", [64], 0),
        draw.constant("\(block)_bn/moving_mean", [64], 0), draw.constant("\(block)_bn/moving_variance", [64], 1),
        draw.normal("\(block)_project_conv/kernel", [1, 1, 64, 16], std: (2 / 16.0).squareRoot()),
      ]
    }
    let report = try report(tensors)
    #expect(report.scheme?.name != "convnext")
    #expect(blame(report) == [])
  }

  /// A deviation fitted to the file, 15 times the family's, is no scheme to hold the rest of the file against.
  @Test(arguments: [(0.02, true), (0.3, false)]) func aDeviationFarFromTheFamilysIsNoBasis(std: Double, isHeld: Bool) throws
  {
    var draw = Draw(seed: 46)
    let tensors = (0..<4).flatMap { block in
      let p = "stages.\(block).blocks.0."
      return [
        draw.normal(p + "conv_dw.weight", [32, 1, 7, 7], std: std), draw.normal(p + "mlp.fc1.weight", [128, 32], std: std),
        draw.normal(p + "mlp.fc2.weight", [32, 128], std: std), draw.constant(p + "gamma", [32], 1e-6),
        draw.normal(p + "norm.bias", [32], std: std),
      ]
    }
    let found = try report(tensors).findings.filter { $0.severity != .note }.flatMap(\.tensors)
    #expect(found.contains("stages.0.blocks.0.norm.bias") == isHeld)
  }
}
