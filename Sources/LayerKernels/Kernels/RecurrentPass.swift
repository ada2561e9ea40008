import CTensorKernels
import Glibc
import NetworkGraph
import TensorKernels

/// What all recurrent kernels share: the memory of a pass through time, and the matrix products over all steps at once.
///
/// Arrays are (steps, batch, values), so that one step is one contiguous matrix and all steps together are another: the
/// projection of the inputs and the weight gradients are single products over steps x batch rows. Only `U h_{t-1}` and its
/// backward pass run step by step, by a product whose weights are packed once per pass.
final class RecurrentPass {
  let batch: Int
  let steps: Int
  let inputs: Int
  let units: Int
  /// The number of values of all gates of one sample at one step.
  let gates: Int
  /// Whether all states are returned, or only the last.
  let returnsSequence: Bool

  /// Where to copy the gates' pre-activations, (batch, steps, gates); nil for nowhere.
  var gateTarget: UnsafeMutablePointer<Float>?

  /// The layer's inputs, (steps, batch, inputs), and the gradients with respect to them.
  private let input: KernelArray
  private let inputGradient: KernelArray
  /// Pre-activations of the gates, (steps, batch, gates), which the cell overwrites with its results; and the gradients with
  /// respect to the pre-activations.
  private let gateValues: KernelArray
  private let gateGradientValues: KernelArray
  /// Hidden states, (steps + 1, batch, units), the initial one first; and their gradients, (steps, batch, units), without
  /// it.
  private let hidden: KernelArray
  private let hiddenGradient: KernelArray
  /// U, packed for the forward or the backward pass.
  private let packed: KernelArray
  /// Hidden states, or their gradients, rearranged to (batch, steps, units) for callers that read them.
  private let shown: KernelArray
  private let shownGradient: KernelArray

  let memory = KernelMemory()

  init(_ layer: RecurrentFields, gates count: Int, _ context: KernelContext) {
    guard case .sequence(let steps, let features) = context.inputShapes[0] else {
      preconditionFailure("a recurrent layer takes a sequence, got \(context.inputShapes[0])")
    }
    batch = context.batch
    self.steps = steps
    inputs = features
    units = layer.units
    gates = count * layer.units
    returnsSequence = layer.returns == .sequence
    let rows = steps * batch
    input = memory.array(rows * inputs, .kept)
    inputGradient = memory.array(rows * inputs, .backward)
    gateValues = memory.array(rows * gates, .kept)
    gateGradientValues = memory.array(rows * gates, .backward)
    hidden = memory.array((rows + batch) * units, .kept)
    hiddenGradient = memory.array(rows * units, .backward)
    packed = memory.array(max(initscope_packed_size(units, gates), initscope_packed_size(gates, units)), .workspace)
    shown = memory.array(rows * units, .backward)
    shownGradient = memory.array(rows * units, .backward)
  }

  // One step's matrices, batch x gates or batch x units.
  func gates(_ step: Int) -> UnsafeMutablePointer<Float> { gateValues.pointer + step * batch * gates }
  func gateGradients(_ step: Int) -> UnsafeMutablePointer<Float> { gateGradientValues.pointer + step * batch * gates }
  /// The state after `step`; -1 for the initial one.
  func state(_ step: Int) -> UnsafeMutablePointer<Float> { hidden.pointer + (step + 1) * batch * units }
  func stateGradient(_ step: Int) -> UnsafeMutablePointer<Float> { hiddenGradient.pointer + step * batch * units }

  /// Sets the gates of all steps to `W x` and packs `U`, gates x units, for the products to come.
  func begin(_ x: UnsafePointer<Float>, weights: UnsafePointer<Float>, recurrent: UnsafePointer<Float>) {
    // The initial state is zero.
    hidden.pointer.update(repeating: 0, count: batch * units)
    initscope_swap_leading_axes(x, batch, steps, inputs, input.pointer)
    // gates (steps x batch, gates) = x (steps x batch, inputs) W^T, W (gates, inputs)
    MatrixProduct.nt(m: steps * batch, n: gates, k: inputs, alpha: 1, input.pointer, weights, into: gateValues.pointer)
    initscope_pack(recurrent, units, gates, 1, packed.pointer)
  }

