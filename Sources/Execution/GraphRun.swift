import NetworkGraph
import OperatorKernels
import TensorKernels

/// One forward and one backward pass of a graph on one batch.
///
/// Values are freed as soon as nothing reads them again. What a backward pass needs is kept until it has read it: of all
/// steps at once, or of one segment of them at a time (see `StepSchedule`).
public final class GraphRun {
  private let compiled: CompiledGraph
  private let parameters: ParameterSet
  private let pool: BufferPool
  private let team: any OperatorTeam
  private let policy: ScalePolicy
  private let segments: [Range<Int>]
  private var values: [Tensor?]
  /// Inputs that the next pass reads again.
  private var held: Set<Int> = []
  private var gradients: [Tensor?]
  private var saved: [FloatBuffer?]
  /// Results that no value names but a backward pass reads, by step and slot.
  private var unnamed: [Int: [Int: Tensor]] = [:]
  /// Is shown what the current pass computes.
  private var observer: (any ExecutionObserver)?
  /// Whether the current pass backward gives memory back on the way.
  private var releases = true
  /// For each step: the exponents of its inputs and that of its results as the kernel made them.
  private var scales: [OperatorScales]

  /// Prepares a run.
  ///
  /// - Parameters:
  ///   - compiled: The graph.
  ///   - parameters: The values of its parameters.
  ///   - pool: Where memory comes from.
  ///   - team: The threads that share an operator's work.
  ///   - policy: Whether tensors carry exponents.
  ///   - segments: Of which steps a backward pass finds everything in memory at a time: all, or those of one range of
  ///     `CompiledGraph.segments(_:)`.
  public init(
    _ compiled: CompiledGraph, parameters: ParameterSet, pool: BufferPool, team: any OperatorTeam,
    policy: ScalePolicy, segments: [Range<Int>]? = nil
  ) {
    self.compiled = compiled
    self.segments = segments ?? compiled.segments(1)
    self.parameters = parameters
    self.pool = pool
    self.team = team
    self.policy = policy
    values = Array(repeating: nil, count: compiled.types.count)
    gradients = values
    saved = Array(repeating: nil, count: compiled.steps.count)
    scales = Array(repeating: OperatorScales(inputs: [], output: 0), count: compiled.steps.count)
    for (index, value) in compiled.graph.values.enumerated() {
      if case .parameter(let place) = value.source {
        values[index] = Tensor(
          compiled.types[index], exponent: parameters.exponents[place], holding: parameters.buffers[place])
      } else if let buffer = compiled.constantTensors[index] {
        values[index] = Tensor(compiled.types[index], holding: buffer)
      }
    }
  }

  deinit { for buffer in saved { if let buffer { pool.give(buffer) } } }

  /// Memory for an input of the graph, which the caller fills before `forward`.
  ///
  /// - Parameters:
  ///   - value: The input.
  ///   - isHeld: Whether later passes read it as it is now; else it is freed after its last use, and filled again before
  ///     each pass.
  /// - Throws: `OutOfMemory`.
  public func input(_ value: ValueID, isHeld: Bool = false) throws(OutOfMemory) -> TensorView {
    if isHeld { held.insert(value.index) }
    let tensor = try Tensor(compiled.type(of: value), pool: pool)
    values[value.index] = tensor
    return tensor.view
  }

  /// Computes every value that is looked at.
  ///
  /// - Parameters:
  ///   - keeping: Whether what a backward pass needs is kept.
  ///   - observer: Is shown the observed values.
  /// - Throws: `OutOfMemory`, `GraphError` with the node for values that an operator cannot take, and what the observer
  ///   throws.
  public func forward(keeping: Bool = true, observer: (any ExecutionObserver)? = nil) throws {
    // Inputs and parameters may be looked at, too.
    for index in values.indices where compiled.isObserved[index] {
      if let tensor = values[index] { try observer?.computed(ValueID(index), tensor) }
    }
    self.observer = observer
    defer { self.observer = nil }
    try compiled.schedule.forward(in: segments, keeping: keeping, by: self)
  }

  private func free(_ value: Int) {
    if value != compiled.start.index, compiled.isOwn(value), !held.contains(value) { values[value] = nil }
  }

