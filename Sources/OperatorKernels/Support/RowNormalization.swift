import CTensorKernels
import NetworkGraph

/// Normalization of rows of the last axes: what layer and root-mean-square normalization share.
struct RowNormalization {
  let kind: String
  /// The first axis that is normalized.
  let axis: Int
  let epsilon: Double
  /// Whether the mean is subtracted.
  let isCentered: Bool

  /// Rows and values of each.
  func sizes(_ shape: TensorShape) -> (rows: Int, columns: Int) {
    let first = axis < 0 ? axis + shape.rank : axis
    return (shape.count(of: 0..<first), shape.count(of: first..<shape.rank))
  }

  /// Checks the inputs and gives the shape of a row's statistics.
  func check(_ inputs: [ValueFacts?], parameters: Range<Int>) throws(SpecificationError) -> TensorShape {
    let x = try inputs.float(0, of: kind).shape
    guard x.rank > 0 else {
      throw SpecificationError("\(kind) cannot normalize a single value", hint: "Export the model again")
    }
    let first = try x.resolved(axis: axis, name: "\(kind)'s axis")
    let row = try TensorShape(Array(x.extents[first...]))
    for place in parameters where place == 1 || inputs.optional(place) != nil {
      let shape = try inputs.float(place, of: kind).shape
      guard try shape.broadcast(with: row) == row else {
        throw SpecificationError(
          "\(kind)'s input \(place + 1) of \(shape) does not fit the normalized axes, \(row)",
          hint: "One value per normalized element, or extents of 1")
      }
    }
    return try TensorShape(Array(x.extents[..<first]) + [Int](repeating: 1, count: x.rank - first))
  }

  /// A parameter with one value per column, repeated into the workspace where it has fewer.
  func parameter(_ view: TensorView?, row: TensorShape, room: UnsafeMutablePointer<Float>) -> UnsafePointer<Float>? {
    guard let view else { return nil }
    guard view.count != row.count else { return UnsafePointer(view.floats) }
    let walk = Broadcasting([view.shape], to: row), inner = walk.inner
    walk.forEachRun(0..<walk.runs) { run, offsets in
      for place in 0..<inner.extent {
        room[run * inner.extent + place] = view.floats[offsets[0] + place * inner.strides[0]]
      }
    }
    return UnsafePointer(room)
  }

  /// The shape of the normalized axes.
  func row(_ shape: TensorShape) -> TensorShape {
    let first = axis < 0 ? axis + shape.rank : axis
    guard let row = try? TensorShape(Array(shape.extents[first...])) else {
      preconditionFailure("\(kind) of \(shape) was checked before")
    }
    return row
  }

  func requirements(_ inputs: [ValueType?]) -> KernelRequirements {
    guard let x = inputs[0] else { return KernelRequirements() }
    let (rows, columns) = sizes(x.shape)
    let repeated = inputs.dropFirst().contains { $0.map { $0.shape.count != columns } ?? false }
    return KernelRequirements(
      saved: (isCentered ? 2 : 1) * rows, forwardWorkspace: repeated ? 2 * columns : 0,
      // A repeated gain, and the gradients of all columns before they are summed.
      backwardWorkspace: repeated ? 3 * columns : 0, readsInputs: [0, 1])
  }

  private func grain(_ columns: Int) -> Int { max(1, BinaryPass.grain / max(1, columns)) }

  func forward(_ call: ForwardCall, shift: TensorView?) {
    let units = call.units(epsilon: epsilon)
    let x = call.input(0), (rows, columns) = sizes(x.shape), z = call.outputs[0].floats
    let row = row(x.shape)
    let gain = parameter(call.input(1), row: row, room: call.workspace)
    let shift = parameter(shift, row: row, room: call.workspace + columns)
    let inverse = call.saved, mean = isCentered ? call.saved + rows : nil
    call.team.split(rows, grain: grain(columns)) { piece in
      let r = piece.lowerBound, at = r * columns
      initscope_rows_normalize(
        x.floats + at, piece.count, columns, units.weight, units.epsilon, gain, shift, z + at, mean.map { $0 + r },
        inverse + r)
    }
    // Statistics as results.
    let statistics = isCentered ? [mean, inverse] : [inverse]
    for (place, values) in statistics.enumerated() where call.outputs.count > 1 + place {
      if let values { call.outputs[1 + place].floats.update(from: values, count: rows) }
    }
  }

  func backward(_ call: BackwardCall) {
    let x = call.input(0), (rows, columns) = sizes(x.shape), row = row(x.shape)
    let inverse = call.saved, mean = isCentered ? call.saved + rows : nil
    let g = call.outputGradients[0], weight = call.units(epsilon: epsilon).weight
    func gradient(_ place: Int) -> UnsafePointer<Float>? {
      call.outputGradients.indices.contains(place) ? call.outputGradients[place] : nil
    }
    if let target = call.target(0) {
      let gain = parameter(call.input(1), row: row, room: call.workspace)
      let ofMean = isCentered ? gradient(1) : nil, ofInverse = gradient(isCentered ? 2 : 1)
      call.team.split(rows, grain: grain(columns)) { piece in
        let r = piece.lowerBound, at = r * columns
        initscope_rows_gradient(
          g.map { $0 + at }, x.floats + at, piece.count, columns, weight, mean.map { UnsafePointer($0 + r) },
          inverse + r, gain,
          ofMean.map { $0 + r }, ofInverse.map { $0 + r }, target + at)
      }
    }
    let targets = [call.target(1), call.target(2)]
    guard targets.contains(where: { $0 != nil }) else { return }
    guard let g else {
      for place in [1, 2] { call.target(place)?.update(repeating: 0, count: call.input(place).count) }
      return
    }
    // Gradients of all columns, in place where parameters have one value per column.
    let sums = [1, 2].map { place -> UnsafeMutablePointer<Float>? in
      guard let target = call.target(place) else { return nil }
      return call.input(place).count == columns ? target : call.workspace + place * columns
    }
    call.team.split(columns, grain: 64) { piece in
      let c = piece.lowerBound
      initscope_rows_parameter_gradient(
        g + c, x.floats + c, rows, columns, piece.count, mean, inverse, sums[0].map { $0 + c }, sums[1].map { $0 + c })
    }
    for place in [1, 2] {
      guard let target = call.target(place), let sum = sums[place - 1], sum != target else { continue }
      Broadcasting.reduce(sum, from: row, to: call.input(place).shape, into: target)
    }
  }
}

extension OperatorAttributes {
  /// The epsilon of a normalization.
  ///
  /// - Parameters:
  ///   - standard: The value where it is missing.
  ///   - kind: The operator's name, for the error.
  /// - Throws: `SpecificationError` for a negative one.
  func epsilon(_ standard: Double = 1e-5, of kind: String) throws(SpecificationError) -> Double {
    let value = try float("epsilon", standard)
    guard value >= 0, value.isFinite else {
      throw SpecificationError("\(kind)'s epsilon must not be negative, got \(value)", hint: "Export the model again")
    }
    return value
  }
}
