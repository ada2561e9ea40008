import NetworkGraph
import OperatorKernels
import TensorKernels

/// A graph made ready to run: types of all values, constants folded, unused nodes dropped, and for each step what it needs.
///
/// It is read-only and shared by replicas.
public struct CompiledGraph: Sendable {
  /// One node that runs.
  struct Step: Sendable {
    var node: Int
    var kernel: any OperatorKernel
    var inputs: [Int?]
    var outputs: [Int?]
    var outputTypes: [ValueType]
    var needs: KernelRequirements
    /// Which inputs a gradient is computed for.
    var wanted: [Bool]
    /// Whether any gradient passes through the step.
    var runsBackward: Bool { wanted.contains(true) }
    /// What an observer is shown of a recurrent node; nil for nothing.
    var trace: Trace?
    /// Whether the kernel leaves something for its backward pass.
    var keepsSaved: Bool { runsBackward && needs.saved > 0 }
  }

  /// The room that a recurrent node needs to show its gates and states.
  struct Trace: Sendable {
    var operation: any RecurrentOperator
    var gates: ValueType
    var inputs: [ValueType?]
    var squares: Int
  }

  public let graph: Graph
  /// The type of each value.
  public let types: [ValueType]
  /// Values known before anything runs.
  public let constants: [TensorConstant?]
  /// The value at which the backward pass starts.
  public let start: ValueID
  let steps: [Step]
  let constantTensors: ConstantTensors
  /// For each value: whether its gradient is computed.
  let hasGradient: [Bool]
  /// The order of the steps.
  let schedule: StepSchedule
  /// For each value: the first step whose backward pass reads it, `Int.max` for none.
  let firstBackwardRead: [Int]
  /// For each value: the first step that reads it at all, after whose backward pass its gradient is whole.
  let firstConsumer: [Int]
  /// Values that an observer sees.
  let isObserved: [Bool]

