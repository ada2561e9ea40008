import Execution
import NetworkGraph
import SignalPropagation
import TensorKernels
import TrainingRuns

/// Measures the tangent kernel of a model from a file, where its form is one that the evidence knows: classes from samples.
package struct GraphVerdict {
  private let plan: GraphPlan
  private let setting: GraphProbe.Setting
  private let task: ProbeTask
  private let configuration: AuditConfiguration
  /// How many samples there are; nil where as many are made as are asked for.
  private let most: Int?

  /// The samples for all replicas.
  private static let samples = 4 * TangentProbe.closerBatch

  /// Why a model gets no verdict, in one sentence; nil where it gets one.
  package static func refusal(_ plan: GraphPlan) -> String? {
    let model = plan.model
    guard samplesInput(model) != nil else {
      return "No verdict: it needs a model with one input of floats or token ids, whose first axis is that of the samples."
    }
    guard case .features(let outputs) = plan.network.output, outputs <= 100_000, plan.startsAtClasses else {
      return """
        No verdict: whether a model trains is predicted for classifiers only, which give one row of scores per sample. This \
        model's output is \(plan.outputShape) for \(plan.model.batch) samples.
        """
    }
    return nil
  }

  private static func samplesInput(_ model: GraphModel) -> GraphModel.Input? {
    let candidates = model.inputs.filter { input in
      switch input.draw {
      case .normal, .identifiers: true
      default: false
      }
    }
    guard candidates.count == 1, case .input(let type) = model.graph[candidates[0].value].source, type.shape.rank >= 2,
      type.shape.count > 0
    else { return nil }
    return candidates[0]
  }

  init?(_ configuration: AuditConfiguration) throws {
    guard let plan = configuration.graphPlan, Self.refusal(plan) == nil, let input = Self.samplesInput(plan.model) else {
      return nil
    }
    self.plan = plan
    self.configuration = configuration
    setting = try GraphProbe.Setting(plan.model, samples: input)
    var vocabulary: Int?
    if case .identifiers(let below) = input.draw { vocabulary = below }
    let arrays = configuration.graphArrays, table = Self.table(arrays, input)
    if let table, table.count >= TangentProbe.batch,
      let task = ProbeTask(table, outputs: setting.outputs) ?? ProbeTask(clustering: table, outputs: setting.outputs)
    {
      self.task = task
      most = table.count
      return
    }
    // Too few samples to tell classes apart: artificial ones of the same size take their place.
    var (mean, deviation): (Float, Float) = (0, 1)
    if let values = table?.values, !values.isEmpty, vocabulary == nil {
      let centre = values.reduce(0) { $0 + Double($1) } / Double(values.count)
      let square = values.reduce(0) { $0 + (Double($1) - centre) * (Double($1) - centre) } / Double(values.count)
      (mean, deviation) = (Float(centre), Float(square.squareRoot()))
    }
    task = ProbeTask(
      input: plan.network.input, vocabulary: vocabulary, outputs: setting.outputs, samples: Self.samples,
      seed: configuration.seed, mean: mean, deviation: deviation)
    most = nil
  }

  /// The given samples with their classes; nil where there are none, or where the samples are token ids.
  static func labelled(_ c: AuditConfiguration) -> SampleTable? {
    guard let plan = c.graphPlan, c.graphArrays.labels != nil, refusal(plan) == nil,
      let input = samplesInput(plan.model), case .normal = input.draw
    else { return nil }
    return table(c.graphArrays, input).flatMap { $0.labels.isEmpty ? nil : $0 }
  }

  /// The samples that are given for the model's input, where they are so many that they stand for the data, and not for the
  /// batch of the model's form alone.
  static func samples(_ c: AuditConfiguration) -> SampleTable? {
    guard let plan = c.graphPlan, refusal(plan) == nil, let input = samplesInput(plan.model) else { return nil }
    return table(c.graphArrays, input).flatMap { $0.count >= TangentProbe.batch ? $0 : nil }
  }

  /// The samples that are given for the model's input, with their classes where those are given; nil where there are none.
  private static func table(_ arrays: GraphArrays, _ input: GraphModel.Input) -> SampleTable? {
    guard let given = arrays.inputs[input.name], given.shape.rank > 0, given.shape.count > 0 else { return nil }
    let values = given.floats ?? given.integers?.map { Float($0) } ?? [], count = given.shape[0]
    let labels = arrays.labels.flatMap { $0.count == count ? $0 : nil } ?? []
    return SampleTable(
      values: values, features: values.count / count, labels: labels.map { Int32(clamping: $0) },
      classCount: labels.isEmpty ? 0 : (labels.max() ?? 0) + 1)
  }

  /// The least bytes with which one replica can be measured.
  var bytes: Int { setting.bytes(samples: TangentProbe.batch, keepsSignals: false) }

  /// One reading per initializer, nil where the memory allowed does not hold it.
  func readings(
    _ initializers: [Initializer], batch: Int, replicas: Int, limit: Int,
    progress: (@Sendable (_ done: Int, _ total: Int) -> Void)?
  ) throws -> [[TangentReading]]? {
    let batch = min(batch, most ?? .max)
    // Where the signals of all samples do not fit, those of one pass at a time are computed again.
    let keepsSignals = setting.bytes(samples: batch, keepsSignals: true) <= limit
    let bytes = setting.bytes(samples: batch, keepsSignals: keepsSignals)
    guard bytes <= limit else { return nil }
    let c = configuration, plan = plan, setting = setting, task = task
    let file = try plan.fileParameters()
    let assignments = try initializers.map { try InitializerAssignment(initializer: $0, network: plan.network) }
    let count = initializers.count * replicas, workers = max(1, min(c.threads, count, limit / max(1, bytes)))
    let all = try WorkerThreads.map(count: count, workers: workers, makeState: { BufferPool() }) { job, pool in
      let (place, replica) = job.quotientAndRemainder(dividingBy: replicas)
      let weights = GraphWeights(plan: plan, assignment: assignments[place], seed: c.seed, file: file)
      // Data-dependent weights follow the audit's own inputs, whatever the probe reads.
      let parameters = try weights.parameters(replica: replica, arrays: c.graphArrays, pool: pool).set
      let probe = try GraphProbe(setting, batch: batch, parameters: parameters, pool: pool, keepsSignals: keepsSignals) {
        input, view in
        GraphInputs.fill(input, view, given: GraphArrays(), seed: c.seed, replica: replica)
      }
      let reading = try probe.reading(of: task, seed: c.seed, replica: replica)
      progress?(job + 1, count)
      return reading
    }
    return initializers.indices.map { Array(all[($0 * replicas)..<(($0 + 1) * replicas)]) }
  }
}

extension AuditConfiguration {
  /// Why this audit's model gets no verdict, in one sentence; nil where it gets one.
  public var verdictRefusal: String? {
    if let graphPlan, let reason = GraphVerdict.refusal(graphPlan) { return reason }
    let left = SystemMemory.bytesLeft(of: memoryLimit)
    let needed = graphPlan == nil ? TangentProbe.bytes(network) : (try? GraphVerdict(self))?.bytes ?? 0
    guard needed > left else { return nil }
    // What is resident before a run differs a little from one to the next.
    let slack = 4 << 20
    let remedy = memoryLimit.map { "--memory \(($0 + needed - left + slack) >> 20)M would do" } ?? "Raise --memory"
    return "No verdict: measuring the network's gradients takes \(needed >> 20) MiB, and \(max(0, left) >> 20) MiB are left "
      + "for it. \(remedy)."
  }
}
