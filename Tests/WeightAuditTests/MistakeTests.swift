import Foundation
import TestSupport
import Testing

import WeightAudit

/// Mistakes in files of which no published scheme is known, found by rule and tensor: one tensor among others of its kind.
@Suite struct MistakeTests {
  private static let widths = [(64, 256), (256, 64), (64, 256), (256, 64), (64, 256), (256, 64)]

  /// Kaiming normal by fan_in but for one layer, whose deviation the test gives.
  private func stack(_ odd: Int, _ make: (inout Draw, String, [Int]) -> Draw.Tensor) -> [Draw.Tensor] {
    var draw = Draw(seed: 11)
    return Self.widths.enumerated().flatMap { layer, width in
      let (name, shape) = ("net.\(layer).weight", [width.1, width.0])
      return [
        layer == odd ? make(&draw, name, shape) : draw.normal(name, shape, std: (2 / Double(width.0)).squareRoot()),
        draw.constant("net.\(layer).bias", [width.1], 0),
      ]
    }
  }

  @Test func oneOfAStackIsFoundWithItsCause() throws {
    let fan = try report(stack(2) { $0.normal($1, $2, std: (2 / Double($2[0])).squareRoot()) })
    #expect(blame(fan) == ["wrong-fan: net.2.weight"])
    #expect(fan.findings[0].message.contains("fan_out, 256, in place of 64"))
    let left = try report(stack(3) { $0.uniform($1, $2, bound: 1 / Double($2[1]).squareRoot()) })
    #expect(blame(left) == ["library-default: net.3.weight"])
    let root = try report(stack(1) { $0.normal($1, $2, std: Foundation.pow(2 / Double($2[1]), 0.25)) })
    #expect(blame(root) == ["deviation-as-variance: net.1.weight"])
    let other = try report(stack(4) { $0.normal($1, $2, std: 0.4) })
    #expect(blame(other) == ["outlier-tensor: net.4.weight"])
  }

  /// The first layer, whose inputs are data, and the last one often have laws of their own.
  @Test func theEndsOfAStackMayDiffer() throws {
    #expect(blame(try report(stack(0) { $0.normal($1, $2, std: 0.4) })) == [])
    #expect(blame(try report(stack(5) { $0.normal($1, $2, std: 0.01) })) == [])
    #expect(blame(try report(stack(5) { $0.uniform($1, $2, bound: 1 / Double($2[1]).squareRoot()) })) == [])
  }

  @Test func aWindowThatIsLeftOutOfTheFanIsNamed() throws {
    var draw = Draw(seed: 12)
    let channels = [(16, 32), (32, 64), (64, 128), (128, 64), (64, 32)]
    let tensors = channels.enumerated().map { layer, width in
      let fan = Double(width.0) * (layer == 3 ? 1 : 9)
      return draw.normal("conv\(layer).weight", [width.1, width.0, 3, 3], std: (2 / fan).squareRoot())
    }
    let report = try report(tensors)
    #expect(blame(report) == ["wrong-fan: conv3.weight"])
    #expect(report.findings[0].message.contains("without the window of 9"))
  }

  @Test func aBiasThatWasDrawnAmongZerosIsFound() throws {
    var draw = Draw(seed: 13)
    var tensors = stack(9) { $0.normal($1, $2, std: 1) }
    tensors[5] = draw.normal("net.2.bias", [256], std: 1)
    #expect(blame(try report(tensors)) == ["outlier-tensor: net.2.bias"])
  }

  /// One deviation for all layers of names of one's own: all are told together, next to the limit, too, where chance would
  /// name some of six equal ones.
  @Test(arguments: [(0.34, true), (0.3536, true), (5, true), (100, true), (0.125, false), (0.02, false)])
  func aStackThatIsTooLargeThroughoutIsOneFinding(std: Double, isBlamed: Bool) throws {
    for hasBias in [false, true] {
      var draw = Draw(seed: 22)
      let tensors = (0..<6).flatMap { layer -> [Draw.Tensor] in
        let matrix = draw.normal("body.\(layer).weight", [128, 128], std: std)
        return hasBias ? [matrix, draw.constant("body.\(layer).bias", [128], 0)] : [matrix]
      }
      let report = try report(tensors)
      #expect(blame(report) == (isBlamed ? (0..<6).map { "unscaled-weights: body.\($0).weight" } : []))
      #expect(report.findings.count == (isBlamed ? 1 : 0))
    }
  }

  /// Equalized learning rate and NTK parametrizations draw from N(0, 1) and scale as they run.
  @Test func aDeviationOfOneThroughoutIsANote() throws {
    var draw = Draw(seed: 23)
    let report = try report((0..<6).map { draw.normal("body.\($0).weight", [128, 128], std: 1) })
    #expect(report.isClean)
    #expect(notes(report) == (0..<6).map { "unscaled-weights: body.\($0).weight" })
  }

