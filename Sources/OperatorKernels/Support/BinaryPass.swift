import NetworkGraph

/// Applies a function of two elements to tensors that are repeated to a common shape.
enum BinaryPass {
  /// Elements per piece of work.
  static let grain = 1 << 15

  /// Fills `target` with `body(a, b)`.
  ///
  /// - Parameters:
  ///   - call: The pass, whose first two inputs are the tensors and whose first output is the target.
  ///   - a: Elements of the first tensor.
  ///   - b: Elements of the second tensor.
  ///   - target: Where results go, in the common shape.
  ///   - body: The function.
  @inline(__always)
  static func run<Left, Right, Output>(
    _ call: ForwardCall, _ a: UnsafeMutablePointer<Left>, _ b: UnsafeMutablePointer<Right>,
    into target: UnsafeMutablePointer<Output>, _ body: (Left, Right) -> Output
  ) {
    let (left, right) = call.pair
    run(left.shape, right.shape, call.outputs[0].shape, team: call.team, a, b, into: target, body)
  }

  @inline(__always)
  static func run<Left, Right, Output>(
    _ left: TensorShape, _ right: TensorShape, _ result: TensorShape, team: any OperatorTeam,
    _ a: UnsafePointer<Left>, _ b: UnsafePointer<Right>, into target: UnsafeMutablePointer<Output>,
    _ body: (Left, Right) -> Output
  ) {
    guard result.count > 0 else { return }
    let walk = Broadcasting([left, right], to: result), inner = walk.inner, extent = inner.extent
    let (sa, sb) = (inner.strides[0], inner.strides[1])
    if walk.axes.count == 1 {
      // A single run, cut into pieces.
      team.split(result.count, grain: grain) { piece in
        loop(a + piece.lowerBound * sa, sa, b + piece.lowerBound * sb, sb, target + piece.lowerBound, piece.count, body)
      }
      return
    }
    team.split(walk.runs, grain: max(1, grain / max(1, extent))) { runs in
      walk.forEachRun(runs) { run, offsets in
        loop(a + offsets[0], sa, b + offsets[1], sb, target + run * extent, extent, body)
      }
    }
  }

  /// A loop in C over pairs of floats, each tensor with its step.
  typealias Pairs =
    @convention(c) (
      UnsafePointer<Float>?, Int, UnsafePointer<Float>?, Int, UnsafeMutablePointer<Float>?, Int
    ) -> Void

  /// Fills `target` by a loop in C over the elements of the first two inputs.
  ///
  /// - Parameters:
  ///   - call: The pass.
  ///   - pairs: The loop.
  static func run(_ call: ForwardCall, _ pairs: Pairs) {
    let (left, right) = call.pair, target = call.outputs[0]
    run(left.shape, right.shape, target.shape, team: call.team, left.floats, right.floats, into: target.floats, pairs)
  }

  /// Fills `target` by a loop in C over the elements of two tensors that are repeated to a common shape.
  ///
  /// - Parameters:
  ///   - left: The first tensor's shape.
  ///   - right: The second tensor's shape.
  ///   - result: The common shape.
  ///   - team: Runs the pieces.
  ///   - a: Elements of the first tensor.
  ///   - b: Elements of the second tensor.
  ///   - target: Where results go.
  ///   - pairs: The loop.
  static func run(
    _ left: TensorShape, _ right: TensorShape, _ result: TensorShape, team: any OperatorTeam,
    _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, into target: UnsafeMutablePointer<Float>, _ pairs: Pairs
  ) {
    guard result.count > 0 else { return }
    let walk = Broadcasting([left, right], to: result), inner = walk.inner, extent = inner.extent
    let (sa, sb) = (inner.strides[0], inner.strides[1])
    if walk.axes.count == 1 {
      team.split(result.count, grain: grain) { piece in
        let at = piece.lowerBound
        pairs(a + at * sa, sa, b + at * sb, sb, target + at, piece.count)
      }
      return
    }
    team.split(walk.runs, grain: max(1, grain / max(1, extent))) { runs in
      walk.forEachRun(runs) { run, offsets in
        pairs(a + offsets[0], sa, b + offsets[1], sb, target + run * extent, extent)
      }
    }
  }

  @inline(__always)
  private static func loop<Left, Right, Output>(
    _ a: UnsafePointer<Left>, _ sa: Int, _ b: UnsafePointer<Right>, _ sb: Int, _ target: UnsafeMutablePointer<Output>,
    _ count: Int, _ body: (Left, Right) -> Output
  ) {
    // Strides of 0 and 1 in loops of their own, which the compiler vectorizes.
    switch (sa, sb) {
    case (1, 1): for place in 0..<count { target[place] = body(a[place], b[place]) }
    case (1, 0):
      let right = b[0]
      for place in 0..<count { target[place] = body(a[place], right) }
    case (0, 1):
      let left = a[0]
      for place in 0..<count { target[place] = body(left, b[place]) }
    default: for place in 0..<count { target[place] = body(a[place * sa], b[place * sb]) }
    }
  }
}
