import NetworkGraph
import TensorKernels
import Testing

/// Tensors that are parts, or other arrangements, of the matrices that libraries store.
@Suite struct LibraryMatrixTests {
  private static func draw(_ initializer: String, _ tensor: ParameterTensor, node: String = "layer") throws -> [Float] {
    let law = try Initializer(parsing: initializer).law(for: tensor)
    return filled(tensor.count) {
      guard let start = $0.baseAddress else { return }
      WeightSampler.draw(tensor, of: node, law: law, seed: 3, replica: 0, into: start)
    }
  }

  private static func cell(_ layer: any Layer, _ name: String) throws -> ParameterTensor {
    try #require(layer.parameters(from: [.sequence(steps: 3, features: 6)]).first { $0.name == name })
  }

  /// All gates are one matrix: its columns are orthonormal, and no gate by itself is. Householder's reflections in Float.
  @Test(arguments: ["torch.orthogonal", "keras.orthogonal"])
  func stackedGatesAreOneMatrix(initializer: String) throws {
    for (layer, gates) in [(LSTM(24) as any Layer, 4), (GRU(24), 3), (SimpleRNN(24), 1)] {
      let weights = try Self.draw(initializer, Self.cell(layer, "recurrent"))
      #expect(OrthogonalSamplingTests.defect(weights, rows: gates * 24, columns: 24, gain: 1) < 1e-6, "\(gates)")
      let first = Array(weights.prefix(24 * 24))
      let alone = OrthogonalSamplingTests.defect(first, rows: 24, columns: 24, gain: 1)
      #expect(gates == 1 ? alone < 1e-6 : alone > 0.5)
    }
    // InitScope's own makes each gate orthogonal.
    let own = try Self.draw("orthogonal", Self.cell(LSTM(24), "recurrent"))
    for gate in 0..<4 {
      let matrix = Array(own[gate * 576..<(gate + 1) * 576])
      #expect(OrthogonalSamplingTests.defect(matrix, rows: 24, columns: 24, gain: 1) < 1e-6)
    }
  }

  private static let attention = SelfAttention(heads: 4).parameters(from: [.sequence(steps: 3, features: 32)])

  /// PyTorch's in_proj_weight, 3E x E, has orthonormal columns; its thirds are the three tensors.
  @Test func packedProjectionsAreOneMatrix() throws {
    let packed = try Self.attention.prefix(3).flatMap { try Self.draw("torch.orthogonal(gain=2)", $0) }
    #expect(OrthogonalSamplingTests.defect(packed, rows: 96, columns: 32, gain: 2) < 1e-6)
    let output = try Self.draw("torch.orthogonal", Self.attention[3])
    #expect(OrthogonalSamplingTests.defect(output, rows: 32, columns: 32, gain: 1) < 1e-6)
    // ceil(0.1 * 96) zeros in each column of the whole.
    let sparse = try Self.attention.prefix(3).flatMap { try Self.draw("torch.sparse", $0) }
    for column in 0..<32 { #expect((0..<96).count { sparse[$0 * 32 + column] == 0 } == 10) }
    let eye = try Self.attention.prefix(3).map { try Self.draw("torch.eye", $0) }
    #expect(eye.map { $0.reduce(0, +) } == [32, 0, 0])
  }

  /// Keras flattens inputs x heads x head size to (inputs heads) x head size; our rows are heads x head size.
  @Test func kerasFlattensAnAttentionsKernel() throws {
    let weights = try Self.draw("keras.orthogonal", Self.attention[1])
    var kernel = [Float](repeating: 0, count: 128 * 8)
    for head in 0..<4 {
      for place in 0..<8 {
        for input in 0..<32 { kernel[(input * 4 + head) * 8 + place] = weights[(head * 8 + place) * 32 + input] }
      }
    }
    #expect(OrthogonalSamplingTests.defect(kernel, rows: 128, columns: 8, gain: 1) < 1e-6)
  }

  /// torch.eye of 4H x H and keras.identity of H x 4H have ones in the first gate alone; 10% zeros count over all gates.
  @Test func otherStructuresSeeTheStackedMatrixToo() throws {
    let recurrent = try Self.cell(LSTM(5), "recurrent")
    for name in ["torch.eye", "keras.identity"] {
      let weights = try Self.draw(name, recurrent)
      for row in 0..<20 { for column in 0..<5 { #expect(weights[row * 5 + column] == (row == column ? 1 : 0)) } }
    }
    let sparse = try Self.draw("torch.sparse(sparsity=0.3)", recurrent)
    for column in 0..<5 { #expect((0..<20).count { sparse[$0 * 5 + column] == 0 } == 6) }
  }

  /// The sum of two uniforms on +-b: variance 2 b^2 / 3, kurtosis 2.4, P(|x| < b) = 3/4.
  @Test func aBiasThatStandsForTwoIsTheirSum() throws {
    let tensor = try #require(LSTM(50_000).parameters(from: [.sequence(steps: 1, features: 1)]).last)
    let b = 1 / 50_000.0.squareRoot(), law = Initializer.torchDefault.law(for: tensor)
    #expect(abs((law.variance(tensor.shape) ?? 0) / (2 * b * b / 3) - 1) < 1e-14)
    let values = filled(tensor.count) {
      guard let start = $0.baseAddress else { return }
      WeightSampler.draw(tensor, of: "layer", law: law, seed: 1, replica: 0, into: start)
    }
    let moments = Moments(values), count = values.count
    #expect(abs(moments.mean) < FalseAlarm.mean(std: (2 * b * b / 3).squareRoot(), count: count))
    // Var s^2 = (kurtosis - 1) sigma^4 / n.
    #expect(abs(moments.variance / (2 * b * b / 3) - 1) < FalseAlarm.deviations * (1.4 / Double(count)).squareRoot())
    let within = Double(values.count { abs(Double($0)) < b }) / Double(count)
    #expect(abs(within - 0.75) < FalseAlarm.deviations * (0.75 * 0.25 / Double(count)).squareRoot())
    let distance = kolmogorovDistance(values) { x in
      let y = max(-2, min(2, x / b))
      return y < 0 ? (y + 2) * (y + 2) / 8 : 1 - (2 - y) * (2 - y) / 8
    }
    #expect(distance < FalseAlarm.kolmogorov(count: count))
  }
}
