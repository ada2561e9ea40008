import Glibc
import LayerKernels
import NetworkGraph
import TensorKernels

/// One replica's measurement of one layer.
struct LayerReading: Sendable {
  var weights: WeightSummary?
  var bias: BiasSummary?
  var preactivation: SignalSummary?
  var activation: SignalSummary?
  var gradient: SignalSummary?
  var preactivationGradient: SignalSummary?
  var weightGradient: SignalSummary?
  var recurrence: LayerResult.Recurrence?
}

/// What one replica of one initializer yields.
struct ReplicaReading: Sendable {
  var input: SignalSummary?
  /// The batch's; all initializers see the same, and the first one's readings hold it.
  var geometry: SampleGeometry?
  /// Of the input, where it is a sequence.
  var inputTokenCosine: Double?
  var layers: [LayerReading]
  var loss: Double?
  var lossOfGuess: Double?
  var calibrations: [LayerCalibration]
}

/// Pushes one batch through one drawing of the network, forward and backward, and measures every layer.
///
/// Only pre-activations are kept for the backward pass; activations are computed again from them, together with the
/// derivative, where the weight gradient needs them.
final class ReplicaAudit {
  private let plan: ExecutionPlan
  private let memory: MemoryPlan
  private let store: WeightStore
  private let operators: [any LayerOperator]
  private let scalings: [ActivationScaling]
  private let assignment: InitializerAssignment
  private let pool: BufferPool
  private let sampling: Sampling
  /// Compares the layers' weights; nil where another replica does.
  private var sharedWeights: SharedWeights?
  private let pass: ActivationPass
  private let weightProbe = SignalProbe()
  private let cotangent: [Float]?
  private let tap: Tap?

  typealias Tap = @Sendable (_ node: String, _ kind: TensorCopy.Kind, _ values: [Double]) -> Void

  private var readings: [LayerReading]
  private var calibrations: [LayerCalibration] = []
  private var preactivations: [ScaledSignal?]
  private var activations: [ScaledSignal?]
  private var sizes: [SignalSize?]
  private var input: ScaledSignal?
  /// What of the last node belongs to the loss: its backward pass starts where the loss takes its values.
  private var output: OutputPlan?
  /// The values that enter a softmax which the loss contains.
  private var logits: ScaledSignal?

