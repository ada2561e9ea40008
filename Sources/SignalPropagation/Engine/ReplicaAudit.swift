import Execution
import Glibc
import LayerKernels
import NetworkGraph
import TensorKernels

/// The measurements of one layer in one replica.
struct LayerReading: Sendable {
  var weights: WeightSummary?
  var bias: BiasSummary?
  /// The parameters' readings in the node's order; empty where nothing is measured.
  var parameters: [ParameterReading] = []
  var preactivation: SignalSummary?
  var activation: SignalSummary?
  var gradient: SignalSummary?
  var preactivationGradient: SignalSummary?
  var weightGradient: SignalSummary?
  var recurrence: LayerResult.Recurrence?
}

/// The measurements of one replica under one initializer.
struct ReplicaReading: Sendable {
  var input: SignalSummary?
  /// The geometry of the batch's samples. All initializers see the same batch, so only the first one's readings hold it.
  var geometry: SampleGeometry?
  /// The token cosine of the input, where it is a sequence.
  var inputTokenCosine: Double?
  var layers: [LayerReading]
  var loss: Double?
  var lossOfGuess: Double?
  var calibrations: [LayerCalibration]
  /// Every float value of a model's graph, where they were asked for.
  var values: [GraphValueReading] = []
}

/// Runs one batch through one drawing of the network, forward and backward, and measures every layer.
///
/// Only pre-activations are kept for the backward pass; activations are computed again from them, together with the
/// derivative, where the weight gradient needs them.
final class ReplicaAudit: StepRunner {
  private let plan: ExecutionPlan
  private let memory: MemoryPlan
  private let store: WeightStore
  private let operators: [any LayerOperator]
  private let scalings: [ActivationScaling]
  private let assignment: InitializerAssignment
  private let pool: BufferPool
  private let sampling: Sampling
  /// Compares the layers' weights with each other. Only one replica does; nil in the others.
  private var sharedWeights: SharedWeights?
  private let pass: ActivationPass
  private let weightProbe = SignalProbe()
  /// Readings of first weights that wait for their node's other parameters.
  private var firstWeights: [Int: ParameterReading] = [:]
  private let cotangent: [Float]?
  private let tap: Tap?

  typealias Tap = @Sendable (_ node: String, _ kind: TensorCopy.Kind, _ values: [Double]) -> Void

  private var readings: [LayerReading]
  private var calibrations: [LayerCalibration] = []
  private var preactivations: [ScaledSignal?]
  private var activations: [ScaledSignal?]
  private var gradients: [ScaledSignal?]
  /// Gradients with respect to pre-activations, kept until the inputs that their weight gradients need are available.
  private var pending: [ScaledSignal?]
  private var sizes: [SignalSize?]
  /// Saturation of recurrent layers, whose nonlinearities are inside their cells.
  private var gateSaturation: [Int: Saturation] = [:]
  private var input: ScaledSignal?
  /// The part of the last node that belongs to the loss. The backward pass starts at the loss's input.
  private var output: OutputPlan?
  /// The input of a softmax that the loss contains.
  private var logits: ScaledSignal?

  /// The sizes of a node's signals in the first forward pass. A later pass repeats its scales without measuring.
  private struct SignalSize {
    var exponent: Double
    var preactivation: Double?
    var activation: Double?
  }

  init(
    plan: ExecutionPlan, memory: MemoryPlan, assignment: InitializerAssignment, batch: Int, seed: UInt64, replica: Int,
    sampling: Sampling, measuresStatistics: Bool, given: GivenTensors, tap: Tap?, pool: BufferPool
  ) throws {
    self.plan = plan
    self.memory = memory
    self.assignment = assignment
    self.pool = pool
    self.sampling = sampling
    sharedWeights = replica == 0 ? SharedWeights() : nil
    pass = ActivationPass(pool: pool, sampling: sampling, measures: measuresStatistics)
    store = WeightStore(
      network: plan.network, assignment: assignment, seed: seed, replica: replica, keeps: memory.keepsWeights, given: given,
      pool: pool)
    cotangent = given.cotangent
    self.tap = tap
    let store = store
    operators = try plan.network.nodes.enumerated().map { index, node in
      try OperatorCatalogue.make(for: node, store: store, index: index, batch: batch)
    }
    scalings = plan.network.nodes.map { ActivationScaling($0.layer.activation) }
    readings = Array(repeating: LayerReading(), count: plan.count)
    preactivations = Array(repeating: nil, count: plan.count)
    activations = preactivations
    gradients = preactivations
    pending = preactivations
    sizes = Array(repeating: nil, count: plan.count)
  }

