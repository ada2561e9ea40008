import NetworkGraph

extension OperatorEntry {
  static let meanVarianceNormalization = OperatorEntry("MeanVarianceNormalization") {
    attributes throws(SpecificationError) in
    MeanVarianceNormalization(axes: try attributes.integers("axes") ?? [0, 2, 3])
  }
}

/// `(x - mean) / (deviation + 1e-9)`, with mean and deviation over some axes.
public struct MeanVarianceNormalization: OperatorKernel {
  public static let kind = "MeanVarianceNormalization"
  public let traits: OperatorTraits = [.normalizes]
  public let scaleLaw = ScaleLaw.invariant
  public let axes: [Int]
  /// What is added to the deviation, as a part of a variance.
  public var epsilon: Double { Self.smallestDeviation * Self.smallestDeviation }
  private static let smallestDeviation = 1e-9

  /// Makes the operator.
  ///
  /// - Parameter axes: The axes over which moments are taken.
  public init(axes: [Int] = [0, 2, 3]) { self.axes = axes }

  /// The shape of the moments: extents of 1 along the axes.
  private func moments(_ x: TensorShape) throws(SpecificationError) -> TensorShape {
    var extents = x.extents
    for axis in axes {
      let place = try x.resolved(axis: axis, name: "\(Self.kind)'s axis")
      if place < extents.count { extents[place] = 1 }
    }
    return try TensorShape(extents)
  }

  public func results(of inputs: [ValueFacts?]) throws(SpecificationError) -> [ValueType] {
    let x = try inputs.float(0, of: Self.kind).type
    _ = try moments(x.shape)
    return [x]
  }

  public func requirements(inputs: [ValueType?], outputs: [ValueType]) -> KernelRequirements {
    let count = (try? moments(outputs[0].shape))?.count ?? 0
    // Mean, deviation.
    return KernelRequirements(saved: 2 * count, readsInputs: [0])
  }

  /// Calls `body` with the place of each element and that of its moments.
  private func walk(_ shape: TensorShape, _ moments: TensorShape, _ body: (Int, Int) -> Void) {
    let walk = Broadcasting([moments], to: shape), inner = walk.inner
    walk.forEachRun(0..<walk.runs) { run, offsets in
      for place in 0..<inner.extent { body(run * inner.extent + place, offsets[0] + place * inner.strides[0]) }
    }
  }

  public func forward(_ call: ForwardCall) {
    let x = call.input(0).floats, z = call.outputs[0].floats, shape = call.outputs[0].shape
    guard let small = try? moments(shape), shape.count > 0 else { return }
    let count = Double(shape.count / small.count)
    var means = [Double](repeating: 0, count: small.count), squares = means
    walk(shape, small) { means[$1] += Double(x[$0]) }
    for place in means.indices { means[place] /= count }
    walk(shape, small) {
      let d = Double(x[$0]) - means[$1]
      squares[$1] += d * d
    }
    for place in means.indices {
      call.saved[place] = Float(means[place])
      call.saved[small.count + place] = Float((squares[place] / count).squareRoot())
    }
    let units = call.units(epsilon: epsilon), weight = units.weight.squareRoot(), least = units.epsilon.squareRoot()
    walk(shape, small) {
      z[$0] = Float((Double(x[$0]) - means[$1]) / (weight * (squares[$1] / count).squareRoot() + least))
    }
  }

  public func backward(_ call: BackwardCall) {
    guard let g = call.outputGradients[0], let target = call.target(0) else { return }
    let x = call.input(0).floats, shape = call.outputs[0].shape
    guard let small = try? moments(shape), shape.count > 0 else { return }
    let count = Double(shape.count / small.count), mean = call.saved, deviation = call.saved + small.count
    let units = call.units(epsilon: epsilon), weight = units.weight.squareRoot(), least = units.epsilon.squareRoot()
    var sums = [Double](repeating: 0, count: small.count), products = sums
    walk(shape, small) {
      sums[$1] += Double(g[$0])
      products[$1] += Double(g[$0]) * Double(x[$0] - mean[$1])
    }
    walk(shape, small) {
      let s = Double(deviation[$1]), factor = 1 / (weight * s + least)
      let slope = s > 0 ? weight * products[$1] / count * factor * factor / s : 0
      target[$0] = Float(factor * (Double(g[$0]) - sums[$1] / count) - slope * Double(x[$0] - mean[$1]))
    }
  }
}