  /// Prepares a graph.
  ///
  /// - Parameters:
  ///   - graph: The graph.
  ///   - start: The value at which the backward pass starts: an output of type float32.
  ///   - observed: Values whose signals and gradients an observer is shown.
  ///   - traced: Recurrent nodes whose gates and states it is shown.
  /// - Throws: `GraphError` where types do not fit, with the node; `OutOfMemory`.
  public init(_ graph: Graph, start: ValueID, observed: [ValueID], traced: Set<Int> = []) throws {
    self.graph = graph
    self.start = start
    var types = [ValueType?](repeating: nil, count: graph.values.count)
    var constants = [TensorConstant?](repeating: nil, count: graph.values.count)
    for (index, value) in graph.values.enumerated() {
      switch value.source {
      case .input(let type): types[index] = type
      case .parameter(let place): types[index] = ValueType(.float32, graph.parameters[place].shape)
      case .constant(let constant): (types[index], constants[index]) = (constant.type, constant)
      case .result: break
      }
    }
    var all: [Step] = [], budget = Folding.Budget()
    for (place, node) in graph.nodes.enumerated() {
      guard var kernel = node.operation as? any OperatorKernel else {
        throw GraphError(node: node, message: "no kernel executes the operator \(node.operation.kind)", hint: nil)
      }
      let facts = node.inputs.map { input in
        input.flatMap { id in types[id.index].map { ValueFacts($0, constant: constants[id.index]) } }
      }
      kernel = kernel.specialized(to: facts)
      let results: [ValueType]
      do {
        results = try kernel.results(of: facts)
      } catch {
        throw GraphError(node: node, message: error.message, hint: error.hint)
      }
      guard node.outputs.count <= results.count else {
        throw GraphError(
          node: node,
          message: "\(node.operation.kind) gives \(results.count) results, and the node names \(node.outputs.count)",
          hint: "Export the model again; the file may be damaged")
      }
      for (output, type) in zip(node.outputs, results) { if let output { types[output.index] = type } }
      if let folded = try Folding.fold(kernel, node: node, facts: facts, results: results, budget: &budget) {
        for (output, constant) in zip(node.outputs, folded) { if let output { constants[output.index] = constant } }
        continue
      }
      all.append(
        Step(
          node: place, kernel: kernel, inputs: node.inputs.map { $0?.index },
          outputs: results.indices.map { $0 < node.outputs.count ? node.outputs[$0]?.index : nil }, outputTypes: results,
          needs: kernel.requirements(inputs: facts.map { $0?.type }, outputs: results),
          wanted: node.inputs.map { _ in false },
          trace: traced.contains(place) ? Trace(kernel, inputs: facts.map { $0?.type }) : nil))
    }
    self.types = try types.enumerated().map { index, type in
      guard let type else {
        throw GraphError(
          name: graph.values[index].name, message: "nothing makes the value '\(graph.values[index].name)'",
          hint: "Export the model again; the file may be damaged")
      }
      return type
    }
    self.constants = constants
    // Only what leads to something that is looked at runs.
    var isNeeded = [Bool](repeating: false, count: graph.values.count)
    for value in observed + [start] { isNeeded[value.index] = true }
    var steps: [Step] = []
    for step in all.reversed() where step.outputs.contains(where: { $0.map { isNeeded[$0] } ?? false }) {
      for input in step.inputs { if let input { isNeeded[input] = true } }
      steps.append(step)
    }
    steps.reverse()
    (self.steps, hasGradient) = Self.withGradients(steps, graph: graph, types: self.types, start: start, observed: observed)
    var isObserved = [Bool](repeating: false, count: graph.values.count)
    for value in observed { isObserved[value.index] = true }
    self.isObserved = isObserved
    schedule = StepSchedule(
      self.steps.map { ($0.inputs.compactMap(\.self), $0.outputs.compactMap(\.self)) }, values: graph.values.count)
    var firstBackwardRead = [Int](repeating: .max, count: graph.values.count)
    var firstConsumer = [Int](repeating: .max, count: graph.values.count)
    for (place, step) in self.steps.enumerated() {
      for input in step.inputs.compactMap(\.self) { firstConsumer[input] = min(firstConsumer[input], place) }
      guard step.runsBackward else { continue }
      for input in step.needs.readsInputs where step.inputs.indices.contains(input) {
        if let value = step.inputs[input] { firstBackwardRead[value] = min(firstBackwardRead[value], place) }
      }
      for output in step.needs.readsOutputs {
        if let value = step.outputs[output] { firstBackwardRead[value] = min(firstBackwardRead[value], place) }
      }
    }
    self.firstBackwardRead = firstBackwardRead
    self.firstConsumer = firstConsumer
    constantTensors = try ConstantTensors(
      constants, used: Set(self.steps.flatMap(\.inputs).compactMap(\.self)).union(observed.map(\.index)))
  }

  /// Finds the values between what can learn or is looked at, and the start of the backward pass.
  private static func withGradients(
    _ steps: [Step], graph: Graph, types: [ValueType], start: ValueID, observed: [ValueID]
  ) -> (steps: [Step], hasGradient: [Bool]) {
    var depends = [Bool](repeating: false, count: graph.values.count)
    for (index, value) in graph.values.enumerated() { if case .parameter = value.source { depends[index] = true } }
    for value in observed where types[value.index].element == .float32 { depends[value.index] = true }
    func flows(_ step: Step, _ place: Int) -> Bool {
      guard let input = step.inputs[place], types[input].element == .float32 else { return false }
      return depends[input] && step.kernel.carriesGradient(toInput: place)
    }
    for step in steps where step.inputs.indices.contains(where: { flows(step, $0) }) {
      for (output, type) in zip(step.outputs, step.outputTypes) where type.element == .float32 {
        if let output { depends[output] = true }
      }
    }
    var reaches = [Bool](repeating: false, count: graph.values.count)
    reaches[start.index] = true
    var steps = steps
    for index in steps.indices.reversed() {
      let step = steps[index]
      guard step.outputs.contains(where: { $0.map { reaches[$0] && depends[$0] } ?? false }) else { continue }
      for place in step.inputs.indices where flows(step, place) {
        steps[index].wanted[place] = true
        if let input = step.inputs[place] { reaches[input] = true }
      }
    }
    return (steps, zip(reaches, depends).map { $0 && $1 })
  }

  /// The type of a value.
  ///
  /// - Parameter value: The value.
  public func type(of value: ValueID) -> ValueType { types[value.index] }

