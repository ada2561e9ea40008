import NetworkGraph

extension OperatorEntry {
  static let hardmax = OperatorEntry("Hardmax") { attributes throws(SpecificationError) in
    Hardmax(axis: try SoftmaxAxis(attributes, of: Hardmax.kind))
  }
}

/// 1 at the first of the largest values along an axis, else 0.
public struct Hardmax: OperatorKernel {
  public static let kind = "Hardmax"
  public let traits: OperatorTraits = [.discrete]
  public let scaleLaw = ScaleLaw.invariant
  let axis: SoftmaxAxis

  public func results(of inputs: [ValueFacts?]) throws(SpecificationError) -> [ValueType] { [try axis.check(inputs)] }

  public func forward(_ call: ForwardCall) {
    let x = call.input(0), z = call.outputs[0].floats, sizes = axis.split(x.shape)
    z.update(repeating: 0, count: x.count)
    for row in 0..<sizes.outer {
      for lane in 0..<sizes.inner {
        let start = row * sizes.count * sizes.inner + lane
        guard sizes.count > 0 else { continue }
        var best = start
        for place in 1..<max(1, sizes.count) where x.floats[start + place * sizes.inner] > x.floats[best] {
          best = start + place * sizes.inner
        }
        z[best] = 1
      }
    }
  }
}