  /// Adds `U h`, h being the state before `step`, to a batch x gates matrix.
  func addRecurrent(before step: Int, to target: UnsafeMutablePointer<Float>) {
    // The initial state is zero.
    // target (batch, gates) += h (batch, units) U^T, U (gates, units)
    if step > 0 { initscope_packed_product(state(step - 1), batch, units, packed.pointer, gates, target) }
  }

  /// Copies a step's gates, which still hold `W x + U h`, plus the bias to `gateTarget`.
  func show(_ step: Int, adding bias: UnsafePointer<Float>?) {
    guard let gateTarget else { return }
    let values = gates(step)
    for sample in 0..<batch {
      let from = values + sample * gates, to = gateTarget + (sample * steps + step) * gates
      if let bias {
        for gate in 0..<gates { to[gate] = from[gate] + bias[gate] }
      } else {
        to.update(from: from, count: gates)
      }
    }
  }

  func writeGateGradients(into target: UnsafeMutablePointer<Float>) {
    initscope_swap_leading_axes(gateGradientValues.pointer, steps, batch, gates, target)
  }

  /// Writes the layer's result.
  func finish(into z: UnsafeMutablePointer<Float>) {
    if returnsSequence {
      initscope_swap_leading_axes(state(0), steps, batch, units, z)
    } else {
      z.update(from: state(steps - 1), count: batch * units)
    }
  }

  /// Sets the states' gradients to the layer's output gradient and packs `U` for the backward pass.
  func beginBackward(_ gradient: UnsafePointer<Float>, recurrent: UnsafePointer<Float>) {
    if returnsSequence {
      initscope_swap_leading_axes(gradient, batch, steps, units, hiddenGradient.pointer)
    } else {
      hiddenGradient.pointer.update(repeating: 0, count: (steps - 1) * batch * units)
      stateGradient(steps - 1).update(from: gradient, count: batch * units)
    }
    initscope_pack(recurrent, gates, units, 0, packed.pointer)
  }

  /// Adds `d U` to the gradient of the state before `step`, where d is the gradient with respect to the recurrent product.
  func addRecurrentGradient(_ gradient: UnsafePointer<Float>, before step: Int) {
    // dh (batch, units) += d (batch, gates) U (gates, units)
    if step > 0 { initscope_packed_product(gradient, batch, gates, packed.pointer, units, stateGradient(step - 1)) }
  }

  /// Writes the gradients of the inputs and of all parameters but a second bias.
  ///
  /// - Parameter recurrentGates: The gradients with respect to `U h` of all steps; nil where those with respect to `W x`
  ///   are the same.
  func finishBackward(
    weights: UnsafePointer<Float>, recurrentGates: UnsafePointer<Float>?, into target: UnsafeMutablePointer<Float>?,
    parameterGradients: [UnsafeMutablePointer<Float>?]
  ) {
    let rows = steps * batch, d = gateGradientValues.pointer
    if !parameterGradients.isEmpty {
      if let target = parameterGradients[0] {
        // dW (gates, inputs) = d^T (gates, rows) x (rows, inputs)
        MatrixProduct.tn(m: gates, n: inputs, k: rows, alpha: 1, d, input.pointer, into: target)
      }
      if let target = parameterGradients[1] {
        // dU (gates, units) = d^T (gates, rows) h (rows, units): the states before each step, so the initial one comes
        // first.
        let recurrent = recurrentGates ?? UnsafePointer(d)
        MatrixProduct.tn(m: gates, n: units, k: rows, alpha: 1, recurrent, hidden.pointer, into: target)
      }
      if parameterGradients.count > 2, let target = parameterGradients[2] {
        Elementwise.columnSums(d, rows: rows, columns: gates, into: target)
      }
    }
    if let target {
      // dx (rows, inputs) = d (rows, gates) W (gates, inputs)
      MatrixProduct.nn(m: rows, n: inputs, k: gates, alpha: 1, d, weights, into: inputGradient.pointer)
      initscope_swap_leading_axes(inputGradient.pointer, steps, batch, inputs, target)
    }
  }

