import NetworkGraph
import Testing

/// Rows of outputs against the layouts in which graphs store weights.
@Suite struct GraphParameterLayoutTests {
  private static func rows(_ extents: [Int], _ weights: WeightShape, isTransposed: Bool) throws -> [Float] {
    let parameter = GraphParameter(
      name: "w", shape: try TensorShape(extents), role: .weight, weightShape: weights, isTransposed: isTransposed
    ) { _ in }
    var stored = (0..<weights.count).map { Float($0) }
    var rows = [Float](repeating: -1, count: weights.count), back = rows
    stored.withUnsafeMutableBufferPointer { stored in
      rows.withUnsafeMutableBufferPointer { rows in
        guard let start = rows.baseAddress else { return }
        parameter.copyRows(from: stored, to: start)
        back.withUnsafeMutableBufferPointer { parameter.copyRows(start, into: $0) }
      }
    }
    #expect(back == stored)
    return rows
  }

  /// inputs x outputs.
  @Test func aTransposedMatrixIsTurned() throws {
    #expect(
      try Self.rows([2, 3], WeightShape(outputs: 3, inputs: 2), isTransposed: true) == [0, 3, 1, 4, 2, 5])
  }

  /// experts x inputs x outputs.
  @Test func eachCopyIsTurned() throws {
    #expect(
      try Self.rows([2, 2, 3], WeightShape(outputs: 3, inputs: 2, copies: 2), isTransposed: true)
        == [0, 3, 1, 4, 2, 5, 6, 9, 7, 10, 8, 11])
  }

  /// A transposed convolution of two groups: inputs x outputs of one group x taps.
  @Test func aTransposedKernelKeepsItsTaps() throws {
    #expect(
      try Self.rows([4, 1, 2], WeightShape(outputs: 2, inputs: 4, taps: [2], groups: 2), isTransposed: true)
        == [0, 1, 2, 3, 4, 5, 6, 7])
    #expect(
      try Self.rows([2, 2, 2], WeightShape(outputs: 2, inputs: 2, taps: [2]), isTransposed: true)
        == [0, 1, 4, 5, 2, 3, 6, 7])
  }
}
