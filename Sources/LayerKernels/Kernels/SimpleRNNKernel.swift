import CTensorKernels
import NetworkGraph
import TensorKernels

/// Computes a simple recurrent layer: `h_t = f(W x_t + U h_{t-1} + b)`.
final class SimpleRNNKernel: RecurrentPassKernel {
  let pass: RecurrentPass
  private let isRectified: Int32
  /// Zeros that take the place of the bias in a layer without one.
  private let zeros: FloatBuffer

  init(_ layer: SimpleRNN, _ context: KernelContext) throws {
    pass = RecurrentPass(layer.common, gates: 1, context)
    isRectified = layer.cell == .relu ? 1 : 0
    zeros = try FloatBuffer(capacity: pass.gates)
    zeros.pointer.update(repeating: 0, count: pass.gates)
  }

  func forward(
    _ inputs: [UnsafePointer<Float>], parameters: [UnsafePointer<Float>], into z: UnsafeMutablePointer<Float>,
    mode: KernelMode, exponent: Double
  ) {
    let bias = parameters.count > 2 ? parameters[2] : UnsafePointer(zeros.pointer)
    pass.begin(inputs[0], weights: parameters[0], recurrent: parameters[1])
    for step in 0..<pass.steps {
      pass.addRecurrent(before: step, to: pass.gates(step))
      pass.show(step, adding: bias)
      initscope_rnn_step(pass.gates(step), bias, isRectified, pass.state(step), pass.batch, pass.units)
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

  func beginBackward(_ gradient: UnsafePointer<Float>, parameters: [UnsafePointer<Float>]) {
    pass.beginBackward(gradient, recurrent: parameters[1])
  }

  func stepBack(_ step: Int) {
    initscope_rnn_step_gradient(
      pass.state(step), pass.stateGradient(step), isRectified, pass.gateGradients(step), pass.batch, pass.units)
    pass.addRecurrentGradient(pass.gateGradients(step), before: step)
  }
}
