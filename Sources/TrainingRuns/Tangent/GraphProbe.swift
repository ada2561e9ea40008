import Execution
import LayerKernels
import NetworkGraph
import OperatorKernels
import TensorKernels

/// A graph on as many samples as the tangent kernel is measured with, whatever batch its file fixes: gradients of samples
/// add up, so that several small batches take the place of one.
package final class GraphProbe: ProbeTarget {
  let batch: Int
  let parameters: ParameterBlock
  let output: UnsafeMutablePointer<Float>
  let outputGradient: UnsafeMutablePointer<Float>
  /// The samples, (batch, features).
  let input: UnsafeMutablePointer<Float>
  let outputs: Int
  /// The first error of a pass; passes of a probe throw none.
  private(set) var failure: (any Error)?

  private let setting: Setting
  private let set: ParameterSet
  private let pool: BufferPool
  /// One run for each small batch, which keeps its signals between passes; or one for all, which computes them again.
  private var runs: [GraphRun] = []
  private let passes: Int
  private var keepsSignals: Bool { runs.count == passes }
  private let buffers: [FloatBuffer]
  /// For each tensor of the block: its place in the graph's parameters.
  private let places: [Int]

  /// What all replicas of a probe share.
  package struct Setting: Sendable {
    let compiled: CompiledGraph
    let inputs: [GraphModel.Input]
    /// The input that holds the samples.
    let samples: ValueID
    /// Features of one sample, outputs of one sample, samples of one pass.
    package let features: Int
    package let outputs: Int
    let rows: Int
    /// The parameters by layer, each once.
    let layers: [(name: String, places: [Int])]

    /// Prepares the measurement of a model.
    ///
    /// - Parameters:
    ///   - model: The model.
    ///   - samples: The input that holds the samples.
    ///   - fill: Fills the other inputs.
    /// - Throws: `GraphError`, `OutOfMemory`.
    package init(_ model: GraphModel, samples: GraphModel.Input) throws {
      compiled = try CompiledGraph(model.graph, start: model.start, observed: [])
      inputs = model.inputs
      self.samples = samples.value
      let shape = compiled.type(of: samples.value).shape, result = compiled.type(of: model.start).shape
      rows = max(1, shape.extents.first ?? 1)
      features = shape.count / rows
      outputs = result.count / rows
      var taken: Set<Int> = []
      var layers: [(name: String, places: [Int])] = model.points.map { point in
        (point.name, point.parameters.filter { taken.insert($0).inserted })
      }
      layers.insert(("", model.graph.parameters.indices.filter { !taken.contains($0) }), at: 0)
      self.layers = layers
    }

    /// Bytes that one replica needs: parameters with gradients twice, and the signals of all samples, or of one pass.
    package func bytes(samples: Int, keepsSignals: Bool) -> Int {
      let parameters = 16 * compiled.graph.parameterCount
      guard keepsSignals else { return parameters + compiled.peakBytes(compiled.segments(1)) }
      return parameters + 2 * samples * compiled.types.reduce(0) { $0 + $1.bytes / max(1, rows) }
    }
  }

  /// Prepares one replica.
  ///
  /// - Parameters:
  ///   - setting: What is measured.
  ///   - batch: The number of samples.
  ///   - set: The values of the parameters; they are copied.
  ///   - pool: Where memory comes from.
  ///   - keepsSignals: Whether the signals of all samples stay in memory between passes. Else each backward pass computes
  ///     them again, for as many samples at a time as the file's batch has; the reading is the same.
  ///   - fill: Fills inputs other than the samples.
  /// - Throws: `OutOfMemory`.
  package init(
    _ setting: Setting, batch: Int, parameters set: ParameterSet, pool: BufferPool, keepsSignals: Bool,
    fill: (GraphModel.Input, TensorView) -> Void
  ) throws {
    let graph = setting.compiled.graph
    self.setting = setting
    self.pool = pool
    // Whole passes only.
    passes = max(1, (batch + setting.rows - 1) / setting.rows)
    self.batch = passes * setting.rows
    outputs = setting.outputs
    var places: [Int] = []
    parameters = try ParameterBlock(
      setting.layers.map { layer in
        (
          layer.name,
          layer.places.map { place in
            places.append(place)
            return GraphParameterDescription.tensor(graph.parameters[place])
          }
        )
      }, pool: pool)
    self.places = places
    self.set = try ParameterSet(graph)
    let sizes = [self.batch * setting.outputs, self.batch * setting.outputs, self.batch * setting.features]
    buffers = try sizes.map { try FloatBuffer(capacity: max(1, $0)) }
    (output, outputGradient, input) = (buffers[0].pointer, buffers[1].pointer, buffers[2].pointer)
    for index in places.indices { copy(set.values(places[index], of: graph), to: parameters.value(index), index) }
    // Parameters outside Float's usual scale are true values here, as training has them.
    for _ in 0..<(keepsSignals ? passes : 1) {
      let run = GraphRun(setting.compiled, parameters: self.set, pool: pool, team: SingleThread.shared, policy: .plain)
      for input in setting.inputs {
        // The samples are filled before each pass, the other inputs once.
        guard input.value != setting.samples else { continue }
        fill(input, try run.input(input.value, isHeld: true))
      }
      runs.append(run)
    }
  }

  /// Copies a parameter from the graph's layout to rows x columns.
  private func copy(
    _ source: UnsafeMutableBufferPointer<Float>, to target: UnsafeMutablePointer<Float>, _ index: Int, adding: Bool = false
  ) {
    setting.compiled.graph.parameters[places[index]].copyRows(from: source, to: target, adding: adding)
  }

  func forward(_ mode: KernelMode) {
    let graph = setting.compiled.graph
    for index in places.indices {
      let target = set.values(places[index], of: graph), source = parameters.value(index)
      graph.parameters[places[index]].copyRows(source, into: target)
    }
    for pass in 0..<passes {
      attempt {
        let run = try computed(pass, keeping: keepsSignals), count = setting.rows * outputs
        (output + pass * count).update(from: run.output.floats, count: count)
      }
    }
  }

  /// Runs the graph forward on the samples of one pass.
  private func computed(_ pass: Int, keeping: Bool) throws -> GraphRun {
    let run = runs[keepsSignals ? pass : 0], view = try run.input(setting.samples)
    let first = input + pass * setting.rows * setting.features
    switch view.type.element {
    case .float32: view.floats.update(from: first, count: view.count)
    case .int64: for place in 0..<view.count { view.integers[place] = Int64(first[place]) }
    case .bool: for place in 0..<view.count { view.bools[place] = first[place] != 0 ? 1 : 0 }
    }
    try run.forward(keeping: keeping)
    return run
  }

  private func attempt(_ body: () throws -> Void) {
    do { try body() } catch { failure = failure ?? error }
  }

  func backward() {
    parameters.gradients.update(repeating: 0, count: parameters.count)
    let sums = GradientSums(self), count = setting.rows * outputs
    for pass in 0..<passes {
      attempt {
        let run = try keepsSignals ? runs[pass] : computed(pass, keeping: true)
        try run.backward(
          fill: { target in
            target.baseAddress?.update(from: outputGradient + pass * count, count: count)
            return 0
          }, observer: sums, releases: !keepsSignals)
      }
    }
  }

  /// Adds up the gradients of a graph's parameters.
  private final class GradientSums: ExecutionObserver {
    private unowned let probe: GraphProbe
    private let tensors: [Int: Int]

    init(_ probe: GraphProbe) {
      self.probe = probe
      tensors = Dictionary(uniqueKeysWithValues: probe.places.enumerated().map { ($1, $0) })
    }

    func computed(_ value: ValueID, _ tensor: Tensor) throws {}

    func gradient(of value: ValueID, _ gradient: Tensor) throws {
      guard case .parameter(let place) = probe.setting.compiled.graph[value].source, let index = tensors[place] else {
        return
      }
      probe.copy(
        UnsafeMutableBufferPointer(start: gradient.floats, count: gradient.count), to: probe.parameters.gradient(index),
        index,
        adding: true)
    }
  }
}

extension GraphProbe {
  /// Measures one replica.
  ///
  /// - Parameters:
  ///   - task: The samples and their classes.
  ///   - seed: What draws depend on.
  ///   - replica: The replica.
  /// - Throws: What a pass of the graph throws.
  package func reading(of task: ProbeTask, seed: UInt64, replica: Int) throws -> TangentReading {
    let reading = try ProbePass(self, task, seed: seed, replica: replica).reading()
    if let failure { throw failure }
    return reading
  }
}
