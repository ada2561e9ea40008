import Glibc
import NetworkGraph
import TensorKernels

/// Trains one network from one drawing of its weights.
final class RunTrainer {
  private let c: TrainingConfiguration
  private let initializer: Initializer
  private let replica: Int
  private let plan: OutputPlan
  private let parameters: ParameterBlock
  private let optimizer: OptimizerState
  private let loss: LossPass
  private let penalties: [(tensor: Int, penalty: Penalty)]
  /// Graphs by batch size: for whole batches, the last one, and evaluation.
  private var graphs: [Int: TrainingGraph] = [:]
  private var run: TrainingRun
  private var tracer: Tracer
  private let identity: CheckpointIdentity?

  /// Prepares a run.
  ///
  /// - Parameter identity: What a checkpoint of the run must agree in; nil where none is kept.
  init(
    _ configuration: TrainingConfiguration, initializer: Initializer, replica: Int, identity: CheckpointIdentity? = nil
  ) throws {
    self.identity = identity?.run(initializer, replica)
    c = configuration
    self.initializer = initializer
    self.replica = replica
    plan = OutputPlan(configuration.network, configuration.loss)
    parameters = try ParameterBlock(plan.nodes)
    optimizer = try OptimizerState(configuration.optimizer, parameters)
    loss = LossPass(loss: configuration.loss, outputs: configuration.network.output.count)
    let block = parameters
    penalties = configuration.penalties.flatMap { layer, penalty in
      block.tensors.indices.filter { block.tensors[$0].isWeight && (layer == nil || block.tensors[$0].layer == layer) }
        .map { ($0, penalty) }
    }
    run = TrainingRun(initializer: initializer.description, seed: replica, epochs: [], layers: [])
    tracer = Tracer(block, steps: 0, count: 0)
  }

  private func graph(_ batch: Int) throws -> TrainingGraph {
    if let graph = graphs[batch] { return graph }
    let graph = try TrainingGraph(
      nodes: plan.nodes, input: c.network.input, plainOutput: plan.plainOutput, batch: batch,
      wholeBatch: min(c.batch, samplesPerEpoch), parameters: parameters, seed: c.seed, replica: replica)
    graphs[batch] = graph
    return graph
  }

  // MARK: The run

  private var samplesPerEpoch: Int {
    let all = c.data.training.count
    return c.stepsPerEpoch.map { min(all, $0 * c.batch) } ?? all
  }
  private var stepsPerEpoch: Int { (samplesPerEpoch + c.batch - 1) / c.batch }

  /// Trains the network. `progress` is called after each epoch; throwing from it stops the run.
  func train(progress: (_ epoch: Int) throws -> Void) throws -> TrainingRun {
    let assignment = try InitializerAssignment(initializer: initializer, network: c.network)
    parameters.draw(assignment, seed: c.seed, replica: replica)
    for (index, tensor) in parameters.tensors.enumerated() {
      guard let values = c.given.parameters["\(tensor.layer)/\(tensor.parameter.name)"] else { continue }
      precondition(values.count == tensor.count, "\(values.count) values given for \(tensor.count) of \(tensor.layer)")
      parameters.value(index).update(from: values, count: values.count)
    }
    let whole = try graph(min(c.batch, samplesPerEpoch))
    c.data.training.gather(order(epoch: 0).prefix(whole.batch), into: whole.input)
    DataCalibration.fit(whole, assignment)
    tracer = Tracer(parameters, steps: stepsPerEpoch * c.epochs, count: c.traces)
    if c.given.keepsStepLosses { run.stepLosses = [] }
    var start = 0
    var checkpoint: Checkpoint?
    if let directory = c.checkpoints, let identity {
      checkpoint = Checkpoint(directory: directory, identity: identity, initializer: initializer, replica: replica)
    }
    let expected = CheckpointExpectation(
      configuration: c, stepsPerEpoch: stepsPerEpoch, run: run, layers: tracer.traces)
    if let saved = try checkpoint?.load(expected, parameters: parameters, optimizer: optimizer, graph: whole) {
      run = saved
      tracer.resume(run.layers)
      start = run.epochs.count
    }
    // What has been reached by now, whatever the target was when the run was saved.
    run.epochsToTarget = nil
    for (epoch, record) in run.epochs.enumerated() { lookForTarget(record, epoch) }
    for epoch in start..<c.epochs where run.divergence == nil {
      let clock = ContinuousClock.now
      var record = try trainEpoch(epoch)
      if run.divergence == nil, let validation = c.data.validation {
        let value = try evaluate(validation)
        (record.validationLoss, record.validationAccuracy) = (value.loss, value.accuracy)
      }
      let elapsed = (ContinuousClock.now - clock).components
      record.seconds = Double(elapsed.seconds) + Double(elapsed.attoseconds) * 1e-18
      run.epochs.append(record)
      lookForTarget(record, epoch)
      run.layers = tracer.traces
      try checkpoint?.save(run, parameters: parameters, optimizer: optimizer, state: whole.state)
      try progress(epoch)
    }
    run.layers = tracer.finished()
    if run.divergence == nil, let test = c.data.test {
      let value = try evaluate(test)
      (run.testLoss, run.testAccuracy) = (value.loss, value.accuracy)
    }
    return run
  }

  private func lookForTarget(_ record: TrainingRun.Epoch, _ epoch: Int) {
    guard let target = c.target, run.epochsToTarget == nil, let reached = record.validationAccuracy ?? record.accuracy,
      reached >= target
    else { return }
    run.epochsToTarget = epoch + 1
  }