  /// Runs the whole replica.
  func run(input: ScaledSignal, answers: BatchAnswers?, backward: BackwardSource) throws -> ReplicaReading {
    self.input = input
    output = backward.loss.map { OutputPlan(plan.network, $0) }
    try plan.schedule.forward(in: memory.segments, by: self)
    let start = try backward.start(
      at: lossInput(), answers: answers, stream: store.stream(.cotangent, node: plan.count - 1), pool: pool)
    logits = nil
    activations[plan.count - 1] = nil
    if let cotangent {
      precondition(
        cotangent.count == start.gradient.count, "\(cotangent.count) values given for \(start.gradient.count) outputs")
      start.gradient.data.update(from: cotangent, count: cotangent.count)
    }
    gradients[plan.count - 1] = start.gradient
    try plan.schedule.backward(in: memory.segments, by: self)
    for consumer in plan.inputConsumers { try finish(consumer, input: input) }
    return ReplicaReading(
      layers: readings, loss: start.loss, lossOfGuess: start.lossOfGuess, calibrations: calibrations)
  }

  /// The loss's input: the output, or what enters the softmax or sigmoid that the loss contains.
  private func lossInput() -> ScaledSignal {
    let last = plan.count - 1
    let signal = hasLossSoftmax ? logits : hasPlainOutput ? preactivations[last] : activations[last]
    guard let signal else { preconditionFailure("the forward pass left no output") }
    return signal
  }

  /// Whether the last node is a softmax that the loss contains.
  private var hasLossSoftmax: Bool { output.map { $0.nodes.count < plan.count } ?? false }
  /// Whether the last node's activation belongs to the loss.
  private var hasPlainOutput: Bool { output?.plainOutput ?? false }

  // MARK: Forward

  private func activation(of source: Int) -> ScaledSignal {
    guard let signal = source == ExecutionPlan.input ? input : activations[source] else {
      preconditionFailure("the activation of node \(source) was released too early")
    }
    return signal
  }

  /// Runs a node forward. The first run measures; a second one, for the backward pass, repeats its scales.
  func forward(_ index: Int, _ step: StepSchedule.Pass) throws {
    let node = plan.network.nodes[index], first = !step.isRepeated
    let inputs = plan.inputs[index].map(activation)
    if first, index == plan.count - 1, hasLossSoftmax { logits = inputs.first }
    let weights = try store.weights(of: index)
    if first {
      if let weights { try measureWeights(weights, of: node, index: index, inputs: inputs) }
      try measureParameters(weights, of: node, index: index)
    }
    let scaling = scalings[index]
    let repeated = sizes[index]
    let kernel = operators[index] as? KernelOperator
    if !first { kernel?.repeatPass() }
    let gates = first ? try kernel?.showGates(batch: inputs[0].rows, pool: pool) : nil
    var chosen = repeated?.exponent ?? 0
    let z = try operators[index].forward(
      inputs, weights: weights,
      exponent: { expected in
        if repeated == nil { chosen = scaling.preactivationExponent(expecting: expected) }
        return chosen
      }, pool: pool)
    kernel?.hideGates()
    if !step.keeps { kernel?.release() }
    let a: ScaledSignal
    if let repeated {
      a = try pass.forward(z, scaling: scaling)
      z.log2RMS = repeated.preactivation
      a.log2RMS = repeated.activation
    } else {
      pass.shape = node.shape
      let measured = try pass.measuredForward(z, scaling: scaling, fanIn: weights?.weights.columns)
      a = measured.activation
      readings[index].preactivation = measured.preactivationSummary
      readings[index].activation = measured.activationSummary
      if let gates, let cell = kernel?.cell { try measure(gates: gates, of: cell, index: index) }
      sizes[index] = SignalSize(exponent: chosen, preactivation: z.log2RMS, activation: a.log2RMS)
    }
    if first, let tap {
      if let weights { tap(node.name, .weights, weights.weights.trueValues) }
      if let bias = weights?.bias { tap(node.name, .bias, bias) }
      tap(node.name, .preactivation, (gates ?? z).trueValues)
      tap(node.name, .activation, a.trueValues)
    }
    activations[index] = a
    if step.keeps { preactivations[index] = z }
  }

