import Glibc
import NetworkGraph
import OperatorKernels
import TensorKernels

/// Executes a layer by the operators that it lowers to.
final class LoweredKernel: LayerKernel {
  /// One operator with its arrays.
  private struct Step {
    var kernel: any OperatorKernel
    var operands: [Lowering.Operand?]
    var inputs: [ValueType?]
    var outputs: [ValueType]
    /// The results; nil for the layer's own, which lies in its caller's memory.
    var results: [KernelArray?]
    var saved: KernelArray?
    /// The gradient with respect to the first result; nil for the layer's own.
    var gradient: KernelArray?
    /// Into which inputs a gradient flows.
    var flows: [Bool]
  }

  private let steps: [Step]
  private let workspaces: (forward: KernelArray, backward: KernelArray)
  /// A gradient that is added to one that is already in its place.
  private let aside: KernelArray
  /// The values of constants, by step and operand.
  private let constants: [Int: [Int: FloatBuffer]]
  /// The number of values of each input.
  private let inputCounts: [Int]
  /// The exponents of the last forward pass.
  private var scales: [OperatorScales]

  let memory = KernelMemory()
  let scaling: KernelScaling
  private(set) var keepsScale: Bool

  /// Prepares a layer's operators.
  ///
  /// - Throws: `SpecificationError` where shapes do not fit, `OutOfMemory`.
  init(_ lowering: Lowering, _ context: KernelContext) throws {
    let typed = try Self.typed(lowering), last = typed.count - 1, memory = memory
    var carries: [Bool] = [], made: [Step] = []
    for (index, step) in typed.enumerated() {
      let flows = step.operands.indices.map { step.passesGradient(to: $0, carries) }, isLast = index == last
      carries.append(flows.contains(true) && step.outputs[0].element == .float32)
      // A result outlives the pass where a pass backward reads it.
      let isKept = step.needs.readsOutputs.contains(0) || typed.contains { $0.readsBackward(step: index) }
      made.append(
        Step(
          kernel: step.kernel, operands: step.operands, inputs: step.inputs, outputs: step.outputs,
          results: step.outputs.enumerated().map { slot, type in
            isLast && slot == 0 ? nil : memory.array((type.bytes + 3) / 4, slot == 0 && isKept ? .kept : .forward)
          },
          saved: step.needs.saved > 0 ? memory.array(step.needs.saved, .kept) : nil,
          gradient: isLast || !carries[index] ? nil : memory.array(step.outputs[0].shape.count, .backward), flows: flows))
    }
    steps = made
    constants = try Self.constants(lowering)
    inputCounts = context.inputShapes.map { context.batch * $0.count }
    workspaces = (
      memory.array(typed.map(\.needs.forwardWorkspace).max() ?? 0, .forward),
      memory.array(typed.map(\.needs.backwardWorkspace).max() ?? 0, .backward)
    )
    aside = memory.array(Self.largestSum(made), .backward)
    scales = made.map { OperatorScales(inputs: $0.inputs.map { _ in 0 }, output: 0) }
    scaling = Self.scaling(made.map(\.kernel))
    keepsScale = scaling == .linear || scaling == .known
  }

  /// An operator of a lowering with the types of what it reads and makes.
  private struct Typed {
    var kernel: any OperatorKernel
    var operands: [Lowering.Operand?]
    var inputs: [ValueType?]
    var outputs: [ValueType]
    var needs: KernelRequirements

    /// Whether a gradient flows to an operand: to what does not depend on integers alone.
    ///
    /// - Parameter carries: Whether one flows to the results of earlier steps.
    func passesGradient(to place: Int, _ carries: [Bool]) -> Bool {
      guard inputs[place]?.element == .float32, kernel.carriesGradient(toInput: place) else { return false }
      return switch operands[place] {
      case .input, .parameter: true
      case .step(let earlier, _): carries[earlier]
      case .constant, nil: false
      }
    }

    /// Whether the pass backward reads the result of a step.
    func readsBackward(step: Int) -> Bool {
      needs.readsInputs.contains { place in
        if case .step(step, _)? = operands[place] { true } else { false }
      }
    }
  }

  private static func typed(_ lowering: Lowering) throws -> [Typed] {
    var typed: [Typed] = []
    for step in lowering.steps {
      let facts = step.operands.map { operand -> ValueFacts? in
        switch operand {
        case nil: nil
        case .input(_, let shape), .parameter(_, let shape): ValueFacts(ValueType(.float32, shape))
        case .constant(let constant): ValueFacts(constant.type, constant: constant)
        case .step(let earlier, let shape):
          ValueFacts(ValueType(typed[earlier].outputs[0].element, shape ?? typed[earlier].outputs[0].shape))
        }
      }
      let kernel = step.operation.specialized(to: facts), inputs = facts.map { $0?.type }
      let outputs = try kernel.results(of: facts)
      typed.append(
        Typed(
          kernel: kernel, operands: step.operands, inputs: inputs, outputs: outputs,
          needs: kernel.requirements(inputs: inputs, outputs: outputs)))
    }
    return typed
  }

