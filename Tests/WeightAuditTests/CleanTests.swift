import Foundation
import ModelFiles
import TestSupport
import Testing

import WeightAudit

/// Tensors that are right, of kinds that were once blamed: none may get an error or a warning.
@Suite struct CleanTests {
  private static let folder = Repository.fixtures.appending(path: "weights/clean")

  private static func folders() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { !$0.contains(".") }.sorted()
  }

  /// Models as PyTorch and transformers draw them (Fixtures/weights/clean/draw.py).
  @Test(arguments: try folders()) func aModelOfALibraryIsNotBlamed(name: String) throws {
    let folder = Self.folder.appending(path: name), path = folder.appending(path: "model.safetensors").path
    #expect(blame(try WeightAudit.run(WeightAuditConfiguration(path: path))) == [])
    let config = folder.appending(path: "config.json").path
    guard FileManager.default.fileExists(atPath: config) else { return }
    let model = try ModelConfiguration.read(path: config)
    #expect(blame(try WeightAudit.run(WeightAuditConfiguration(path: path, model: model))) == [])
  }

  /// Angles, positions times inverse wavelengths from 1 to 1/10000.
  private func angles(_ positions: Int, _ half: Int) -> [[Double]] {
    (0..<positions).map { p in (0..<half).map { Double(p) * Foundation.pow(10000, -Double($0) / Double(max(1, half - 1))) } }
  }

  enum Order: CaseIterable { case halves, interleaved, positionsLast, scaledWithPadding }

  @Test(arguments: Order.allCases) func tablesOfSinesAndCosinesAreNotBlamed(order: Order) throws {
    let rows = angles(200, 16)
    var values: [Float], shape = [200, 32]
    switch order {
    case .halves: values = rows.flatMap { row in (row.map(sin) + row.map(cos)).map(Float.init) }
    case .interleaved: values = rows.flatMap { row in row.flatMap { [Float(sin($0)), Float(cos($0))] } }
    case .positionsLast:
      shape = [1, 32, 200]
      values = (0..<32).flatMap { d in rows.map { Float(d < 16 ? sin($0[d]) : cos($0[d - 16])) } }
    case .scaledWithPadding:
      values = rows.flatMap { row in (row.map(sin) + row.map(cos)).map { Float($0 / 32.0.squareRoot()) } }
      for column in 0..<32 { values[32 + column] = 0 }
    }
    var draw = Draw(seed: 1)
    let tensors = [
      Draw.Tensor(name: "encoder.pos_embed", shape: shape, values: values),
      Draw.Tensor(name: "decoder.embed_positions.weight", shape: shape, values: values),
      draw.normal("proj.weight", [64, 32], std: 0.02),
    ]
    let report = try report(tensors)
    #expect(report.findings.map(\.message) == [])
    #expect(report.tensors.prefix(2).map(\.role.kind) == [.sinusoids, .sinusoids])
  }

  /// Rows of one length with perpendicular directions are a draw, and so is a table of normal values.
  @Test func drawsAreNoSinesAndCosines() throws {
    var draw = Draw(seed: 2)
    let report = try report([
      draw.normal("a.pos_embed", [200, 32], std: 0.7), draw.uniform("b.pos_embed", [200, 32], bound: 1),
    ])
    #expect(report.tensors.map(\.role.kind) == [.positionEmbedding, .positionEmbedding])
  }

  /// 1e-6 is 17 steps of float16's smallest number, 2^-24: off by 1.3%, and still the nearest.
  @Test(arguments: [1e-6, 1e-5, 0.1, 0.3]) func constantsAreComparedAtTheTypesOwnSteps(value: Double) throws {
    let stored = Draw.Tensor(name: "ls.gamma", shape: [64], values: .init(repeating: Float(value), count: 64), isHalf: true)
    func blamed(_ declared: Double) throws -> [String] {
      let rule = SchemeRule(TensorPattern("*gamma"), [try DeclaredLaw(parsing: "constant(\(declared))")])
      let own = WeightScheme(name: "own", summary: "", source: "", rules: [rule])
      return try report([stored], scheme: own).findings.map(\.message)
    }
    let messages = try blamed(value)
    #expect(messages.isEmpty, "\(messages)")
    #expect(try blamed(value * 1.1) != [])
  }

  @Test func parametersBesideWeightsBeginAsTheirAuthorsChose() throws {
    var draw = Draw(seed: 3)
    let report = try report([
      // Noisy networks, a policy's deviation, S4D, and gates of a mixture of times.
      draw.uniform("adv0.weight_mu", [64, 64], bound: 0.125), draw.constant("adv0.weight_sigma", [64, 64], 0.0625),
      draw.constant("actor.log_std", [1, 6], -0.5),
      .init(name: "layers.0.A_imag", shape: [64, 32], values: (0..<2048).map { Float(Double.pi) * Float($0 % 32) }),
      draw.constant("layers.0.log_A_real", [64, 32], -0.693), draw.normal("layers.0.D", [64], std: 1),
      draw.uniform("blocks.0.time_mix_key", [1, 1, 64], low: 0.3, bound: 1),
      draw.constant("act.beta", [1], 0.5), draw.constant("range.input_max", [], .infinity),
    ])
    #expect(blame(report) == [])
  }

  @Test func lastLayersAndTablesOfZerosAreByDesign() throws {
    var draw = Draw(seed: 4)
    var tensors: [Draw.Tensor] = []
    for flow in 0..<3 {
      tensors += [
        draw.uniform("flow\(flow).0.weight", [64, 8], bound: 1 / 8.0.squareRoot()),
        draw.uniform("flow\(flow).2.weight", [64, 64], bound: 0.125), draw.constant("flow\(flow).4.weight", [16, 64], 0),
      ]
    }
    tensors += [draw.constant("pos_embed", [1, 17, 64], 0), draw.constant("value_embed.weight", [50, 64], 0)]
    tensors.append(draw.normal("tok_embeddings.weight", [50, 64], std: 0.02))
    let flows = try report(tensors)
    #expect(blame(flows) == [])
    #expect(notes(flows).contains("zero-tensor: flow1.4.weight"))
    // So is fc3 after fc1 and fc2, and the last layer of each block, but not of one block alone.
    let named = (1...3).map { draw.normal("fc\($0).weight", [32, 32], std: $0 == 3 ? 0 : 0.1) }
    #expect(blame(try report(named)) == [])
    func blocks(_ zero: Set<Int>) -> [Draw.Tensor] {
      (0..<3).flatMap { block in
        [0, 2].map {
          draw.normal("blocks.\(block).ff.\($0).weight", [32, 32], std: $0 == 2 && zero.contains(block) ? 0 : 0.1)
        }
      }
    }
    #expect(blame(try report(blocks([0, 1, 2]))) == [])
    #expect(blame(try report(blocks([1]))) == ["zero-tensor: blocks.1.ff.2.weight"])
    // In the middle of a stack nothing makes zeros likely.
    tensors[4] = draw.constant("flow1.2.weight", [64, 64], 0)
    #expect(blame(try report(tensors)) == ["zero-tensor: flow1.2.weight"])
  }

  /// Nine zeros in ten, scattered as torch.nn.init.sparse_ leaves them; and the same number as whole rows.
  @Test func scatteredZerosAreANote() throws {
    var draw = Draw(seed: 5)
    var sparse = draw.normal("a.weight", [100, 100], std: 0.01)
    for place in sparse.values.indices where draw.unit() < 0.9 { sparse.values[place] = 0 }
    var unfilled = draw.normal("b.weight", [100, 100], std: 0.01)
    for place in 0..<4000 { unfilled.values[place] = 0 }
    var columns = draw.normal("c.weight", [100, 100], std: 0.01)
    for place in columns.values.indices where place % 100 < 30 { columns.values[place] = 0 }
    let report = try report([sparse, unfilled, columns])
    #expect(blame(report) == ["zero-tensor: b.weight", "zero-tensor: c.weight"])
    #expect(notes(report) == ["zero-tensor: a.weight"])
  }

  /// Signs at random, and -1, 0, 1 with equal probability.
  @Test func fewValuesAreAPattern() throws {
    var draw = Draw(seed: 6)
    let signs = (0..<16384).map { _ in draw.unit() < 0.5 ? Float(-0.1) : 0.1 }
    let threes = (0..<4096).map { _ in Float((draw.unit() * 3).rounded(.down) - 1) }
    let report = try report([
      .init(name: "a.weight", shape: [256, 64], values: signs), .init(name: "b.weight", shape: [64, 64], values: threes),
    ])
    #expect(blame(report) == [])
    #expect(report.tensors.map(\.role.kind) == [.pattern, .pattern])
  }

  /// One of two bias vectors of an LSTM starts its forget gate at one; by another gate it is a mistake of order.
  @Test(arguments: [(0, true), (1, false), (2, true), (3, true)])
  func aForgetGateMayStartOpen(gate: Int, isBlamed: Bool) throws {
    var draw = Draw(seed: 7)
    var bias = draw.constant("lstm.bias_ih_l0", [128], 0)
    for place in gate * 32..<(gate + 1) * 32 { bias.values[place] = 1 }
    let bound = 1 / 32.0.squareRoot()
    let report = try report([
      draw.uniform("lstm.weight_ih_l0", [128, 24], bound: bound),
      draw.uniform("lstm.weight_hh_l0", [128, 32], bound: bound),
      bias, draw.constant("lstm.bias_hh_l0", [128], 0), draw.uniform("fc.weight", [5, 32], bound: bound),
      draw.uniform("fc.bias", [5], bound: bound),
    ])
    #expect(blame(report) == (isBlamed ? ["scheme-deviation: lstm.bias_ih_l0"] : []))
  }

  /// A detector: a backbone that is known, beside a neck and heads of their own laws, PyTorch's default.
  @Test func whatStandsBesideAKnownBackboneIsNotItsScheme() throws {
    var draw = Draw(seed: 9)
    var tensors = [
      draw.normal("backbone.body.conv1.weight", [16, 3, 3, 3], std: (2.0 / 144).squareRoot()),
      draw.constant("backbone.body.bn1.weight", [16], 1),
    ]
    for stage in 1...3 {
      for convolution in ["conv1", "conv2"] {
        let name = "backbone.body.layer\(stage).0.\(convolution).weight"
        tensors.append(draw.normal(name, [16, 16, 3, 3], std: (2.0 / 144).squareRoot()))
      }
      for norm in ["bn1", "bn2"] { tensors.append(draw.constant("backbone.body.layer\(stage).0.\(norm).weight", [16], 1)) }
    }
    let bound = 1 / 16.0.squareRoot()
    for level in 0..<3 {
      tensors.append(draw.uniform("backbone.fpn.inner_blocks.\(level).0.weight", [16, 16, 1, 1], bound: bound))
    }
    tensors.append(draw.uniform("rpn.head.bbox_pred.weight", [12, 16, 1, 1], bound: bound))
    let detector = try report(tensors)
    #expect(detector.scheme?.name == "resnet")
    #expect(blame(detector) == [])
    // The same draw within the backbone is a mistake.
    tensors[6] = draw.uniform(tensors[6].name, [16, 16, 3, 3], bound: bound / 3)
    #expect(blame(try report(tensors)) == ["library-default: \(tensors[6].name)"])
  }

  /// Tables of N(0, 1) beside matrices of another law, recurrent matrices by choice, and a uniform stack whose middle
  /// deviation is not the largest.
  @Test func choicesOfProgramsAreNotBlamed() throws {
    var draw = Draw(seed: 10)
    var tensors = [draw.normal("embed.weight", [200, 64], std: 1), draw.normal("pos.weight", [50, 64], std: 1)]
    for block in 0..<4 { tensors.append(draw.normal("blocks.\(block).q.weight", [64, 64], std: 0.02)) }
    #expect(blame(try report(tensors)) == [])
    let widths = [27, 288, 288, 288, 288, 288]
    let uniform = widths.enumerated().map { layer, fan in
      draw.uniform("conv\(layer).weight", [32, fan / 9, 3, 3], bound: (6 / Double(fan)).squareRoot())
    }
    #expect(blame(try report(uniform)) == [])
    let bound = 1 / 32.0.squareRoot()
    let recurrent = try report([
      draw.uniform("rnn.weight_ih_l0", [32, 32], bound: bound),
      draw.normal("rnn.weight_hh_l0", [32, 32], std: bound / 3.0.squareRoot()),
      draw.uniform("rnn.bias_ih_l0", [32], bound: bound), draw.uniform("rnn.bias_hh_l0", [32], bound: bound),
    ])
    #expect(blame(recurrent) == [])
  }

  /// Networks that scale weights as they run draw all of them from N(0, 1).
  @Test func weightsThatAreScaledAtRunTimeAreNotBlamed() throws {
    var draw = Draw(seed: 8)
    #expect(blame(try report((0..<6).map { draw.normal("net.\($0).weight", [64, 64], std: 1) })) == [])
  }
}
