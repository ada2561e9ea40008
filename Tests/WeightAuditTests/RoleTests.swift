import TensorFiles
import Testing

import WeightAudit

/// Roles and fans from names and shapes.
@Suite struct RoleTests {
  private func roles(_ tensors: [(String, [Int])]) throws -> [TensorRole] {
    let entries = try tensors.map { try #require(TensorEntry(name: $0.0, type: .float32, shape: $0.1)) }
    return RoleReader(entries, names: entries.map { TensorName($0.name) }).roles
  }

  @Test func layoutsDecideFans() throws {
    let gpt = try roles([
      ("transformer.h.0.attn.c_attn.weight", [48, 144]), ("transformer.h.0.attn.c_proj.weight", [48, 48]),
      ("transformer.h.0.mlp.c_proj.weight", [192, 48]),
    ])
    #expect(gpt.map(\.fanIn) == [48, 48, 192])
    #expect(gpt[0].parts?.count == 3)
    #expect(gpt[0].parts?.axis == 1)
    #expect(gpt[1].residualEnd == .attention)
    #expect(gpt[2].residualEnd == .feedForward)
    // nanoGPT has the same names and PyTorch's layout.
    let nano = try roles([
      ("transformer.h.0.attn.c_attn.weight", [144, 48]), ("transformer.h.0.mlp.c_proj.weight", [48, 192]),
    ])
    #expect(nano.map(\.fanIn) == [48, 192])
    #expect(nano[0].parts?.axis == 0)
  }

  @Test func theBiasTellsATransposedConvolution() throws {
    let up = try roles([
      ("up.0.weight", [128, 64, 4, 4]), ("up.0.bias", [64]), ("conv.0.weight", [64, 32, 3, 3]), ("conv.0.bias", [64]),
    ])
    #expect(up[0].kind == .transposedConvolution)
    #expect(up[0].fanIn == 512)
    #expect(up[2].kind == .convolution)
    #expect(up[2].fanIn == 288)
  }

  @Test func namesTellRoles() throws {
    let all = try roles([
      ("_orig_mod.model.embed_tokens.weight", [100, 8]), ("model.layers.3.input_layernorm.weight", [8]),
      ("lm_head.weight", [100, 8]),
      ("model.layers.0.block_sparse_moe.gate.weight", [4, 8]), ("model.layers.0.mlp.experts.gate_up_proj", [4, 32, 8]),
      ("blocks.0.ls1.gamma", [8]),
      ("backbone.layers.0.mixer.A_log", [16, 4]), ("backbone.layers.0.mixer.dt_proj.bias", [16]),
      ("lstm.weight_ih_l0", [32, 5]), ("lstm.weight_hh_l0", [32, 8]),
      ("bn1.running_var", [8]), ("cls_token", [1, 1, 8]),
    ])
    #expect(
      all.map(\.kind) == [
        .embedding, .gain, .head, .router, .linear, .layerScale, .stateMatrix, .stepBias, .recurrent, .recurrent,
        .runningVariance, .token,
      ])
    #expect(all[1].block == 3)
    #expect(all[4].experts == 4)
    #expect(all[4].fanIn == 8)
    #expect(all[8].parts?.count == 4)
  }
}