  /// Widths that change, with a multiple of He's deviation in every layer.
  @Test func aFactorOnEveryLayerIsOneFinding() throws {
    var draw = Draw(seed: 24)
    let tensors = Self.widths.enumerated().map { layer, width in
      draw.normal("net.\(layer).weight", [width.1, width.0], std: 10 * (2 / Double(width.0)).squareRoot())
    }
    #expect(blame(try report(tensors)).count == 6)
  }

  /// Formats other than PyTorch's cannot say that two names mean one tensor.
  @Test func equalModulesMayBeSharedWhereTheFileCannotSaySo() throws {
    var draw = Draw(seed: 25)
    let first = draw.normal("layers.0.fc.weight", [48, 32], std: 0.1)
    var copy = first
    copy.name = "layers.1.fc.weight"
    let others = (2..<5).map { draw.normal("layers.\($0).fc.weight", [48, 32], std: 0.1) }
    func severities(_ tensors: [Draw.Tensor], _ format: String) throws -> [WeightFinding.Severity] {
      try report(tensors, format: format).findings.filter { $0.rule == "equal-tensors" }.map(\.severity)
    }
    let shared = try report([first, copy] + others)
    #expect(shared.findings.map(\.severity) == [.warning])
    #expect(shared.findings[0].message.contains("shared between places"))
    #expect(try severities([first, copy] + others, "PyTorch archive") == [.error])
    // Biases that differ: the modules are two.
    let biases = [draw.normal("layers.0.fc.bias", [48], std: 0.1), draw.normal("layers.1.fc.bias", [48], std: 0.1)]
    #expect(try severities([first, copy] + others + biases, "memory") == [.error])
  }

  /// GPT-2's layout, [in, out], has the parts of a fused tensor side by side.
  @Test(arguments: [true, false]) func aKeyThatRepeatsTheQueryIsOneFinding(isConv1D: Bool) throws {
    var draw = Draw(seed: 26)
    let d = 32
    var tensor = draw.normal(
      isConv1D ? "h.0.attn.c_attn.weight" : "h.0.attn.qkv.weight", isConv1D ? [d, 3 * d] : [3 * d, d], std: 0.02)
    for row in 0..<d {
      for column in 0..<d {
        if isConv1D {
          tensor.values[row * 3 * d + d + column] = tensor.values[row * 3 * d + column]
        } else {
          tensor.values[(d + row) * d + column] = tensor.values[row * d + column]
        }
      }
    }
    let report = try report([tensor, draw.normal("h.0.mlp.c_fc.weight", [d, 4 * d], std: 0.02)])
    let own = report.findings.filter { $0.rule == "equal-parts" }
    #expect(own.count == 1)
    #expect(own.first?.message.contains("the key part repeats the query part") == true)
  }

  /// N(0, 1) where every other matrix keeps to its fan.
  @Test func aRecurrentMatrixWithoutAScaleIsFound() throws {
    var draw = Draw(seed: 20)
    let bound = 1 / 64.0.squareRoot()
    let report = try report([
      draw.uniform("lstm.weight_ih_l0", [256, 48], bound: bound), draw.normal("lstm.weight_hh_l0", [256, 64], std: 1),
      draw.uniform("lstm.bias_ih_l0", [256], bound: bound), draw.uniform("lstm.bias_hh_l0", [256], bound: bound),
      draw.uniform("fc.weight", [10, 64], bound: bound), draw.uniform("fc.bias", [10], bound: bound),
    ])
    #expect(blame(report) == ["unscaled-weights: lstm.weight_hh_l0"])
  }

  /// Blocks of three: two agree and one is seven times as large; and deviations that shrink from block to block.
  @Test func oneOfThreeBlocksIsFound() throws {
    var draw = Draw(seed: 14)
    let same = [1.0, 7, 1].enumerated().map { draw.normal("h.\($0).mlp.up.weight", [64, 32], std: 0.02 * $1) }
    #expect(blame(try report(same)) == ["outlier-tensor: h.1.mlp.up.weight"])
    let shrinking = (0..<3).map { draw.normal("h.\($0).mlp.up.weight", [64, 32], std: 0.02 / Double($0 + 1).squareRoot()) }
    #expect(blame(try report(shrinking)) == [])
  }

  @Test func aTransposedCopyIsFound() throws {
    var draw = Draw(seed: 15)
    let first = draw.normal("layers.0.o.weight", [48, 32], std: 0.1)
    var transposed: [Float] = []
    for column in 0..<32 { for row in 0..<48 { transposed.append(first.values[row * 32 + column]) } }
    let copy = Draw.Tensor(name: "layers.2.o.weight", shape: [32, 48], values: transposed)
    let report = try report([first, draw.normal("layers.1.o.weight", [48, 32], std: 0.1), copy])
    #expect(blame(report) == ["equal-tensors: layers.0.o.weight", "equal-tensors: layers.2.o.weight"])
    // Decoders may be tied to encoders so: under another name it is a note.
    let tied = Draw.Tensor(name: "decoder.weight", shape: [32, 48], values: transposed)
    #expect(blame(try WeightAuditTests.report([first, tied])) == [])
  }

