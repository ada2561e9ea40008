import DataSets
import Glibc
import NetworkGraph
import Synchronization
import TensorKernels

/// Pushes batches through a network under each initializer, forward and backward, and reports what happens to the signal.
///
///     let network = try Network(input: .features(784)) { Dense(256, activation: .relu).repeated(20); Dense(10) }
///     let report = try Audit(AuditConfiguration(network: network, initializers: [.heNormal])).run()
///     print(report.runs[0].forwardGrowth)
///
/// Replicas of initializers run in parallel on separate threads. Nothing in `runs` depends on the number of threads.
public struct Audit: Sendable {
  public var configuration: AuditConfiguration

  public init(_ configuration: AuditConfiguration) {
    self.configuration = configuration
  }

  /// Runs the audit. `progress` is called from worker threads with the number of finished replicas and their total.
  ///
  /// - Throws: `InputMismatch` where input and network do not fit, `MemoryLimitExceeded`, `OutOfMemory`, `UnsupportedLayer`,
  ///   and `SpecificationError` where an initializer does not fit the network.
  public func run(
    tool: AuditReport.Tool = AuditReport.Tool(name: "initscope", version: InitScopeVersion.current, command: ""),
    progress: (@Sendable (_ done: Int, _ total: Int) -> Void)? = nil
  ) throws -> AuditReport {
    if let plan = configuration.graphPlan {
      return try GraphAudit(configuration: configuration, plan: plan).run(tool: tool, progress: progress)
    }
    let c = try fitted()
    let assignments = try c.initializers.map { try InitializerAssignment(initializer: $0, network: c.network) }
    let start = ContinuousClock.now
    let threads = try KernelLibrary.multiplyingThreads(min(c.threads, c.initializers.count * c.replicas))
    // The system may refuse memory that --memory allows.
    let limit = min(c.memoryLimit ?? SystemMemory.availableBytes / 2, AddressSpace.bytesLeft.map { $0 / 4 * 3 } ?? .max)
    let plan = ExecutionPlan(c.network)
    let jobs = c.initializers.count * c.replicas
    let memory = try MemoryPlan.choose(
      plan, batch: c.batch, jobs: jobs, threads: threads,
      occupied: (c.occupiedMemory ?? SystemMemory.residentBytes) + resultBytes, limit: limit)
    let finished = Mutex(0)
    let all = try WorkerThreads.map(
      count: jobs, workers: memory.workers, makeState: { BufferPool(limit: memory.bufferBytes) }
    ) { job, pool in
      let (initializer, replica) = job.quotientAndRemainder(dividingBy: c.replicas)
      let reading = try measure(
        c, initializer, assignments[initializer], replica: replica, plan: plan, memory: memory, pool: pool)
      let done = finished.withLock {
        $0 += 1; return $0
      }
      progress?(done, jobs)
      return reading
    }
    let runs = assignments.enumerated().map { index, assignment in
      Pooling.run(
        assignment, network: c.network,
        replicas: Array(all[(index * c.replicas)..<((index + 1) * c.replicas)]))
    }
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    var environment = AuditReport.Environment(
      threads: memory.workers, blas: KernelLibrary.description, peakMemoryBytes: SystemMemory.peakResidentBytes,
      memoryLimitBytes: limit, seconds: seconds)
    var phases = AuditReport.Environment.Phases()
    phases.audit = seconds
    environment.phases = phases
    return AuditReport(
      tool: tool, environment: environment, network: NetworkSummaryBuilder.summary(of: c.network),
      input: inputSummary(c, all.prefix(c.replicas)), seed: c.seed, seeds: c.replicas, runs: runs)
  }

