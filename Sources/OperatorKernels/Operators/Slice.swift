import NetworkGraph
import TensorKernels

extension OperatorEntry {
  static let slice = OperatorEntry("Slice") { _ throws(SpecificationError) in Slice() }
}

/// Elements from `starts` to before `ends` along axes, every `steps`-th, as Python's slices: negative places count from the
/// end, and places beyond the tensor are moved to it.
struct Slice: OperatorKernel {
  static let kind = "Slice"
  let traits: OperatorTraits = [.permutes, .selects]
  let scaleLaw = ScaleLaw.homogeneous

  /// Where each axis begins, its step and how many elements it gives.
  private struct Cut {
    var start: Int, step: Int, count: Int
  }

  private func cuts(
    _ shape: TensorShape, starts: [Int], ends: [Int], axes: [Int]?, steps: [Int]?
  ) throws(SpecificationError) -> [Cut] {
    let named = axes ?? Array(0..<min(starts.count, shape.rank))
    guard starts.count == ends.count, named.count == starts.count, steps.map({ $0.count == starts.count }) ?? true else {
      throw SpecificationError(
        "Slice has \(starts.count) starts, \(ends.count) ends, \(named.count) axes and "
          + "\(steps?.count ?? starts.count) steps",
        hint: damagedFile)
    }
    // Refuses what is named twice.
    _ = try shape.axes(named, of: Self.kind)
    var cuts = shape.extents.map { Cut(start: 0, step: 1, count: $0) }
    for place in named.indices {
      let axis = try shape.axis(named[place], of: Self.kind), extent = shape[axis], step = steps?[place] ?? 1
      guard step != 0 else { throw SpecificationError("Slice has a step of 0", hint: damagedFile) }
      func clamped(_ value: Int, _ low: Int, _ high: Int) -> Int {
        min(max(value < 0 ? value + extent : value, low), high)
      }
      let cut: Cut
      if step > 0 {
        let start = clamped(starts[place], 0, extent), end = clamped(ends[place], 0, extent)
        cut = Cut(start: start, step: step, count: start < end ? (end - start - 1) / step + 1 : 0)
      } else {
        let start = clamped(starts[place], -1, extent - 1), end = clamped(ends[place], -1, extent - 1)
        // The most negative step has no magnitude in Int.
        let stride = step == .min ? Int.max : -step
        cut = Cut(start: start, step: step, count: start > end ? (start - end - 1) / stride + 1 : 0)
      }
      // One element needs no step, and a huge one must not be multiplied.
      cuts[axis] = cut.count > 1 ? cut : Cut(start: cut.count == 0 ? 0 : cut.start, step: 1, count: cut.count)
    }
    return cuts
  }

  func results(of inputs: [ValueFacts?]) throws(SpecificationError) -> [ValueType] {
    let data = try inputs.required(0, of: Self.kind)
    guard let starts = try inputs.integers(1, of: Self.kind), let ends = try inputs.integers(2, of: Self.kind) else {
      throw SpecificationError("Slice needs starts and ends as inputs 2 and 3", hint: damagedFile)
    }
    let cuts = try cuts(
      data.shape, starts: starts, ends: ends, axes: inputs.integers(3, of: Self.kind),
      steps: inputs.integers(4, of: Self.kind))
    return [ValueType(data.type.element, try TensorShape(cuts.map(\.count)))]
  }

  func requirements(inputs: [ValueType?], outputs: [ValueType]) -> KernelRequirements {
    KernelRequirements(readsInputs: inputs.indices.filter { $0 > 0 && inputs[$0] != nil })
  }

  private func walk(_ source: TensorShape, _ target: TensorShape, _ integers: (Int) -> [Int]?) -> StridedWalk? {
    guard let starts = integers(1), let ends = integers(2),
      let cuts = try? cuts(source, starts: starts, ends: ends, axes: integers(3), steps: integers(4)),
      cuts.map(\.count) == target.extents
    else { return nil }
    let strides = source.strides
    return StridedWalk(
      filling: target, source: zip(cuts, strides).map { $0.step * $1 },
      start: zip(cuts, strides).reduce(0) { $0 + $1.0.start * $1.1 })
  }

  func forward(_ call: ForwardCall) throws {
    let source = call.input(0), target = call.outputs[0]
    guard let walk = walk(source.shape, target.shape, call.integers) else { throw OperatorFailure.changedShape(Self.kind) }
    walk.copy(source.memory, to: target.memory, bytes: target.elementBytes, team: call.team)
  }

  func backward(_ call: BackwardCall) {
    guard let g = call.outputGradients[0], let target = call.target(0) else { return }
    let own = call.input(0).shape
    target.update(repeating: 0, count: own.count)
    walk(own, call.outputs[0].shape, call.integers)?.copyBack(g, to: target, bytes: 4, team: call.team)
  }
}

extension OperatorFailure {
  /// The error that an input's values, of which the result's shape depends, are not those that shapes were inferred from.
  ///
  /// - Parameter kind: The operator's name.
  static func changedShape(_ kind: String) -> OperatorFailure {
    OperatorFailure(
      "\(kind) got other sizes than when shapes were inferred", hint: "Export the model with fixed shapes")
  }
}
