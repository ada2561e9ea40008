import CTensorKernels
import NetworkGraph
import TensorKernels

/// What LSTM, GRU and RNN share: their attributes, sizes, and the matrix products over all steps at once.
///
/// For each direction arrays are steps x batch x values in the order of time. The states have one slot more: forward, slot t
/// is the state before step t; backward in time, slot t + 1 is. So the states before all steps are one matrix, as the gates
/// are.
struct Recurrence: Sendable {
  enum Direction: Sendable {
    case forward, reverse, bidirectional
  }

  let kind: String
  /// Gates of one unit.
  let gateCount: Int
  var units: Int?
  var direction = Direction.forward
  /// Whether signals are batch x steps x values.
  var putsBatchFirst = false
  /// The activation functions of each direction.
  var functions: [[initscope_cell_function]]
  var resultCount = 3

  var directions: Int { direction == .bidirectional ? 2 : 1 }
  /// Whether a direction runs backward in time.
  func isReversed(_ number: Int) -> Bool { direction == .reverse || number == 1 }

  /// Results are steps x directions x samples x units, or the last of those; samples are in front where signals have them
  /// there.
  func samples(of inputs: [SamplePlace?], result: TensorShape) -> SamplePlace? {
    guard let count = inputs[0]?.count, result.rank >= 3 else { return nil }
    let axis = putsBatchFirst ? 0 : result.rank - 2
    return result[axis] == count ? SamplePlace(count: count, inner: result.extents[(axis + 1)...].reduce(1, *)) : nil
  }

  /// Reads a node's attributes.
  ///
  /// - Parameters:
  ///   - attributes: The node's attributes.
  ///   - kind: The operator's name.
  ///   - gates: Gates of one unit.
  ///   - standard: The activation functions where none are named.
  /// - Throws: `SpecificationError` for what is not supported.
  init(
    _ attributes: OperatorAttributes, of kind: String, gates: Int, standard: [String]
  ) throws(SpecificationError) {
    self.kind = kind
    gateCount = gates
    if attributes.values["clip"] != nil {
      throw SpecificationError("\(kind) with 'clip' is not supported", hint: "Export the model without a clip")
    }
    if try attributes.integer("input_forget", 0) != 0 {
      throw SpecificationError(
        "\(kind) with coupled gates ('input_forget') is not supported", hint: "Export the model without coupled gates")
    }
    if attributes.values["hidden_size"] != nil { units = try attributes.integer("hidden_size", 0) }
    putsBatchFirst = try attributes.integer("layout", 0) != 0
    let name = try attributes.text("direction", "forward")
    switch name {
    case "forward": direction = .forward
    case "reverse": direction = .reverse
    case "bidirectional": direction = .bidirectional
    default:
      throw SpecificationError(
        "\(kind)'s direction '\(name)' is none of forward, reverse, bidirectional", hint: "Export the model again")
    }
    let count = direction == .bidirectional ? 2 : 1
    let names = try attributes.texts("activations") ?? (0..<count).flatMap { _ in standard }
    let alphas = try attributes.floats("activation_alpha") ?? [], betas = try attributes.floats("activation_beta") ?? []
    // A list of defaults for both directions may come with a node of one.
    guard names.count >= count * standard.count else {
      throw SpecificationError(
        "\(kind) names \(names.count) activations and needs \(count * standard.count)", hint: "Export the model again")
    }
    var functions: [initscope_cell_function] = [], alpha = 0, beta = 0
    for name in names.prefix(count * standard.count) {
      guard let entry = Self.known[name.lowercased()] else {
        throw SpecificationError(
          "\(kind) does not know the activation '\(name)'",
          hint: "Known: \(Self.known.keys.sorted().joined(separator: ", "))")
      }
      // The lists hold values for the functions that take one, in order.
      var function = initscope_cell_function(kind: entry.kind, alpha: entry.alpha ?? 0, beta: entry.beta ?? 0)
      if entry.alpha != nil {
        if alpha < alphas.count { function.alpha = Float(alphas[alpha]) }
        alpha += 1
      }
      if entry.beta != nil {
        if beta < betas.count { function.beta = Float(betas[beta]) }
        beta += 1
      }
      functions.append(function)
    }
    self.functions = (0..<count).map { Array(functions[$0 * standard.count..<($0 + 1) * standard.count]) }
  }