  /// Bytes of all readings, and of the report made from them.
  private var resultBytes: Int {
    let c = configuration
    let readings = c.initializers.count * c.replicas * MemoryLayout<LayerReading>.stride
    let tensors = c.network.nodes.flatMap(\.parameters), matrices = tensors.count { $0.role == .weight }
    let parameterBytes =
      tensors.count * c.initializers.count
      * (c.replicas * MemoryLayout<ParameterReading>.stride + MemoryLayout<ParameterSummary>.stride + 64)
    // Magnitudes rarely span more than 64 powers of two.
    let histograms = (5 * 64 + (c.histograms ? 6 * HistogramSampler.mostBins * 2 : 0)) * MemoryLayout<Double>.stride
    // The first weights of each layer, which each worker keeps to compare layers.
    let layers = min(matrices, SharedWeights.mostLayers)
    let prefixes = c.threads * layers * SharedWeights.prefix * MemoryLayout<Float>.stride
    let results = c.initializers.count * (MemoryLayout<LayerResult>.stride + histograms)
    return prefixes + parameterBytes + c.network.nodes.count * (readings + results)
  }

  private func measure(
    _ c: AuditConfiguration, _ initializer: Int, _ assignment: InitializerAssignment, replica: Int, plan: ExecutionPlan,
    memory: MemoryPlan,
    pool: BufferPool
  ) throws -> ReplicaReading {
    let batch = try InputBatch.draw(
      c.input, given: c.given, shape: c.network.input, vocabulary: c.network.tokenVocabulary, batch: c.batch,
      seed: c.seed, replica: replica, prefersQuantities: c.backward == .meanSquaredError, pool: pool)
    let probe = SignalProbe()
    probe.measure(batch.signal, sampling: .none)
    let inputReading = probe.reading()
    batch.signal.log2RMS = inputReading.log2RMS
    let tap = c.tap.map { tap in
      { @Sendable (node: String, kind: TensorCopy.Kind, values: [Double]) in
        tap(TensorCopy(initializer: initializer, replica: replica, node: node, kind: kind, values: values))
      }
    }
    tap?(Network.inputName, .input, batch.signal.trueValues)
    let audit = try ReplicaAudit(
      plan: plan, memory: memory, assignment: assignment, batch: c.batch, seed: c.seed, replica: replica,
      sampling: replica > 0 ? .none : c.histograms ? .magnitudesAndHistogram : .magnitudes,
      measuresStatistics: c.measuresStatistics, given: c.given(to: assignment.initializer), tap: tap, pool: pool)
    var reading = try audit.run(input: batch.signal, answers: batch.answers, backward: c.backward)
    reading.input = inputReading.summary
    if initializer == 0 {
      reading.geometry = SampleGeometry(of: batch.signal)
      if c.network.tokenVocabulary == nil {
        reading.inputTokenCosine = TokenGeometry.meanCosine(of: batch.signal, shape: c.network.input)
      }
    }
    return reading
  }

  /// The configuration, with its samples prepared for the network.
  private func fitted() throws(InputMismatch) -> AuditConfiguration {
    var c = configuration
    try c.given.check(c.network)
    if c.graphPlan == nil, c.initializers.contains(where: { $0.entry.origin == .file }), !c.given.hasParameters {
      throw InputMismatch(
        message: "\(Initializer.file) means the weights of a file, and none are given",
        hint: "Name the file with --weights, or leave \(Initializer.file) out of --init")
    }
    if let refusal = BatchNorm.refusal(of: c.network, batch: c.batch) {
      throw InputMismatch(
        message: refusal, hint: "Use a batch of 2 or more samples (--batch 2), or layer_norm in place of batch_norm")
    }
    c.input = try c.fittedInput()
    try checkLoss(c)
    return c
  }

