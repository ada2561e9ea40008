import Execution
import LayerKernels
import NetworkGraph
import TensorKernels

/// A network prepared for batches of one size, with memory for every signal, so that forward and backward passes allocate
/// nothing: kernels take what they need during a pass from idle buffers of the graph's pool.
final class TrainingGraph {
  let batch: Int
  let parameters: ParameterBlock
  /// The array for the batch, (batch, features).
  let input: UnsafeMutablePointer<Float>
  /// The loss's input, and the array for its gradient, (batch, outputs).
  let output: UnsafeMutablePointer<Float>
  let outputGradient: UnsafeMutablePointer<Float>
  private let steps: [Step]
  private let schedule: StepSchedule
  /// What the current pass forward is for.
  private var mode = KernelMode.training
  /// Is called after each step of the current pass forward.
  private var after: ((Int) -> Void)?
  private let buffers: [FloatBuffer]
  private let pool: BufferPool
  /// Room for two copies of the largest signal.
  private let scratch: (slope: UnsafeMutablePointer<Float>, value: UnsafeMutablePointer<Float>)

  /// One node, with pointers to all its arrays.
  struct Step {
    var node: Network.Node
    var kernel: any LayerKernel
    /// The activation; nil for the identity, where `a` is `z`.
    var activation: ActivationKernel?
    var isReLU: Bool
    var count: Int
    var z: UnsafeMutablePointer<Float>
    var a: UnsafeMutablePointer<Float>
    /// The gradient with respect to `a`, and after `pullBack` with respect to `z`.
    var g: UnsafeMutablePointer<Float>
    var inputs: [UnsafePointer<Float>]
    var parameters: [UnsafePointer<Float>]
    var inputGradients: [UnsafeMutablePointer<Float>?]
    var parameterGradients: [UnsafeMutablePointer<Float>?]
    /// Gradients that are written to a separate array, because another consumer's gradient is already in place, and then
    /// added.
    var additions: [(from: UnsafeMutablePointer<Float>, to: UnsafeMutablePointer<Float>, count: Int)]
  }

  /// Prepares the network.
  ///
  /// - Parameters:
  ///   - nodes: Those that are executed, in order: all, or all but a softmax that the loss includes.
  ///   - plainOutput: Whether the last node's activation is left to the loss.
  ///   - wholeBatch: The training's batch where this graph is for its smaller last one.
  ///   - pool: Where memory comes from and goes back to; it must keep what is idle.
  init(
    nodes: ArraySlice<Network.Node>, input shape: Shape, plainOutput: Bool, batch: Int, wholeBatch: Int? = nil,
    parameters: ParameterBlock, seed: UInt64, replica: Int, pool: BufferPool = BufferPool()
  ) throws {
    self.pool = pool
    self.batch = batch
    self.parameters = parameters
    var held: [FloatBuffer] = []
    func take(_ count: Int) throws(OutOfMemory) -> UnsafeMutablePointer<Float> {
      let buffer = try pool.take(max(1, count))
      buffer.pointer.update(repeating: 0, count: buffer.capacity)
      held.append(buffer)
      return buffer.pointer
    }
    let input = try take(batch * shape.count)
    var steps: [Step] = []
    var places: [String: Int] = [Network.inputName: -1], order: [(reads: [Int], makes: [Int])] = []
    for (index, node) in nodes.enumerated() {
      let sources = node.inputs.map { places[$0] ?? -1 }
      order.append((sources.filter { $0 >= 0 }, [index]))
      places[node.name] = index
      let count = batch * node.shape.count
      let activation = node.layer.activation
      let isPlain = activation.isIdentity || plainOutput && index == nodes.count - 1
      let z = try take(count)
      let tensors = parameters.tensors(of: index)
      steps.append(
        Step(
          node: node,
          kernel: try KernelCatalogue.make(
            KernelContext(
              layer: node.layer, inputShapes: node.inputShapes, outputShape: node.shape, batch: batch,
              wholeBatch: wholeBatch, stream: RandomStream(seed: seed, replica: replica, node: node.name, tensor: .mask)),
            name: node.name),
          activation: isPlain ? nil : ActivationKernel(activation), isReLU: activation.entry.name == "relu", count: count,
          z: z,
          a: isPlain ? z : try take(count), g: try take(count),
          inputs: sources.map { UnsafePointer($0 < 0 ? input : steps[$0].a) },
          parameters: tensors.map { UnsafePointer(parameters.value($0)) },
          inputGradients: [], parameterGradients: tensors.map { parameters.gradient($0) }, additions: []))
    }
    // Backward, the last consumer comes first. Its gradient is written in place; others are written separately and added.
    var isWritten = [Bool](repeating: false, count: steps.count)
    for index in steps.indices.reversed() {
      for (place, name) in steps[index].node.inputs.enumerated() {
        let source = places[name] ?? -1
        guard source >= 0 else {
          steps[index].inputGradients.append(nil)
          continue
        }
        if isWritten[source] {
          let aside = try take(batch * steps[index].node.inputShapes[place].count)
          steps[index].inputGradients.append(aside)
          steps[index].additions.append((aside, steps[source].g, batch * steps[index].node.inputShapes[place].count))
        } else {
          steps[index].inputGradients.append(steps[source].g)
          isWritten[source] = true
        }
      }
    }
    let largest = steps.map(\.count).max() ?? 1
    scratch = (try take(largest), try take(largest))
    self.input = input
    self.steps = steps
    schedule = StepSchedule(order, values: steps.count)
    output = steps[steps.count - 1].a
    outputGradient = steps[steps.count - 1].g
    buffers = held
    for step in steps {
      try step.kernel.memory.take(for: .both, from: pool)
      step.kernel.memory.giveWorkspace()
    }
  }