  /// ONNX's activation functions, with the parameters of those that have some.
  private static let known: [String: (kind: Int32, alpha: Float?, beta: Float?)] = [
    "sigmoid": (Int32(INITSCOPE_CELL_SIGMOID), nil, nil), "tanh": (Int32(INITSCOPE_CELL_TANH), nil, nil),
    "relu": (Int32(INITSCOPE_CELL_RELU), nil, nil), "affine": (Int32(INITSCOPE_CELL_AFFINE), 1, 0),
    "leakyrelu": (Int32(INITSCOPE_CELL_LEAKY_RELU), 0.01, nil),
    "thresholdedrelu": (Int32(INITSCOPE_CELL_THRESHOLDED_RELU), 1, nil),
    "scaledtanh": (Int32(INITSCOPE_CELL_SCALED_TANH), 1, 1),
    "hardsigmoid": (Int32(INITSCOPE_CELL_HARD_SIGMOID), 0.2, 0.5), "elu": (Int32(INITSCOPE_CELL_ELU), 1, nil),
    "softsign": (Int32(INITSCOPE_CELL_SOFTSIGN), nil, nil), "softplus": (Int32(INITSCOPE_CELL_SOFTPLUS), nil, nil),
  ]
}

/// The sizes of one pass.
struct RecurrenceSizes {
  var steps: Int
  var batch: Int
  var inputs: Int
  var units: Int
  var gates: Int

  var rows: Int { steps * batch }
  /// Values of one step's states.
  var step: Int { batch * units }
}

extension Recurrence {
  /// Places of the inputs.
  enum Place {
    static let x = 0, w = 1, r = 2, bias = 3, lengths = 4, hidden = 5, cell = 6, peepholes = 7
  }

  func sizes(_ x: TensorShape, _ r: TensorShape) -> RecurrenceSizes {
    let (batch, steps) = putsBatchFirst ? (x[0], x[1]) : (x[1], x[0])
    return RecurrenceSizes(steps: steps, batch: batch, inputs: x[2], units: r[2], gates: gateCount * r[2])
  }

  func sizes(_ inputs: [ValueType?]) -> RecurrenceSizes {
    guard let x = inputs[Place.x], let r = inputs[Place.r] else { preconditionFailure("\(kind) was checked before") }
    return sizes(x.shape, r.shape)
  }

  /// Checks all inputs and gives the types of `Y`, `Y_h` and, for an LSTM, `Y_c`.
  func results(of inputs: [ValueFacts?], hasCells: Bool) throws(SpecificationError) -> [ValueType] {
    let x = try inputs.float(Place.x, of: kind).shape, w = try inputs.float(Place.w, of: kind).shape
    let r = try inputs.float(Place.r, of: kind).shape
    guard x.rank == 3, w.rank == 3, r.rank == 3, w[0] == directions, r[0] == directions, w[2] == x[2], w[1] == r[1],
      r[1] == gateCount * r[2], units == nil || units == r[2]
    else {
      throw SpecificationError(
        "\(kind) with \(directions) direction(s) cannot apply weights of \(w) and \(r) to \(x)",
        hint: "The weights are directions x \(gateCount) gates of the units x inputs, or x units")
    }
    let s = sizes(x, r)
    func check(_ place: Int, _ extents: [Int], _ what: String) throws(SpecificationError) {
      guard inputs.optional(place) != nil else { return }
      let shape = try inputs.float(place, of: kind).shape
      guard shape.extents == extents else {
        throw SpecificationError(
          "\(kind)'s \(what) of \(shape) should be \(extents.map(String.init).joined(separator: " x "))",
          hint: "Export the model again")
      }
    }
    let state = putsBatchFirst ? [s.batch, directions, s.units] : [directions, s.batch, s.units]
    try check(Place.bias, [directions, 2 * s.gates], "bias")
    try check(Place.hidden, state, "initial state")
    if hasCells {
      try check(Place.cell, state, "initial cell")
      try check(Place.peepholes, [directions, 3 * s.units], "peepholes")
    }
    if let lengths = inputs.optional(Place.lengths) {
      guard let values = lengths.constant?.integers, values.allSatisfy({ $0 == s.steps }) else {
        throw SpecificationError(
          "\(kind) with sequences of different lengths ('sequence_lens') is not supported",
          hint: "Give all sequences the same length and leave the lengths out")
      }
    }
    let all =
      putsBatchFirst
      ? [s.batch, s.steps, directions, s.units] : [s.steps, directions, s.batch, s.units]
    let last = ValueType(.float32, try TensorShape(state))
    // The gates of all steps must be countable as well.
    _ = try TensorShape([s.steps, s.batch, directions, 4, s.gates])
    return Array([ValueType(.float32, try TensorShape(all)), last, last].prefix(min(resultCount, hasCells ? 3 : 2)))
  }