  /// What the first forward pass found of a node's signals; a later one repeats its scales without measuring.
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
    activations = Array(repeating: nil, count: plan.count)
    sizes = Array(repeating: nil, count: plan.count)
  }

  /// Runs the whole replica.
  func run(input: ScaledSignal, answers: BatchAnswers?, backward: BackwardSource) throws -> ReplicaReading {
    self.input = input
    output = backward.loss.map { OutputPlan(plan.network, $0) }
    for (number, segment) in memory.segments.enumerated() {
      try forward(segment, keeping: number == memory.segments.count - 1, first: true)
    }
    let start = try backward.start(
      at: lossInput(), answers: answers, stream: store.stream(.cotangent, node: plan.count - 1), pool: pool)
    logits = nil
    activations[plan.count - 1] = nil
    if let cotangent {
      precondition(
        cotangent.count == start.gradient.count, "\(cotangent.count) values given for \(start.gradient.count) outputs")
      start.gradient.data.update(from: cotangent, count: cotangent.count)
    }
    try backwardPass(from: start.gradient)
    return ReplicaReading(
      layers: readings, loss: start.loss, lossOfGuess: start.lossOfGuess, calibrations: calibrations)
  }

  /// What the loss takes: the output, or what enters the softmax or sigmoid that the loss contains.
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

  /// Runs the nodes of a segment. The first run measures; one for the sake of the backward pass repeats its scales.
  private func forward(_ segment: Range<Int>, keeping: Bool, first: Bool) throws {
    for index in segment {
      let node = plan.network.nodes[index]
      let inputs = plan.inputs[index].map(activation)
      if first, index == plan.count - 1, hasLossSoftmax { logits = inputs.first }
      let weights = try store.weights(of: index)
      if first, let weights { try measureWeights(weights, of: node, index: index, inputs: inputs) }
      let scaling = scalings[index]
      let repeated = sizes[index]
      var chosen = repeated?.exponent ?? 0
      let z = try operators[index].forward(
        inputs, weights: weights,
        exponent: { expected in
          if repeated == nil { chosen = scaling.preactivationExponent(expecting: expected) }
          return chosen
        }, pool: pool)
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
        sizes[index] = SignalSize(exponent: chosen, preactivation: z.log2RMS, activation: a.log2RMS)
      }
      if first, let tap {
        if let weights { tap(node.name, .weights, weights.weights.trueValues) }
        if let bias = weights?.bias { tap(node.name, .bias, bias) }
        tap(node.name, .preactivation, z.trueValues)
        tap(node.name, .activation, a.trueValues)
      }
      activations[index] = a
      if keeping { preactivations[index] = z }
      release(after: index, checkpoint: segment.lowerBound - 1)
    }
  }

  /// Drops activations that no later node takes; one at the beginning of a segment stays as its checkpoint.
  private func release(after index: Int, checkpoint: Int) {
    for source in plan.inputs[index] where source != ExecutionPlan.input && source != checkpoint {
      // Consumers stand in their order.
      if plan.consumers[source].last ?? index <= index { activations[source] = nil }
    }
  }

  private func measureWeights(
    _ weights: LayerWeights, of node: Network.Node, index: Int, inputs: [ScaledSignal]
  ) throws {
    guard let law = assignment.weightLaw(for: node), let shape = node.layer.weightShape(from: node.inputShapes) else { return }
    if case .dataDependent(let scheme) = law {
      weightProbe.measure(weights.weights, directions: false, sampling: .none)
      weights.weights.log2RMS = weightProbe.reading().log2RMS
      calibrations.append(
        try Calibration(store: store, probe: weightProbe, pool: pool).fit(
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
  }

  // MARK: Backward

  private func backwardPass(from output: ScaledSignal) throws {
    var gradients = [ScaledSignal?](repeating: nil, count: plan.count)
    // Gradients with respect to pre-activations, until the inputs that their weight gradients need are at hand.
    var pending = [ScaledSignal?](repeating: nil, count: plan.count)
    gradients[plan.count - 1] = output
    for (number, segment) in memory.segments.enumerated().reversed() {
      if number < memory.segments.count - 1 { try forward(segment, keeping: true, first: false) }
      for index in segment.reversed() {
        guard let g = gradients[index], let z = preactivations[index] else {
          preconditionFailure("node \(index) has no gradient or pre-activation")
        }
        gradients[index] = nil
        preactivations[index] = nil
        activations[index] = nil
        let wantsActivation = plan.consumers[index].contains { plan.hasWeights[$0] && !plan.usesKernel[$0] }
        tap?(plan.network.nodes[index].name, .gradient, g.trueValues)
        pass.shape = plan.network.nodes[index].shape
        // Behind the loss's own sigmoid the gradient is that of the pre-activation already.
        let isPlain = index == plan.count - 1 && hasPlainOutput
        let step = try pass.backward(
          z, gradient: g, scaling: isPlain ? ActivationScaling(.identity) : scalings[index], fanOut: plan.network.nodes[index].shape.count,
          wantsActivation: wantsActivation)
        tap?(plan.network.nodes[index].name, .preactivationGradient, g.trueValues)
        readings[index].gradient = step.gradientSummary
        readings[index].preactivationGradient = step.preactivationGradientSummary
        readings[index].activation?.saturatedFraction = step.saturatedFraction
        if let a = step.activation {
          a.log2RMS = sizes[index]?.activation
          for consumer in plan.consumers[index] { try finish(consumer, pending: &pending, input: a) }
        }
        if index == plan.count - 1, hasLossSoftmax {
          // The gradient is that of what enters the softmax.
          for source in plan.inputs[index] where source != ExecutionPlan.input { try add(g, to: source, of: &gradients) }
        } else if let kernel = operators[index] as? KernelOperator {
          try propagate(g, z: z, through: kernel, at: index, into: &gradients)
        } else {
          try propagate(g, from: index, into: &gradients)
          if plan.hasWeights[index] { pending[index] = g }
        }
      }
    }
    if let input { for consumer in plan.inputConsumers { try finish(consumer, pending: &pending, input: input) } }
  }

  /// Sends a node's gradient to its inputs.
  private func propagate(_ g: ScaledSignal, from index: Int, into gradients: inout [ScaledSignal?]) throws {
    let sources = plan.inputs[index]
    let wanted = sources.map { $0 != ExecutionPlan.input }
    guard wanted.contains(true) else { return }
    guard let linear = operators[index] as? any LinearOperator else {
      preconditionFailure("node \(index) is neither linear nor run by a kernel")
    }
    let parts = try linear.backward(g, weights: try store.weights(of: index), wanted: wanted, pool: pool)
    for (source, part) in zip(sources, parts) { try add(part, to: source, of: &gradients) }
  }

  /// The same through a kernel, which needs its inputs again and forms the weight gradient at once.
  private func propagate(
    _ g: ScaledSignal, z: ScaledSignal, through kernel: KernelOperator, at index: Int, into gradients: inout [ScaledSignal?]
  ) throws {
    let sources = plan.inputs[index]
    let inputs = try sources.map { source in
      if source == ExecutionPlan.input { return activation(of: source) }
      if let kept = activations[source] { return kept }
      guard let below = preactivations[source] else { preconditionFailure("node \(source) was released too early") }
      return try pass.forward(below, scaling: scalings[source])
    }
    let parts = try kernel.backward(
      g, inputs: inputs, z: z, weights: try store.weights(of: index), wanted: sources.map { $0 != ExecutionPlan.input },
      pool: pool)
    if let dW = parts.weights { measure(weightGradient: dW, of: index) }
    readings[index].recurrence = kernel.recurrence(gradient: g)
    for (source, part) in zip(sources, parts.inputs) where source != ExecutionPlan.input {
      try add(part, to: source, of: &gradients)
    }
  }

  private func add(_ part: ScaledSignal?, to source: Int, of gradients: inout [ScaledSignal?]) throws {
    guard let part else { return }
    gradients[source] = try gradients[source].map { try merge($0, part, pool: pool) } ?? part
  }

  /// Forms and measures the weight gradient of a node once its input is there.
  private func finish(_ index: Int, pending: inout [ScaledSignal?], input: ScaledSignal) throws {
    guard let gz = pending[index] else { return }
    pending[index] = nil
    guard let linear = operators[index] as? any LinearOperator,
      let dW = try linear.weightGradient(gz, input: input, pool: pool)
    else { return }
    measure(weightGradient: dW, of: index)
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
