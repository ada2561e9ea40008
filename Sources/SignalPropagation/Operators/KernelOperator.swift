import Glibc
import LayerKernels
import NetworkGraph
import TensorKernels

/// Runs any layer by its kernel, the same one that trains it.
///
/// Kernels compute in Float. A linear one passes a common scale of its inputs through; a normalization takes scales away;
/// one that must see true values is given them, and what lies outside Float's range is lost as it would be in training.
final class KernelOperator: LayerOperator {
  let kernel: any LayerKernel
  private let node: Network.Node
  private let parameters: [ParameterTensor]
  /// The index of the weights that the engine draws, measures and rescales.
  private let weightPlace: Int?
  private let biasPlace: Int?
  /// The parameters as the kernel takes them, in true units.
  private var values: [FloatBuffer] = []
  private var gradients: [FloatBuffer] = []
  /// The exponent that the last forward pass gave its inputs.
  private var inputExponent = 0.0
  /// The exponent of the weights, which a linear kernel takes without it; 0 where the kernel needs true weights.
  private var weightExponent = 0.0
  /// Whether a bias other than the first, which comes with each pass, is not zero.
  private let hasOtherBias: Bool
  /// The exponent of the kernel's result, which for a normalization is known after its pass.
  private var ownExponent: Double { kernel.keepsScale ? inputExponent + weightExponent : 0 }
  /// The exponent that gradients with respect to factors of the input have beside that of the result's gradient.
  private var factorExponent: Double { kernel.keepsScale ? inputExponent : 0 }

  init(_ node: Network.Node, store: WeightStore, index: Int, batch: Int) throws {
    self.node = node
    parameters = node.parameters
    kernel = try KernelCatalogue.make(
      KernelContext(
        layer: node.layer, inputShapes: node.inputShapes, outputShape: node.shape, batch: batch,
        stream: store.stream(.mask, node: index)), name: node.name)
    weightPlace = parameters.firstIndex { $0.role == .weight }
    biasPlace = parameters.firstIndex { $0.role == .bias }
    var hasOtherBias = false
    for (place, tensor) in parameters.enumerated() {
      let buffer = try FloatBuffer(capacity: tensor.count)
      // The first weights and bias come with each pass.
      if place != weightPlace { store.fill(buffer.pointer, tensor, node: index) }
      if tensor.role == .bias, place != biasPlace {
        hasOtherBias = hasOtherBias || (0..<tensor.count).contains { buffer.pointer[$0] != 0 }
      }
      values.append(buffer)
      gradients.append(try FloatBuffer(capacity: tensor.count))
    }
    self.hasOtherBias = hasOtherBias
  }

  func forward(
    _ inputs: [ScaledSignal], weights: LayerWeights?, exponent: (Double?) -> Double, pool: BufferPool
  ) throws -> ScaledSignal {
    inputExponent = commonExponent(inputs, hasBias: hasOtherBias || weights?.bias != nil)
    load(weights)
    try kernel.memory.take(for: .forward, from: pool)
    let held = try inputs.map { try rescaled($0, to: inputExponent, pool: pool) }
    let z = try ScaledSignal(rows: inputs[0].rows, columns: node.shape.count, pool: pool)
    kernel.forward(
      held.map { UnsafePointer($0.data) }, parameters: values.map { UnsafePointer($0.pointer) }, into: z.data,
      mode: .training, exponent: inputExponent)
    kernel.memory.giveWorkspace()
    z.exponent = ownExponent
    return try withExtendedLifetime(held) {
      let chosen = exponent(estimatedSize(z))
      // The kernel's result is scaled once more where the activation asks for another scale.
      guard chosen != ownExponent else { return z }
      return try rescaled(z, to: chosen, pool: pool, copying: false)
    }
  }

  /// Makes the next forward pass draw what the last one drew.
  func repeatPass() { kernel.passNumber = max(0, kernel.passNumber - 1) }

  /// Gives back what the last forward pass left for a backward pass.
  func release() { kernel.memory.give() }

