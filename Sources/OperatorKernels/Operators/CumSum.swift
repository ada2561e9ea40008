import NetworkGraph
import TensorKernels

extension OperatorEntry {
  static let cumSum = OperatorEntry("CumSum") { attributes throws(SpecificationError) in
    CumSum(
      isExclusive: try attributes.integer("exclusive", 0) != 0, isReversed: try attributes.integer("reverse", 0) != 0)
  }
}

/// Running sums along an axis: each element and those before it, or only those; or from the end.
struct CumSum: OperatorKernel {
  static let kind = "CumSum"
  let traits: OperatorTraits = [.contracts]
  let scaleLaw = ScaleLaw.homogeneous
  let isExclusive: Bool
  let isReversed: Bool

  func results(of inputs: [ValueFacts?]) throws(SpecificationError) -> [ValueType] {
    let data = try inputs.required(0, of: Self.kind), axis = try inputs.indices(1, of: Self.kind)
    guard data.type.element != .bool, axis.shape.count == 1 else {
      throw SpecificationError("CumSum takes numbers and one axis", hint: damagedFile)
    }
    if let known = axis.constant?.integers?[0] { _ = try data.shape.axis(known, of: Self.kind) }
    return [data.type]
  }

  func requirements(inputs: [ValueType?], outputs: [ValueType]) -> KernelRequirements {
    KernelRequirements(readsInputs: [1])
  }

  private func axis(_ shape: TensorShape, _ axis: TensorView) throws -> Int {
    do throws(SpecificationError) {
      return try shape.axis(Int(axis.integers[0]), of: Self.kind)
    } catch {
      throw OperatorFailure(error.message, hint: error.hint ?? damagedFile)
    }
  }

  func forward(_ call: ForwardCall) throws {
    let source = call.input(0), target = call.outputs[0], axis = try axis(source.shape, call.input(1))
    if source.type.element == .int64 {
      let (before, extent, after) = source.shape.around(axis)
      for line in 0..<before * after {
        let start = line / after * extent * after + line % after
        var sum: Int64 = 0
        for step in 0..<extent {
          let at = start + (isReversed ? extent - 1 - step : step) * after, value = source.integers[at]
          target.integers[at] = isExclusive ? sum : sum &+ value
          sum = sum &+ value
        }
      }
    } else {
      sums(source.floats, into: target.floats, source.shape, axis, isReversed: isReversed, call.team)
    }
  }

  private func sums(
    _ x: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>, _ shape: TensorShape, _ axis: Int, isReversed: Bool,
    _ team: any OperatorTeam
  ) {
    let (before, extent, after) = shape.around(axis)
    guard shape.count > 0 else { return }
    // Columns side by side, so that rows are read whole.
    let width = min(after, 256), pieces = (after + width - 1) / width
    team.split(before * pieces, grain: max(1, StridedWalk.grain / max(1, extent * width))) { range in
      withUnsafeTemporaryAllocation(of: Double.self, capacity: width) { sums in
        for piece in range {
          let first = piece % pieces * width, count = min(width, after - first)
          let start = piece / pieces * extent * after + first
          for i in 0..<count { sums[i] = 0 }
          for step in 0..<extent {
            let at = start + (isReversed ? extent - 1 - step : step) * after
            for i in 0..<count {
              let next = sums[i] + Double(x[at + i])
              y[at + i] = Float(isExclusive ? sums[i] : next)
              sums[i] = next
            }
          }
        }
      }
    }
  }

  func backward(_ call: BackwardCall) {
    guard let g = call.outputGradients[0], let target = call.target(0) else { return }
    let shape = call.input(0).shape
    guard let axis = try? axis(shape, call.input(1)) else { return }
    sums(g, into: target, shape, axis, isReversed: !isReversed, call.team)
  }
}