  /// The slot of the state before a step, and after it.
  func slots(_ direction: Int, _ step: Int) -> (before: Int, after: Int) {
    isReversed(direction) ? (step + 1, step) : (step, step + 1)
  }

  /// The number of rows of one piece of the batch.
  static let grain = 16

  /// The input with steps first.
  func stepsFirst(_ x: TensorView, _ s: RecurrenceSizes, room: UnsafeMutablePointer<Float>) -> UnsafePointer<Float> {
    guard putsBatchFirst else { return UnsafePointer(x.floats) }
    initscope_swap_leading_axes(x.floats, s.batch, s.steps, s.inputs, room)
    return UnsafePointer(room)
  }

  /// Where a state input or result has the rows of a direction: the first row, and the distance between rows.
  func state(_ direction: Int, _ s: RecurrenceSizes) -> (offset: Int, stride: Int) {
    putsBatchFirst ? (direction * s.units, directions * s.units) : (direction * s.step, s.units)
  }

  /// Where `Y` has a step's rows of a direction.
  func output(_ direction: Int, _ step: Int, _ s: RecurrenceSizes) -> (offset: Int, stride: Int) {
    putsBatchFirst
      ? ((step * directions + direction) * s.units, s.steps * directions * s.units)
      : ((step * directions + direction) * s.step, s.units)
  }

  /// Copies an initial state, or zeros, to a contiguous slot.
  func begin(_ view: TensorView?, _ direction: Int, _ s: RecurrenceSizes, into slot: UnsafeMutablePointer<Float>) {
    guard let view else { return slot.update(repeating: 0, count: s.step) }
    let (offset, stride) = state(direction, s)
    for row in 0..<s.batch { (slot + row * s.units).update(from: view.floats + offset + row * stride, count: s.units) }
  }

  /// Copies the last state to a result.
  func finish(
    _ slot: UnsafePointer<Float>, _ direction: Int, _ s: RecurrenceSizes, into target: UnsafeMutablePointer<Float>
  ) {
    let (offset, stride) = state(direction, s)
    for row in 0..<s.batch { (target + offset + row * stride).update(from: slot + row * s.units, count: s.units) }
  }

  /// Copies a step's states to `Y`.
  func show(
    _ states: UnsafePointer<Float>, _ direction: Int, _ step: Int, _ s: RecurrenceSizes,
    into target: UnsafeMutablePointer<Float>
  ) {
    let (offset, stride) = output(direction, step, s)
    for row in 0..<s.batch { (target + offset + row * stride).update(from: states + row * s.units, count: s.units) }
  }

  /// Copies, or adds, the gradient that arrives at a step's states in `Y`.
  func collect(
    _ gradient: UnsafePointer<Float>?, _ direction: Int, _ step: Int, _ s: RecurrenceSizes,
    into target: UnsafeMutablePointer<Float>
  ) {
    guard let gradient else { return target.update(repeating: 0, count: s.step) }
    let (offset, stride) = output(direction, step, s)
    for row in 0..<s.batch { (target + row * s.units).update(from: gradient + offset + row * stride, count: s.units) }
  }