  /// The kernel as a recurrent cell; nil for other layers.
  var cell: (any RecurrentKernel)? { kernel as? any RecurrentKernel }

  /// Reserves memory for the pre-activations of a cell's gates, which the next forward passes write; nil for other layers.
  func showGates(batch: Int, pool: BufferPool) throws -> ScaledSignal? {
    guard let cell else { return nil }
    let signal = try ScaledSignal(rows: batch, columns: cell.steps * cell.gateCount, pool: pool)
    cell.gateTarget = signal.data
    return signal
  }

  func hideGates() { cell?.gateTarget = nil }

  /// After a backward pass: the gradients with respect to those pre-activations.
  func gateGradients(exponent: Double, batch: Int, pool: BufferPool) throws -> ScaledSignal? {
    guard let cell else { return nil }
    let signal = try ScaledSignal(
      rows: batch, columns: cell.steps * cell.gateCount, exponent: exponent, pool: pool)
    cell.writeGateGradients(into: signal.data)
    return signal
  }

  /// A parameter that does not come with each pass, as a signal with the tensor's rows and columns.
  func parameter(_ place: Int, pool: BufferPool) throws -> ScaledSignal {
    let tensor = parameters[place], isMatrix = tensor.role == .weight
    let signal = try ScaledSignal(
      rows: isMatrix ? tensor.shape.rows : 1, columns: isMatrix ? tensor.shape.columns : tensor.count, pool: pool)
    signal.data.update(from: values[place].pointer, count: tensor.count)
    return signal
  }

  /// After a backward pass: the size of a parameter's gradient, given the exponent of the layer's gradient.
  func gradientSize(_ place: Int, exponent: Double) -> GradientSize {
    // Biases and shifts are added in true units.
    let isFactor = parameters[place].role == .weight || parameters[place].role == .gain
    return GradientSize(
      of: gradients[place].pointer, count: parameters[place].count, exponent: exponent + (isFactor ? factorExponent : 0))
  }

  /// Computes all gradients at once from the signals of the forward pass.
  func backward(
    _ gradient: ScaledSignal, inputs: [ScaledSignal], z: ScaledSignal, weights: LayerWeights?, wanted: [Bool],
    pool: BufferPool
  ) throws -> OperatorGradients {
    load(weights)
    try kernel.memory.take(for: .backward, from: pool)
    let held = try inputs.map { try rescaled($0, to: inputExponent, pool: pool) }
    let output = try rescaled(z, to: ownExponent, pool: pool)
    // d(true)/d(data) of the inputs is 2^exponent where the kernel saw them in these units and its result has no unit.
    let shift = kernel.keepsScale ? -weightExponent : inputExponent
    let targets = try zip(inputs, wanted).map { input, wanted in
      wanted
        ? try ScaledSignal(rows: input.rows, columns: input.columns, exponent: gradient.exponent - shift, pool: pool) : nil
    }
    kernel.backward(
      gradient.data, inputs: held.map { UnsafePointer($0.data) }, parameters: values.map { UnsafePointer($0.pointer) },
      z: output.data, inputGradients: targets.map { $0?.data }, parameterGradients: gradients.map(\.pointer))
    var result = OperatorGradients(inputs: targets, weights: nil)
    for target in targets { if let target { settle(target) } }
    if let weightPlace, let weights {
      let signal = weights.weights
      let dW = try ScaledSignal(
        rows: signal.rows, columns: signal.columns,
        exponent: gradient.exponent + factorExponent, pool: pool)
      dW.data.update(from: gradients[weightPlace].pointer, count: dW.count)
      settle(dW)
      result.weights = dW
    }
    withExtendedLifetime((held, output)) {}
    return result
  }

