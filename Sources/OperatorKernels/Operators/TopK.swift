import NetworkGraph
import TensorKernels

extension OperatorEntry {
  static let topK = OperatorEntry("TopK") { attributes throws(SpecificationError) in
    TopK(
      axis: try attributes.integer("axis", -1), isLargest: try attributes.integer("largest", 1) != 0,
      k: attributes.version < 10 ? try attributes.integer("k", 0) : nil)
  }
}

/// The k largest or smallest elements along an axis, in order, and their places; of equal ones the first comes first.
struct TopK: OperatorKernel {
  static let kind = "TopK"
  let traits: OperatorTraits = [.permutes, .selects]
  let scaleLaw = ScaleLaw.homogeneous
  let axis: Int
  let isLargest: Bool
  /// The attribute of operator sets before 10; nil where it is the second input.
  let k: Int?

  func results(of inputs: [ValueFacts?]) throws(SpecificationError) -> [ValueType] {
    let data = try inputs.required(0, of: Self.kind), axis = try data.shape.axis(axis, of: Self.kind)
    guard let k = try inputs.integers(1, of: Self.kind, orAttribute: k.map { [$0] })?.first, k >= 0, k <= data.shape[axis],
      data.type.element != .bool
    else {
      throw SpecificationError(
        "TopK takes numbers and how many to keep, at most the \(data.shape[axis]) along axis \(axis)", hint: damagedFile)
    }
    var extents = data.shape.extents
    extents[axis] = k
    let shape = try TensorShape(extents)
    return [ValueType(data.type.element, shape), ValueType(.int64, shape)]
  }

  func requirements(inputs: [ValueType?], outputs: [ValueType]) -> KernelRequirements {
    KernelRequirements(readsOutputs: [1])
  }

  func forward(_ call: ForwardCall) throws {
    let data = call.input(0), (before, extent, after) = data.shape.around(try data.shape.axis(axis, of: Self.kind))
    let k = call.outputs[0].shape[try data.shape.axis(axis, of: Self.kind)]
    let places = call.outputs[1].integers
    call.team.split(before * after, grain: max(1, (StridedWalk.grain / 8) / max(1, extent))) { lines in
      var order = [Int](repeating: 0, count: extent)
      for line in lines {
        let start = line / after * extent * after + line % after, target = line / after * k * after + line % after
        for i in 0..<extent { order[i] = i }
        if data.type.element == .float32 {
          let x = data.floats + start
          order.sort { precedes(x[$0 * after], x[$1 * after], $0, $1) }
        } else {
          let x = data.integers + start
          order.sort { left, right in
            let (a, b) = (x[left * after], x[right * after])
            return a == b ? left < right : (a > b) == isLargest
          }
        }
        for i in 0..<k {
          let from = start + order[i] * after, to = target + i * after
          places[to] = Int64(order[i])
          if data.type.element == .float32 {
            call.outputs[0].floats[to] = data.floats[from]
          } else {
            call.outputs[0].integers[to] = data.integers[from]
          }
        }
      }
    }
  }

  /// NaN counts as larger than all numbers, so that the order is one.
  private func precedes(_ a: Float, _ b: Float, _ left: Int, _ right: Int) -> Bool {
    if a.isNaN || b.isNaN { return a.isNaN == b.isNaN ? left < right : a.isNaN == isLargest }
    return a == b ? left < right : (a > b) == isLargest
  }

  func backward(_ call: BackwardCall) {
    guard let target = call.target(0) else { return }
    let data = call.input(0)
    target.update(repeating: 0, count: data.count)
    guard let g = call.outputGradients[0], let axis = try? data.shape.axis(axis, of: Self.kind) else { return }
    let (_, extent, after) = data.shape.around(axis), k = call.outputs[0].shape[axis], places = call.outputs[1].integers
    guard k > 0, after > 0 else { return }
    for i in 0..<call.outputs[0].count {
      target[(i / (k * after) * extent + Int(places[i])) * after + i % after] += g[i]
    }
  }
}