  /// Checks that the data have answers for the loss that fit the network's outputs, as training does.
  private func checkLoss(_ c: AuditConfiguration) throws(InputMismatch) {
    guard let loss = c.backward.loss else { return }
    let outputs = c.network.output.count
    if loss == .crossEntropy, outputs == 1 {
      throw InputMismatch(
        message: "cross_entropy needs an output for each class, and the network has one",
        hint: "Choose binary_cross_entropy, or give the network an output for each class")
    }
    guard c.given.labels == nil else { return }
    guard case .samples(let set, _) = c.input, set.labels != nil || set.targets != nil else {
      throw InputMismatch(
        message: "a loss's gradient needs labelled data, and the input has no labels",
        hint:
          "Choose a labelled --input such as fashion-mnist, name a table's column of classes (--label-column), or start "
          + "from a gaussian cotangent")
    }
    if let classes = set.classCount, set.targets == nil || loss != .meanSquaredError {
      guard classes <= max(2, outputs) else {
        throw InputMismatch(
          message: "\(set.name) has \(ClassNames.text(classes, set.classNames)), the network \(outputs) outputs",
          hint: set.labels.flatMap { ClassNames.renumbering($0, outputs: max(2, outputs)) }
            ?? "Give the network's last layer at least \(classes) units")
      }
      return
    }
    if loss == .crossEntropy {
      throw InputMismatch(
        message: "\(set.name) has numbers for answers, and cross_entropy needs classes", hint: "Choose mean_squared_error")
    }
    guard set.targetCount == outputs else {
      throw InputMismatch(
        message:
          "\(set.name): answers per sample: \(set.targetCount ?? 0), outputs of the network: \(outputs)",
        hint: "Give the network as many outputs as there are answers")
    }
    if loss == .binaryCrossEntropy, let value = set.targets?.first(where: { !(0...1).contains($0) }) {
      throw InputMismatch(
        message: "\(set.name) has the answer \(value), and binary_cross_entropy takes 0 to 1",
        hint: "Choose mean_squared_error")
    }
  }

  /// Summarizes the input of one initializer's replicas; all initializers see the same.
  private func inputSummary(
    _ c: AuditConfiguration, _ replicas: some Sequence<ReplicaReading>
  ) -> AuditReport.Input {
    let source: String, scaling: Scaling
    var standardization: Standardization?
    var classes: Int?, classNames: [String]?, isDrawn = true
    switch c.input {
    case .gaussian: (source, scaling) = ("gaussian", .standardized)
    case .uniform(let chosen): (source, scaling) = ("uniform", chosen)
    case .samples(let set, let chosen):
      // Token ids are never scaled.
      (source, scaling) = (set.name, set.vocabularySize == nil ? chosen : .raw)
      if chosen == .standardized { standardization = set.standardization }
      (classes, classNames) = (set.classCount, set.classNames)
      isDrawn = false
    }
    var summary = AuditReport.Input(
      source: source, scaling: scaling.rawValue, batch: c.batch, mean: standardization?.mean,
      standardDeviation: standardization?.deviation, backward: c.backward.rawValue, isDrawn: isDrawn)
    (summary.classes, summary.classNames) = (classes, classNames)
    let pooled = Pooling.signal(replicas.compactMap(\.input))
    if c.network.tokenVocabulary != nil {
      if summary.isDrawn { summary.source = "tokens" }
      summary.scaling = Scaling.raw.rawValue
    }
    let geometries = replicas.compactMap(\.geometry)
    summary.sampleSecondMoments = Pooling.elementwiseMean(geometries.map(\.groups))
    summary.cosineVariance = Pooling.mean(geometries.map(\.cosineVariance))
    let tokens = replicas.compactMap(\.inputTokenCosine)
    summary.tokenCosine = tokens.isEmpty ? nil : Pooling.mean(tokens)
    summary.secondMoment = pooled.secondMoment
    summary.log10SecondMoment = pooled.log10SecondMoment
    summary.cosineSimilarity = pooled.cosineSimilarity
    return summary
  }
}

/// The version of this package.
public enum InitScopeVersion {
  public static let current = "0.1.0"
}

/// Makes the list of a network's layers for a report.
public enum NetworkSummaryBuilder {
  public static func summary(of network: Network) -> AuditReport.NetworkSummary {
    // A tensor of a model from a file that several layers read counts once.
    var seen: Set<String> = []
    let count = network.nodes.flatMap(\.parameters).reduce(0) { sum, tensor in
      tensor.fullName.map { seen.insert($0).inserted } ?? true ? sum + tensor.count : sum
    }
    return AuditReport.NetworkSummary(
      name: network.name, parameters: count,
      layers: network.nodes.enumerated().map { index, node in
        AuditReport.NetworkSummary.Layer(
          index: index + 1, name: node.name, kind: node.layer.kind, inputs: node.inputs, outputShape: node.shape.dimensions,
          parameters: node.parameterCount, activation: node.layer.activation.label)
      })
  }
}
