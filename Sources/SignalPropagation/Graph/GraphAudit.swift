import Execution
import Glibc
import NetworkGraph
import OperatorKernels
import Synchronization
import TensorKernels

/// Audits a model from a file: one run as the file has it, or several with its weights drawn anew.
struct GraphAudit {
  let configuration: AuditConfiguration
  let plan: GraphPlan

  func run(tool: AuditReport.Tool, progress: (@Sendable (_ done: Int, _ total: Int) -> Void)?) throws -> AuditReport {
    let c = configuration, start = ContinuousClock.now
    try plan.check(c.graphArrays, c.backward)
    let assignments = try c.initializers.map { try InitializerAssignment(initializer: $0, network: plan.network) }
    let jobs = c.initializers.count * c.replicas
    let threads = try KernelLibrary.multiplyingThreads(c.threads)
    let limit = c.memoryLimit ?? SystemMemory.availableBytes / 2
    let memory = try GraphMemory(
      plan, draws: c.initializers.contains { $0.entry.origin != .file }, most: max(1, min(threads, jobs)), limit: limit)
    let workers = memory.workers
    let file = try plan.fileParameters()
    let finished = Mutex(0)
    let all = try WorkerThreads.map(
      count: jobs, workers: workers,
      makeState: { (BufferPool(limit: memory.poolBytes, slack: memory.slack), ThreadTeam(size: max(1, threads / workers))) }
    ) { job, state in
      let (initializer, replica) = job.quotientAndRemainder(dividingBy: c.replicas)
      let weights = GraphWeights(plan: plan, assignment: assignments[initializer], seed: c.seed, file: file)
      let reading = try GraphReplica(
        plan: plan, weights: weights, configuration: c, replica: replica, pool: state.0, team: state.1,
        segments: memory.segments
      ).run()
      let done = finished.withLock {
        $0 += 1; return $0
      }
      progress?(done, jobs)
      return reading
    }
    var runs = assignments.enumerated().map { index, assignment in
      Pooling.run(
        assignment, network: plan.network, replicas: Array(all[(index * c.replicas)..<((index + 1) * c.replicas)]))
    }
    for index in runs.indices {
      runs[index].initializer = c.initializers[index].description
      runs[index].values = values(Array(all[(index * c.replicas)..<((index + 1) * c.replicas)]))
    }
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    var environment = AuditReport.Environment(
      threads: threads, blas: KernelLibrary.description, peakMemoryBytes: SystemMemory.peakResidentBytes,
      memoryLimitBytes: limit, seconds: seconds)
    var phases = AuditReport.Environment.Phases()
    phases.audit = seconds
    environment.phases = phases
    var summary = NetworkSummaryBuilder.summary(of: plan.network)
    summary.parameters = plan.model.graph.parameterCount
    return AuditReport(
      tool: tool, environment: environment, network: summary, input: input(all.prefix(c.replicas)), seed: c.seed,
      seeds: c.replicas, runs: runs)
  }

  private func input(_ replicas: some Sequence<ReplicaReading>) -> AuditReport.Input {
    let inputs = plan.model.inputs, given = configuration.graphArrays.inputs
    let words = inputs.map { given[$0.name] == nil ? $0.draw.words : "given" }
    let source =
      switch inputs.count {
      case 0: "none"
      case _ where words.allSatisfy { $0 == "given" }: "given arrays"
      case 1: words[0]
      default: zip(inputs, words).map { "\($0.name): \($1)" }.joined(separator: ", ")
      }
    var summary = AuditReport.Input(
      source: source, scaling: "raw", batch: plan.model.batch, mean: nil, standardDeviation: nil,
      backward: configuration.backward.rawValue, isDrawn: given.isEmpty)
    let measured = replicas.compactMap(\.input)
    guard !measured.isEmpty else { return summary }
    let pooled = Pooling.signal(measured)
    summary.secondMoment = pooled.secondMoment
    summary.log10SecondMoment = pooled.log10SecondMoment
    summary.cosineSimilarity = pooled.cosineSimilarity
    let geometries = replicas.compactMap(\.geometry)
    summary.sampleSecondMoments = Pooling.elementwiseMean(geometries.map(\.groups))
    summary.cosineVariance = Pooling.mean(geometries.map(\.cosineVariance))
    return summary
  }
}

extension GraphModel.InputDraw {
  /// A few words for reports.
  var words: String {
    switch self {
    case .normal: "gaussian"
    case .identifiers(let below): "token ids below \(below)"
    case .ones: "ones"
    case .zeros: "zeros"
    case .positions: "positions"
    }
  }
}

/// One forward and backward pass of a model, measured.
struct GraphReplica {
  let plan: GraphPlan
  let weights: GraphWeights
  let configuration: AuditConfiguration
  let replica: Int
  let pool: BufferPool
  let team: any OperatorTeam
  let segments: [Range<Int>]