  /// The hidden states, (batch, steps, units).
  var states: UnsafePointer<Float> {
    initscope_swap_leading_axes(state(0), steps, batch, units, shown.pointer)
    return UnsafePointer(shown.pointer)
  }

  var stateGradients: UnsafePointer<Float> {
    initscope_swap_leading_axes(hiddenGradient.pointer, steps, batch, units, shownGradient.pointer)
    return UnsafePointer(shownGradient.pointer)
  }
}

/// A recurrent kernel that keeps its arrays in a `RecurrentPass`.
protocol RecurrentPassKernel: RecurrentKernel {
  var pass: RecurrentPass { get }
  /// Starts the backward pass through time from the gradient of the layer's output.
  func beginBackward(_ gradient: UnsafePointer<Float>, parameters: [UnsafePointer<Float>])
  /// Computes the gradient of the state before `step` from that of the state after it.
  func stepBack(_ step: Int)
  /// Gradients that go from step to step beside those of the states, as those of an LSTM's cells: (batch, units), or nil.
  var carriedGradient: UnsafeMutablePointer<Float>? { get }
}

extension RecurrentPassKernel {
  var carriedGradient: UnsafeMutablePointer<Float>? { nil }

  func stateGradientSizes(
    _ gradient: UnsafePointer<Float>, parameters: [UnsafePointer<Float>]
  ) -> [Double?] {
    let size = pass.batch * pass.units
    func square(_ step: Int) -> Double { Elementwise.sumOfSquares(pass.stateGradient(step), count: size) / Double(size) }
    // Where no step is near the end of Float's range, the last pass's gradients are exact.
    let last = (0..<pass.steps).map(square)
    if last.allSatisfy({ $0 > 0x1p-120 && $0 < 0x1p120 }) { return last.map { log2($0) } }
    var sizes = [Double?](repeating: nil, count: pass.steps)
    // All gradients from here on are in units of 2^exponent.
    var exponent = 0.0
    beginBackward(gradient, parameters: parameters)
    for step in (0..<pass.steps).reversed() {
      let square = square(step)
      if square > 0, square.isFinite { sizes[step] = log2(square) + 2 * exponent }
      stepBack(step)
      guard step > 0 else { break }
      // The backward pass is linear in the gradient. Where all remaining gradients are small, it continues in smaller units.
      // The output gradients of earlier steps are scaled as well; where one of them is not small, the small ones do not
      // matter beside it.
      var largest = Elementwise.largestMagnitude(pass.stateGradient(step - 1), count: size)
      if let carriedGradient { largest = max(largest, Elementwise.largestMagnitude(carriedGradient, count: size)) }
      guard largest > 0, largest.isFinite, largest < 0x1p-40 || largest > 0x1p40 else { continue }
      // The same for growth: the output gradients are then small beside it.
      if largest < 1 {
        largest = max(largest, Elementwise.largestMagnitude(pass.stateGradient(0), count: step * size))
        guard largest < 0x1p-40 else { continue }
      }
      let shift = min(120, max(-120, -Double(largest.exponent)))
      Elementwise.scale(pass.stateGradient(0), by: Float(scalbn(1, Int32(shift))), count: step * size)
      if let carriedGradient { Elementwise.scale(carriedGradient, by: Float(scalbn(1, Int32(shift))), count: size) }
      exponent -= shift
    }
    return sizes
  }
}

extension RecurrentPassKernel {
  // The cell's nonlinearities are not linear in scale, so they need true values.
  var scaling: KernelScaling { .absolute }
  var memory: KernelMemory { pass.memory }
  var steps: Int { pass.steps }
  var units: Int { pass.units }
  var gateCount: Int { pass.gates }
  var gateTarget: UnsafeMutablePointer<Float>? {
    get { pass.gateTarget }
    set { pass.gateTarget = newValue }
  }
  func writeGateGradients(into target: UnsafeMutablePointer<Float>) { pass.writeGateGradients(into: target) }
  var states: UnsafePointer<Float> { pass.states }
  var stateGradients: UnsafePointer<Float> { pass.stateGradients }
}
