import DataSets
import Foundation
import TestSupport
import Testing

import WeightAudit

/// Findings of blocks: one for all that are alike, and differences that only some blocks have.
@Suite struct RepeatedBlocksTests {
  private func model(_ change: (_ block: Int, _ tensor: inout Draw.Tensor) -> Void) -> [Draw.Tensor] {
    var draw = Draw(seed: 81)
    return (0..<12).flatMap { block in
      ["self_attn.q_proj", "self_attn.k_proj", "mlp.gate_proj", "mlp.down_proj"].map { name in
        var tensor = draw.normal("model.layers.\(block).\(name).weight", [64, 64], std: 0.02)
        change(block, &tensor)
        return tensor
      }
    }
  }

  private func halved(_ tensor: Draw.Tensor) -> [Float] {
    Array(tensor.values.prefix(tensor.values.count / 2) + tensor.values.prefix(tensor.values.count / 2))
  }

  @Test func twelveLikeErrorsAreOne() throws {
    let report = try report(model { if $1.name.contains("q_proj") { $1.values = halved($1) } })
    let found = report.findings.filter { $0.rule == "equal-parts" }
    #expect(found.count == 1)
    #expect(found.first?.tensors == (0..<12).map { "model.layers.\($0).self_attn.q_proj.weight" })
    #expect(
      found.first?.message.hasSuffix(
        "The same holds of 11 more tensors, model.layers.#.self_attn.q_proj.weight of blocks 1-11.") ?? false,
      "\(found.map(\.message))")
    // Each tensor still tells its own rule.
    #expect(report.tensors.count { $0.findings.contains("equal-parts") } == 12)
  }

  /// Two kinds of tensors, or parts that lie along another axis, are told apart; and so is which blocks are meant.
  @Test func otherFindingsStayApart() throws {
    let report = try report(
      model { block, tensor in
        if tensor.name.contains("q_proj"), [2, 3, 7].contains(block) { tensor.values = halved(tensor) }
        if tensor.name.contains("down_proj"), block == 5 { tensor.values = halved(tensor) }
      })
    let found = report.findings.filter { $0.rule == "equal-parts" }
    #expect(found.map(\.tensors.count) == [3, 1])
    #expect(found.first?.message.contains("of blocks 3,7.") ?? false, "\(found.map(\.message))")
  }

  /// Where some blocks of many are meant the sentence says which.
  @Test func aListSaysWhichBlocksAreMeant() throws {
    let report = try report(model { if $1.name.contains("gate_proj"), [1, 4, 5, 6].contains($0) { $1.values[3] = .nan } })
    let message = try #require(report.findings.first { $0.rule == "nonfinite-values" }?.message)
    #expect(message.hasPrefix("model.layers.#.mlp.gate_proj.weight (4 tensors, blocks 1,4-6) hold 4 values"), "\(message)")
  }

  // MARK: Two files

  private func compared(_ here: [Draw.Tensor], _ there: [Draw.Tensor]) throws -> [WeightFinding] {
    var configuration = WeightAuditConfiguration(path: "here", against: "there")
    configuration.open = { MemoryTensors($0 == "here" ? here : there) }
    return try WeightAudit.run(configuration).findings.filter { $0.rule == "changed-tensor" }
  }

  /// Shards that every rank drew from one seed have the moments of a whole draw.
  @Test(arguments: [true, false]) func equalShardsOfOneSideAreFound(isHere: Bool) throws {
    let whole = model { _, _ in }
    let sharded = model { if $1.name.contains("gate_proj") { $1.values = halved($1) } }
    let found = try compared(isHere ? sharded : whole, isHere ? whole : sharded)
    #expect(found.map(\.tensors) == [(0..<12).map { "model.layers.\($0).mlp.gate_proj.weight" }])
    #expect(found.first?.message.contains("2 equal parts along axis 0 \(isHere ? "here" : "there")") ?? false)
  }

  /// Shards along the last axis, and shards within the parts of a fused tensor.
  @Test func shardsAreFoundAlongEveryAxis() throws {
    let whole = model { _, _ in }
    let columns = model { block, tensor in
      guard block == 4, tensor.name.contains("down_proj") else { return }
      for row in 0..<64 {
        for column in 32..<64 { tensor.values[row * 64 + column] = tensor.values[row * 64 + column - 32] }
      }
    }
    #expect(try compared(whole, columns).map(\.tensors) == [["model.layers.4.mlp.down_proj.weight"]])
    let parts = model { block, tensor in
      guard block == 4, tensor.name.contains("down_proj") else { return }
      for part in 0..<4 {
        for place in 0..<512 { tensor.values[part * 1024 + 512 + place] = tensor.values[part * 1024 + place] }
      }
    }
    #expect(try compared(parts, whole).map(\.tensors) == [["model.layers.4.mlp.down_proj.weight"]])
  }

  @Test func equalShardsOnBothSidesAndOtherSeedsAreNoDifference() throws {
    let sharded = model { if $1.name.contains("gate_proj") { $1.values = halved($1) } }
    #expect(try compared(sharded, sharded).isEmpty)
    var draw = Draw(seed: 82)
    let again = (0..<12).flatMap { block in
      ["self_attn.q_proj", "self_attn.k_proj", "mlp.gate_proj", "mlp.down_proj"].map {
        draw.normal("model.layers.\(block).\($0).weight", [64, 64], std: 0.02)
      }
    }
    #expect(try compared(model { _, _ in }, again).isEmpty)
  }

  // MARK: Gains

  /// Blocks in GPT-2's names whose second norm has a gain of zero where `zero` says so.
  private func norms(_ zero: (Int) -> Bool, count: Int = 12) -> [Draw.Tensor] {
    var draw = Draw(seed: 83)
    return (0..<count).flatMap { block in
      let p = "transformer.h.\(block)."
      return [
        draw.normal(p + "attn.c_attn.weight", [32, 96], std: 0.02),
        draw.normal(p + "mlp.c_fc.weight", [32, 128], std: 0.02),
        draw.constant(p + "ln_1.weight", [32], 1), draw.constant(p + "ln_2.weight", [32], zero(block) ? 0 : 1),
      ]
    }
  }

  @Test(arguments: [[3], [0, 7], [11]]) func aSilentBlockAmongOthersIsAnError(zero: [Int]) throws {
    let report = try report(norms { zero.contains($0) })
    #expect(blame(report) == zero.map { "norm-gain: transformer.h.\($0).ln_2.weight" })
  }

  @Test func gainsOfAllBlocksOrEveryThirdAreByDesign() throws {
    #expect(blame(try report(norms { _ in true })) == [])
    #expect(blame(try report(norms { $0 % 3 == 2 })) == [])
    #expect(blame(try report(norms { $0 % 2 == 0 })) == [])
  }

  // MARK: Copies

  /// A matrix of one block in the place of another's: no module that both use.
  @Test func aCopiedLayerIsNoSharedModule() throws {
    var tensors = model { _, _ in }
    let source = try #require(tensors.first { $0.name == "model.layers.2.mlp.gate_proj.weight" })
    let place = try #require(tensors.firstIndex { $0.name == "model.layers.4.mlp.gate_proj.weight" })
    tensors[place].values = source.values
    let found = try report(tensors).findings.filter { $0.rule == "equal-tensors" }
    #expect(found.count == 1)
    #expect(found.first?.message.contains("Single layers are equal") ?? false, "\(found.map(\.message))")
    // All layers of a block: it may be used twice.
    for name in ["self_attn.q_proj", "self_attn.k_proj", "mlp.down_proj"] {
      let source = try #require(tensors.first { $0.name == "model.layers.2.\(name).weight" })
      let place = try #require(tensors.firstIndex { $0.name == "model.layers.4.\(name).weight" })
      tensors[place].values = source.values
    }
    let whole = try report(tensors).findings.filter { $0.rule == "equal-tensors" }
    #expect(whole.first?.message.contains("Whole modules are equal") ?? false, "\(whole.map(\.message))")
  }
}