  /// Frees an activation; the backward pass computes it again where it needs it.
  func release(_ index: Int, _ step: StepSchedule.Pass) {
    // The backward pass starts at the output.
    if index != plan.count - 1 { activations[index] = nil }
  }

  /// Measures a recurrent layer: its pre-activation is that of its gates at every step, its activation is its result.
  private func measure(gates: ScaledSignal, of cell: any RecurrentKernel, index: Int) throws {
    guard pass.measures else { return }
    let node = plan.network.nodes[index]
    readings[index].preactivation = pass.summary(of: gates, steps: cell.steps)
    gateSaturation[index] = try Saturation(of: gates, steps: cell.steps, gates: node.layer.gates, pool: pool)
  }

  private func measureWeights(
    _ weights: LayerWeights, of node: Network.Node, index: Int, inputs: [ScaledSignal]
  ) throws {
    guard let first = node.parameters.first(where: { $0.role == .weight }) else { return }
    let law = assignment.law(for: first, of: node.name), shape = first.shape
    if case .dataDependent(let scheme) = law, scheme != .withinLayer || node.layer.hasRowPerUnit {
      weightProbe.measure(weights.weights, directions: false, sampling: .none)
      weights.weights.log2RMS = weightProbe.reading().log2RMS
      calibrations.append(
        try ReplicaCalibration(store: store, probe: weightProbe, pool: pool).fit(
          scheme, node: node, index: index, weights: weights, inputs: inputs, layerOperator: operators[index]))
    }
    let reading = try WeightProbe.reading(
      of: weights.weights, law: law, shape: shape, probe: weightProbe, stream: store.stream(.probe, node: index),
      sampling: sampling, measuresStatistics: pass.measures, pool: pool)
    store.note(log2RMS: reading.log2RMS, of: index)
    readings[index].weights = reading.summary
    guard pass.measures else { return }
    if reading.summary?.nonFinite == 0 {
      readings[index].weights?.sharedWith = sharedWeights?.earlierLayer(sharing: weights.weights, as: node.name)
    }
    if let tensor = node.parameters.first(where: { $0.role == .bias }) {
      readings[index].bias = BiasSummary(of: weights.bias ?? Array(repeating: 0, count: tensor.count))
    }
    guard let summary = readings[index].weights else { return }
    firstWeights[index] = ParameterReading(
      values: summary, secondMoment: reading.secondMoment, log2RMS: reading.log2RMS)
  }

  /// Measures every parameter tensor of a node, apart from the first weights, which were measured before.
  private func measureParameters(_ weights: LayerWeights?, of node: Network.Node, index: Int) throws {
    guard pass.measures else { return }
    var isFirstWeight = true, isFirstBias = true
    for (place, tensor) in node.parameters.enumerated() {
      let law = store.law(of: tensor, node: index)
      if tensor.role == .weight, isFirstWeight, let reading = firstWeights[index] {
        isFirstWeight = false
        readings[index].parameters.append(reading)
      } else if tensor.role == .bias, isFirstBias, weights != nil {
        isFirstBias = false
        let values = weights?.bias ?? Array(repeating: 0, count: tensor.count)
        readings[index].parameters.append(ParameterProbe.reading(of: values, law: law, shape: tensor.shape))
      } else if let kernel = operators[index] as? KernelOperator {
        let signal = try kernel.parameter(place, pool: pool)
        readings[index].parameters.append(
          try tensor.role == .weight
            ? self.reading(of: signal, tensor, law: law, node: node, index: index)
            : ParameterProbe.reading(of: signal.trueValues, law: law, shape: tensor.shape))
      } else if let sum = operators[index] as? AddOperator {
        readings[index].parameters.append(
          ParameterProbe.reading(of: [Double(sum.gain)], law: law, shape: tensor.shape))
      }
    }
    firstWeights[index] = nil
  }

