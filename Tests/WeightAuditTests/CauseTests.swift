import Foundation
import TestSupport
import Testing

import WeightAudit

/// Causes that are told by name, once for all tensors that have them.
@Suite struct CauseTests {
  /// A residual network of torchvision's names, with three convolutions a stage, whose deviations the test gives by fan_out.
  private func resnet(_ std: (Double) -> Double) -> [Draw.Tensor] {
    var draw = Draw(seed: 101)
    var tensors = [
      draw.normal("conv1.weight", [16, 3, 3, 3], std: std(144)), draw.constant("bn1.weight", [16], 1),
      draw.constant("bn1.bias", [16], 0),
    ]
    for stage in 1...3 {
      let outputs = 16 << stage, inputs = outputs / 2
      for (place, fan) in [(1, inputs), (2, outputs)] {
        let p = "layer\(stage).0."
        tensors.append(draw.normal(p + "conv\(place).weight", [outputs, fan, 3, 3], std: std(Double(outputs * 9))))
        tensors += [
          draw.constant(p + "bn\(place).weight", [outputs], 1), draw.constant(p + "bn\(place).bias", [outputs], 0),
        ]
      }
    }
    return tensors
  }

  @Test func aGainOfOneInPlaceOfTheRootOfTwoIsNamed() throws {
    #expect(blame(try report(resnet { (2 / $0).squareRoot() })) == [])
    let scheme = try #require(SchemeCatalogue.scheme(named: "resnet"))
    let report = try report(resnet { (1 / $0).squareRoot() }, scheme: scheme)
    let own = report.findings.filter { $0.rule == "scheme-deviation" }
    #expect(own.count == 1)
    #expect(own.first?.tensors.count == 7)
    #expect(own.first?.message.contains("a gain of 1 in place of sqrt(2)") == true)
  }

  private func llama(_ change: (inout Draw, String, [Int]) -> Draw.Tensor?) -> [Draw.Tensor] {
    var draw = Draw(seed: 102)
    let d = 96, inner = 256
    var tensors = [
      draw.normal("model.embed_tokens.weight", [400, d], std: 0.02), draw.constant("model.norm.weight", [d], 1),
    ]
    func add(_ name: String, _ shape: [Int]) {
      tensors.append(change(&draw, name, shape) ?? draw.normal(name, shape, std: 0.02))
    }
    add("lm_head.weight", [400, d])
    for block in 0..<4 {
      let p = "model.layers.\(block)."
      for name in ["q", "k", "v", "o"] { add(p + "self_attn.\(name)_proj.weight", [d, d]) }
      add(p + "mlp.gate_proj.weight", [inner, d])
      add(p + "mlp.up_proj.weight", [inner, d])
      add(p + "mlp.down_proj.weight", [d, inner])
      for name in ["input_layernorm", "post_attention_layernorm"] {
        tensors.append(draw.constant(p + name + ".weight", [d], 1))
      }
    }
    return tensors
  }

  /// sqrt(2/96) = 0.1443 and sqrt(0.02) = 0.1414 are close: four matrices have one cause together.
  @Test func aFanThatWasNotDeclaredIsToldOverTheGroup() throws {
    #expect(blame(try report(llama { _, _, _ in nil })) == [])
    let report = try report(
      llama { draw, name, shape in
        name.contains("down_proj") ? draw.normal(name, shape, std: (2 / Double(shape[0])).squareRoot()) : nil
      })
    let own = report.findings.filter { $0.severity != .note }
    #expect(own.map(\.rule) == ["scheme-deviation"])
    #expect(own.first?.tensors.count == 4)
    #expect(own.first?.message.contains("sqrt(2/fan_out) fits") == true)
  }

  /// Glorot's formula on GPT-2's fused tensor of 96 inputs and 288 outputs.
  @Test func theFanOfAWholeFusedTensorIsNamed() throws {
    var draw = Draw(seed: 108)
    let d = 96
    var tensors = [
      draw.normal("wte.weight", [400, d], std: 0.02), draw.normal("wpe.weight", [64, d], std: 0.02),
      draw.constant("ln_f.weight", [d], 1), draw.constant("ln_f.bias", [d], 0),
    ]
    for block in 0..<4 {
      let p = "h.\(block).", end = 0.02 / 8.0.squareRoot()
      tensors += [
        draw.normal(p + "attn.c_attn.weight", [d, 3 * d], std: (2 / Double(4 * d)).squareRoot()),
        draw.normal(p + "attn.c_proj.weight", [d, d], std: end),
        draw.normal(p + "mlp.c_fc.weight", [d, 4 * d], std: 0.02),
        draw.normal(p + "mlp.c_proj.weight", [4 * d, d], std: end),
      ]
    }
    let own = try report(tensors).findings.filter { $0.severity != .note }
    #expect(own.map(\.rule) == ["scheme-deviation"])
    #expect(own.first?.tensors.count == 4)
    #expect(own.first?.message.contains("the whole fused tensor, 288,") == true)
  }

