import NetworkGraph

extension OperatorEntry {
  static let lpNormalization = OperatorEntry("LpNormalization") { attributes throws(SpecificationError) in
    let p = try attributes.integer("p", 2)
    guard p == 1 || p == 2 else {
      throw SpecificationError("LpNormalization's p must be 1 or 2, got \(p)", hint: "Export the model again")
    }
    return LpNormalization(axis: try attributes.integer("axis", -1), p: p)
  }
}

/// `x / |x|` along an axis, with the sum of magnitudes or the root of the sum of squares; 0 where that is 0.
public struct LpNormalization: OperatorKernel {
  public static let kind = "LpNormalization"
  public let traits: OperatorTraits = [.normalizes]
  public let scaleLaw = ScaleLaw.invariant
  public let axis: Int
  /// 1 or 2.
  public let p: Int

  /// Makes the operator.
  ///
  /// - Parameters:
  ///   - axis: The axis along which norms are taken.
  ///   - p: 1 or 2.
  public init(axis: Int = -1, p: Int = 2) {
    self.axis = axis
    self.p = p
  }

  public func results(of inputs: [ValueFacts?]) throws(SpecificationError) -> [ValueType] {
    let x = try inputs.float(0, of: Self.kind).type
    _ = try x.shape.resolved(axis: axis, name: "\(Self.kind)'s axis")
    return [x]
  }

  public func requirements(inputs: [ValueType?], outputs: [ValueType]) -> KernelRequirements {
    let sizes = split(outputs[0].shape)
    return KernelRequirements(saved: sizes.outer * sizes.inner, readsInputs: [0])
  }

  private func split(_ shape: TensorShape) -> AxisSplit {
    guard shape.rank > 0 else { return AxisSplit(shape, axes: 0..<0) }
    let first = axis < 0 ? axis + shape.rank : axis
    return AxisSplit(shape, axes: first..<first + 1)
  }

  public func forward(_ call: ForwardCall) {
    let x = call.input(0).floats, z = call.outputs[0].floats, sizes = split(call.outputs[0].shape)
    call.team.split(sizes.outer * sizes.inner, grain: 1 << 12) { lanes in
      for lane in lanes {
        let start = lane / sizes.inner * sizes.count * sizes.inner + lane % sizes.inner
        var sum = 0.0
        for place in 0..<sizes.count {
          let value = Double(x[start + place * sizes.inner])
          sum += p == 1 ? abs(value) : value * value
        }
        let norm = p == 1 ? sum : sum.squareRoot(), factor = norm == 0 ? 0 : Float(1 / norm)
        call.saved[lane] = factor
        for place in 0..<sizes.count { z[start + place * sizes.inner] = x[start + place * sizes.inner] * factor }
      }
    }
  }

  public func backward(_ call: BackwardCall) {
    guard let g = call.outputGradients[0], let target = call.target(0) else { return }
    let x = call.input(0).floats, sizes = split(call.outputs[0].shape)
    call.team.split(sizes.outer * sizes.inner, grain: 1 << 12) { lanes in
      for lane in lanes {
        let start = lane / sizes.inner * sizes.count * sizes.inner + lane % sizes.inner
        var product = 0.0
        for place in 0..<sizes.count {
          let at = start + place * sizes.inner
          product += Double(g[at]) * Double(x[at])
        }
        let factor = Double(call.saved[lane])
        for place in 0..<sizes.count {
          let at = start + place * sizes.inner, value = Double(x[at])
          let slope = p == 2 ? value * factor : value == 0 ? 0 : value < 0 ? -1 : 1
          target[at] = Float(factor * (Double(g[at]) - slope * product * factor))
        }
      }
    }
  }
}