  @Test func zeroRowsOfATableAreANote() throws {
    var draw = Draw(seed: 16)
    var table = draw.normal("wte.weight", [100, 32], std: 0.02)
    for place in 0..<32 { table.values[place] = 0 }
    #expect(try report([table]).findings.isEmpty)
    for place in 96 * 32..<100 * 32 { table.values[place] = 0 }
    let report = try report([table])
    #expect(notes(report) == ["zero-tensor: wte.weight"])
    #expect(report.findings[0].message.contains("5 of 100 rows"))
    #expect(report.isClean)
  }

  private func gpt2(_ layers: Int, end: Double) -> [Draw.Tensor] {
    var draw = Draw(seed: 17)
    var tensors = [
      draw.normal("wte.weight", [97, 32], std: 0.02), draw.normal("wpe.weight", [16, 32], std: 0.02),
      draw.constant("ln_f.weight", [32], 1),
    ]
    for layer in 0..<layers {
      tensors += [
        draw.normal("h.\(layer).attn.c_attn.weight", [32, 96], std: 0.02),
        draw.normal("h.\(layer).attn.c_proj.weight", [32, 32], std: end),
        draw.normal("h.\(layer).mlp.c_fc.weight", [32, 128], std: 0.02),
        draw.normal("h.\(layer).mlp.c_proj.weight", [128, 32], std: end),
      ]
    }
    return tensors
  }

  @Test func theFactorOfResidualBranchesIsNamed() throws {
    #expect(blame(try report(gpt2(5, end: 0.02 / 10.0.squareRoot()))) == [])
    let root = try report(gpt2(5, end: 0.02 / 5.0.squareRoot()))
    #expect(Set(root.findings.map(\.rule)) == ["residual-scaling"])
    #expect(blame(root).count == 10)
    #expect(root.findings[0].message.contains("divided by sqrt(L) = 2.24"))
    let twice = try report(gpt2(5, end: 0.02 / 10))
    #expect(twice.findings.map(\.rule) == ["residual-scaling"])
    #expect(twice.findings[0].message.contains("twice"))
  }

  /// Mamba's step bias as the steps themselves, and as the placeholder of one.
  @Test func stepsThatSoftplusDoesNotGiveAreNamed() throws {
    let draw = Draw(seed: 18)
    func mamba(_ bias: Draw.Tensor) throws -> WeightReport {
      try report([
        .init(name: "layers.0.mixer.A_log", shape: [16], values: (1...16).map { Float(Foundation.log(Double($0))) }),
        draw.constant("layers.0.mixer.D", [16], 1), bias,
      ])
    }
    // The quantiles of a law that is uniform in the logarithm, from 0.001 to 0.1.
    let values = (0..<16).map { Float(Foundation.pow(10, -3 + 2 * (Double($0) + 0.5) / 16)) }
    let steps = Draw.Tensor(name: "layers.0.mixer.dt_bias", shape: [16], values: values)
    let bare = try mamba(steps)
    #expect(blame(bare) == ["state-space: layers.0.mixer.dt_bias"])
    #expect(bare.findings[0].message.contains("inverse of softplus"))
    let right = Draw.Tensor(
      name: steps.name, shape: [16], values: steps.values.map { Float(Double($0) + Foundation.log(-expm1(-Double($0)))) })
    #expect(blame(try mamba(right)) == [])
    #expect(blame(try mamba(draw.constant(steps.name, [16], 1))) == ["state-space: layers.0.mixer.dt_bias"])
  }

  @Test func oneNormGainOfOneAmongZerosIsNotCalledOnePlusW() throws {
    var draw = Draw(seed: 19)
    var tensors = [
      draw.normal("conv1.weight", [16, 3, 3, 3], std: (2.0 / 144).squareRoot()), draw.constant("bn1.weight", [16], 1),
    ]
    for stage in 1...2 {
      for block in 0..<2 {
        let p = "layer\(stage).\(block)."
        tensors += [
          draw.normal(p + "conv1.weight", [16, 16, 3, 3], std: (2.0 / 144).squareRoot()),
          draw.constant(p + "bn1.weight", [16], 1),
          draw.normal(p + "conv2.weight", [16, 16, 3, 3], std: (2.0 / 144).squareRoot()),
          draw.constant(p + "bn2.weight", [16], stage == 2 && block == 1 ? 1 : 0),
        ]
      }
    }
    let report = try report(tensors)
    #expect(blame(report) == ["norm-gain: layer2.1.bn2.weight"])
    #expect(!report.findings[0].message.contains("1 + w"))
  }
}
