import CTensorKernels
import NetworkGraph
import TensorKernels

/// Computes a gated recurrent unit; its equations are in the documentation of `GRU`.
final class GRUKernel: RecurrentPassKernel {
  let pass: RecurrentPass
  /// Zeros that take the place of biases in a layer without them.
  private let zeros: FloatBuffer
  /// `U h + d` of one step.
  private let recurrent: KernelArray
  /// The last third of it, `U_n h + d_n`, of all steps.
  private let candidates: KernelArray
  /// The gradients with respect to `U h + d` of all steps.
  private let recurrentGradients: KernelArray
  /// A target for the gradient with respect to the initial state, which nobody needs.
  private let initialGradient: KernelArray

  init(_ layer: GRU, _ context: KernelContext) throws {
    pass = RecurrentPass(layer.common, gates: 3, context)
    zeros = try FloatBuffer(capacity: pass.gates)
    zeros.pointer.update(repeating: 0, count: pass.gates)
    recurrent = pass.memory.array(pass.batch * pass.gates, .forward)
    candidates = pass.memory.array(pass.steps * pass.batch * pass.units, .kept)
    recurrentGradients = pass.memory.array(pass.steps * pass.batch * pass.gates, .backward)
    initialGradient = pass.memory.array(pass.batch * pass.units, .backward)
  }

  func forward(
    _ inputs: [UnsafePointer<Float>], parameters: [UnsafePointer<Float>], into z: UnsafeMutablePointer<Float>,
    mode: KernelMode, exponent: Double
  ) {
    let bias = parameters.count > 3 ? parameters[2] : UnsafePointer(zeros.pointer)
    let recurrentBias = parameters.count > 3 ? parameters[3] : UnsafePointer(zeros.pointer)
    pass.begin(inputs[0], weights: parameters[0], recurrent: parameters[1])
    for step in 0..<pass.steps {
      for sample in 0..<pass.batch {
        (recurrent.pointer + sample * pass.gates).update(from: recurrentBias, count: pass.gates)
      }
      pass.addRecurrent(before: step, to: recurrent.pointer)
      pass.show(step, adding: bias)
      initscope_gru_step(
        pass.gates(step), bias, recurrent.pointer, pass.state(step - 1),
        candidates.pointer + step * pass.batch * pass.units, pass.state(step), pass.batch, pass.units)
      completeShown(step)
    }
    pass.finish(into: z)
  }

  /// Adds the recurrent product to the copied gates: `U h + d` to r and z, r times it to n.
  private func completeShown(_ step: Int) {
    guard let target = pass.gateTarget else { return }
    let units = pass.units
    for sample in 0..<pass.batch {
      let to = target + (sample * pass.steps + step) * pass.gates, reset = pass.gates(step) + sample * pass.gates
      let product = recurrent.pointer + sample * pass.gates
      for gate in 0..<2 * units { to[gate] += product[gate] }
      for unit in 0..<units { to[2 * units + unit] += reset[unit] * product[2 * units + unit] }
    }
  }

  func backward(
    _ gradient: UnsafePointer<Float>, inputs: [UnsafePointer<Float>], parameters: [UnsafePointer<Float>],
    z: UnsafePointer<Float>, inputGradients: [UnsafeMutablePointer<Float>?],
    parameterGradients: [UnsafeMutablePointer<Float>?]
  ) {
    beginBackward(gradient, parameters: parameters)
    for step in (0..<pass.steps).reversed() { stepBack(step) }
    pass.finishBackward(
      weights: parameters[0], recurrentGates: recurrentGradients.pointer, into: inputGradients[0],
      parameterGradients: parameterGradients)
    if parameterGradients.count > 3, let target = parameterGradients[3] {
      Elementwise.columnSums(recurrentGradients.pointer, rows: pass.steps * pass.batch, columns: pass.gates, into: target)
    }
  }

  func beginBackward(_ gradient: UnsafePointer<Float>, parameters: [UnsafePointer<Float>]) {
    pass.beginBackward(gradient, recurrent: parameters[1])
    initialGradient.pointer.update(repeating: 0, count: pass.batch * pass.units)
  }

  func stepBack(_ step: Int) {
    let recurrentGradient = recurrentGradients.pointer + step * pass.batch * pass.gates
    initscope_gru_step_gradient(
      pass.gates(step), candidates.pointer + step * pass.batch * pass.units, pass.state(step - 1),
      pass.stateGradient(step), pass.gateGradients(step), recurrentGradient,
      step > 0 ? pass.stateGradient(step - 1) : initialGradient.pointer, pass.batch, pass.units)
    pass.addRecurrentGradient(recurrentGradient, before: step)
  }
}
