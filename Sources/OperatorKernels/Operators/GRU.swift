import CTensorKernels
import NetworkGraph
import TensorKernels

extension OperatorEntry {
  static let gru = OperatorEntry("GRU") { attributes throws(SpecificationError) in
    var form = try Recurrence(attributes, of: GRUOperator.kind, gates: 3, standard: ["Sigmoid", "Tanh"])
    form.resultCount = Swift.max(1, attributes.outputCount)
    return GRUOperator(form: form, resetsAfterProduct: try attributes.integer("linear_before_reset", 0) != 0)
  }
}

/// A gated recurrent unit: gates z, r of `x W^T + h R^T + b`, a candidate n, and `h = (1 - z) n + z h`.
///
/// The candidate is `tanh(x W^T + b + (r h) R^T + d)`, or `tanh(x W^T + b + r (h R^T + d))` with `linear_before_reset`.
/// Results are the states of all steps and the last states.
struct GRUOperator: RecurrenceOperator {
  static let kind = "GRU"
  let traits: OperatorTraits = [.recurs]
  let scaleLaw = ScaleLaw.absolute
  let form: Recurrence
  let gateFunctions = [0, 0, 1]
  let resetsAfterProduct: Bool

  func results(of inputs: [ValueFacts?]) throws(SpecificationError) -> [ValueType] {
    try form.results(of: inputs, hasCells: false)
  }

  /// Floats that one direction leaves: gates, states and, for the reset gate's gradient, the recurrent candidates.
  private func savedCount(_ s: RecurrenceSizes) -> Int {
    s.rows * s.gates + (s.steps + 1) * s.step + (resetsAfterProduct ? s.rows * s.units : 0)
  }

  /// Room for the packed weights: those of both gates and of the candidate apart.
  private func packedSize(_ s: RecurrenceSizes) -> Int {
    form.packedSize(s) + initscope_packed_size(s.units, s.units) + initscope_packed_size(2 * s.units, s.units)
  }

  func samples(of inputs: [SamplePlace?], shapes: [TensorShape], result: TensorShape) -> SamplePlace? {
    form.samples(of: inputs, result: result)
  }

  func requirements(inputs: [ValueType?], outputs: [ValueType]) -> KernelRequirements {
    let s = form.sizes(inputs), swapped = form.putsBatchFirst ? s.rows * s.inputs : 0
    return KernelRequirements(
      saved: form.directions * savedCount(s),
      forwardWorkspace: packedSize(s) + swapped + 2 * s.gates + s.batch * s.gates + s.step,
      backwardWorkspace: packedSize(s) + 2 * swapped + 2 * s.rows * s.gates + (s.steps + 1) * s.step + s.step
        + s.batch * 2 * s.units + s.rows * s.units + (form.directions > 1 ? s.rows * s.inputs : 0),
      readsInputs: [Recurrence.Place.x, Recurrence.Place.w, Recurrence.Place.r])
  }

