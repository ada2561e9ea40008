import Foundation
import ModelFiles
import TestSupport
import Testing

import WeightAudit

/// Laws and roles beside those of matrices: log-uniform values, filters, stacked layers, states, padding.
@Suite struct OtherLawsTests {
  /// exp of uniform logarithms.
  private func logUniform(_ draw: inout Draw, _ name: String, _ shape: [Int], _ low: Double, _ high: Double) -> Draw.Tensor {
    var tensor = draw.uniform(name, shape, low: log(low), bound: log(high))
    tensor.values = tensor.values.map { Float(exp(Double($0))) }
    return tensor
  }

  @Test(arguments: [(0.001, 1.0), (1e-6, 0.1), (2, 9)]) func logUniformValuesAreRecognized(low: Double, high: Double) throws
  {
    var draw = Draw(seed: 91)
    let report = try report([
      logUniform(&draw, "rates.weight", [64, 64], low, high), draw.uniform("flat.weight", [64, 64], low: low, bound: high),
    ])
    guard case .logUniform(let least, let greatest)? = report.tensors[0].statistics.looksLike?.law else {
      Issue.record("\(String(describing: report.tensors[0].statistics.looksLike))")
      return
    }
    // The extremes of 4,096 values lie 1/4,096 of the range within the ends, on average.
    #expect(
      abs(log(least / low)) < 20 / 4096.0 * log(high / low) && abs(log(greatest / high)) < 20 / 4096.0 * log(high / low))
    guard case .uniform? = report.tensors[1].statistics.looksLike?.law else {
      Issue.record("\(String(describing: report.tensors[1].statistics.looksLike))")
      return
    }
  }

  /// Moments by the closed forms: mean (b - a)/log(b/a), second moment (b^2 - a^2)/(2 log(b/a)).
  @Test func logUniformMomentsAreThoseOfTheClosedForm() throws {
    let law = try #require(try DeclaredLaw(parsing: "loguniform(0.001, 0.1)").evaluated { _ in nil })
    let mean = 0.099 / log(100.0), second = (0.01 - 1e-6) / (2 * log(100.0))
    let variance = try #require(law.variance(rows: 1, columns: 1))
    #expect(abs(variance - (second - mean * mean)) < 1e-15)
    var draw = Draw(seed: 92)
    let rule = SchemeRule(TensorPattern("steps"), [try DeclaredLaw(parsing: "loguniform(0.001, 0.1)")])
    let scheme = WeightScheme(name: "own", summary: "", source: "", rules: [rule])
    #expect(try report([logUniform(&draw, "steps", [4096], 0.001, 0.1)], scheme: scheme).findings.isEmpty)
    #expect(try report([logUniform(&draw, "steps", [4096], 0.001, 0.2)], scheme: scheme).findings.count == 1)
    #expect(try report([draw.uniform("steps", [4096], low: 0.001, bound: 0.1)], scheme: scheme).findings.count == 1)
  }

  // MARK: Fixed values

  /// StyleGAN's [1, 3, 3, 1] along both axes, a Gaussian of Pascal's triangle, and an identity: none is a draw.
  @Test func filtersAndIdentitiesAreNotBlamed() throws {
    func filter(_ name: String, _ taps: [Float]) -> Draw.Tensor {
      let sum = taps.reduce(0, +)
      return Draw.Tensor(
        name: name, shape: [taps.count, taps.count], values: taps.flatMap { a in taps.map { a * $0 / (sum * sum) } })
    }
    var draw = Draw(seed: 93)
    var identity = draw.constant("id.weight", [64, 64], 0)
    for place in 0..<64 { identity.values[place * 65] = 1 }
    let report = try report([
      filter("synthesis.b16.conv0.resample_filter", [1, 3, 3, 1]), filter("blur.filter", [1, 4, 6, 4, 1]), identity,
      draw.normal("fc.weight", [64, 64], std: 0.1),
    ])
    #expect(report.findings.map(\.message) == [])
    #expect(report.tensors.prefix(2).map(\.role.kind) == [.pattern, .pattern])
    #expect(report.tensors[2].statistics.looksLike?.law == .identity)
  }

  /// A small matrix of drawn positive values is no filter.
  @Test func smallPositiveDrawsAreStillBlamed() throws {
    var draw = Draw(seed: 94)
    #expect(blame(try report([draw.uniform("up.filter", [12, 12], low: 0, bound: 0.1)])) == ["shifted-mean: up.filter"])
  }

  /// keras.initializers.Identity(gain=0.5) is saved as Identity without a gain (get_config of keras 3.15.1); ones elsewhere
  /// than on a diagonal are none.
  @Test func aScaledIdentityIsWhatKerasDeclares() throws {
    var scheme = WeightScheme(
      name: "config.json", summary: "", source: "",
      rules: [
        SchemeRule(TensorPattern("dense/kernel"), [try DeclaredLaw(parsing: "identity")]),
        SchemeRule(TensorPattern("*/bias"), [try DeclaredLaw(parsing: "zeros")]),
      ])
    scheme.isOfFile = true
    func found(_ change: (inout [Float]) -> Void) throws -> [String] {
      var tensor = Draw(seed: 0).constant("dense/kernel", [24, 24], 0)
      for place in 0..<24 { tensor.values[place * 25] = 0.5 }
      change(&tensor.values)
      var configuration = WeightAuditConfiguration(path: "test")
      configuration.declared = { [scheme] _ in scheme }
      configuration.open = { [tensor] _ in
        MemoryTensors([tensor] + ["dense", "last"].map { Draw(seed: 0).constant($0 + "/bias", [24], 0) })
      }
      return blame(try WeightAudit.run(configuration))
    }
    #expect(try found { _ in } == [])
    #expect(try found { $0[7] = 0.3 } != [])
  }

  // MARK: Flax

  private static let cut = 0.87962566103423978

  private func lecun(_ draw: inout Draw, _ name: String, _ shape: [Int], fan: Int) -> Draw.Tensor {
    let std = 1 / Double(fan).squareRoot() / Self.cut, count = shape.reduce(1, *)
    var kept: [Float] = []
    while kept.count < count { kept += draw.normal(name, [count], std: std).values.filter { abs($0) < Float(2 * std) } }
    return Draw.Tensor(name: name, shape: shape, values: Array(kept.prefix(count)))
  }

  /// flax.linen.MultiHeadDotProductAttention draws [in, heads * size] and [heads * size, out] and reshapes them.
  @Test(arguments: [false, true]) func attentionsKernelsAreMatrices(isStacked: Bool) throws {
    var draw = Draw(seed: 95)
    let path = isStacked ? "params/decoder/layers/" : "params/block_0/", stack = isStacked ? [6] : []
    var tensors = ["query", "key", "value"].map {
      lecun(&draw, "\(path)attention/\($0)/kernel", stack + [64, 4, 16], fan: 64)
    }
    tensors.append(lecun(&draw, "\(path)attention/out/kernel", stack + [4, 16, 64], fan: 64))
    tensors.append(lecun(&draw, "\(path)mlp/wi/kernel", stack + [64, 160], fan: 64))
    tensors.append(lecun(&draw, "\(path)mlp/wo/kernel", stack + [160, 64], fan: 160))
    tensors.append(draw.constant("\(path)norm/scale", stack + [64], 1))
    let scheme = SchemeCatalogue.scheme(named: "flax")
    let right = try report(tensors, scheme: scheme)
    #expect(right.findings.map(\.message) == [])
    #expect(right.tensors.map(\.role.fanIn).prefix(6) == [64, 64, 64, 64, 64, 160])
    #expect(right.tensors.last?.role.kind == .gain)
    #expect(blame(try report(tensors)) == [])
    // The fan of one head, as where kernels are drawn in the shape that they have.
    tensors[0] = lecun(&draw, "\(path)attention/query/kernel", stack + [64, 4, 16], fan: 64 * 4)
    #expect(try report(tensors, scheme: scheme).findings.flatMap(\.tensors) == ["\(path)attention/query/kernel"])
  }

  // MARK: States

  /// A of 1, 2, ..., 8 and A from 1 to 16 by heads, stored as they are, where the layer takes their logarithm.
  @Test(arguments: [true, false]) func statesWithoutTheirLogarithmAreNamed(isByHeads: Bool) throws {
    var draw = Draw(seed: 96)
    func tensors(_ logarithm: (Double) -> Double) -> [Draw.Tensor] {
      (0..<3).flatMap { block in
        let p = "backbone.layers.\(block).mixer."
        let values = isByHeads ? draw.uniform("a", [24], low: 1, bound: 16).values : (0..<128).map { Float($0 % 8 + 1) }
        return [
          Draw.Tensor(
            name: p + "A_log", shape: isByHeads ? [24] : [16, 8], values: values.map { Float(logarithm(Double($0))) }),
          draw.constant(p + "D", [isByHeads ? 24 : 16], 1),
          draw.uniform(p + "in_proj.weight", [64, 32], bound: 1 / 32.0.squareRoot()),
        ]
      }
    }
    #expect(blame(try report(tensors { log($0) })) == [])
    let found = try report(tensors { $0 }).findings.filter { $0.severity == .error }
    #expect(found.map(\.rule) == ["state-space"])
    #expect(found.first?.message.contains("hold A itself, 1") ?? false, "\(found.map(\.message))")
  }

  // MARK: Bounds and padding

  @Test func paddingRowsBeyondATableAreTold() throws {
    var draw = Draw(seed: 97)
    let table = draw.normal("wte.weight", [100, 32], std: 0.02)
    func findings(_ row: Int) throws -> [WeightFinding] {
      var scheme = WeightScheme(
        name: "own", summary: "", source: "", rules: [SchemeRule(TensorPattern("*"), [try DeclaredLaw(parsing: "any")])])
      scheme.padding = [WeightScheme.PaddingRow(TensorPattern("wte.weight"), row: row)]
      return try report([table], scheme: scheme).findings
    }
    #expect(try findings(99).map(\.rule) == ["padding-row"])
    #expect(try findings(100).map(\.rule) == ["unused-rule"])
    #expect(try findings(100).first?.message.contains("100 rows") ?? false)
  }

  @Test func valuesThatAreNoNumbersAreToldByABoundOnTheLaw() throws {
    var draw = Draw(seed: 98)
    var tensor = draw.normal("fc.weight", [64, 64], std: 0.02)
    tensor.values[5] = .nan
    let bound = WeightBound(TensorPattern("*"), [], law: try DeclaredLaw(parsing: "normal(std=0.02)"))
    let result = WeightBounds(bounds: [bound]).check(try report([tensor]))
    let message = try #require(result.violations.first { $0.identifier == "bound/law" }?.message)
    #expect(message.hasSuffix("1 of 4,096 values are NaN or infinite"), "\(message)")
  }

  // MARK: Means

  /// normal_(tensor, 0.02), which takes 0.02 for the mean; normal_(tensor); and a mean that a scheme declares or does not.
  @Test func deviationsPassedAsMeansAreNamed() throws {
    func model(mean: Double, std: Double) -> [Draw.Tensor] {
      // The mean of 122,880 values of deviation 1 has an error of 0.003.
      var draw = Draw(seed: 102)
      return (0..<12).flatMap { block in
        ["self_attn.q_proj", "self_attn.k_proj", "mlp.gate_proj", "mlp.up_proj"].map { name in
          let isOdd = name == "mlp.up_proj"
          return draw.normal(
            "model.layers.\(block).\(name).weight", [160, 64], std: isOdd ? std : 0.02, mean: isOdd ? mean : 0)
        }
      }
    }
    let odd = (0..<12).map { "model.layers.\($0).mlp.up_proj.weight" }
    func sentence(_ mean: Double, _ std: Double, scheme: WeightScheme? = nil) throws -> String {
      let found = try report(model(mean: mean, std: std), scheme: scheme).findings
      #expect(found.map(\.tensors) == [odd], "\(found.map(\.message))")
      return found.first?.message ?? ""
    }
    #expect(try sentence(0.02, 1).contains("the deviation was passed as the mean"))
    #expect(try sentence(0, 1).contains("deviation 1, which normal_"))
    let llama = try #require(SchemeCatalogue.scheme(named: "llama"))
    #expect(
      try sentence(0.01, 0.02, scheme: llama).contains("the mean is not zero. model.layers.0.mlp.up_proj.weight has mean"))
    let law = try DeclaredLaw(parsing: "normal(mean=0.01, std=0.02)"), zero = try DeclaredLaw(parsing: "normal(std=0.02)")
    let own = WeightScheme(
      name: "own", summary: "", source: "",
      rules: [SchemeRule(TensorPattern("*.up_proj.weight"), [law]), SchemeRule(TensorPattern("*"), [zero])])
    #expect(try report(model(mean: 0.01, std: 0.02), scheme: own).findings.isEmpty)
    #expect(try sentence(0, 0.02, scheme: own).contains("the mean is not the 0.01 that was declared."))
  }

  // MARK: Recognition

  /// One kind of matrices of another shape or table of another size leaves the others' scheme as it is.
  @Test func oneOddKindLeavesTheSchemeOfTheOthers() throws {
    func model(_ up: (inout Draw, String) -> Draw.Tensor) -> [Draw.Tensor] {
      var draw = Draw(seed: 99)
      return [draw.normal("model.embed_tokens.weight", [300, 64], std: 0.02)]
        + (0..<6).flatMap { block in
          let p = "model.layers.\(block)."
          return [
            draw.normal(p + "self_attn.q_proj.weight", [64, 64], std: 0.02),
            draw.normal(p + "self_attn.o_proj.weight", [64, 64], std: 0.02),
            draw.normal(p + "mlp.gate_proj.weight", [160, 64], std: 0.02), up(&draw, p + "mlp.up_proj.weight"),
          ]
        }
    }
    let flat = try report(model { $0.uniform($1, [160, 64], bound: 0.02 * 3.0.squareRoot()) })
    #expect(flat.scheme?.name == "llama")
    #expect(blame(flat) == (0..<6).map { "scheme-deviation: model.layers.\($0).mlp.up_proj.weight" })
    #expect(blame(try report(model { $0.normal($1, [160, 64], std: 0.02) })) == [])
  }

  /// OLMo's own names, by its first initialization: 1/sqrt(fan_in), outputs of branches 1/sqrt(2 fan_in (l+1)).
  @Test(arguments: [0.125, 1]) func nativeNamesOfOLMoAreRecognized(table: Double) throws {
    var draw = Draw(seed: 100)
    var tensors = [draw.normal("transformer.wte.weight", [400, 64], std: table)]
    for block in 0..<6 {
      let p = "transformer.blocks.\(block).", depth = Double(block + 1)
      tensors += [
        draw.normal(p + "att_proj.weight", [192, 64], std: 1 / 8),
        draw.normal(p + "attn_out.weight", [64, 64], std: 1 / (2 * 64 * depth).squareRoot()),
        draw.normal(p + "ff_proj.weight", [512, 64], std: 1 / 8),
        draw.normal(p + "ff_out.weight", [64, 256], std: 1 / (2 * 256 * depth).squareRoot()),
      ]
    }
    tensors.append(draw.normal("transformer.ff_out.weight", [400, 64], std: 1 / 8))
    let report = try report(tensors)
    #expect(report.scheme?.name == "olmo")
    #expect(blame(report) == [])
    #expect(report.tensors.last?.role.kind == .head)
  }

  /// OLMo-core's llama_depth: outputs of branches 0.02/sqrt(2(l+1)), and w3 as well.
  @Test func namesOfOLMoCoreAreRecognized() throws {
    func model(scaled: Bool) -> [Draw.Tensor] {
      var draw = Draw(seed: 101)
      return [draw.normal("embeddings.weight", [400, 64], std: 1)]
        + (0..<6).flatMap { block in
          let p = "blocks.\(block).", end = 0.02 / (2 * Double(block + 1)).squareRoot()
          return ["w_q", "w_k", "w_v"].map { draw.normal(p + "attention.\($0).weight", [64, 64], std: 0.02) } + [
            draw.normal(p + "attention.w_out.weight", [64, 64], std: scaled ? end : 0.02),
            draw.normal(p + "feed_forward.w1.weight", [160, 64], std: 0.02),
            draw.normal(p + "feed_forward.w3.weight", [160, 64], std: end),
            draw.normal(p + "feed_forward.w2.weight", [64, 160], std: end),
            draw.constant(p + "attention_norm.weight", [64], 1),
          ]
        } + [draw.normal("lm_head.w_out.weight", [400, 64], std: 1 / 8)]
    }
    let right = try report(model(scaled: true))
    #expect(right.scheme?.name == "torchtitan")
    #expect(blame(right) == [])
    #expect(right.tensors.last?.role.kind == .head)
    let wrong = try report(model(scaled: false))
    #expect(Set(blame(wrong)) == Set((0..<6).map { "residual-scaling: blocks.\($0).attention.w_out.weight" }))
  }
}
