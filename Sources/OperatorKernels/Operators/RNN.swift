import CTensorKernels
import NetworkGraph
import TensorKernels

extension OperatorEntry {
  static let rnn = OperatorEntry("RNN") { attributes throws(SpecificationError) in
    var form = try Recurrence(attributes, of: RNNOperator.kind, gates: 1, standard: ["Tanh"])
    form.resultCount = Swift.max(1, attributes.outputCount)
    return RNNOperator(form: form)
  }
}

/// A simple recurrent network: `h = f(x W^T + h R^T + b)`. Results are the states of all steps and the last states.
struct RNNOperator: RecurrenceOperator {
  static let kind = "RNN"
  let traits: OperatorTraits = [.recurs]
  let scaleLaw = ScaleLaw.absolute
  let form: Recurrence
  let gateFunctions = [0]

  func results(of inputs: [ValueFacts?]) throws(SpecificationError) -> [ValueType] {
    try form.results(of: inputs, hasCells: false)
  }

  private func savedCount(_ s: RecurrenceSizes) -> Int { (s.steps + 1) * s.step }

  func samples(of inputs: [SamplePlace?], shapes: [TensorShape], result: TensorShape) -> SamplePlace? {
    form.samples(of: inputs, result: result)
  }

  func requirements(inputs: [ValueType?], outputs: [ValueType]) -> KernelRequirements {
    let s = form.sizes(inputs), packed = form.packedSize(s), swapped = form.putsBatchFirst ? s.rows * s.inputs : 0
    return KernelRequirements(
      saved: form.directions * savedCount(s), forwardWorkspace: packed + swapped + s.gates + s.rows * s.gates,
      backwardWorkspace: packed + 2 * swapped + (s.steps + 1) * s.step + (form.directions > 1 ? s.rows * s.inputs : 0),
      readsInputs: [Recurrence.Place.x, Recurrence.Place.w, Recurrence.Place.r])
  }

  func forward(_ call: ForwardCall) {
    let s = form.sizes(call.inputs.map { $0?.type }), units = s.units
    let packed = call.workspace, bias = packed + form.packedSize(s), gates = bias + s.gates
    let x = form.stepsFirst(call.input(Recurrence.Place.x), s, room: gates + s.rows * s.gates)
    for direction in 0..<form.directions {
      let hidden = call.saved + direction * savedCount(s)
      let first = form.isReversed(direction) ? s.steps : 0
      form.begin(call.optional(Recurrence.Place.hidden), direction, s, into: hidden + first * s.step)
      form.bias(call.optional(Recurrence.Place.bias), direction, s, into: bias)
      form.project(
        x, call.input(Recurrence.Place.w).floats + direction * s.gates * s.inputs, s, into: gates, team: call.team)
      initscope_pack(call.input(Recurrence.Place.r).floats + direction * s.gates * units, units, s.gates, 1, packed)
      let functions = form.functions[direction]
      call.team.split(s.batch, grain: Recurrence.grain) { piece in
        var function = functions[0]
        let count = piece.count, row = piece.lowerBound
        for place in 0..<s.steps {
          let step = form.isReversed(direction) ? s.steps - 1 - place : place
          let (before, after) = form.slots(direction, step)
          let h = hidden + after * s.step + row * units
          h.update(from: gates + (step * s.batch + row) * units, count: count * units)
          initscope_packed_product(hidden + before * s.step + row * units, count, units, packed, s.gates, h)
          form.showGates(call.trace, direction, step, rows: piece, s, columns: 0..<s.gates, h, bias: bias)
          initscope_cell_apply(&function, bias, h, units, count, units)
          form.addSquares(call.trace, direction, place: place, row: row, s, h, count: count)
        }
      }
      for step in 0..<s.steps {
        form.show(
          hidden + form.slots(direction, step).after * s.step, direction, step, s, into: call.outputs[0].floats)
      }
      if call.outputs.count > 1 {
        let last = form.isReversed(direction) ? 0 : s.steps
        form.finish(hidden + last * s.step, direction, s, into: call.outputs[1].floats)
      }
    }
  }

  func backward(_ call: BackwardCall) {
    let s = form.sizes(call.inputs.map { $0?.type }), units = s.units
    let packed = call.workspace, states = packed + form.packedSize(s), room = states + (s.steps + 1) * s.step
    let swapped = room + (form.directions > 1 ? s.rows * s.inputs : 0)
    let x = form.stepsFirst(call.input(Recurrence.Place.x), s, room: swapped)
    let inputTarget = call.target(Recurrence.Place.x).map { target in
      form.putsBatchFirst ? swapped + s.rows * s.inputs : target
    }
    for direction in 0..<form.directions {
      let hidden = call.saved + direction * savedCount(s), isReversed = form.isReversed(direction)
      let first = isReversed ? s.steps : 0, last = isReversed ? 0 : s.steps
      for step in 0..<s.steps {
        form.collect(
          call.outputGradients[0], direction, step, s, into: states + form.slots(direction, step).after * s.step)
      }
      (states + first * s.step).update(repeating: 0, count: s.step)
      if call.outputGradients.count > 1 {
        form.addLast(call.outputGradients[1], direction, s, to: states + last * s.step)
      }
      initscope_pack(call.input(Recurrence.Place.r).floats + direction * s.gates * units, s.gates, units, 0, packed)
      let functions = form.functions[direction]
      call.team.split(s.batch, grain: Recurrence.grain) { piece in
        var function = functions[0]
        let count = piece.count, row = piece.lowerBound
        for place in (0..<s.steps).reversed() {
          let step = isReversed ? s.steps - 1 - place : place
          let (before, after) = form.slots(direction, step)
          // The states' gradient becomes that of the gates.
          let d = states + after * s.step + row * units
          form.addSquares(call.trace, direction, place: place, row: row, s, d, count: count)
          initscope_cell_slope(&function, hidden + after * s.step + row * units, units, d, units, count, units)
          form.showGates(call.trace, direction, step, rows: piece, s, columns: 0..<s.gates, d)
          initscope_packed_product(d, count, s.gates, packed, units, states + before * s.step + row * units)
        }
      }
      if let target = call.target(Recurrence.Place.hidden) {
        form.finish(states + first * s.step, direction, s, into: target)
      }
      let gates = states + (isReversed ? 0 : s.step)
      form.finishBackward(
        call, direction, s, x: x, before: hidden + (isReversed ? s.step : 0), gates: gates, recurrent: gates,
        inputTarget: inputTarget, room: room)
    }
    if form.putsBatchFirst, let inputTarget, let target = call.target(Recurrence.Place.x) {
      initscope_swap_leading_axes(inputTarget, s.steps, s.batch, s.inputs, target)
    }
  }
}