  /// Measures a weight tensor other than the first.
  private func reading(
    of signal: ScaledSignal, _ tensor: ParameterTensor, law: WeightLaw, node: Network.Node, index: Int
  ) throws -> ParameterReading {
    let reading = try WeightProbe.reading(
      of: signal, law: law, shape: tensor.shape, probe: weightProbe, stream: store.stream(.probe, tensor, node: index),
      sampling: .none, measuresStatistics: true, pool: pool)
    guard var summary = reading.summary else { preconditionFailure("weights were not measured") }
    if summary.nonFinite == 0 {
      summary.sharedWith = sharedWeights?.earlierLayer(sharing: signal, as: tensor.path(in: node.name))
    }
    return ParameterReading(values: summary, secondMoment: reading.secondMoment, log2RMS: reading.log2RMS)
  }

  // MARK: Backward

  /// Sends a node's gradient back to its inputs, and measures it.
  func backward(_ index: Int) throws {
    guard let g = gradients[index], let z = preactivations[index] else {
      preconditionFailure("node \(index) has no gradient or pre-activation")
    }
    gradients[index] = nil
    preactivations[index] = nil
    activations[index] = nil
    let wantsActivation = plan.consumers[index].contains { plan.hasWeights[$0] && !plan.usesKernel[$0] }
    tap?(plan.network.nodes[index].name, .gradient, g.trueValues)
    pass.shape = plan.network.nodes[index].shape
    // Behind the loss's own sigmoid the gradient is already that of the pre-activation.
    let isPlain = index == plan.count - 1 && hasPlainOutput
    let step = try pass.backward(
      z, gradient: g, scaling: isPlain ? ActivationScaling(.identity) : scalings[index],
      fanOut: plan.network.nodes[index].shape.count,
      wantsActivation: wantsActivation)
    let isCell = (operators[index] as? KernelOperator)?.cell != nil
    if !isCell { tap?(plan.network.nodes[index].name, .preactivationGradient, g.trueValues) }
    readings[index].gradient = step.gradientSummary
    readings[index].preactivationGradient = step.preactivationGradientSummary
    let saturation = gateSaturation[index] ?? step.saturation
    readings[index].activation?.saturatedFraction = saturation?.units
    readings[index].activation?.saturatedEntries = saturation?.entries
    if let a = step.activation {
      a.log2RMS = sizes[index]?.activation
      for consumer in plan.consumers[index] { try finish(consumer, input: a) }
    }
    if index == plan.count - 1, hasLossSoftmax {
      // The gradient is that of the softmax's input.
      for source in plan.inputs[index] where source != ExecutionPlan.input { try add(g, to: source) }
    } else if let kernel = operators[index] as? KernelOperator {
      try propagate(g, z: z, through: kernel, at: index)
    } else {
      try measureGain(g, of: index)
      try propagate(g, from: index)
      if plan.hasWeights[index] { pending[index] = g }
    }
  }

  /// Sends a node's gradient to its inputs.
  private func propagate(_ g: ScaledSignal, from index: Int) throws {
    let sources = plan.inputs[index]
    let wanted = sources.map { $0 != ExecutionPlan.input }
    guard wanted.contains(true) else { return }
    guard let linear = operators[index] as? any LinearOperator else {
      preconditionFailure("node \(index) is neither linear nor run by a kernel")
    }
    let parts = try linear.backward(g, weights: try store.weights(of: index), wanted: wanted, pool: pool)
    for (source, part) in zip(sources, parts) { try add(part, to: source) }
  }

