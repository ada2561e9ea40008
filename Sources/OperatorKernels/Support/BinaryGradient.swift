import CTensorKernels
import NetworkGraph
import TensorKernels

/// Gradients of functions of two elements, summed over the axes along which an input was repeated.
enum BinaryGradient {
  /// Floats of scratch memory: a gradient of the common shape, where an input is repeated.
  ///
  /// - Parameters:
  ///   - inputs: Types of the inputs.
  ///   - output: Type of the result.
  static func workspace(inputs: [ValueType?], output: ValueType) -> Int {
    let isRepeated = inputs.prefix(2).contains { $0.map { $0.shape.count != output.shape.count } ?? false }
    return isRepeated ? output.shape.count : 0
  }

  /// Writes an input's gradient, where it is wanted.
  ///
  /// - Parameters:
  ///   - call: The pass; a gradient of its first result is there.
  ///   - place: The input's place, 0 or 1.
  ///   - body: The gradient of one element from that of the result and both inputs' elements.
  @inline(__always)
  static func write(_ call: BackwardCall, _ place: Int, _ body: (_ g: Float, _ a: Float, _ b: Float) -> Float) {
    guard let g = call.outputGradients[0], let target = call.target(place) else { return }
    let left = call.input(0), right = call.input(1), result = call.outputs[0].shape
    let own = place == 0 ? left.shape : right.shape
    let isWhole = own.count == result.count, common = isWhole ? target : call.workspace
    let walk = Broadcasting([left.shape, right.shape], to: result), inner = walk.inner, extent = inner.extent
    let (sa, sb) = (inner.strides[0], inner.strides[1]), a = left.floats, b = right.floats
    if walk.axes.count == 1 {
      call.team.split(result.count, grain: BinaryPass.grain) { piece in
        let at = piece.lowerBound
        loop(g + at, a + at * sa, sa, b + at * sb, sb, common + at, piece.count, body)
      }
    } else {
      call.team.split(walk.runs, grain: max(1, BinaryPass.grain / max(1, extent))) { runs in
        walk.forEachRun(runs) { run, offsets in
          let at = run * extent
          loop(g + at, a + offsets[0], sa, b + offsets[1], sb, common + at, extent, body)
        }
      }
    }
    if !isWhole { Broadcasting.reduce(common, from: result, to: own, into: target) }
  }

  /// Writes an input's gradient of a product: that of the result times the other input.
  ///
  /// - Parameters:
  ///   - call: The pass; a gradient of its first result is there.
  ///   - place: The input's place, 0 or 1.
  static func writeProduct(_ call: BackwardCall, _ place: Int) {
    guard let g = call.outputGradients[0], let target = call.target(place) else { return }
    let own = call.input(place).shape, other = call.input(1 - place), result = call.outputs[0].shape
    let isWhole = own.count == result.count, common = isWhole ? target : call.workspace
    BinaryPass.run(
      result, other.shape, result, team: call.team, g, other.floats, into: common, initscope_pair_chain)
    if !isWhole { Broadcasting.reduce(common, from: result, to: own, into: target) }
  }

  @inline(__always)
  private static func loop(
    _ g: UnsafePointer<Float>, _ a: UnsafePointer<Float>, _ sa: Int, _ b: UnsafePointer<Float>, _ sb: Int,
    _ target: UnsafeMutablePointer<Float>, _ count: Int, _ body: (Float, Float, Float) -> Float
  ) {
    switch (sa, sb) {
    case (1, 1): for place in 0..<count { target[place] = body(g[place], a[place], b[place]) }
    case (1, 0):
      let right = b[0]
      for place in 0..<count { target[place] = body(g[place], a[place], right) }
    case (0, 1):
      let left = a[0]
      for place in 0..<count { target[place] = body(g[place], left, b[place]) }
    default: for place in 0..<count { target[place] = body(g[place], a[place * sa], b[place * sb]) }
    }
  }
}
