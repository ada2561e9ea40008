import Glibc
import TensorKernels

/// Applies an optimizer to one block of parameters and keeps its running means.
final class OptimizerState {
  let optimizer: Optimizer
  private let parameters: ParameterBlock
  /// The running means, one after another, each as long as the parameters.
  let memory: UnsafeMutableBufferPointer<Float>
  private let buffer: FloatBuffer
  /// The number of steps taken.
  var time = 0

  init(_ optimizer: Optimizer, _ parameters: ParameterBlock) throws(OutOfMemory) {
    self.optimizer = optimizer
    self.parameters = parameters
    let count = optimizer.slots * parameters.count
    buffer = try FloatBuffer(capacity: max(1, count))
    memory = UnsafeMutableBufferPointer(start: buffer.pointer, count: count)
    memory.update(repeating: 0)
  }

  /// The part of `memory` that holds running means of squares, which are never negative.
  var squares: Range<Int> {
    switch optimizer.name {
    case "sgd": 0..<0
    case "rmsprop": 0..<parameters.count
    default: parameters.count..<(2 * parameters.count)
    }
  }

  /// Takes one step with the gradients in the block.
  func step(rateFactor: Double) {
    time += 1
    let w = parameters.values, g = UnsafePointer(parameters.gradients), count = parameters.count
    let rate = optimizer.learningRate * rateFactor
    func argument(_ name: String) -> Float { Float(optimizer.arguments.number(name)) }
    switch optimizer.name {
    case "sgd":
      if optimizer.slots == 0 {
        UpdateKernel.sgd(w, g, count: count, rate: Float(rate))
      } else {
        UpdateKernel.momentum(
          w, g, velocity: buffer.pointer, count: count, rate: Float(rate), momentum: argument("momentum"),
          nesterov: optimizer.arguments.choice("nesterov") == "true")
      }
    case "rmsprop":
      UpdateKernel.rmsprop(
        w, g, square: buffer.pointer, count: count, rate: Float(rate), rho: argument("rho"), epsilon: argument("epsilon"))
    default:
      let t = Double(time)
      let first = 1 - pow(optimizer.arguments.number("beta1"), t), second = 1 - pow(optimizer.arguments.number("beta2"), t)
      UpdateKernel.adam(
        w, g, mean: buffer.pointer, square: buffer.pointer + count, count: count, step: Float(rate / first),
        beta1: argument("beta1"), beta2: argument("beta2"), correction: Float(second.squareRoot()),
        epsilon: argument("epsilon"),
        decay: optimizer.name == "adamw" ? Float(rate * optimizer.arguments.number("decay")) : 0)
    }
  }
}
