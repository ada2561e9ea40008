import CTensorKernels
import NetworkGraph
import TensorKernels

extension OperatorEntry {
  static let lstm = OperatorEntry("LSTM") { attributes throws(SpecificationError) in
    var form = try Recurrence(attributes, of: LSTMOperator.kind, gates: 4, standard: ["Sigmoid", "Tanh", "Tanh"])
    form.resultCount = Swift.max(1, attributes.outputCount)
    return LSTMOperator(form: form)
  }
}

/// A long short-term memory: gates i, o, f, g of `x W^T + h R^T + b`, `c = f c + i g`, `h = o tanh c`.
///
/// Peepholes add `P c` to the gates i and f, of the cell before, and o, of the new one. Results are the states of all steps,
/// the last states and the last cells.
struct LSTMOperator: RecurrenceOperator {
  static let kind = "LSTM"
  let traits: OperatorTraits = [.recurs]
  let scaleLaw = ScaleLaw.absolute
  let form: Recurrence
  let gateFunctions = [0, 0, 0, 1]

  func results(of inputs: [ValueFacts?]) throws(SpecificationError) -> [ValueType] {
    try form.results(of: inputs, hasCells: true)
  }

  /// Floats that one direction leaves: gates, states and cells.
  private func savedCount(_ s: RecurrenceSizes) -> Int { s.rows * s.gates + 2 * (s.steps + 1) * s.step }

  func samples(of inputs: [SamplePlace?], shapes: [TensorShape], result: TensorShape) -> SamplePlace? {
    form.samples(of: inputs, result: result)
  }

  func requirements(inputs: [ValueType?], outputs: [ValueType]) -> KernelRequirements {
    let s = form.sizes(inputs), packed = form.packedSize(s), swapped = form.putsBatchFirst ? s.rows * s.inputs : 0
    let pieces = Recurrence.pieces(s)
    return KernelRequirements(
      saved: form.directions * savedCount(s),
      forwardWorkspace: packed + swapped + s.gates + s.step,
      // Gradients of gates, states and cells; sums of peepholes per piece; the input's gradient of the second direction.
      backwardWorkspace: packed + 2 * swapped + s.rows * s.gates + (s.steps + 1) * s.step + 2 * s.step
        + pieces * 3 * s.units + (form.directions > 1 ? s.rows * s.inputs : 0),
      readsInputs: [Recurrence.Place.x, Recurrence.Place.w, Recurrence.Place.r, Recurrence.Place.peepholes].filter {
        inputs.indices.contains($0)
      })
  }