  /// Adds the gradient that arrives at a last state.
  func addLast(
    _ gradient: UnsafePointer<Float>?, _ direction: Int, _ s: RecurrenceSizes, to target: UnsafeMutablePointer<Float>
  ) {
    guard let gradient else { return }
    let (offset, stride) = state(direction, s)
    for row in 0..<s.batch {
      Elementwise.add(gradient + offset + row * stride, to: target + row * s.units, count: s.units)
    }
  }

  /// The packed recurrent weights' room.
  func packedSize(_ s: RecurrenceSizes) -> Int {
    max(initscope_packed_size(s.units, s.gates), initscope_packed_size(s.gates, s.units))
  }

  /// `x W^T` of all steps.
  func project(
    _ x: UnsafePointer<Float>, _ w: UnsafePointer<Float>, _ s: RecurrenceSizes, into gates: UnsafeMutablePointer<Float>,
    team: any OperatorTeam
  ) {
    BatchedProduct.product(
      m: s.rows, n: s.gates, k: s.inputs, alpha: 1, x, false, w, true, into: gates, team: team)
  }

  /// The gradients of X, W, R and B of one direction, from those of the gates.
  ///
  /// - Parameters:
  ///   - call: The pass.
  ///   - direction: The direction.
  ///   - s: The sizes.
  ///   - x: The input, steps first.
  ///   - before: The states before all steps.
  ///   - gates: Gradients with respect to `W x + b`.
  ///   - recurrent: Gradients with respect to `R h + b`, where others.
  ///   - inputTarget: Where the input's gradient goes, steps first; later directions are added.
  ///   - room: Room for the input's gradient of a later direction.
  func finishBackward(
    _ call: BackwardCall, _ direction: Int, _ s: RecurrenceSizes, x: UnsafePointer<Float>, before: UnsafePointer<Float>?,
    gates: UnsafePointer<Float>, recurrent: UnsafePointer<Float>, inputTarget: UnsafeMutablePointer<Float>?,
    room: UnsafeMutablePointer<Float>
  ) {
    if let target = call.target(Place.w) {
      BatchedProduct.product(
        m: s.gates, n: s.inputs, k: s.rows, alpha: 1, gates, true, x, false,
        into: target + direction * s.gates * s.inputs, team: call.team)
    }
    if let target = call.target(Place.r), let before {
      BatchedProduct.product(
        m: s.gates, n: s.units, k: s.rows, alpha: 1, recurrent, true, before, false,
        into: target + direction * s.gates * s.units, team: call.team)
    }
    if let target = call.target(Place.bias) {
      let first = target + direction * 2 * s.gates
      initscope_channel_sums(gates, s.rows, s.gates, 1, first)
      initscope_channel_sums(recurrent, s.rows, s.gates, 1, first + s.gates)
    }
    if let inputTarget {
      let into = direction == 0 ? inputTarget : room
      BatchedProduct.product(
        m: s.rows, n: s.inputs, k: s.gates, alpha: 1, gates, false,
        call.input(Place.w).floats + direction * s.gates * s.inputs, false, into: into, team: call.team)
      if direction > 0 { Elementwise.add(room, to: inputTarget, count: s.rows * s.inputs) }
    }
  }

  /// The sum of both halves of a bias, or zeros.
  func bias(
    _ view: TensorView?, _ direction: Int, _ s: RecurrenceSizes, half: Int? = nil, into target: UnsafeMutablePointer<Float>
  ) {
    guard let view else { return target.update(repeating: 0, count: s.gates) }
    let first = view.floats + direction * 2 * s.gates
    switch half {
    case let half?: target.update(from: first + half * s.gates, count: s.gates)
    case nil: for gate in 0..<s.gates { target[gate] = first[gate] + first[s.gates + gate] }
    }
  }
}
