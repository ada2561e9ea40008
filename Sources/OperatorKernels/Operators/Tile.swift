import NetworkGraph
import TensorKernels

extension OperatorEntry {
  static let tile = OperatorEntry("Tile") { _ throws(SpecificationError) in Tile() }
}

/// A tensor set side by side with itself, a number of times along each axis.
struct Tile: OperatorKernel {
  static let kind = "Tile"
  let traits: OperatorTraits = [.permutes]
  let scaleLaw = ScaleLaw.homogeneous

  func results(of inputs: [ValueFacts?]) throws(SpecificationError) -> [ValueType] {
    let data = try inputs.required(0, of: Self.kind)
    guard let repeats = try inputs.integers(1, of: Self.kind), repeats.count == data.shape.rank else {
      throw SpecificationError("Tile needs one number of repeats for each axis of \(data.shape)", hint: damagedFile)
    }
    var extents: [Int] = []
    for (extent, times) in zip(data.shape.extents, repeats) {
      let (product, overflow) = extent.multipliedReportingOverflow(by: times)
      guard times >= 0, !overflow else {
        throw SpecificationError("Tile cannot repeat \(data.shape) \(repeats) times", hint: damagedFile)
      }
      extents.append(product)
    }
    return [ValueType(data.type.element, try TensorShape(extents))]
  }

  /// Each axis as two: repeats, and the tensor's own extent.
  private func walk(_ source: TensorShape, _ target: TensorShape) -> StridedWalk {
    let (from, to) = (source.strides, target.strides)
    var extents: [Int] = [], sources: [Int] = [], targets: [Int] = []
    for axis in 0..<source.rank where target.count > 0 {
      extents += [target[axis] / source[axis], source[axis]]
      sources += [0, from[axis]]
      targets += [to[axis] * source[axis], to[axis]]
    }
    return StridedWalk(target.count > 0 ? extents : [0], source: sources + [0], target: targets + [0])
  }

  func forward(_ call: ForwardCall) {
    let source = call.input(0), target = call.outputs[0]
    walk(source.shape, target.shape).copy(
      source.memory, to: target.memory, bytes: target.elementBytes, team: call.team)
  }

  func backward(_ call: BackwardCall) {
    guard let g = call.outputGradients[0], let target = call.target(0) else { return }
    let own = call.input(0).shape
    target.update(repeating: 0, count: own.count)
    walk(own, call.outputs[0].shape).addBack(g, to: target, team: call.team)
  }
}