  func forward(_ call: ForwardCall) {
    let s = form.sizes(call.inputs.map { $0?.type }), units = s.units
    let packed = call.workspace, bias = packed + form.packedSize(s), squashed = bias + s.gates
    let x = form.stepsFirst(call.input(Recurrence.Place.x), s, room: squashed + s.step)
    for direction in 0..<form.directions {
      let gates = call.saved + direction * savedCount(s), hidden = gates + s.rows * s.gates
      let cells = hidden + (s.steps + 1) * s.step
      let first = form.isReversed(direction) ? s.steps : 0
      form.begin(call.optional(Recurrence.Place.hidden), direction, s, into: hidden + first * s.step)
      form.begin(call.optional(Recurrence.Place.cell), direction, s, into: cells + first * s.step)
      form.bias(call.optional(Recurrence.Place.bias), direction, s, into: bias)
      let w = call.input(Recurrence.Place.w).floats + direction * s.gates * s.inputs
      let r = call.input(Recurrence.Place.r).floats + direction * s.gates * units
      let peepholes = call.optional(Recurrence.Place.peepholes).map { $0.floats + direction * 3 * units }
      form.project(x, w, s, into: gates, team: call.team)
      initscope_pack(r, units, s.gates, 1, packed)
      let f = form.functions[direction]
      call.team.split(s.batch, grain: Recurrence.grain) { piece in
        let count = piece.count, row = piece.lowerBound
        var (gateFunction, inputFunction, cellFunction) = (f[0], f[1], f[2])
        for place in 0..<s.steps {
          let step = form.isReversed(direction) ? s.steps - 1 - place : place
          let (before, after) = form.slots(direction, step)
          let g = gates + (step * s.batch + row) * s.gates, tanh = squashed + row * units
          let h = hidden + after * s.step + row * units, earlier = hidden + before * s.step + row * units
          let c = cells + after * s.step + row * units, old = cells + before * s.step + row * units
          initscope_packed_product(earlier, count, units, packed, s.gates, g)
          if let peepholes {
            initscope_cell_add_weighted(g, s.gates, peepholes, old, units, count, units)
            initscope_cell_add_weighted(g + 2 * units, s.gates, peepholes + 2 * units, old, units, count, units)
          }
          form.showGates(call.trace, direction, step, rows: piece, s, columns: 0..<s.gates, g, bias: bias)
          initscope_cell_apply(&gateFunction, bias, g, s.gates, count, units)
          initscope_cell_apply(&gateFunction, bias + 2 * units, g + 2 * units, s.gates, count, units)
          initscope_cell_apply(&inputFunction, bias + 3 * units, g + 3 * units, s.gates, count, units)
          initscope_cell_lstm_state(g, old, c, count, units)
          if let peepholes {
            initscope_cell_add_weighted(g + units, s.gates, peepholes + units, c, units, count, units)
            form.showGates(call.trace, direction, step, rows: piece, s, columns: units..<2 * units, g, bias: bias)
          }
          initscope_cell_apply(&gateFunction, bias + units, g + units, s.gates, count, units)
          squash(c, &cellFunction, count, units, into: tanh)
          initscope_cell_lstm_output(g, tanh, h, count, units)
          form.addSquares(call.trace, direction, place: place, row: row, s, h, count: count)
        }
      }
      for step in 0..<s.steps {
        form.show(
          hidden + form.slots(direction, step).after * s.step, direction, step, s, into: call.outputs[0].floats)
      }
      let last = form.isReversed(direction) ? 0 : s.steps
      for (place, values) in [hidden, cells].enumerated() where call.outputs.count > 1 + place {
        form.finish(values + last * s.step, direction, s, into: call.outputs[1 + place].floats)
      }
    }
  }

  /// `h(c)`, without a bias.
  private func squash(
    _ c: UnsafePointer<Float>, _ function: inout initscope_cell_function, _ rows: Int, _ units: Int,
    into target: UnsafeMutablePointer<Float>
  ) {
    target.update(repeating: 0, count: rows * units)
    // The values stand in the place of the bias, row by row.
    for row in 0..<rows {
      initscope_cell_apply(&function, c + row * units, target + row * units, units, 1, units)
    }
  }