  /// Runs the kernel of a step.
  private func compute(_ place: Int, keeping: Bool, isRepeated: Bool) throws {
    let step = compiled.steps[place]
    let given = step.inputs.map { input in input.flatMap { values[$0] } }
    let isFloat = step.inputs.map { input in input.map { compiled.types[$0].element == .float32 } ?? false }
    let scales =
      policy == .carried
      ? step.kernel.scales(of: zip(given, isFloat).map { tensor, isFloat in isFloat ? tensor?.operand : nil })
      : OperatorScales(inputs: given.map { _ in 0 }, output: 0)
    self.scales[place] = scales
    let inputs = try prepared(given, for: step.kernel, scales.inputs, isFloat)
    let outputs = try step.outputTypes.map {
      try Tensor($0, exponent: $0.element == .float32 ? PowerOfTwo.capped(scales.output) : 0, pool: pool)
    }
    let savedBuffer = try pool.take(max(1, step.needs.saved)), workspace = try pool.take(max(1, step.needs.forwardWorkspace))
    defer { pool.give(workspace) }
    var call = ForwardCall(
      inputs: inputs.map { $0?.view }, outputs: outputs.map(\.view), saved: savedBuffer.pointer,
      workspace: workspace.pointer, exponents: scales.inputs, outputExponent: scales.output, team: team)
    do {
      if let trace = step.trace, let observer, !isRepeated {
        try trace.filled(exponent: scales.output, pool: pool) {
          call.trace = $0
          try step.kernel.forward(call)
        } show: {
          try observer.computed(gatesOf: step.node, $0, states: $1)
        }
      } else {
        try step.kernel.forward(call)
      }
    } catch let error as OperatorFailure {
      pool.give(savedBuffer)
      throw GraphError(node: compiled.graph.nodes[step.node], message: error.message, hint: error.hint)
    }
    withExtendedLifetime(inputs) {}
    if keeping, step.keepsSaved { saved[place] = savedBuffer } else { pool.give(savedBuffer) }
    for (slot, (output, tensor)) in zip(step.outputs, outputs).enumerated() {
      guard let output else {
        if keeping, step.runsBackward, step.needs.readsOutputs.contains(slot) { unnamed[place, default: [:]][slot] = tensor }
        continue
      }
      if policy == .carried, tensor.type.element == .float32, step.kernel.scaleLaw == .product { settle(tensor) }
      values[output] = tensor
    }
  }

  /// The inputs in the scales that the kernel asks for: themselves, or copies.
  private func prepared(
    _ tensors: [Tensor?], for kernel: any OperatorKernel, _ exponents: [Double], _ isFloat: [Bool]
  ) throws -> [Tensor?] {
    try tensors.enumerated().map { place, tensor in
      guard let tensor, isFloat[place], tensor.exponent != exponents[place] else { return tensor }
      return try tensor.copy(
        exponent: exponents[place], takenAs: kernel.saturates(input: place) ? PowerOfTwo.saturation : nil, pool: pool)
    }
  }

  /// Brings data that drifted far from 1 back into the middle of Float's range.
  private func settle(_ tensor: Tensor) {
    let largest = Elementwise.largestMagnitude(tensor.floats, count: tensor.count)
    guard largest > 0, largest.isFinite, abs(Int(largest.exponent)) > PowerOfTwo.comfort else { return }
    tensor.rescale(to: tensor.exponent + Double(largest.exponent))
    tensor.exponent = PowerOfTwo.capped(tensor.exponent)
  }

  /// The value at which the backward pass starts, after `forward`.
  public var output: Tensor {
    guard let tensor = values[compiled.start.index] else { preconditionFailure("the forward pass left no output") }
    return tensor
  }

  /// Computes the gradients of a scalar with respect to observed values and parameters.
  ///
  /// - Parameters:
  ///   - fill: Writes the gradient with respect to the start value, as many values as it has, and returns their exponent.
  ///   - observer: Is shown the gradients.
  ///   - releases: Whether memory is given back on the way. A run that keeps it can go backward again.
  /// - Throws: `OutOfMemory` and what the observer throws.
  public func backward(
    fill: (UnsafeMutableBufferPointer<Float>) throws -> Double, observer: (any ExecutionObserver)?, releases: Bool = true
  ) throws {
    precondition(releases || segments.count == 1, "a run in segments cannot go backward twice")
    let start = compiled.start.index
    // Held by no variable here, so that its memory goes back as soon as the first step has read it.
    gradients[start] = try filled(start, by: fill)
    self.observer = observer
    self.releases = releases
    defer { self.observer = nil }
    try compiled.schedule.backward(in: segments, by: self)
  }

  private func filled(
    _ value: Int, by fill: (UnsafeMutableBufferPointer<Float>) throws -> Double
  ) throws -> Tensor {
    let tensor = try Tensor(compiled.types[value], pool: pool)
    tensor.exponent = try fill(UnsafeMutableBufferPointer(start: tensor.floats, count: tensor.count))
    return tensor
  }

  /// Shows a gradient that is whole.
  private func finish(_ value: Int, _ observer: (any ExecutionObserver)?) throws {
    guard let gradient = gradients[value] else { return }
    var isShown = compiled.isObserved[value]
    if case .parameter = compiled.graph.values[value].source { isShown = true }
    if isShown { try observer?.gradient(of: ValueID(value), gradient) }
  }

