import NetworkGraph
import TensorKernels

extension OperatorEntry {
  static let gatherElements = OperatorEntry("GatherElements") { attributes throws(SpecificationError) in
    GatherElements(axis: try attributes.integer("axis", 0))
  }
}

/// For each place of the indices, the tensor's element at that place, but for the axis, where the index says it.
struct GatherElements: OperatorKernel {
  static let kind = "GatherElements"
  let traits: OperatorTraits = [.permutes, .selects]
  let scaleLaw = ScaleLaw.homogeneous
  let axis: Int

  func results(of inputs: [ValueFacts?]) throws(SpecificationError) -> [ValueType] {
    let data = try inputs.required(0, of: Self.kind), indices = try inputs.indices(1, of: Self.kind)
    try AxisPlaces.check(data.shape, indices.shape, axis: axis, of: Self.kind)
    return [ValueType(data.type.element, indices.shape)]
  }

  func carriesGradient(toInput input: Int) -> Bool { input == 0 }

  func requirements(inputs: [ValueType?], outputs: [ValueType]) -> KernelRequirements {
    KernelRequirements(readsInputs: [1])
  }

  func forward(_ call: ForwardCall) throws {
    let (data, indices) = call.pair, target = call.outputs[0]
    let places = AxisPlaces(data.shape, indices, axis: try data.shape.axis(axis, of: Self.kind))
    try Indices.check(indices, extent: data.shape[places.axis], of: Self.kind)
    switch target.type.element {
    case .float32: places.each { target.floats[$0] = data.floats[$1] }
    case .int64: places.each { target.integers[$0] = data.integers[$1] }
    case .bool: places.each { target.bools[$0] = data.bools[$1] }
    }
  }

  func backward(_ call: BackwardCall) {
    guard let g = call.outputGradients[0], let target = call.target(0) else { return }
    let data = call.input(0)
    guard let axis = try? data.shape.axis(axis, of: Self.kind) else { return }
    target.update(repeating: 0, count: data.count)
    AxisPlaces(data.shape, call.input(1), axis: axis).each { target[$1] += g[$0] }
  }
}