  func backward(_ call: BackwardCall) {
    let s = form.sizes(call.inputs.map { $0?.type }), units = s.units
    let pieces = Recurrence.pieces(s)
    let packed = call.workspace, gradients = packed + form.packedSize(s), states = gradients + s.rows * s.gates
    let cellGradients = states + (s.steps + 1) * s.step, squashed = cellGradients + s.step
    let sums = squashed + s.step, room = sums + pieces * 3 * units
    let swapped = room + (form.directions > 1 ? s.rows * s.inputs : 0)
    let x = form.stepsFirst(call.input(Recurrence.Place.x), s, room: swapped)
    let inputTarget = call.target(Recurrence.Place.x).map { target in
      form.putsBatchFirst ? swapped + s.rows * s.inputs : target
    }
    func arriving(_ place: Int) -> UnsafePointer<Float>? {
      call.outputGradients.indices.contains(place) ? call.outputGradients[place] : nil
    }
    for direction in 0..<form.directions {
      let gates = call.saved + direction * savedCount(s), hidden = gates + s.rows * s.gates
      let cells = hidden + (s.steps + 1) * s.step, isReversed = form.isReversed(direction)
      let first = isReversed ? s.steps : 0, last = isReversed ? 0 : s.steps
      for step in 0..<s.steps {
        form.collect(
          arriving(0), direction, step, s, into: states + form.slots(direction, step).after * s.step)
      }
      (states + first * s.step).update(repeating: 0, count: s.step)
      form.addLast(arriving(1), direction, s, to: states + last * s.step)
      cellGradients.update(repeating: 0, count: s.step)
      form.addLast(arriving(2), direction, s, to: cellGradients)
      sums.update(repeating: 0, count: pieces * 3 * units)
      let r = call.input(Recurrence.Place.r).floats + direction * s.gates * units
      let peepholes = call.optional(Recurrence.Place.peepholes).map { $0.floats + direction * 3 * units }
      initscope_pack(r, s.gates, units, 0, packed)
      let f = form.functions[direction]
      call.team.split(s.batch, grain: Recurrence.grain) { piece in
        let count = piece.count, row = piece.lowerBound, sum = sums + row / Recurrence.grain * 3 * units
        var (gateFunction, inputFunction, cellFunction) = (f[0], f[1], f[2])
        for place in (0..<s.steps).reversed() {
          let step = isReversed ? s.steps - 1 - place : place
          let (before, after) = form.slots(direction, step)
          let g = gates + (step * s.batch + row) * s.gates, d = gradients + (step * s.batch + row) * s.gates
          let dh = states + after * s.step + row * units, dc = cellGradients + row * units
          let c = cells + after * s.step + row * units, old = cells + before * s.step + row * units
          let tanh = squashed + row * units
          form.addSquares(call.trace, direction, place: place, row: row, s, dh, count: count)
          squash(c, &cellFunction, count, units, into: tanh)
          // do = dh tanh(c), then its slope.
          initscope_cell_multiply(d + units, s.gates, dh, units, tanh, units, count, units)
          initscope_cell_slope(&gateFunction, g + units, s.gates, d + units, s.gates, count, units)
          // dc += dh o times the slope of tanh(c); dh is not needed any more.
          initscope_cell_multiply(dh, units, dh, units, g + units, s.gates, count, units)
          initscope_cell_slope(&cellFunction, tanh, units, dh, units, count, units)
          Elementwise.add(dh, to: dc, count: count * units)
          if let peepholes {
            initscope_cell_add_weighted(dc, units, peepholes + units, d + units, s.gates, count, units)
            initscope_cell_add_products(sum + units, d + units, s.gates, c, units, count, units)
          }
          initscope_cell_lstm_gates(g, old, dc, d, count, units)
          initscope_cell_slope(&gateFunction, g, s.gates, d, s.gates, count, units)
          initscope_cell_slope(&gateFunction, g + 2 * units, s.gates, d + 2 * units, s.gates, count, units)
          initscope_cell_slope(&inputFunction, g + 3 * units, s.gates, d + 3 * units, s.gates, count, units)
          initscope_cell_lstm_before(g, dc, count, units)
          if let peepholes {
            initscope_cell_add_weighted(dc, units, peepholes, d, s.gates, count, units)
            initscope_cell_add_weighted(dc, units, peepholes + 2 * units, d + 2 * units, s.gates, count, units)
            initscope_cell_add_products(sum, d, s.gates, old, units, count, units)
            initscope_cell_add_products(sum + 2 * units, d + 2 * units, s.gates, old, units, count, units)
          }
          form.showGates(call.trace, direction, step, rows: piece, s, columns: 0..<s.gates, d)
          initscope_packed_product(d, count, s.gates, packed, units, states + before * s.step + row * units)
        }
      }
      if let target = call.target(Recurrence.Place.hidden) {
        form.finish(states + first * s.step, direction, s, into: target)
      }
      if let target = call.target(Recurrence.Place.cell) { form.finish(cellGradients, direction, s, into: target) }
      if let target = call.target(Recurrence.Place.peepholes) {
        initscope_channel_sums(sums, pieces, 3 * units, 1, target + direction * 3 * units)
      }
      form.finishBackward(
        call, direction, s, x: x, before: hidden + (isReversed ? s.step : 0), gates: gradients, recurrent: gradients,
        inputTarget: inputTarget, room: room)
    }
    if form.putsBatchFirst, let inputTarget, let target = call.target(Recurrence.Place.x) {
      initscope_swap_leading_axes(inputTarget, s.steps, s.batch, s.inputs, target)
    }
  }
}