  /// Runs the kernel of a step backward.
  private func computeGradients(_ place: Int) throws {
    let step = compiled.steps[place], scales = scales[place]
    let isFloat = step.inputs.map { input in input.map { compiled.types[$0].element == .float32 } ?? false }
    // Only what the kernel reads again is brought into its scale; of the rest it sees the shape.
    let given = step.inputs.enumerated().map { index, input -> Tensor? in
      guard let input, step.needs.readsInputs.contains(index) else { return nil }
      return values[input]
    }
    let inputs = try prepared(given, for: step.kernel, scales.inputs, isFloat)
    let scratch = try pool.take(max(1, step.needs.backwardWorkspace))
    defer { pool.give(scratch) }
    func placeholder(_ type: ValueType) -> TensorView { TensorView(type, UnsafeMutableRawPointer(scratch.pointer)) }
    let arriving = step.outputs.map { output in output.flatMap { gradients[$0] } }
    // Several results' gradients in one scale: that of the largest.
    let common = arriving.compactMap { $0?.exponent }.max() ?? 0
    let cotangents = try arriving.map { gradient -> Tensor? in
      guard let gradient, gradient.exponent != common else { return gradient }
      return try gradient.copy(exponent: common, pool: pool)
    }
    let targets = try step.inputs.enumerated().map { index, input -> Tensor? in
      guard let input, step.wanted[index] else { return nil }
      // The kernel sees data: true values are data times 2^exponent on both sides.
      return try Tensor(
        compiled.types[input], exponent: PowerOfTwo.capped(common + scales.output - scales.inputs[index]), pool: pool)
    }
    var call = BackwardCall(
      inputs: step.inputs.enumerated().map { index, input in
        input.map { inputs[index]?.view ?? placeholder(compiled.types[$0]) }
      },
      outputs: step.outputs.enumerated().map { index, output in
        (step.needs.readsOutputs.contains(index) ? output.flatMap { values[$0] } ?? unnamed[place]?[index] : nil)?.view
          ?? placeholder(step.outputTypes[index])
      },
      outputGradients: cotangents.map { $0.map { UnsafePointer($0.floats) } },
      inputGradients: targets.map { $0?.floats }, saved: saved[place]?.pointer ?? scratch.pointer,
      workspace: scratch.pointer, exponents: scales.inputs, outputExponent: scales.output, team: team)
    if let trace = step.trace, let observer {
      try trace.filled(exponent: common, pool: pool) {
        call.trace = $0
        step.kernel.backward(call)
      } show: {
        try observer.gradient(ofGatesOf: step.node, $0, states: $1)
      }
    } else {
      step.kernel.backward(call)
    }
    withExtendedLifetime((inputs, cotangents)) {}
    for (input, target) in zip(step.inputs, targets) {
      guard let input, let target else { continue }
      switch step.kernel.scaleLaw {
      case .product, .invariant, .weighs: if policy == .carried { settle(target) }
      case .aligned, .homogeneous, .absolute: break
      }
      try add(target, to: input)
    }
  }

  private func add(_ part: Tensor, to value: Int) throws {
    guard let sum = gradients[value] else {
      gradients[value] = part
      return
    }
    // A sum of zeros has no size, whatever its exponent.
    let common =
      sum.exponent == part.exponent
      ? sum.exponent : [sum, part].filter(\.hasSize).map(\.exponent).max() ?? sum.exponent
    if sum.exponent != common { sum.rescale(to: common) }
    if part.exponent != common { part.rescale(to: common) }
    Elementwise.add(part.floats, to: sum.floats, count: sum.count)
  }
}

extension GraphRun: StepRunner {
  package func forward(_ place: Int, _ pass: StepSchedule.Pass) throws {
    let step = compiled.steps[place]
    // What later segments have read of an earlier one is made again.
    if pass.isRepeated { for output in step.outputs.compactMap(\.self) { free(output) } }
    try compute(place, keeping: pass.keeps, isRepeated: pass.isRepeated)
    guard !pass.isRepeated else { return }
    for output in step.outputs {
      guard let output, compiled.isObserved[output], let tensor = values[output] else { continue }
      try observer?.computed(ValueID(output), tensor)
    }
  }

  package func release(_ value: Int, _ pass: StepSchedule.Pass) {
    if !pass.keeps || compiled.firstBackwardRead[value] == .max { free(value) }
  }

  package func backward(_ place: Int) throws {
    let step = compiled.steps[place]
    for output in step.outputs.compactMap(\.self) { try finish(output, observer) }
    if step.runsBackward, step.outputs.contains(where: { $0.map { gradients[$0] != nil } ?? false }) {
      try computeGradients(place)
    }
    if releases {
      if let buffer = saved[place] { pool.give(buffer) }
      saved[place] = nil
      unnamed[place] = nil
    }
    for output in step.outputs.compactMap(\.self) {
      gradients[output] = nil
      if releases, output != compiled.start.index { values[output] = nil }
    }
    // Inputs and parameters have no step of their own.
    for input in Set(step.inputs.compactMap(\.self)) where compiled.firstConsumer[input] == place {
      if case .result = compiled.graph.values[input].source { continue }
      try finish(input, observer)
      gradients[input] = nil
    }
  }
}

extension ThreadTeam: OperatorTeam {}