  /// The values of constants in memory, by step and operand.
  private static func constants(_ lowering: Lowering) throws -> [Int: [Int: FloatBuffer]] {
    var constants: [Int: [Int: FloatBuffer]] = [:]
    for (index, step) in lowering.steps.enumerated() {
      for (place, operand) in step.operands.enumerated() {
        guard case .constant(let constant) = operand else { continue }
        let buffer = try FloatBuffer(capacity: max(1, (constant.type.bytes + 3) / 4))
        constant.write(to: UnsafeMutableRawPointer(buffer.pointer))
        constants[index, default: [:]][place] = buffer
      }
    }
    return constants
  }

  /// The most values of an input or step whose gradient is a sum, since several operators read it.
  private static func largestSum(_ steps: [Step]) -> Int {
    var seen: [Int: Int] = [:], largest = 0
    for step in steps {
      for (operand, type) in zip(step.operands, step.inputs) {
        guard let type else { continue }
        let key: Int
        switch operand {
        case .input(let place, _): key = -1 - place
        case .step(let earlier, _): key = earlier
        default: continue
        }
        seen[key, default: 0] += 1
        if seen[key, default: 0] > 1 { largest = max(largest, type.shape.count) }
      }
    }
    return largest
  }

  private static func scaling(_ kernels: [any OperatorKernel]) -> KernelScaling {
    let laws = kernels.map(\.scaleLaw)
    func has(_ wanted: ScaleLaw) -> Bool { laws.contains { $0 == wanted } }
    if has(.absolute) { return .absolute }
    if has(.weighs) { return .known }
    return has(.invariant) ? .invariant : .linear
  }

  // MARK: Forward

  func forward(
    _ inputs: [UnsafePointer<Float>], parameters: [UnsafePointer<Float>], into z: UnsafeMutablePointer<Float>,
    mode: KernelMode, exponent: Double
  ) {
    // What is linear does not care about the scale.
    let exponent = scaling == .invariant || scaling == .known ? exponent : 0
    for index in steps.indices {
      let step = steps[index]
      var views = step.operands.indices.map { view(index, $0, inputs, parameters) }
      if exponent != 0 { scales[index] = chosen(index, views, exponent) } else { scales[index] = plain(index) }
      let scaled = scaledParameters(index, views)
      defer { for (_, values) in scaled { values.deallocate() } }
      for (place, values) in scaled {
        if let type = step.inputs[place] { views[place] = TensorView(type, UnsafeMutableRawPointer(values)) }
      }
      let results = zip(step.outputs, step.results).map { type, array in
        TensorView(type, UnsafeMutableRawPointer(array?.pointer ?? z))
      }
      do {
        try step.kernel.forward(
          ForwardCall(
            inputs: views, outputs: results, saved: step.saved?.pointer ?? workspaces.forward.pointer,
            workspace: workspaces.forward.pointer, exponents: scales[index].inputs, outputExponent: scales[index].output,
            team: WholeTeam.shared))
      } catch {
        // An input that nobody may pass, such as an id outside its table.
        return z.update(repeating: .nan, count: steps[steps.count - 1].outputs[0].shape.count)
      }
    }
    if scaling == .invariant { keepsScale = exponent != 0 && scales[steps.count - 1].output == exponent }
  }

  private func view(
    _ index: Int, _ place: Int, _ inputs: [UnsafePointer<Float>], _ parameters: [UnsafePointer<Float>]
  ) -> TensorView? {
    guard let type = steps[index].inputs[place] else { return nil }
    let memory: UnsafePointer<Float>? =
      switch steps[index].operands[place] {
      case .input(let number, _): inputs[number]
      case .parameter(let number, _): parameters[number]
      case .constant: constants[index]?[place].map { UnsafePointer($0.pointer) }
      // What no pass backward reads has no memory there.
      case .step(let earlier, _): UnsafePointer(steps[earlier].results[0]?.held ?? aside.pointer)
      case nil: nil
      }
    return memory.map { TensorView(type, UnsafeMutableRawPointer(mutating: $0)) }
  }

  // MARK: Scales

  private func plain(_ index: Int) -> OperatorScales {
    OperatorScales(inputs: steps[index].inputs.map { _ in 0 }, output: 0)
  }