  deinit {
    for step in steps { step.kernel.memory.give() }
    for buffer in buffers { pool.give(buffer) }
  }

  /// Provides a kernel with memory for a pass. There is enough: the pool holds what was taken at first.
  private func take(_ step: Step, for pass: KernelMemory.Pass) {
    do {
      try step.kernel.memory.take(for: pass, from: pool)
    } catch {
      preconditionFailure("memory that was there is gone: \(error)")
    }
  }

  func node(_ step: Int) -> Network.Node { steps[step].node }
  var stepCount: Int { steps.count }
  /// A node's pre-activation after `forward`.
  func preactivation(_ step: Int) -> UnsafeBufferPointer<Float> {
    UnsafeBufferPointer(start: steps[step].z, count: steps[step].count)
  }

  /// Runs every node on the array `input`.
  func forward(_ mode: KernelMode) {
    self.mode = mode
    schedule.forward(in: schedule.whole, by: self)
  }

  /// Runs every node for training, and calls `after` behind each, which may run it again.
  func forward(after: @escaping (_ step: Int) -> Void) {
    self.after = after
    defer { self.after = nil }
    forward(.training)
  }

  /// Runs one node on the results of those before it.
  func run(_ index: Int, _ mode: KernelMode) {
    let step = steps[index]
    take(step, for: .forward)
    step.kernel.forward(step.inputs, parameters: step.parameters, into: step.z, mode: mode, exponent: 0)
    step.kernel.memory.giveWorkspace()
    step.activation?.value(step.z, into: step.a, count: step.count)
  }

  /// Computes `parameters.gradients` from `outputGradient`.
  func backward() { schedule.backward(in: schedule.whole, by: self) }

  /// Sets the number of the next training pass, by which masks are drawn.
  func setPass(_ number: Int) {
    for step in steps { step.kernel.passNumber = number }
  }

  /// The first node for which `state` has values that cannot be its own, or the number of nodes where only their count is
  /// wrong; nil where all fit.
  func mismatch(state: [[Float]]) -> Int? {
    guard state.count == steps.count else { return steps.count }
    return steps.indices.first { !steps[$0].kernel.accepts(state: state[$0]) }
  }

  /// Values that kernels keep beside parameters, such as running moments; one array per node.
  var state: [[Float]] {
    get { steps.map(\.kernel.state) }
    set { for (step, values) in zip(steps, newValue) { step.kernel.state = values } }
  }
}

extension TrainingGraph: StepRunner {
  func forward(_ index: Int, _ pass: StepSchedule.Pass) {
    run(index, mode)
    after?(index)
  }

  /// Every signal has memory of its own.
  func release(_ value: Int, _ pass: StepSchedule.Pass) {}

  func backward(_ index: Int) {
    let step = steps[index]
    if let activation = step.activation {
      if step.isReLU {
        Elementwise.maskNegative(step.g, where: step.z, count: step.count)
      } else {
        activation.valueAndDerivative(step.z, value: scratch.value, derivative: scratch.slope, count: step.count)
        Elementwise.multiply(step.g, by: scratch.slope, count: step.count)
      }
    }
    take(step, for: .backward)
    step.kernel.backward(
      step.g, inputs: step.inputs, parameters: step.parameters, z: step.z, inputGradients: step.inputGradients,
      parameterGradients: step.parameterGradients)
    step.kernel.memory.giveWorkspace()
    for addition in step.additions { Elementwise.add(addition.from, to: addition.to, count: addition.count) }
  }
}
