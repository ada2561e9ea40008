import NetworkGraph
import TensorKernels

extension OperatorEntry {
  static let scatterElements = OperatorEntry("ScatterElements") { attributes throws(SpecificationError) in
    ScatterElements(
      axis: try attributes.integer("axis", 0), form: try ScatterForm(attributes, of: "ScatterElements"))
  }
}

/// A tensor in which elements are replaced by updates, or combined with them: the index says the place along the axis.
struct ScatterElements: OperatorKernel {
  static let kind = "ScatterElements"
  let traits: OperatorTraits = [.permutes]
  var scaleLaw: ScaleLaw { form.scaleLaw }
  let axis: Int
  let form: ScatterForm

  func results(of inputs: [ValueFacts?]) throws(SpecificationError) -> [ValueType] {
    let data = try inputs.required(0, of: Self.kind), indices = try inputs.indices(1, of: Self.kind).shape
    let updates = try inputs.required(2, of: Self.kind)
    try AxisPlaces.check(data.shape, indices, axis: axis, of: Self.kind)
    guard updates.shape == indices, updates.type.element == data.type.element else {
      throw SpecificationError(
        "ScatterElements has updates of \(updates.shape) for indices of \(indices)", hint: damagedFile)
    }
    try form.check(data.type.element, of: Self.kind)
    return [data.type]
  }

  func carriesGradient(toInput input: Int) -> Bool { input != 1 }

  func requirements(inputs: [ValueType?], outputs: [ValueType]) -> KernelRequirements { form.requirements(outputs[0].shape) }

  func forward(_ call: ForwardCall) throws {
    let data = call.input(0), places = AxisPlaces(data.shape, call.input(1), axis: try data.shape.axis(axis, of: Self.kind))
    try Indices.check(call.input(1), extent: data.shape[places.axis], of: Self.kind)
    form.forward(call, places.each)
  }

  func backward(_ call: BackwardCall) {
    let data = call.input(0)
    guard let axis = try? data.shape.axis(axis, of: Self.kind) else { return }
    form.backward(call, AxisPlaces(data.shape, call.input(1), axis: axis).each)
  }
}
