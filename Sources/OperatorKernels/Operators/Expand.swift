import NetworkGraph
import TensorKernels

extension OperatorEntry {
  static let expand = OperatorEntry("Expand") { _ throws(SpecificationError) in Expand() }
}

/// A tensor repeated along axes of extent 1, to the shape that it and the second input have together.
struct Expand: OperatorKernel {
  static let kind = "Expand"
  let traits: OperatorTraits = [.permutes]
  let scaleLaw = ScaleLaw.homogeneous

  func results(of inputs: [ValueFacts?]) throws(SpecificationError) -> [ValueType] {
    let data = try inputs.required(0, of: Self.kind)
    guard let wanted = try inputs.integers(1, of: Self.kind) else {
      throw SpecificationError("Expand needs a shape as input 2, which the node leaves out", hint: damagedFile)
    }
    return [ValueType(data.type.element, try data.shape.broadcast(with: TensorShape(wanted)))]
  }

  func forward(_ call: ForwardCall) {
    let source = call.input(0), target = call.outputs[0]
    StridedWalk(filling: target.shape, source: source.shape.repeatedStrides(to: target.shape)).copy(
      source.memory, to: target.memory, bytes: target.elementBytes, team: call.team)
  }

  func backward(_ call: BackwardCall) {
    guard let g = call.outputGradients[0], let target = call.target(0) else { return }
    Broadcasting.reduce(g, from: call.outputs[0].shape, to: call.input(0).shape, into: target)
  }
}

extension TensorShape {
  /// For each axis of a common shape, how far apart neighbours along it lie in this tensor; 0 where it is repeated.
  ///
  /// - Parameter result: A shape to which this one can be repeated.
  func repeatedStrides(to result: TensorShape) -> [Int] {
    let own = strides
    return (0..<result.rank).map { axis in
      let place = axis - (result.rank - rank)
      return place < 0 || extents[place] == 1 ? 0 : own[place]
    }
  }
}
