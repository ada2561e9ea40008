import CTensorKernels
import NetworkGraph
import TensorKernels

/// Computes a long short-term memory; its equations are in the documentation of `LSTM`.
final class LSTMKernel: RecurrentPassKernel {
  let pass: RecurrentPass
  private let forgetBias: Float
  /// The bias plus the forget gate's constant.
  private let offsets: KernelArray
  /// Cell states c with the initial one first, tanh c, and the gradient that goes from one step's c to the one before.
  private let cells: KernelArray
  private let squashed: KernelArray
  private let cellGradient: KernelArray

  init(_ layer: LSTM, _ context: KernelContext) {
    pass = RecurrentPass(layer.common, gates: 4, context)
    forgetBias = Float(layer.forgetBias)
    offsets = pass.memory.array(pass.gates, .forward)
    let step = pass.batch * pass.units
    cells = pass.memory.array((pass.steps + 1) * step, .kept)
    squashed = pass.memory.array(pass.steps * step, .kept)
    cellGradient = pass.memory.array(step, .backward)
  }

  func forward(
    _ inputs: [UnsafePointer<Float>], parameters: [UnsafePointer<Float>], into z: UnsafeMutablePointer<Float>,
    mode: KernelMode, exponent: Double
  ) {
    if parameters.count > 2 {
      offsets.pointer.update(from: parameters[2], count: pass.gates)
    } else {
      offsets.pointer.update(repeating: 0, count: pass.gates)
    }
    for unit in pass.units..<2 * pass.units { offsets.pointer[unit] += forgetBias }

    let size = pass.batch * pass.units
    pass.begin(inputs[0], weights: parameters[0], recurrent: parameters[1])
    cells.pointer.update(repeating: 0, count: size)
    for step in 0..<pass.steps {
      pass.addRecurrent(before: step, to: pass.gates(step))
      // The forget gate's constant belongs to the layer, and is not part of the pre-activation that is drawn.
      pass.show(step, adding: parameters.count > 2 ? parameters[2] : nil)
      let before = cells.pointer + step * size
      initscope_lstm_step(
        pass.gates(step), offsets.pointer, before, before + size, squashed.pointer + step * size, pass.state(step),
        pass.batch, pass.units)
    }
    pass.finish(into: z)
  }

  func backward(
    _ gradient: UnsafePointer<Float>, inputs: [UnsafePointer<Float>], parameters: [UnsafePointer<Float>],
    z: UnsafePointer<Float>, inputGradients: [UnsafeMutablePointer<Float>?],
    parameterGradients: [UnsafeMutablePointer<Float>?]
  ) {
    beginBackward(gradient, parameters: parameters)
    for step in (0..<pass.steps).reversed() { stepBack(step) }
    pass.finishBackward(
      weights: parameters[0], recurrentGates: nil, into: inputGradients[0], parameterGradients: parameterGradients)
  }

  var carriedGradient: UnsafeMutablePointer<Float>? { cellGradient.pointer }

  func beginBackward(_ gradient: UnsafePointer<Float>, parameters: [UnsafePointer<Float>]) {
    cellGradient.pointer.update(repeating: 0, count: pass.batch * pass.units)
    pass.beginBackward(gradient, recurrent: parameters[1])
  }

  func stepBack(_ step: Int) {
    let size = pass.batch * pass.units
    initscope_lstm_step_gradient(
      pass.gates(step), cells.pointer + step * size, squashed.pointer + step * size, pass.stateGradient(step),
      cellGradient.pointer, pass.gateGradients(step), pass.batch, pass.units)
    pass.addRecurrentGradient(pass.gateGradients(step), before: step)
  }
}
