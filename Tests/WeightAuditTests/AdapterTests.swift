import TestSupport
import Testing

import WeightAudit

/// Tensors that programs store beside a model's weights, or in the place of them: adapters and scaled float8.
@Suite struct AdapterTests {
  private static let width = 64

  /// A LLaMA of transformers as PEFT saves it whole: adapters beside the matrices that they change.
  private func peft(_ first: (inout Draw, String, [Int]) -> Draw.Tensor, isZero: Bool = true, dora: Bool = false) -> [Draw
    .Tensor]
  {
    var draw = Draw(seed: 91)
    let d = Self.width, root = "base_model.model.model."
    var tensors = [
      draw.normal(root + "embed_tokens.weight", [200, d], std: 0.02), draw.constant(root + "norm.weight", [d], 1),
    ]
    for block in 0..<4 {
      let p = root + "layers.\(block)."
      for name in ["k_proj", "o_proj"] { tensors.append(draw.normal(p + "self_attn.\(name).weight", [d, d], std: 0.02)) }
      for name in ["self_attn.q_proj", "self_attn.v_proj", "mlp.down_proj"] {
        let inputs = name == "mlp.down_proj" ? 2 * d : d
        tensors += [
          draw.normal(p + name + ".base_layer.weight", [d, inputs], std: 0.02),
          first(&draw, p + name + ".lora_A.default.weight", [8, inputs]),
          draw.normal(p + name + ".lora_B.default.weight", [d, 8], std: isZero ? 0 : 0.1),
        ]
        if dora {
          tensors.append(draw.normal(p + name + ".lora_magnitude_vector.default.weight", [d], std: 0.013, mean: 0.227))
        }
      }
      for name in ["gate_proj", "up_proj"] { tensors.append(draw.normal(p + "mlp.\(name).weight", [2 * d, d], std: 0.02)) }
      for name in ["input_layernorm", "post_attention_layernorm"] {
        tensors.append(draw.constant(p + name + ".weight", [d], 1))
      }
    }
    return tensors
  }

  /// PyTorch's default, as peft draws by default; N(0, 1/r); and both matrices drawn, as orthogonal starts have them.
  @Test func adaptersBesideAModelAreNotBlamed() throws {
    let plain = try report(
      peft({ draw, name, shape in draw.uniform(name, shape, bound: 1 / Double(shape[1]).squareRoot()) }, dora: true))
    #expect(blame(plain) == [])
    #expect(plain.scheme?.name == "llama")
    #expect(Set(plain.tensors.filter { $0.entry.name.contains("lora_") }.map(\.role.kind)) == [.adapter, .magnitude])
    // The wrapped matrix has the role of its layer.
    #expect(plain.tensors.first { $0.entry.name.hasSuffix("down_proj.base_layer.weight") }?.role.residualEnd == .feedForward)
    let gaussian = try report(peft { draw, name, shape in draw.normal(name, shape, std: 1.0 / 8) })
    #expect(blame(gaussian) == [])
    let both = try report(peft({ draw, name, shape in draw.normal(name, shape, std: 0.1) }, isZero: false))
    #expect(blame(both) == [])
  }

  /// A product of zeros has no gradient.
  @Test func twoMatricesOfZerosAreAnError() throws {
    let report = try report(peft { draw, name, shape in draw.constant(name, shape, 0) })
    #expect(Set(report.findings.filter { $0.severity == .error }.map(\.rule)) == ["zero-tensor"])
    #expect(blame(report).count == 24)
  }

  /// Float8 with scales for blocks: numbers of steps up to 448, of a matrix of deviation 0.02.
  @Test func scaledFloat8IsComparedWithNothing() throws {
    var draw = Draw(seed: 92)
    var tensors: [Draw.Tensor] = []
    for block in 0..<4 {
      for name in ["q_proj", "k_proj", "v_proj"] {
        let name = "model.layers.\(block).self_attn.\(name).weight"
        // Any pattern but those of NaN.
        let bytes = (0..<128 * 128).map { _ in UInt8(draw.unit() * 127) | (draw.unit() < 0.5 ? 0x80 : 0) }
        tensors.append(Draw.Tensor(name: name, shape: [128, 128], values: [], float8: bytes))
        tensors.append(draw.normal(name + "_scale_inv", [1, 1], std: 0, mean: 1e-4))
      }
      tensors.append(draw.constant("model.layers.\(block).input_layernorm.weight", [128], 1))
    }
    let report = try report(tensors)
    #expect(blame(report) == [])
    #expect(notes(report).count == 12)
    #expect(report.findings[0].message.contains("scales in tensors beside them"))
  }
}
