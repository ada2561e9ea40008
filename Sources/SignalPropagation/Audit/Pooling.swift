import Glibc
import NetworkGraph
import SampleStatistics

/// Combines replicas into one result: means for moments, and means of logarithms for intervals and growth.
package enum Pooling {
  static func run(
    _ assignment: InitializerAssignment, network: Network, replicas: [ReplicaReading]
  ) -> InitializerRun {
    let layers = network.nodes.enumerated().map { index, node in
      layer(node, index: index, readings: replicas.map { $0.layers[index] })
    }
    let path = GrowthPath(network)
    let activations = path.activations(replicas.map { replica in { replica.layers[$0].activation } })
    let gradients = path.gradients(replicas.map { replica in { replica.layers[$0].gradient } })
    let losses = replicas.compactMap(\.loss)
    var run = InitializerRun(
      initializer: network.runName(for: assignment.initializer), activation: network.signalActivation, layers: layers,
      forwardGrowth: activations.flatMap { growth($0.map { $0.map(\.log10) }) },
      // Backward the signal travels from the output to the input.
      backwardGrowth: gradients.flatMap { growth($0.map { $0.reversed().map(\.log10) }) },
      lossAtInitialization: losses.isEmpty ? nil : Estimators.mean(losses),
      calibration: calibration(
        replicas.map { replica in
          replica.calibrations.map {
            .init(layer: $0.layer, attempts: $0.attempts, variance: $0.variance, converged: $0.converged)
          }
        }))
    run.outputLayer = network.outputIndex + 1
    run.replicaNote = note(assignment, network)
    run.lossOfGuess = mean(replicas.map(\.lossOfGuess))
    run.parameters = network.nodes.enumerated().flatMap { index, node in
      parameters(node, assignment, readings: replicas.map { $0.layers[index].parameters })
    }
    // A tensor of a model that several layers read is one.
    if network.nodes.contains(where: { $0.parameters.contains { $0.fullName != nil } }) {
      var seen: Set<String> = []
      run.parameters.removeAll { !seen.insert($0.name).inserted }
    }
    return run
  }

  /// What replicas have in common, where that is more than usual.
  private static func note(_ assignment: InitializerAssignment, _ network: Network) -> String? {
    guard assignment.initializer.entry.origin == .file else { return nil }
    return """
      The ± covers different inputs and output gradients only; the weights are the file's.
      """
  }

  private static func parameters(
    _ node: Network.Node, _ assignment: InitializerAssignment, readings: [[ParameterReading]]
  ) -> [ParameterSummary] {
    node.parameters.enumerated().compactMap { place, tensor in
      let own = readings.compactMap { $0.indices.contains(place) ? $0[place] : nil }
      guard own.count == readings.count, let values = weights(own.map(\.values)) else { return nil }
      let gradients = own.compactMap(\.gradient)
      return ParameterSummary(
        name: tensor.path(in: node.name), shape: tensor.dimensions, role: tensor.role, layer: node.name,
        initializer: assignment.initializer(of: tensor)?.description, values: values,
        secondMoment: Estimators.mean(own.map(\.secondMoment)),
        expectedMean: assignment.law(for: tensor, of: node.name).mean(tensor.shape),
        gradient: gradients.count == own.count
          ? .init(
            secondMoment: Estimators.mean(gradients.map(\.secondMoment)),
            log10SecondMoment: mean(gradients.map(\.log10SecondMoment))) : nil,
        toWeightRatio: mean(own.map(\.toWeightRatio)))
    }
  }

  private static func layer(_ node: Network.Node, index: Int, readings: [LayerReading]) -> LayerResult {
    let shape = node.layer.weightShape(from: node.inputShapes)
    var result = LayerResult(
      index: index + 1, name: node.name, kind: node.layer.kind, units: node.shape.count, fanIn: shape?.fans.fanIn,
      fanOut: shape?.fans.fanOut, weights: weights(readings.compactMap(\.weights)),
      preactivation: signal(readings.compactMap(\.preactivation)), activation: signal(readings.compactMap(\.activation)),
      gradient: signal(readings.compactMap(\.gradient)),
      preactivationGradient: signal(readings.compactMap(\.preactivationGradient)),
      weightGradient: readings[0].weightGradient == nil ? nil : signal(readings.compactMap(\.weightGradient)))
    result.scope = node.layer.origin?.module
    result.value = node.layer.origin?.value
    result.bias = biases(readings.compactMap(\.bias))
    result.recurrence = recurrence(readings.compactMap(\.recurrence))
    return result
  }

  private static func recurrence(_ readings: [LayerResult.Recurrence]) -> LayerResult.Recurrence? {
    guard let first = readings.first else { return nil }
    return LayerResult.Recurrence(
      log10State: first.log10State.indices.map { step in mean(readings.map { $0.log10State[step] }) },
      log10StateGradient: first.log10StateGradient.indices.map { step in mean(readings.map { $0.log10StateGradient[step] }) }
    )
  }

  /// The mean of a value over all replicas; nil where one has none.
  static func mean(_ values: [Double?]) -> Double? {
    let present = values.compactMap(\.self)
    guard !present.isEmpty, present.count == values.count else { return nil }
    return Estimators.mean(present)
  }

  /// One tensor's summary from those of the replicas: means of moments, extremes of `min` and `max`, sums of counts. What
  /// some replica has no value of is nil.
  package static func signal(_ readings: [SignalSummary]) -> SignalSummary {
    guard let first = readings.first else { return .unmeasured }
    let logarithms = readings.compactMap(\.log10SecondMoment)
    var interval: Interval?
    var logarithm: Double?
    if logarithms.count == readings.count {
      let estimate = MeanEstimate(of: logarithms)
      logarithm = estimate.mean
      interval = estimate.halfWidth.map { Interval(low: estimate.mean - $0, high: estimate.mean + $0) }
    }
    var pooled = SignalSummary(
      count: readings.reduce(0) { $0 + $1.count }, mean: Estimators.mean(readings.map(\.mean)),
      variance: Estimators.mean(readings.map(\.variance)), secondMoment: Estimators.mean(readings.map(\.secondMoment)),
      log10SecondMoment: logarithm, interval: interval, skewness: mean(readings.map(\.skewness)),
      kurtosis: mean(readings.map(\.kurtosis)), min: readings.map(\.min).min() ?? first.min,
      max: readings.map(\.max).max() ?? first.max, nonFinite: readings.reduce(0) { $0 + $1.nonFinite },
      cosineSimilarity: mean(readings.map(\.cosineSimilarity)), histogram: first.histogram)
    let ranges = readings.map(\.float32)
    pooled.float32 = ranges.contains(.overflows) ? .overflows : ranges.contains(.underflows) ? .underflows : .representable
    pooled.scaleCapped = readings.contains(where: \.scaleCapped)
    pooled.belowResolution = Set(readings.flatMap(\.belowResolution)).sorted()
    pooled.magnitudes = first.magnitudes
    pooled.groups = groups(readings.compactMap(\.groups))
    pooled.deadFraction = mean(readings.map(\.deadFraction))
    pooled.saturatedFraction = mean(readings.map(\.saturatedFraction))
    pooled.saturatedEntries = mean(readings.map(\.saturatedEntries))
    pooled.duplicateFraction = mean(readings.map(\.duplicateFraction))
    pooled.spread = mean(readings.map(\.spread))
    pooled.tokenCosine = mean(readings.map(\.tokenCosine))
    pooled.toWeightRatio = mean(readings.map(\.toWeightRatio))
    pooled.scatter = ReplicaScatter(of: readings)
    return pooled
  }

  private static func groups(_ readings: [GroupMoments]) -> GroupMoments? {
    guard let first = readings.first else { return nil }
    return GroupMoments(
      kind: first.kind, mean: elementwiseMean(readings.map(\.mean)), variance: elementwiseMean(readings.map(\.variance)),
      secondMoment: elementwiseMean(readings.map(\.secondMoment)))
  }

  /// The mean of several lists of one length, element by element.
  static func elementwiseMean(_ lists: [[Double]]) -> [Double] {
    guard let first = lists.first else { return [] }
    return first.indices.map { index in Estimators.mean(lists.map { $0[index] }) }
  }

  /// The same for weights; nil without a reading.
  package static func weights(_ readings: [WeightSummary]) -> WeightSummary? {
    guard let first = readings.first else { return nil }
    let outliers = readings.compactMap(\.outliers)
    var pooled = WeightSummary(
      mean: Estimators.mean(readings.map(\.mean)), variance: Estimators.mean(readings.map(\.variance)),
      expectedVariance: first.expectedVariance, orthogonalityDefect: mean(readings.map(\.orthogonalityDefect)),
      outliers: outliers.isEmpty ? nil : outliers.reduce(0, +), histogram: first.histogram)
    pooled.min = readings.map(\.min).min() ?? first.min
    pooled.max = readings.map(\.max).max() ?? first.max
    pooled.nonFinite = readings.reduce(0) { $0 + $1.nonFinite }
    pooled.sharedWith = first.sharedWith
    pooled.scatter = ReplicaScatter(of: readings)
    return pooled
  }

  /// The same for biases.
  package static func biases(_ readings: [BiasSummary]) -> BiasSummary? {
    guard let first = readings.first else { return nil }
    return BiasSummary(
      mean: Estimators.mean(readings.map(\.mean)), variance: Estimators.mean(readings.map(\.variance)),
      min: readings.map(\.min).min() ?? first.min, max: readings.map(\.max).max() ?? first.max,
      nonFinite: readings.reduce(0) { $0 + $1.nonFinite })
  }

  /// The mean over replicas of each replica's slope of log10 of the second moment over depth (see `GrowthPath`), in the
  /// direction of travel; nil below three layers. (log m2 is a random walk in depth: an interval from one line's residuals
  /// would be far too narrow.)
  private static func growth(_ logarithms: [[Double]]) -> InitializerRun.Growth? {
    var slopes: [Double] = []
    for y in logarithms {
      guard y.count >= 3, let slope = Estimators.slope(x: y.indices.map(Double.init), y: y) else { return nil }
      slopes.append(slope)
    }
    let estimate = MeanEstimate(of: slopes)
    return InitializerRun.Growth(
      log10: estimate.mean,
      interval: estimate.halfWidth.map { Interval(low: estimate.mean - $0, high: estimate.mean + $0) })
  }

  /// The calibration of each layer over all replicas: the most attempts, and whether it converged in all of them.
  package static func calibration(_ replicas: [[InitializerRun.Calibration]]) -> [InitializerRun.Calibration] {
    replicas[0].indices.map { index in
      let all = replicas.map { $0[index] }
      return InitializerRun.Calibration(
        layer: all[0].layer, attempts: all.map(\.attempts).max() ?? 0, variance: Estimators.mean(all.map(\.variance)),
        converged: all.allSatisfy(\.converged))
    }
  }
}

extension SignalSummary {
  /// The summary that is used where statistics are switched off.
  static let unmeasured = SignalSummary(
    count: 0, mean: 0, variance: 0, secondMoment: 0, log10SecondMoment: nil, interval: nil, skewness: nil, kurtosis: nil,
    min: 0, max: 0, nonFinite: 0, cosineSimilarity: nil, histogram: nil)
}