  /// The same through a kernel, which needs its inputs again and computes the weight gradient at once.
  private func propagate(
    _ g: ScaledSignal, z: ScaledSignal, through kernel: KernelOperator, at index: Int
  ) throws {
    let sources = plan.inputs[index]
    let inputs = try sources.map(inputAgain)
    let parts = try kernel.backward(
      g, inputs: inputs, z: z, weights: try store.weights(of: index), wanted: sources.map { $0 != ExecutionPlan.input },
      pool: pool)
    if let dW = parts.weights { measure(weightGradient: dW, of: index) }
    readings[index].recurrence = kernel.recurrence(gradient: g)
    if let gates = try kernel.gateGradients(exponent: g.exponent, batch: g.rows, pool: pool), let cell = kernel.cell {
      tap?(plan.network.nodes[index].name, .preactivationGradient, gates.trueValues)
      if pass.measures { readings[index].preactivationGradient = pass.summary(of: gates, steps: cell.steps) }
    }
    for place in readings[index].parameters.indices {
      readings[index].parameters[place].gradient = kernel.gradientSize(place, exponent: g.exponent)
    }
    kernel.release()
    for (source, part) in zip(sources, parts.inputs) where source != ExecutionPlan.input {
      try add(part, to: source)
    }
  }

  /// Returns an input of a node for the backward pass.
  private func inputAgain(_ source: Int) throws -> ScaledSignal {
    if source == ExecutionPlan.input { return activation(of: source) }
    if let kept = activations[source] { return kept }
    guard let below = preactivations[source] else { preconditionFailure("node \(source) was released too early") }
    return try pass.forward(below, scaling: scalings[source])
  }

  /// Computes the gradient with respect to the factor on a sum's branches: the sum of the products of the sum's gradient
  /// with all inputs but the first.
  private func measureGain(_ g: ScaledSignal, of index: Int) throws {
    guard operators[index] is AddOperator, !readings[index].parameters.isEmpty else { return }
    let inputs = try plan.inputs[index].dropFirst().map(inputAgain)
    guard let scale = inputs.map(\.exponent).max() else { return }
    var sum = 0.0
    for input in inputs {
      var product = 0.0
      for place in 0..<g.count { product += Double(g.data[place]) * Double(input.data[place]) }
      sum += Scale.apply(input.exponent - scale, to: product)
    }
    readings[index].parameters[0].gradient = GradientSize(meanSquare: sum * sum, exponent: g.exponent + scale)
  }

  private func add(_ part: ScaledSignal?, to source: Int) throws {
    guard let part else { return }
    gradients[source] = try gradients[source].map { try merge($0, part, pool: pool) } ?? part
  }

  /// Computes and measures the weight gradient of a node once its input is available.
  private func finish(_ index: Int, input: ScaledSignal) throws {
    guard let gz = pending[index] else { return }
    pending[index] = nil
    guard let linear = operators[index] as? any LinearOperator,
      let dW = try linear.weightGradient(gz, input: input, pool: pool)
    else { return }
    measure(weightGradient: dW, of: index)
    measureDense(gz, dW, of: index)
  }

  /// Measures the gradients of a dense layer's parameters. The bias's gradient is the column sums of its pre-activation's.
  private func measureDense(_ gz: ScaledSignal, _ dW: ScaledSignal, of index: Int) {
    for (place, tensor) in plan.network.nodes[index].parameters.enumerated()
    where readings[index].parameters.indices.contains(place) {
      if tensor.role == .weight {
        readings[index].parameters[place].gradient = GradientSize(of: dW.data, count: dW.count, exponent: dW.exponent)
      } else {
        var sums = [Float](repeating: 0, count: gz.columns)
        Elementwise.columnSums(gz.data, rows: gz.rows, columns: gz.columns, into: &sums)
        readings[index].parameters[place].gradient = GradientSize(of: sums, count: sums.count, exponent: gz.exponent)
      }
    }
  }

  private func measure(weightGradient dW: ScaledSignal, of index: Int) {
    tap?(plan.network.nodes[index].name, .weightGradient, dW.trueValues)
    guard pass.measures else { return }
    weightProbe.measure(dW, directions: false, sampling: sampling)
    var reading = weightProbe.reading()
    if let gradient = reading.log2RMS, let weight = store.log2RMS(of: index) {
      reading.summary.toWeightRatio = exp2(gradient - weight)
    }
    readings[index].weightGradient = reading.summary
  }
}