  /// Whether a value's gradient is computed.
  ///
  /// - Parameter value: The value.
  public func hasGradient(_ value: ValueID) -> Bool { hasGradient[value.index] }
}

extension CompiledGraph.Trace {
  /// The room that an operator's trace needs; nil for one that is not recurrent.
  init?(_ kernel: any OperatorKernel, inputs: [ValueType?]) {
    guard let operation = kernel as? any RecurrentOperator else { return nil }
    self.operation = operation
    self.inputs = inputs
    gates = ValueType(.float32, operation.gateShape(inputs))
    squares = operation.squareCount(inputs)
  }

  /// Runs a pass that fills a trace, and shows it.
  func filled(
    exponent: Double, pool: BufferPool, _ pass: (RecurrentTrace) throws -> Void, show: (Tensor, [Double]) throws -> Void
  ) throws {
    let tensor = try Tensor(gates, exponent: exponent, pool: pool)
    var sums = [Double](repeating: 0, count: max(1, squares))
    let means = try sums.withUnsafeMutableBufferPointer { buffer -> [Double] in
      guard let sums = buffer.baseAddress else { return [] }
      try pass(RecurrentTrace(gates: tensor.floats, squares: sums))
      return operation.meanSquares(sums, inputs)
    }
    try show(tensor, means)
  }
}

/// The error that a graph cannot run: at which node, why, and the remedy.
public struct GraphError: Error, Sendable, CustomStringConvertible {
  public var place: String
  public var message: String
  public var hint: String?

  init(node: Graph.Node, message: String, hint: String?) {
    place = "node '\(node.name)' (\(node.operation.kind))"
    self.message = message
    self.hint = hint
  }

  init(name: String, message: String, hint: String?) {
    place = "value '\(name)'"
    self.message = message
    self.hint = hint
  }

  public var description: String { "\(place): \(message)" + (hint.map { ". \($0)" } ?? "") }
}

/// Constants in memory, for all replicas.
final class ConstantTensors: @unchecked Sendable {
  private let buffers: [Int: FloatBuffer]

  init(_ constants: [TensorConstant?], used: Set<Int>) throws(OutOfMemory) {
    var buffers: [Int: FloatBuffer] = [:]
    for (index, constant) in constants.enumerated() where used.contains(index) {
      guard let constant else { continue }
      let buffer = try FloatBuffer(capacity: max(1, (constant.type.bytes + 3) / 4))
      constant.write(to: UnsafeMutableRawPointer(buffer.pointer))
      buffers[index] = buffer
    }
    self.buffers = buffers
  }

  subscript(index: Int) -> FloatBuffer? { buffers[index] }
}

extension TensorConstant {
  /// Copies elements out of memory.
  init(_ view: TensorView) {
    switch view.type.element {
    case .float32:
      self.init(view.shape, .float32(Array(UnsafeBufferPointer(start: view.floats, count: view.count))))
    case .int64:
      self.init(view.shape, .int64(Array(UnsafeBufferPointer(start: view.integers, count: view.count))))
    case .bool: self.init(view.shape, .bool((0..<view.count).map { view.bools[$0] != 0 }))
    }
  }
}

extension CompiledGraph {
  /// For each value: where the samples of a batch lie in it; nil where that is not known, and for values without samples.
  ///
  /// - Parameter count: The number of samples, at least 2: inputs whose first axis is of that extent hold them.
  package func samplePlaces(count: Int) -> [SamplePlace?] {
    var places = [SamplePlace?](repeating: nil, count: types.count)
    for (index, value) in graph.values.enumerated() {
      if case .input(let type) = value.source, type.shape.extents.first == count, type.shape.count > 0 {
        places[index] = SamplePlace(count: count, inner: type.shape.count / count)
      }
    }
    for step in steps {
      let given = step.inputs.map { $0.flatMap { places[$0] } }
      guard given.contains(where: { $0 != nil }) else { continue }
      let shapes = step.inputs.map { $0.map { types[$0].shape } ?? TensorShape() }
      for (output, type) in zip(step.outputs, step.outputTypes) {
        guard let output, type.shape.count > 0 else { continue }
        places[output] = step.kernel.samples(of: given, shapes: shapes, result: type.shape)
      }
    }
    return places
  }
}