  /// Second moments by step, after both passes. The kernel's arrays are overwritten, so this must come last.
  func recurrence(gradient: ScaledSignal) -> LayerResult.Recurrence? {
    guard let recurrent = kernel as? any RecurrentKernel else { return nil }
    let states = recurrent.states, batch = gradient.rows
    let state: [Double?] = (0..<recurrent.steps).map { step in
      var sum = 0.0
      for row in 0..<batch {
        sum += Elementwise.sumOfSquares(states + (row * recurrent.steps + step) * recurrent.units, count: recurrent.units)
      }
      let m2 = sum / Double(batch * recurrent.units)
      return m2 > 0 && m2.isFinite ? log10(m2) : nil
    }
    let sizes = recurrent.stateGradientSizes(gradient.data, parameters: values.map { UnsafePointer($0.pointer) })
    return LayerResult.Recurrence(
      log10State: state, log10StateGradient: sizes.map { $0.map { ($0 + 2 * gradient.exponent) * log10(2.0) } })
  }

  // MARK: Scales

  private func commonExponent(_ inputs: [ScaledSignal], hasBias: Bool) -> Double {
    if kernel.scaling == .absolute { return 0 }
    // Where several inputs meet, the largest decides.
    let largest = inputs.map(\.exponent).max() ?? 0
    // Beside the biases inside the kernel, a signal far below 1 does not matter; in its units they would be infinite.
    return kernel.scaling == .known && hasBias ? max(0, largest) : largest
  }

  /// The signal in another scale: itself where it already has that scale, else a copy (or itself, rewritten).
  private func rescaled(
    _ signal: ScaledSignal, to exponent: Double, pool: BufferPool, copying: Bool = true
  ) throws -> ScaledSignal {
    let shift = signal.exponent - exponent
    guard shift != 0 else { return signal }
    let target =
      copying ? try ScaledSignal(rows: signal.rows, columns: signal.columns, exponent: exponent, pool: pool) : signal
    if copying { target.data.update(from: signal.data, count: signal.count) }
    // In steps for which Float has a factor; after three, everything is zero or infinite.
    var left = min(max(shift, -378), 378)
    while left != 0 {
      let step = min(max(left, -126), 126)
      Elementwise.scale(target.data, by: Scale.factor(step), count: target.count)
      left -= step
    }
    target.exponent = exponent
    target.log2RMS = signal.log2RMS
    return target
  }

  /// log2 of the signal's approximate true size, from its largest value; nil for zeros.
  private func estimatedSize(_ signal: ScaledSignal) -> Double? {
    let largest = Elementwise.largestMagnitude(signal.data, count: signal.count)
    return largest > 0 ? log2(Double(largest)) - 1 + signal.exponent : nil
  }

  /// Brings a gradient that drifted far from 1 back into the middle of Float's range.
  private func settle(_ signal: ScaledSignal) {
    let largest = Elementwise.largestMagnitude(signal.data, count: signal.count)
    guard largest > 0, largest.isFinite else { return }
    let size = Double(largest.exponent)
    guard abs(size) > ActivationScaling.comfortRange else { return }
    Elementwise.scale(signal.data, by: Scale.factor(-size), count: signal.count)
    signal.exponent += size
  }

  // MARK: Parameters

  /// Copies the pass's weights (a linear kernel's without their exponent) and the bias, in units of the signal to which it
  /// is added.
  private func load(_ weights: LayerWeights?) {
    if let weightPlace, let signal = weights?.weights {
      let target = values[weightPlace].pointer
      target.update(from: signal.data, count: signal.count)
      weightExponent = kernel.scaling == .linear ? signal.exponent : 0
      // A kernel that needs true weights loses those outside Float's range, as training would.
      if signal.exponent != weightExponent {
        for index in 0..<signal.count { target[index] = Float(Scale.apply(signal.exponent, to: Double(target[index]))) }
      }
    }
    guard let biasPlace, weightPlace != nil else { return }
    let target = values[biasPlace].pointer, count = parameters[biasPlace].count
    guard let bias = weights?.bias else {
      target.update(repeating: 0, count: count)
      return
    }
    // A kernel that knows the scale applies it to its biases itself.
    let exponent = kernel.scaling == .known ? 0 : -ownExponent
    for unit in 0..<count { target[unit] = Float(Scale.apply(exponent, to: bias[unit])) }
  }
}