  private func trainEpoch(_ epoch: Int) throws -> TrainingRun.Epoch {
    let order = order(epoch: epoch)
    let total = c.epochs * stepsPerEpoch
    var sum = 0.0, correct = 0, judged = 0, seen = 0, factor = 1.0
    for step in 0..<stepsPerEpoch {
      let indices = order[(step * c.batch)..<min(order.count, (step + 1) * c.batch)]
      let whole = try graph(min(c.batch, samplesPerEpoch))
      let graph = try graph(indices.count)
      // Graphs for batches of two sizes share one state.
      if graph !== whole { graph.state = whole.state }
      c.data.training.gather(indices, into: graph.input)
      // Masks depend on the step's number, whatever ran before in this process. Pass 0 was the calibration's.
      graph.setPass(1 + epoch * stepsPerEpoch + step)
      graph.forward(.training)
      let value = loss(graph, c.data.training, indices)
      let cost = penaltyCost()
      let mean = value.sum / Double(indices.count) + cost
      run.stepLosses?.append(mean)
      seen += indices.count
      sum += mean * Double(indices.count)
      if let hits = value.correct {
        correct += hits
        judged += indices.count
      }
      guard mean.isFinite else {
        run.divergence = TrainingRun.Divergence(epoch: epoch + 1, step: step)
        break
      }
      graph.backward()
      if graph !== whole { whole.state = graph.state }
      addPenaltyGradients()
      clip()
      let number = epoch * stepsPerEpoch + step
      factor = c.schedule.factor(step: number, total: total, stepsPerEpoch: stepsPerEpoch)
      tracer.before(number)
      optimizer.step(rateFactor: factor)
      tracer.after(number)
      if number + 1 == TrainingRun.verdictSteps, let samples = accuracySamples {
        run.trainingAccuracyAt300Steps = try evaluate(c.data.training, samples).accuracy
      }
    }
    return TrainingRun.Epoch(
      loss: sum / Double(max(1, seen)), accuracy: judged > 0 ? Double(correct) / Double(judged) : nil, seconds: 0,
      learningRate: c.optimizer.learningRate * factor)
  }

  /// The order of samples in an epoch: a Fisher-Yates shuffle from the run's own stream, cut to the epoch's length.
  private func order(epoch: Int) -> ArraySlice<Int> {
    if let given = c.given.order {
      let start = epoch * samplesPerEpoch
      return ArraySlice(given[start..<(start + samplesPerEpoch)])
    }
    return RandomStream(seed: c.seed, replica: replica, node: "epoch \(epoch)", tensor: .order)
      .order(c.data.training.count, places: samplesPerEpoch)
  }

  /// Training samples whose accuracy is taken after 300 steps, evenly spaced, since a set may be sorted by class; nil for
  /// none.
  private var accuracySamples: [Int]? {
    guard c.measuresAccuracyAt300Steps, !c.data.training.labels.isEmpty else { return nil }
    let all = c.data.training.count, count = min(all, TrainingConfiguration.accuracySamples)
    return (0..<count).map { $0 * all / count }
  }

  private func evaluate(_ table: SampleTable, _ chosen: [Int]? = nil) throws -> (loss: Double, accuracy: Double?) {
    let samples = chosen ?? Array(0..<table.count)
    let size = min(256, samples.count)
    let state = try graph(min(c.batch, samplesPerEpoch)).state
    var sum = 0.0, correct = 0, judged = 0
    for start in stride(from: 0, to: samples.count, by: size) {
      let indices = samples[start..<min(samples.count, start + size)]
      let graph = try graph(indices.count)
      graph.state = state
      table.gather(indices, into: graph.input)
      graph.forward(.inference)
      let value = loss(graph, table, indices)
      sum += value.sum
      if let hits = value.correct {
        correct += hits
        judged += indices.count
      }
    }
    return (sum / Double(samples.count), judged > 0 ? Double(correct) / Double(judged) : nil)
  }

  // MARK: Penalties and clipping

  private func penaltyCost() -> Double {
    penalties.reduce(0) { sum, item in
      let w = parameters.value(item.tensor), count = parameters.tensors[item.tensor].count
      return sum + (item.penalty.l1 > 0 ? item.penalty.l1 * Elementwise.sumOfMagnitudes(w, count: count) : 0)
        + (item.penalty.l2 > 0 ? item.penalty.l2 * Elementwise.sumOfSquares(w, count: count) : 0)
    }
  }

  private func addPenaltyGradients() {
    for (tensor, penalty) in penalties {
      let w = parameters.value(tensor), g = parameters.gradient(tensor), count = parameters.tensors[tensor].count
      if penalty.l1 > 0 { Elementwise.addSigns(of: w, times: Float(penalty.l1), to: g, count: count) }
      if penalty.l2 > 0 { Elementwise.add(w, times: Float(2 * penalty.l2), to: g, count: count) }
    }
  }

  private func clip() {
    guard let clipping = c.clipping else { return }
    let limit = clipping.arguments.number("limit")
    if clipping.name == "value" {
      Elementwise.clip(parameters.gradients, limit: Float(limit), count: parameters.count)
    } else {
      let norm = Elementwise.sumOfSquares(parameters.gradients, count: parameters.count).squareRoot()
      if norm > limit { Elementwise.scale(parameters.gradients, by: Float(limit / norm), count: parameters.count) }
    }
  }
}