  /// trunc_normal_(std=0.02, a=-0.02, b=0.02): a deviation of 0.54 times 0.02 is left (scipy 1.17.1,
  /// truncnorm(-1, 1).std() = 0.5396).
  @Test func boundsInAbsoluteNumbersAreNamedWithoutAScheme() throws {
    let report = try report(
      llama { draw, name, shape in
        var tensor = draw.constant(name, shape, 0)
        for place in tensor.values.indices {
          var value = 1.0
          repeat {
            let radius = (-2 * Foundation.log(draw.unit())).squareRoot()
            value = radius * Foundation.cos(2 * Double.pi * draw.unit())
          } while abs(value) > 1
          tensor.values[place] = Float(0.02 * value)
        }
        return tensor
      })
    let own = report.findings.filter { $0.severity != .note }
    #expect(own.map(\.rule) == ["scheme-deviation"])
    #expect(own.first?.message.contains("absolute numbers") == true)
  }

  /// New words' rows, as nn.Embedding draws them.
  @Test func rowsThatWereAddedAreFound() throws {
    let tensors = llama { draw, name, shape in
      guard name == "lm_head.weight" else { return nil }
      var tensor = draw.normal(name, shape, std: 0.02)
      for place in 320 * 96..<400 * 96 { tensor.values[place] *= 50 }
      return tensor
    }
    let report = try report(tensors)
    #expect(blame(report) == ["uneven-rows: lm_head.weight"])
    #expect(report.findings[0].message.contains("The last 80 of 400 rows"))
    guard case .number(let ratio)? = report.findings[0].evidence.last?.value else {
      Issue.record("no ratio")
      return
    }
    // The deviations of 7,680 and 30,720 values are known to 0.9% together; five of those.
    #expect(abs(ratio / 50 - 1) < 0.045)
  }

  /// A single wide row, and long tails throughout, are no block.
  @Test func otherWideRowsAreNot() throws {
    var draw = Draw(seed: 103)
    var table = draw.normal("wte.weight", [400, 32], std: 0.02)
    for row in stride(from: 7, to: 400, by: 40) { for column in 0..<32 { table.values[row * 32 + column] *= 10 } }
    for column in 0..<32 { table.values[399 * 32 + column] *= 10 }
    #expect(!blame(try report([table])).contains { $0.hasPrefix("uneven-rows") })
  }

  /// Expert 2 of every block holds the values of expert 0: one finding for all blocks.
  @Test func anExpertThatRepeatsAnotherIsToldOnce() throws {
    var draw = Draw(seed: 104)
    var tensors: [Draw.Tensor] = []
    for block in 0..<3 {
      for (name, shape) in [("gate_up_proj", [4, 64, 32]), ("down_proj", [4, 32, 32])] {
        var tensor = draw.normal("model.layers.\(block).mlp.experts.\(name)", shape, std: 0.02)
        let size = shape[1] * shape[2]
        for place in 0..<size { tensor.values[2 * size + place] = tensor.values[place] }
        tensors.append(tensor)
      }
    }
    let own = try report(tensors).findings.filter { $0.rule == "equal-parts" }
    #expect(own.count == 1)
    #expect(own.first?.tensors.count == 6)
    #expect(own.first?.message.contains("expert 2 repeats expert 0") == true)
  }

  /// SwiftFormer has layer scales of 1 and of 1e-5, by name; all of one kind at 1 is a value that was not used.
  @Test func twoKindsOfLayerScaleAreByDesign() throws {
    var draw = Draw(seed: 105)
    func blocks(_ second: Float, odd: Float? = nil) -> [Draw.Tensor] {
      (0..<4).flatMap { block in
        [
          draw.normal("stages.\(block).fc.weight", [32, 32], std: 0.02),
          draw.constant("stages.\(block).layer_scale.gamma", [32], 1),
          draw.constant("stages.\(block).layer_scale_1.gamma", [32], block == 2 ? odd ?? second : second),
        ]
      }
    }
    #expect(blame(try report(blocks(1e-5))) == [])
    #expect(blame(try report(blocks(1))).count == 8)
    #expect(!blame(try report(blocks(1e-5, odd: 1))).isEmpty)
  }

  /// One module handed to all blocks of a stage is stored under paths of two lengths.
  @Test func aModuleSharedBetweenAStageAndItsBlocksIsANote() throws {
    var draw = Draw(seed: 106)
    let shared = draw.normal("cpe1.proj.weight", [64, 1, 3, 3], std: 0.1)
    let copies = (0..<2).map { block in
      var copy = shared
      copy.name = "serial_blocks1.\(block).cpe.proj.weight"
      return copy
    }
    let report = try report([shared] + copies)
    #expect(blame(report) == [])
    #expect(notes(report).count == 3)
  }

  /// RegNet divides fan_out by the groups of its convolutions, whose fan_in it then is.
  @Test func groupedConvolutionsMayFollowFanOut() throws {
    var draw = Draw(seed: 107)
    var tensors: [Draw.Tensor] = []
    for block in 1...4 {
      let inputs = block == 1 ? 32 : 128
      for (name, shape, fan) in [
        ("conv1", [128, inputs, 1, 1], 128.0), ("conv2", [128, 32, 3, 3], 32 * 9), ("conv3", [128, 128, 1, 1], 128),
      ] {
        tensors.append(draw.normal("s1.b\(block).\(name).conv.weight", shape, std: (2 / fan).squareRoot()))
      }
    }
    #expect(blame(try report(tensors)) == [])
  }
}