  func run() throws -> ReplicaReading {
    let c = configuration, model = plan.model, graph = model.graph
    let (parameters, calibrations) = try weights.parameters(replica: replica, arrays: c.graphArrays, pool: pool, team: team)
    let run = GraphRun(
      plan.compiled, parameters: parameters, pool: pool, team: team, policy: .carried, segments: segments)
    var inputReading: SignalSummary?, geometry: SampleGeometry?
    for input in model.inputs {
      let view = try run.input(input.value)
      GraphInputs.fill(input, view, given: c.graphArrays, seed: c.seed, replica: replica)
      if inputReading == nil, view.type.element == .float32, view.count > 0 {
        let rows = view.shape.rank > 1 ? max(1, view.shape[0]) : 1, probe = SignalProbe()
        let signal = ScaledSignal(rows: rows, columns: view.count / rows, exponent: 0, borrowing: view.floats)
        probe.measure(signal, sampling: .none)
        if plan.isWithinTheory { geometry = SampleGeometry(of: signal) }
        inputReading = probe.reading().summary
      }
    }
    let observer = PointObserver(
      plan, sampling: replica > 0 ? .none : c.histograms ? .magnitudesAndHistogram : .magnitudes, pool: pool, team: team)
    let values = plan.measuresEveryValue ? ValueObserver(besides: observer) : nil
    let watch: any ExecutionObserver = values ?? observer
    try run.forward(observer: watch)
    var loss: Double?, lossOfGuess: Double?
    let stream = RandomStream(seed: c.seed, replica: replica, node: graph[model.start].name, tensor: .cotangent)
    let output = run.output
    try run.backward(
      fill: { target in
        if let cotangent = c.graphArrays.cotangent {
          _ = target.update(from: cotangent)
          return 0
        }
        guard let kind = c.backward.loss else {
          stream.fillNormal(target)
          return 0
        }
        let start = GraphLoss(
          kind, output: output, axis: plan.classAxis(c.graphArrays.labels), labels: c.graphArrays.labels,
          stream: stream.of(.probe))
        let value = start.fill(target)
        (loss, lossOfGuess) = (value.loss, value.lossOfGuess)
        return value.exponent
      }, observer: watch)
    var readings = observer.readings
    try measureParameters(parameters, observer, into: &readings)
    var result = ReplicaReading(layers: readings, loss: loss, lossOfGuess: lossOfGuess, calibrations: calibrations)
    result.input = inputReading
    result.geometry = geometry
    result.values = values?.readings ?? []
    return result
  }

  /// Measures every parameter at the point that owns it.
  private func measureParameters(
    _ set: ParameterSet, _ observer: PointObserver, into readings: inout [LayerReading]
  ) throws {
    let graph = plan.model.graph, probe = SignalProbe()
    var shared: SharedWeights? = replica == 0 ? SharedWeights() : nil
    for (index, point) in plan.model.points.enumerated() {
      for place in point.parameters {
        let parameter = graph.parameters[place], tensor = GraphParameterDescription.tensor(parameter)
        let law = weights.assignment.law(for: tensor, of: point.name)
        var reading: ParameterReading
        if tensor.role == .weight {
          let signal = try matrix(set.values(place, of: graph), parameter, tensor)
          let measured = try WeightProbe.reading(
            of: signal, law: law, shape: tensor.shape, probe: probe,
            stream: RandomStream(seed: configuration.seed, replica: replica, node: parameter.name, tensor: .probe),
            sampling: replica > 0 ? .none : .magnitudesAndHistogram, measuresStatistics: true, pool: pool)
          guard var summary = measured.summary else { continue }
          if summary.nonFinite == 0 { summary.sharedWith = shared?.earlierLayer(sharing: signal, as: parameter.name) }
          reading = ParameterReading(
            values: summary, secondMoment: measured.secondMoment, log2RMS: measured.log2RMS)
          if readings[index].weights == nil {
            readings[index].weights = summary
            if var gradient = observer.weightGradients[place] {
              if let g = gradient.log10SecondMoment, let w = measured.log2RMS {
                gradient.toWeightRatio = exp2(g / (2 * log10(2.0)) - w)
              }
              readings[index].weightGradient = gradient
            }
          }
        } else {
          let values = set.values(place, of: graph).map(Double.init)
          reading = ParameterProbe.reading(of: values, law: law, shape: tensor.shape)
          if tensor.role == .bias, readings[index].bias == nil { readings[index].bias = BiasSummary(of: values) }
        }
        reading.gradient = observer.parameterGradients[place]
        readings[index].parameters.append(reading)
      }
    }
  }

  /// A weight tensor as units x inputs.
  private func matrix(
    _ values: UnsafeMutableBufferPointer<Float>, _ parameter: GraphParameter, _ tensor: ParameterTensor
  ) throws -> ScaledSignal {
    guard let start = values.baseAddress else { throw OutOfMemory(bytes: 0) }
    let rows = tensor.shape.rows, columns = tensor.shape.columns
    guard parameter.isTransposed else {
      return ScaledSignal(rows: rows, columns: columns, exponent: 0, borrowing: start)
    }
    let signal = try ScaledSignal(rows: rows, columns: columns, pool: pool)
    parameter.copyRows(from: values, to: signal.data)
    return signal
  }
}