  /// The scales of a step whose inputs are in units of 2^exponent, while parameters and constants are true.
  private func chosen(_ index: Int, _ views: [TensorView?], _ exponent: Double) -> OperatorScales {
    let step = steps[index]
    let own = step.operands.map { operand in
      switch operand {
      case .input: exponent
      case .step(let earlier, _): scales[earlier].output
      default: 0.0
      }
    }
    let chosen = step.kernel.scales(
      of: zip(views, own).map { view, own in
        guard let view, view.type.element == .float32 else { return nil }
        return ScaledOperand(exponent: own) { Elementwise.largestMagnitude(view.floats, count: view.count) }
      })
    for (place, operand) in step.operands.enumerated() {
      if case .parameter = operand { continue }
      precondition(chosen.inputs[place] == own[place], "only parameters of a layer are brought to another scale")
    }
    return chosen
  }

  /// Copies of parameters that a step takes in another unit than the true one: biases, few values each.
  private func scaledParameters(_ index: Int, _ views: [TensorView?]) -> [(place: Int, values: UnsafeMutablePointer<Float>)]
  {
    steps[index].operands.enumerated().compactMap { place, operand in
      guard case .parameter = operand, let view = views[place], scales[index].inputs[place] != 0 else { return nil }
      // Beyond this nothing but zero or infinity is left.
      let exponent = Int(max(-4096, min(4096, -scales[index].inputs[place])))
      let copy = UnsafeMutablePointer<Float>.allocate(capacity: max(1, view.count))
      for element in 0..<view.count {
        copy[element] = Float(scalbn(Double(view.floats[element]), exponent))
      }
      return (place, copy)
    }
  }

  // MARK: Backward

  func backward(
    _ gradient: UnsafePointer<Float>, inputs: [UnsafePointer<Float>], parameters: [UnsafePointer<Float>],
    z: UnsafePointer<Float>, inputGradients: [UnsafeMutablePointer<Float>?],
    parameterGradients: [UnsafeMutablePointer<Float>?]
  ) {
    var hasInput = inputGradients.map { _ in false }, hasStep = steps.map { _ in false }
    for index in steps.indices.reversed() {
      let step = steps[index], isLast = index == steps.count - 1
      guard isLast || hasStep[index] else { continue }
      var targets = [UnsafeMutablePointer<Float>?](repeating: nil, count: step.operands.count)
      var sums: [(target: UnsafeMutablePointer<Float>, count: Int)] = []
      for (place, operand) in step.operands.enumerated() where step.flows[place] {
        switch operand {
        case .input(let number, _):
          targets[place] = inputGradients[number]
          if let target = inputGradients[number], hasInput[number] { sums.append((target, inputCounts[number])) }
          if hasInput[number], targets[place] != nil { targets[place] = aside.pointer }
          hasInput[number] = true
        case .parameter(let number, _): targets[place] = number < parameterGradients.count ? parameterGradients[number] : nil
        case .step(let earlier, _):
          guard let own = steps[earlier].gradient else { continue }
          targets[place] = own.pointer
          if hasStep[earlier] {
            sums.append((own.pointer, steps[earlier].outputs[0].shape.count))
            targets[place] = aside.pointer
          }
          hasStep[earlier] = true
        case .constant, nil: break
        }
      }
      precondition(sums.count < 2, "an operator of a layer may add to one gradient")
      guard targets.contains(where: { $0 != nil }) else { continue }
      let own: UnsafePointer<Float> = isLast ? gradient : UnsafePointer(step.gradient?.pointer ?? aside.pointer)
      step.kernel.backward(
        BackwardCall(
          inputs: step.operands.indices.map { view(index, $0, inputs, parameters) },
          outputs: zip(step.outputs, step.results).map { type, array in
            let held = array.map { $0.held ?? aside.pointer }
            return TensorView(type, UnsafeMutableRawPointer(held ?? UnsafeMutablePointer(mutating: z)))
          },
          outputGradients: step.outputs.indices.map { $0 == 0 ? own : nil }, inputGradients: targets,
          saved: step.saved?.pointer ?? workspaces.backward.pointer, workspace: workspaces.backward.pointer,
          exponents: scales[index].inputs, outputExponent: scales[index].output, team: WholeTeam.shared))
      for sum in sums { Elementwise.add(aside.pointer, to: sum.target, count: sum.count) }
    }
    // No gradient flows to token ids.
    for (number, target) in inputGradients.enumerated() where !hasInput[number] {
      target?.update(repeating: 0, count: inputCounts[number])
    }
  }
}
