import NetworkGraph
import TensorKernels

extension OperatorEntry {
  static let pad = OperatorEntry("Pad") { attributes throws(SpecificationError) in
    let name = try attributes.text("mode", "constant")
    guard let mode = Pad.Mode(rawValue: name) else {
      throw SpecificationError("Pad has no mode '\(name)'", hint: "ONNX knows constant, reflect, edge and wrap")
    }
    guard attributes.version < 11 else { return Pad(mode: mode, pads: nil, value: 0) }
    return Pad(mode: mode, pads: try attributes.integers("pads"), value: Float(try attributes.float("value", 0)))
  }
}

/// A tensor with elements put before and after it along axes; negative numbers take elements away.
struct Pad: OperatorKernel {
  enum Mode: String, Sendable { case constant, reflect, edge, wrap }

  static let kind = "Pad"
  let traits: OperatorTraits = [.permutes]
  let mode: Mode
  /// The attribute of operator sets before 11; nil where pads are the second input.
  let pads: [Int]?
  let value: Float
  /// Whether what is put in has no scale: zeros and infinities are the same at every scale.
  private var fillsWithoutScale = false

  init(mode: Mode, pads: [Int]?, value: Float) {
    self.mode = mode
    self.pads = pads
    self.value = value
  }

  var scaleLaw: ScaleLaw { mode == .constant && !fillsWithoutScale ? .aligned : .homogeneous }

  func scales(of exponents: [Double], isFloat: [Bool]) -> OperatorScales {
    let own = exponents.first ?? 0
    let takesValue = mode == .constant && isFloat.count > 2 && isFloat[2] && !fillsWithoutScale
    let common = takesValue ? max(own, exponents[2]) : mode == .constant && value != 0 ? 0 : own
    return OperatorScales(inputs: exponents.indices.map { $0 == 0 || $0 == 2 ? common : 0 }, output: common)
  }

  func specialized(to inputs: [ValueFacts?]) -> any OperatorKernel {
    var known = self
    if let fill = inputs.optional(2)?.constant?.floats {
      known.fillsWithoutScale = fill.allSatisfy { $0 == 0 || !$0.isFinite }
    } else if inputs.optional(2) == nil {
      known.fillsWithoutScale = value == 0 || !value.isFinite
    }
    return known
  }

  private func margins(
    _ shape: TensorShape, _ given: [Int]?, _ axes: [Int]?
  ) throws(SpecificationError) -> (before: [Int], after: [Int]) {
    guard let pads = pads ?? given else {
      throw SpecificationError("Pad needs pads as input 2, which the node leaves out", hint: damagedFile)
    }
    let named = axes ?? Array(0..<shape.rank)
    guard pads.count == 2 * named.count else {
      throw SpecificationError("Pad has \(pads.count) pads for \(named.count) axes of \(shape)", hint: damagedFile)
    }
    if axes != nil { _ = try shape.axes(named, of: Self.kind) }
    var before = [Int](repeating: 0, count: shape.rank), after = before
    for (place, axis) in named.enumerated() {
      let axis = try shape.axis(axis, of: Self.kind)
      (before[axis], after[axis]) = (pads[place], pads[place + named.count])
    }
    for axis in 0..<shape.rank {
      let extent = shape[axis], limit = TensorShape.largestCount
      let isSane = before[axis] >= -limit && before[axis] <= limit && after[axis] >= -limit && after[axis] <= limit
      guard isSane, extent + before[axis] + after[axis] >= 0 else {
        throw SpecificationError(
          "Pad cannot put \(before[axis]) elements before and \(after[axis]) after axis \(axis) of \(shape)",
          hint: damagedFile)
      }
      guard mode == .constant || extent > 0 || extent + before[axis] + after[axis] == 0 else {
        throw SpecificationError("Pad cannot take elements of an empty axis", hint: "Use the mode constant")
      }
    }
    return (before, after)
  }

  func results(of inputs: [ValueFacts?]) throws(SpecificationError) -> [ValueType] {
    let data = try inputs.required(0, of: Self.kind)
    if let fill = inputs.optional(2), fill.type.element != data.type.element || fill.shape.count != 1 {
      throw SpecificationError("Pad fills with one value of the tensor's type", hint: damagedFile)
    }
    let (before, after) = try margins(
      data.shape, inputs.integers(1, of: Self.kind), inputs.integers(3, of: Self.kind))
    let extents = data.shape.extents.indices.map { data.shape[$0] + before[$0] + after[$0] }
    return [ValueType(data.type.element, try TensorShape(extents))]
  }

  func carriesGradient(toInput input: Int) -> Bool { input == 0 || input == 2 }

  func requirements(inputs: [ValueType?], outputs: [ValueType]) -> KernelRequirements {
    KernelRequirements(readsInputs: [1, 3].filter { inputs.indices.contains($0) && inputs[$0] != nil })
  }