  func forward(_ call: ForwardCall) {
    let s = form.sizes(call.inputs.map { $0?.type }), units = s.units
    let packed = call.workspace, packedCandidate = packed + form.packedSize(s)
    let bias = packed + packedSize(s), recurrentBias = bias + s.gates
    let products = recurrentBias + s.gates, reset = products + s.batch * s.gates
    let x = form.stepsFirst(call.input(Recurrence.Place.x), s, room: reset + s.step)
    for direction in 0..<form.directions {
      let gates = call.saved + direction * savedCount(s), hidden = gates + s.rows * s.gates
      let candidates = hidden + (s.steps + 1) * s.step
      let first = form.isReversed(direction) ? s.steps : 0
      form.begin(call.optional(Recurrence.Place.hidden), direction, s, into: hidden + first * s.step)
      let given = call.optional(Recurrence.Place.bias)
      form.bias(given, direction, s, half: 0, into: bias)
      form.bias(given, direction, s, half: 1, into: recurrentBias)
      if !resetsAfterProduct { Elementwise.add(recurrentBias, to: bias, count: s.gates) }
      form.project(
        x, call.input(Recurrence.Place.w).floats + direction * s.gates * s.inputs, s, into: gates, team: call.team)
      let r = call.input(Recurrence.Place.r).floats + direction * s.gates * units
      if resetsAfterProduct {
        initscope_pack(r, units, s.gates, 1, packed)
      } else {
        initscope_pack(r, units, 2 * units, 1, packed)
        initscope_pack(r + 2 * units * units, units, units, 1, packedCandidate)
      }
      let f = form.functions[direction]
      call.team.split(s.batch, grain: Recurrence.grain) { piece in
        var (gateFunction, candidateFunction) = (f[0], f[1])
        let count = piece.count, row = piece.lowerBound
        for place in 0..<s.steps {
          let step = form.isReversed(direction) ? s.steps - 1 - place : place
          let (before, after) = form.slots(direction, step)
          let at = step * s.batch + row, g = gates + at * s.gates
          let earlier = hidden + before * s.step + row * units, h = hidden + after * s.step + row * units
          if resetsAfterProduct {
            let product = products + row * s.gates
            for sample in 0..<count { (product + sample * s.gates).update(from: recurrentBias, count: s.gates) }
            initscope_packed_product(earlier, count, units, packed, s.gates, product)
            for sample in 0..<count {
              Elementwise.add(product + sample * s.gates, to: g + sample * s.gates, count: 2 * units)
              (candidates + (at + sample) * units).update(from: product + sample * s.gates + 2 * units, count: units)
            }
            form.showGates(call.trace, direction, step, rows: piece, s, columns: 0..<2 * units, g, bias: bias)
            initscope_cell_apply(&gateFunction, bias, g, s.gates, count, 2 * units)
            // n += r (h R^T + d)
            let kept = candidates + at * units, product0 = products + row * s.gates
            initscope_cell_multiply(product0, units, kept, units, g + units, s.gates, count, units)
            for sample in 0..<count {
              Elementwise.add(product0 + sample * units, to: g + sample * s.gates + 2 * units, count: units)
            }
          } else {
            let product = products + row * s.gates
            product.update(repeating: 0, count: count * 2 * units)
            initscope_packed_product(earlier, count, units, packed, 2 * units, product)
            for sample in 0..<count {
              Elementwise.add(product + sample * 2 * units, to: g + sample * s.gates, count: 2 * units)
            }
            form.showGates(call.trace, direction, step, rows: piece, s, columns: 0..<2 * units, g, bias: bias)
            initscope_cell_apply(&gateFunction, bias, g, s.gates, count, 2 * units)
            let kept = reset + row * units
            initscope_cell_multiply(kept, units, earlier, units, g + units, s.gates, count, units)
            product.update(repeating: 0, count: count * units)
            initscope_packed_product(kept, count, units, packedCandidate, units, product)
            for sample in 0..<count {
              Elementwise.add(product + sample * units, to: g + sample * s.gates + 2 * units, count: units)
            }
          }
          form.showGates(call.trace, direction, step, rows: piece, s, columns: 2 * units..<s.gates, g, bias: bias)
          initscope_cell_apply(&candidateFunction, bias + 2 * units, g + 2 * units, s.gates, count, units)
          initscope_cell_gru_output(g, earlier, h, count, units)
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
    let packed = call.workspace, packedCandidate = packed + form.packedSize(s)
    let gradients = packed + packedSize(s), recurrent = gradients + s.rows * s.gates
    let states = recurrent + s.rows * s.gates, scratch = states + (s.steps + 1) * s.step
    let both = scratch + s.step, resets = both + s.batch * 2 * units, room = resets + s.rows * units
    let swapped = room + (form.directions > 1 ? s.rows * s.inputs : 0)
    let x = form.stepsFirst(call.input(Recurrence.Place.x), s, room: swapped)
    let inputTarget = call.target(Recurrence.Place.x).map { target in
      form.putsBatchFirst ? swapped + s.rows * s.inputs : target
    }
    for direction in 0..<form.directions {
      let gates = call.saved + direction * savedCount(s), hidden = gates + s.rows * s.gates
      let candidates = hidden + (s.steps + 1) * s.step, isReversed = form.isReversed(direction)
      let first = isReversed ? s.steps : 0, last = isReversed ? 0 : s.steps
      for step in 0..<s.steps {
        form.collect(
          call.outputGradients[0], direction, step, s, into: states + form.slots(direction, step).after * s.step)
      }
      (states + first * s.step).update(repeating: 0, count: s.step)
      if call.outputGradients.count > 1 {
        form.addLast(call.outputGradients[1], direction, s, to: states + last * s.step)
      }
      let r = call.input(Recurrence.Place.r).floats + direction * s.gates * units
      if resetsAfterProduct {
        initscope_pack(r, s.gates, units, 0, packed)
      } else {
        initscope_pack(r, 2 * units, units, 0, packed)
        initscope_pack(r + 2 * units * units, units, units, 0, packedCandidate)
      }
      let f = form.functions[direction]
      call.team.split(s.batch, grain: Recurrence.grain) { piece in
        var (gateFunction, candidateFunction) = (f[0], f[1])
        let count = piece.count, row = piece.lowerBound
        for place in (0..<s.steps).reversed() {
          let step = isReversed ? s.steps - 1 - place : place
          let (before, after) = form.slots(direction, step)
          let at = step * s.batch + row, g = gates + at * s.gates, d = gradients + at * s.gates
          let earlier = hidden + before * s.step + row * units
          let dh = states + after * s.step + row * units, target = states + before * s.step + row * units
          form.addSquares(call.trace, direction, place: place, row: row, s, dh, count: count)
          initscope_cell_gru_gates(g, earlier, dh, d, target, count, units)
          initscope_cell_slope(&candidateFunction, g + 2 * units, s.gates, d + 2 * units, s.gates, count, units)
          if resetsAfterProduct {
            // dr = dn (h R^T + d), and the recurrent candidate gets dn r.
            let e = recurrent + at * s.gates
            initscope_cell_multiply(
              d + units, s.gates, d + 2 * units, s.gates, candidates + at * units, units, count, units)
            initscope_cell_slope(&gateFunction, g, s.gates, d, s.gates, count, 2 * units)
            e.update(from: d, count: count * s.gates)
            initscope_cell_multiply(
              e + 2 * units, s.gates, d + 2 * units, s.gates, g + units, s.gates, count, units)
            initscope_packed_product(e, count, s.gates, packed, units, target)
          } else {
            // d(r h) = dn R_n; dr = d(r h) h, and h gets d(r h) r.
            let dn = scratch + row * units, product = both + row * 2 * units
            for sample in 0..<count {
              (dn + sample * units).update(from: d + sample * s.gates + 2 * units, count: units)
            }
            product.update(repeating: 0, count: count * units)
            initscope_packed_product(dn, count, units, packedCandidate, units, product)
            initscope_cell_multiply(d + units, s.gates, product, units, earlier, units, count, units)
            initscope_cell_slope(&gateFunction, g, s.gates, d, s.gates, count, 2 * units)
            initscope_cell_multiply(product, units, product, units, g + units, s.gates, count, units)
            Elementwise.add(product, to: target, count: count * units)
            initscope_cell_multiply(
              resets + at * units, units, g + units, s.gates, earlier, units, count, units)
            for sample in 0..<count {
              (product + sample * 2 * units).update(from: d + sample * s.gates, count: 2 * units)
            }
            initscope_packed_product(product, count, 2 * units, packed, units, target)
          }
          form.showGates(call.trace, direction, step, rows: piece, s, columns: 0..<s.gates, d)
        }
      }
      if let target = call.target(Recurrence.Place.hidden) {
        form.finish(states + first * s.step, direction, s, into: target)
      }
      let before = hidden + (isReversed ? s.step : 0)
      form.finishBackward(
        call, direction, s, x: x, before: before, gates: gradients,
        recurrent: resetsAfterProduct ? recurrent : gradients, inputTarget: inputTarget, room: room)
      if !resetsAfterProduct, let target = call.target(Recurrence.Place.r), s.rows > 0, units > 0 {
        // The candidate's weights met r h instead of h.
        MatrixProduct.tn(
          m: units, n: units, k: s.rows, alpha: 1, gradients + 2 * units, lda: s.gates, resets, ldb: units,
          into: target + direction * s.gates * units + 2 * units * units, ldc: units)
      }
    }
    if form.putsBatchFirst, let inputTarget, let target = call.target(Recurrence.Place.x) {
      initscope_swap_leading_axes(inputTarget, s.steps, s.batch, s.inputs, target)
    }
  }
}
