import NetworkGraph
import TensorKernels

/// A function of any number of tensors that are repeated to a common shape: Max, Min, Sum and Mean.
struct VariadicOperator: OperatorKernel {
  enum Form: Sendable { case max, min, sum, mean }

  static let kind = "Variadic"
  let kind: String
  let form: Form
  let scaleLaw = ScaleLaw.aligned

  init(_ kind: String, _ form: Form) {
    self.kind = kind
    self.form = form
  }

  var traits: OperatorTraits { isExtreme ? [.elementwise] : [.sums, .joins] }
  var theory: LayerTheory { form == .sum ? .sum : .unknown(.kind) }
  private var isExtreme: Bool { form == .max || form == .min }

  func results(of inputs: [ValueFacts?]) throws(SpecificationError) -> [ValueType] {
    let first = try inputs.required(0, of: kind)
    guard first.type.element == .float32 || first.type.element == .int64 && isExtreme else {
      throw SpecificationError("\(kind) does not take tensors of \(first.type.element.rawValue)", hint: damagedFile)
    }
    var shape = first.shape
    for place in inputs.indices.dropFirst() {
      let next = try inputs.required(place, of: kind)
      guard next.type.element == first.type.element else {
        throw SpecificationError(
          "\(kind) takes tensors of one type, got \(first.type.element.rawValue) and \(next.type.element.rawValue)",
          hint: damagedFile)
      }
      shape = try shape.broadcast(with: next.shape)
    }
    return [ValueType(first.type.element, shape)]
  }

  func requirements(inputs: [ValueType?], outputs: [ValueType]) -> KernelRequirements {
    // The number of equal extremes, and a gradient of the common shape.
    isExtreme
      ? KernelRequirements(
        backwardWorkspace: 2 * outputs[0].shape.count, readsInputs: Array(inputs.indices), readsOutputs: [0])
      : KernelRequirements()
  }

  func forward(_ call: ForwardCall) {
    let target = call.outputs[0], first = call.input(0)
    StridedWalk(filling: target.shape, source: first.shape.repeatedStrides(to: target.shape)).copy(
      first.memory, to: target.memory, bytes: target.elementBytes, team: call.team)
    for place in call.inputs.indices.dropFirst() {
      let next = call.input(place)
      if target.type.element == .int64 {
        let form = form
        BinaryPass.run(
          target.shape, next.shape, target.shape, team: call.team, target.integers, next.integers, into: target.integers
        ) { form == .max ? Swift.max($0, $1) : Swift.min($0, $1) }
      } else {
        add(next, to: target, call.team)
      }
    }
    if form == .mean { Elementwise.scale(target.floats, by: 1 / Float(call.inputs.count), count: target.count) }
  }

  private func add(_ next: TensorView, to target: TensorView, _ team: any OperatorTeam) {
    let shape = target.shape, z = target.floats, x = next.floats
    switch form {
    // A NaN on either side is the result.
    case .max:
      BinaryPass.run(shape, next.shape, shape, team: team, z, x, into: z) { $0 >= $1 || $0 != $0 ? $0 : $1 }
    case .min:
      BinaryPass.run(shape, next.shape, shape, team: team, z, x, into: z) { $0 <= $1 || $0 != $0 ? $0 : $1 }
    case .sum, .mean: BinaryPass.run(shape, next.shape, shape, team: team, z, x, into: z) { $0 + $1 }
    }
  }

  func backward(_ call: BackwardCall) {
    guard let g = call.outputGradients[0] else { return }
    let result = call.outputs[0].shape, count = result.count
    guard isExtreme else {
      for place in call.inputs.indices {
        guard let target = call.target(place) else { continue }
        Broadcasting.reduce(g, from: result, to: call.input(place).shape, into: target)
        if form == .mean { Elementwise.scale(target, by: 1 / Float(call.inputs.count), count: call.input(place).count) }
      }
      return
    }
    // Equal extremes share the gradient.
    let y = call.outputs[0].floats, ties = call.workspace, part = call.workspace + count
    ties.update(repeating: 0, count: count)
    for place in call.inputs.indices {
      let x = call.input(place)
      BinaryPass.run(result, x.shape, result, team: call.team, y, x.floats, into: part) { $0 == $1 ? 1 : 0 as Float }
      Elementwise.add(part, to: ties, count: count)
    }
    for place in call.inputs.indices {
      guard let target = call.target(place) else { continue }
      let x = call.input(place)
      BinaryPass.run(result, x.shape, result, team: call.team, y, x.floats, into: part) { $0 == $1 ? 1 : 0 as Float }
      for i in 0..<count { part[i] = part[i] == 0 ? 0 : g[i] / ties[i] }
      Broadcasting.reduce(part, from: result, to: x.shape, into: target)
    }
  }
}