  /// The part of the tensor that the result holds.
  private func middle(_ source: TensorShape, _ target: TensorShape, _ before: [Int]) -> StridedWalk {
    var extents: [Int] = [], from = 0, to = 0
    for axis in 0..<source.rank {
      let first = max(0, -before[axis]), last = min(source[axis], target[axis] - before[axis])
      extents.append(max(0, last - first))
      from += first * source.strides[axis]
      to += (first + before[axis]) * target.strides[axis]
    }
    return StridedWalk(extents, source: source.strides, target: target.strides, sourceStart: from, targetStart: to)
  }

  /// For each place along an axis of the result, that of the tensor.
  private func places(_ extent: Int, _ count: Int, _ before: Int) -> [Int] {
    (0..<count).map { place in
      let at = place - before
      switch mode {
      case .edge: return min(max(at, 0), extent - 1)
      case .wrap: return (at % extent + extent) % extent
      case .reflect, .constant:
        if extent == 1 { return 0 }
        let period = 2 * (extent - 1), folded = (at % period + period) % period
        return folded < extent ? folded : period - folded
      }
    }
  }

  /// Calls `body` with the offsets of rows in the tensor and in the result.
  private func eachRow(
    _ source: TensorShape, _ target: TensorShape, _ before: [Int], _ body: (_ from: Int, _ to: Int, _ places: [Int]) -> Void
  ) {
    guard target.count > 0, target.rank > 0 else { return }
    let tables = (0..<target.rank).map { places(source[$0], target[$0], before[$0]) }
    let strides = source.strides, last = target.rank - 1, rows = target.count / target[last]
    for row in 0..<rows {
      var rest = row, from = 0
      for axis in stride(from: last - 1, through: 0, by: -1) {
        from += tables[axis][rest % target[axis]] * strides[axis]
        rest /= target[axis]
      }
      body(from, row * target[last], tables[last])
    }
  }

  func forward(_ call: ForwardCall) throws {
    let source = call.input(0), target = call.outputs[0]
    let (before, _) = try margins(source.shape, call.integers(1), call.integers(3))
    if mode == .constant || source.shape.rank == 0 {
      let fill = call.optional(2)
      switch target.type.element {
      case .float32: target.floats.update(repeating: fill?.floats[0] ?? value, count: target.count)
      case .int64: target.integers.update(repeating: fill?.integers[0] ?? 0, count: target.count)
      case .bool: target.bools.update(repeating: fill?.bools[0] ?? 0, count: target.count)
      }
      middle(source.shape, target.shape, before).copy(
        source.memory, to: target.memory, bytes: target.elementBytes, team: call.team)
      return
    }
    eachRow(source.shape, target.shape, before) { from, to, places in
      switch target.type.element {
      case .float32: for (i, place) in places.enumerated() { target.floats[to + i] = source.floats[from + place] }
      case .int64: for (i, place) in places.enumerated() { target.integers[to + i] = source.integers[from + place] }
      case .bool: for (i, place) in places.enumerated() { target.bools[to + i] = source.bools[from + place] }
      }
    }
  }

  func backward(_ call: BackwardCall) {
    guard let g = call.outputGradients[0] else { return }
    let own = call.input(0).shape, result = call.outputs[0].shape
    guard let (before, _) = try? margins(own, call.integers(1), call.integers(3)) else { return }
    if mode == .constant || own.rank == 0 {
      let middle = middle(own, result, before)
      if let target = call.target(0) {
        target.update(repeating: 0, count: own.count)
        middle.copyBack(g, to: target, bytes: 4, team: call.team)
      }
      if let target = call.target(2) {
        // All that is put in is one value: the sum of all gradients without those of the tensor's part.
        var sum = 0.0
        for i in 0..<result.count { sum += Double(g[i]) }
        sum -= inside(g, own, result, before)
        target[0] = Float(sum)
      }
      return
    }
    if let target = call.target(0) {
      target.update(repeating: 0, count: own.count)
      eachRow(own, result, before) { from, to, places in
        for (i, place) in places.enumerated() { target[from + place] += g[to + i] }
      }
    }
    call.target(2)?[0] = 0
  }

  /// The sum of gradients where the result holds the tensor.
  private func inside(_ g: UnsafePointer<Float>, _ own: TensorShape, _ result: TensorShape, _ before: [Int]) -> Double {
    var sum = 0.0
    for element in 0..<result.count {
      var rest = element, isInside = true
      for axis in stride(from: result.rank - 1, through: 0, by: -1) {
        let place = rest % result[axis] - before[axis]
        rest /= result[axis]
        if place < 0 || place >= own[axis] { isInside = false }
      }
      if isInside { sum += Double(g[element]) }
    }
    return sum
  }
}
