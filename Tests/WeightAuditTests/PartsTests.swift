import Foundation
import TestSupport
import Testing

import WeightAudit

/// Files of several models side by side: each tower is judged by the scheme of its own program.
@Suite struct PartsTests {
  private static let width = 32
  private static let blocks = 3

  /// CLIP's encoder by the formulas of transformers' CLIPPreTrainedModel._init_weights; `wrong` names layers that are drawn
  /// from N(0, 0.02) in place of them.
  private func images(_ path: String, wrong: Set<String> = []) -> [Draw.Tensor] {
    var draw = Draw(seed: 61)
    let d = Double(Self.width), inner = pow(d, -0.5) * pow(2 * Double(Self.blocks), -0.5)
    var tensors = [
      draw.normal("\(path).embeddings.class_embedding", [Self.width], std: pow(d, -0.5)),
      draw.normal("\(path).embeddings.patch_embedding.weight", [Self.width, 3, 8, 8], std: 0.02),
      draw.normal("\(path).embeddings.position_embedding.weight", [17, Self.width], std: 0.02),
    ]
    for block in 0..<Self.blocks {
      let p = "\(path).encoder.layers.\(block)."
      for (name, shape, std) in [
        ("self_attn.q_proj", [32, 32], inner), ("self_attn.k_proj", [32, 32], inner), ("self_attn.v_proj", [32, 32], inner),
        ("self_attn.out_proj", [32, 32], pow(d, -0.5)), ("mlp.fc1", [128, 32], pow(2 * d, -0.5)),
        ("mlp.fc2", [32, 128], inner),
      ] {
        tensors.append(draw.normal(p + name + ".weight", shape, std: wrong.contains(name) ? 0.02 : std))
        tensors.append(draw.constant(p + name + ".bias", [shape[0]], 0))
      }
      for norm in ["layer_norm1", "layer_norm2"] {
        tensors += [draw.constant(p + norm + ".weight", [32], 1), draw.constant(p + norm + ".bias", [32], 0)]
      }
    }
    return tensors
  }

  /// LLaMA by N(0, 0.02).
  private func text(_ path: String, std: [String: Double] = [:]) -> [Draw.Tensor] {
    var draw = Draw(seed: 62)
    var tensors = [
      draw.normal("\(path).embed_tokens.weight", [200, 48], std: 0.02), draw.constant("\(path).norm.weight", [48], 1),
    ]
    for block in 0..<4 {
      let p = "\(path).layers.\(block)."
      for (name, shape) in [
        ("self_attn.q_proj", [48, 48]), ("self_attn.k_proj", [48, 48]), ("self_attn.v_proj", [48, 48]),
        ("self_attn.o_proj", [48, 48]), ("mlp.gate_proj", [96, 48]), ("mlp.up_proj", [96, 48]), ("mlp.down_proj", [48, 96]),
      ] {
        tensors.append(draw.normal(p + name + ".weight", shape, std: std["\(block).\(name)"] ?? 0.02))
      }
      tensors += ["input_layernorm", "post_attention_layernorm"].map { draw.constant(p + $0 + ".weight", [48], 1) }
    }
    return tensors
  }

  private func between() -> [Draw.Tensor] {
    var draw = Draw(seed: 63)
    return [
      draw.uniform("multi_modal_projector.linear_1.weight", [48, 32], bound: 1 / 32.0.squareRoot()),
      draw.uniform("multi_modal_projector.linear_1.bias", [48], bound: 1 / 32.0.squareRoot()),
      draw.normal("lm_head.weight", [200, 48], std: 0.02),
    ]
  }

  @Test(arguments: [
    ("vision_tower", "language_model.model"), ("model.vision_model", "model.text_model"), ("visual", "model"),
  ]) func eachTowerHasItsOwnScheme(images path: String, text other: String) throws {
    let report = try report(images(path) + text(other) + between())
    #expect(report.findings.map(\.message) == [])
    #expect(report.parts.compactMap { $0.scheme?.name } == ["clip", "llama", "pytorch"])
    // The table's head belongs to the language model.
    #expect(report.tensors.first { $0.entry.name == "lm_head.weight" }?.expected?.scheme == "llama")
    #expect(report.parts.map(\.tensors).reduce(0, +) == report.tensors.count)
  }

  @Test func mistakesInATowerAreFound() throws {
    let small = try report(images("vision_tower", wrong: ["mlp.fc1"]) + text("language_model.model") + between())
    #expect(blame(small) == (0..<3).map { "scheme-deviation: vision_tower.encoder.layers.\($0).mlp.fc1.weight" })
    let large = try report(
      images("vision_tower") + text("language_model.model", std: ["2.mlp.up_proj": 0.04]) + between())
    #expect(blame(large) == ["outlier-tensor: language_model.model.layers.2.mlp.up_proj.weight"])
  }

  /// The same random numbers in two towers.
  @Test func aSeedThatTwoTowersShareIsFound() throws {
    var tensors = images("vision_tower") + text("language_model.model")
    let copy = tensors.first { $0.name == "vision_tower.encoder.layers.0.self_attn.q_proj.weight" }
    let place = try #require(tensors.firstIndex { $0.name == "language_model.model.layers.1.self_attn.k_proj.weight" })
    let values = try #require(copy).values, std = Float(pow(32, -0.5) * pow(6, -0.5))
    // The first values alike, as two draws of other sizes from one seed have them, each at its own deviation.
    for (index, value) in values.prefix(900).enumerated() { tensors[place].values[index] = value / std * 0.02 }
    let found = try report(tensors).findings.filter { $0.rule == "equal-tensors" }
    #expect(found.map(\.severity) == [.error])
    #expect(found.first?.tensors.count == 2)
  }

  /// Encoder and decoder of one model have blocks under one path, and are judged together.
  @Test func halvesOfOneModelAreNoParts() throws {
    var draw = Draw(seed: 64)
    let tensors = ["encoder", "decoder"].flatMap { side in
      (0..<4).flatMap { block in
        ["self_attn.q_proj", "self_attn.k_proj", "fc1"].map {
          draw.normal("model.\(side).layers.\(block).\($0).weight", [32, 32], std: 0.02)
        }
      }
    }
    #expect(try report(tensors).parts.isEmpty)
  }

  /// A scheme of a family that was named is for the tower that shows its signs.
  @Test func aNamedFamilyIsComparedWithItsOwnTower() throws {
    let tensors = images("vision_tower") + text("language_model.model") + between()
    let report = try report(tensors, scheme: SchemeCatalogue.scheme(named: "llama"))
    #expect(blame(report) == [])
    #expect(report.parts.compactMap { $0.scheme?.name } == ["clip", "llama", "pytorch"])
  }
}
