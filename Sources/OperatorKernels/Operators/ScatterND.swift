import NetworkGraph
import TensorKernels

extension OperatorEntry {
  static let scatterND = OperatorEntry("ScatterND") { attributes throws(SpecificationError) in
    ScatterND(form: try ScatterForm(attributes, of: "ScatterND"))
  }
}

/// A tensor in which parts are replaced by updates, or combined with them; a row of indices names each part.
struct ScatterND: OperatorKernel {
  static let kind = "ScatterND"
  let traits: OperatorTraits = [.permutes]
  var scaleLaw: ScaleLaw { form.scaleLaw }
  let form: ScatterForm

  func results(of inputs: [ValueFacts?]) throws(SpecificationError) -> [ValueType] {
    let data = try inputs.required(0, of: Self.kind), rows = try inputs.indices(1, of: Self.kind).shape
    let updates = try inputs.required(2, of: Self.kind), shape = data.shape
    guard rows.rank > 0, rows[rows.rank - 1] <= shape.rank, updates.type.element == data.type.element,
      updates.shape.extents == Array(rows.extents.dropLast()) + Array(shape.extents.dropFirst(rows[rows.rank - 1]))
    else {
      throw SpecificationError(
        "ScatterND cannot put updates of \(updates.shape) into a tensor of \(shape) by indices of \(rows)", hint: damagedFile
      )
    }
    try form.check(data.type.element, of: Self.kind)
    return [data.type]
  }

  func carriesGradient(toInput input: Int) -> Bool { input != 1 }

  func requirements(inputs: [ValueType?], outputs: [ValueType]) -> KernelRequirements { form.requirements(outputs[0].shape) }

  func forward(_ call: ForwardCall) throws {
    let rows = IndexRows(call.input(0).shape, call.input(1))
    try rows.check(of: Self.kind)
    form.forward(call) { body in
      for row in 0..<rows.count {
        let start = rows.start(row)
        for i in 0..<rows.part { body(row * rows.part + i, start + i) }
      }
    }
  }

  func backward(_ call: BackwardCall) {
    let rows = IndexRows(call.input(0).shape, call.input(1))
    form.backward(call) { body in
      for row in 0..<rows.count {
        let start = rows.start(row)
        for i in 0..<rows.part { body(row * rows.part + i, start + i) }
      }
    }
  }
}
