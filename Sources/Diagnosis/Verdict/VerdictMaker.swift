import Glibc
import NetworkGraph
import SignalPropagation
import TrainingRuns

/// Makes the verdict of each run from the measurements, the rules' findings and the tangent kernel's readings.
///
/// The prediction comes from the tangent kernel (`TrainabilityModel`), the explanation from findings. Some networks need no
/// prediction (`Impediment`), since plain gradient descent cannot teach them anything. Others get none: their readings are
/// unlike those of every network that was trained for the model.
package struct VerdictMaker {
  /// How many drawings of the weights the kernel is measured on; the evidence was measured on as many.
  static let replicas = 2
  /// The highest confidence that a verdict claims, since the evidence cannot show more.
  static let highestConfidence = 0.99

  let configuration: AuditConfiguration
  /// The samples for networks of our own layers.
  private let task: ProbeTask?
  private let labels: LabelTest
  /// What the data lack for anything to be learned from them; nil where nothing is known to be missing.
  let lack: DataLack?

  package init(_ configuration: AuditConfiguration) {
    self.configuration = configuration
    task = configuration.graphPlan == nil ? ProbeTask.of(configuration) : nil
    labels = LabelTest(configuration)
    lack = DataLack(configuration)
  }

  /// Looks at the given labels once, and only where a network is expected to train.
  private final class LabelTest {
    private let configuration: AuditConfiguration
    private lazy var table =
      configuration.graphPlan == nil
      ? ProbeTask.labelled(configuration, most: LabelRelation.most) : GraphVerdict.labelled(configuration)
    private(set) lazy var lacksRelation: Bool =
      table.map { LabelRelation.isMissing(in: $0, seed: configuration.seed) } ?? false
    private lazy var told = table.flatMap(LabelRelation.told)
    var isEntangled: Bool { told?.isEntangled ?? false }
    /// What share of the samples seems to be learnable, and what share counts as learned, where it is too little.
    var noise: (share: Double, needed: Double)? {
      guard let told, told.best + LabelRelation.noiseMargin * (1 - told.largest) < told.needed else { return nil }
      return (told.best, told.needed)
    }

    /// Whether labels have nothing to do with the last features of each sample alone: the last steps of a sequence.
    func lacksRelation(inLast features: Int) -> Bool {
      guard configuration.graphPlan == nil, case .sequence = configuration.network.input,
        let table, features < table.features
      else { return false }
      let values = (0..<table.count).flatMap { sample in
        let end = (sample + 1) * table.features
        return Array(table.sampleValues[(end - features)..<end])
      }
      let last = SampleTable(
        values: values, features: features, labels: Array(table.labels), classCount: table.classCount)
      return LabelRelation.isMissing(in: last, seed: configuration.seed)
    }

    init(_ configuration: AuditConfiguration) { self.configuration = configuration }
  }

  /// What the tangent kernel says of the network under each initializer, nil where the memory allowed does not hold the
  /// parameters' gradients; and what `meanwhile` made on the caller's thread, beside the workers where there are several.
  ///
  /// A small batch is measured first. Where the model is then unsure, a larger one is.
  ///
  /// - Parameter glance: What a glance at the first drawing showed of the only initializer; it is not measured again then.
  /// - Throws: As `TangentProbe` and `meanwhile` do.
  package func readings<Own>(
    _ initializers: [Initializer], network: Network, given: GivenTensors, after glance: TangentReading? = nil,
    progress: (@Sendable (_ done: Int, _ total: Int) -> Void)? = nil, meanwhile: () throws -> Own = {}
  ) throws -> (readings: [TangentReading?], own: Own) {
    guard let task else {
      let own = try meanwhile(), limit = SystemMemory.bytesLeft(of: configuration.memoryLimit)
      return (try graphReadings(initializers, limit: limit, progress: progress), own)
    }
    let limit = SystemMemory.bytesLeft(of: configuration.memoryLimit)
    let bytes = TangentProbe.bytes(network)
    guard bytes <= limit else { return (initializers.map { _ in nil }, try meanwhile()) }
    let tensors = TangentProbe.given(given, network), workers = min(configuration.threads, limit / max(1, bytes))
    func probes(_ initializers: [Initializer], batch: Int) throws -> [TangentProbe] {
      try initializers.map {
        try TangentProbe(
          network: network, initializer: $0, task: task, batch: batch, seed: configuration.seed,
          given: configuration.givesParameters(to: $0) ? tensors : [:])
      }
    }
    let first = try probes(initializers, batch: TangentProbe.batch)
    // Each reading of the small batch is a mean over as many drawings, those that are known among them.
    let known = [glance].compactMap(\.self), replicas = Self.replicas - known.count
    func mean(_ readings: [TangentReading]) -> TangentReading { .mean(known + readings) }
    var readings: [TangentReading]
    let own: Own
    if workers > 1 {
      let measured = try TangentProbe.measure(
        first, replicas: replicas, from: known.count, workers: workers, progress: progress, meanwhile: meanwhile)
      (readings, own) = (measured.readings.map(mean), measured.own)
    } else {
      own = try meanwhile()
      readings = try TangentProbe.measure(
        first, replicas: replicas, from: known.count, workers: 1, progress: progress
      ).readings.map(mean)
    }
    let unsure = readings.indices.filter { Self.needsCloserLook(readings[$0]) }
    let second = try probes(unsure.map { initializers[$0] }, batch: TangentProbe.closerBatch)
    let closer = try TangentProbe.measure(second, replicas: Self.replicas, workers: max(1, workers)).readings
    for (place, reading) in zip(unsure, closer) { readings[place] = .mean(reading) }
    return (readings, own)
  }

  /// The readings of a model from a file, under the same rules.
  private func graphReadings(
    _ initializers: [Initializer], limit: Int, progress: (@Sendable (_ done: Int, _ total: Int) -> Void)?
  ) throws -> [TangentReading?] {
    guard let graph = try GraphVerdict(configuration),
      let first = try graph.readings(
        initializers, batch: TangentProbe.batch, replicas: Self.replicas, limit: limit, progress: progress)
    else { return initializers.map { _ in nil } }
    var readings: [TangentReading?] = first.map { TangentReading.mean($0) }
    let unsure = readings.indices.filter { place in readings[place].map(Self.needsCloserLook) ?? false }
    if !unsure.isEmpty,
      let closer = try graph.readings(
        unsure.map { initializers[$0] }, batch: TangentProbe.closerBatch, replicas: Self.replicas, limit: limit,
        progress: nil)
    {
      for (place, reading) in zip(unsure, closer) { readings[place] = .mean(reading) }
    }
    return readings
  }

  /// Whether the initializer can fill the network.
  func fits(_ initializer: Initializer, _ network: Network) -> Bool {
    (try? InitializerAssignment(initializer: initializer, network: network)) != nil
  }

  /// What the tangent kernel says of networks on one drawing of the weights and the small batch, each on a thread of its
  /// own: a quarter of what a verdict takes, or less. Nil where the memory allowed does not hold the gradients.
  ///
  /// - Throws: As `TangentProbe` does.
  func glances(_ networks: [(initializer: Initializer, network: Network)]) throws -> [TangentReading?] {
    let limit = SystemMemory.bytesLeft(of: configuration.memoryLimit)
    // Remedies are tried on networks of our own layers only.
    guard let task else { return networks.map { _ in nil } }
    let bytes = networks.map { TangentProbe.bytes($0.network) }
    let places = networks.indices.filter { bytes[$0] <= limit }
    guard let largest = places.map({ bytes[$0] }).max() else { return networks.map { _ in nil } }
    let probes = try places.map {
      try TangentProbe(
        network: networks[$0].network, initializer: networks[$0].initializer, task: task, seed: configuration.seed)
    }
    let workers = max(1, min(configuration.threads, limit / max(1, largest)))
    var readings = [TangentReading?](repeating: nil, count: networks.count)
    for (place, reading) in zip(places, try TangentProbe.measure(probes, replicas: 1, workers: workers).readings) {
      readings[place] = reading[0]
    }
    return readings
  }

  /// How probable it is by a reading that the network trains; 0 where it cannot.
  func probability(_ reading: TangentReading) -> Double {
    Self.impediment([], reading) == nil ? TrainabilityModel.predict(reading).probability : 0
  }

  /// How sure the model must be on the small batch; Benchmarks/verdict/fit.py says what that leaves open.
  private static let sure = 0.97

  private static func needsCloserLook(_ reading: TangentReading) -> Bool {
    guard impediment([], reading) == nil else { return false }
    let prediction = TrainabilityModel.predict(reading)
    return prediction.trains == nil || max(prediction.probability, 1 - prediction.probability) < sure
  }

  /// A reason why a network cannot learn anything, even if the model predicts otherwise.
  enum Impediment {
    /// Values that are not numbers.
    case nonfinite
    /// All units are alike, and so are their gradients.
    case symmetric
    /// The loss or a gradient is beyond Float's range.
    case overflow
    /// The gradient does not tell one class from another, beyond rounding.
    case noSignal
    /// It tells so little that 300 steps at any of the rates change nothing.
    case faintSignal
    /// The gradient is so small beside the weights that 300 steps at a rate of 1 change no weight matrix by more than a
    /// hundredth.
    case faintUpdates
  }

  /// At most 300 steps at a rate of 1 move the classes apart by 3e-10 of what parts them. Behind exact zeros a signal may
  /// gather speed; of the other networks of the evidence below 1e-9.5 none learned anything.
  static let faintest = -12.0
  /// Of the largest ratio of squared gradient to squared weights: 300 steps at a rate of 1 change the weights by 300 times
  /// its root, 0.95% of their size. Of the 72 networks of the evidence below it none learned anything.
  static let faintestUpdate = -9.0

  static func impediment(_ statuses: [Verdict.Status], _ reading: TangentReading) -> Impediment? {
    if statuses.contains(.nonfinite) { return .nonfinite }
    if !reading.isKnown(\.loss) && reading.loss > 0 || !reading.isKnown(\.gradient) && reading.gradient > 0 {
      return .overflow
    }
    // Units that are alike in the forward pass part where their gradients differ: behind a random output layer, through
    // normalization.
    if reading.isSymmetric { return .symmetric }
    if reading.waitsForZeros { return nil }
    guard reading.isKnown(\.signal) else { return .noSignal }
    // Behind exact zeros what is faint may gather strength.
    if reading.startsWithZeros { return nil }
    if reading.signal < faintest { return .faintSignal }
    return reading.largestUpdate < faintestUpdate ? .faintUpdates : nil
  }

  /// The verdict without its recommendation; nil where there is no reading.
  ///
  /// - Parameter network: What was measured; nil for the network of the audit.
  func verdict(of run: InitializerRun, _ reading: TangentReading?, network: Network? = nil) -> Verdict? {
    guard let reading else { return nil }
    if let lack { return verdict(of: run, reading, lack) }
    var prediction = TrainabilityModel.predict(reading)
    let errors = run.findings.filter { $0.severity == .error }
    var impediment = Self.impediment(errors.compactMap { RuleCatalogue.rule(named: $0.rule)?.status }, reading)
    var doubt = VerdictDoubt(
      run, network ?? configuration.network, reading, prediction, isEntangled: labels.isEntangled, noise: labels.noise,
      lacksRelation: labels.lacksRelation, lacksRelationInLast: labels.lacksRelation)
    if impediment == .noSignal, let silence = VerdictDoubt.silence(run) { (impediment, doubt) = (nil, silence) }
    if impediment == .symmetric, let copies = VerdictDoubt.copies(run, network ?? configuration.network) {
      (impediment, doubt) = (nil, copies)
    }
    // What trains is another network, which may do better or worse.
    if configuration.graphPlan?.model.hasFoldedNormalizations == true { (impediment, doubt) = (nil, .folded) }
    if doubt != nil { prediction.isInEvidence = false }
    let trains: Bool? = impediment != nil ? false : prediction.trains
    let probability = impediment != nil ? 1 - Self.highestConfidence : prediction.probability
    let confidence = trains.map { _ in min(Self.highestConfidence, max(probability, 1 - probability)) }
    let status = Self.status(run, trains, impediment, reading)
    var verdict = Verdict(
      status: status, trains: trains, confidence: confidence.map { ($0 * 1000).rounded() / 1000 },
      learningRate: trains == true ? prediction.learningRate : nil,
      summary: VerdictText.summary(run, status: status, trains: trains, impediment, prediction, reading, doubt),
      recommendation: nil
    )
    // What cannot learn by its readings alone needs no evidence of other networks.
    verdict.inEvidence = impediment != nil || prediction.isInEvidence
    verdict.evidence = reading.evidence
    // A network that cannot learn stays at chance at every rate.
    let chance = 1 - pow(10, reading.minority)
    if trains != nil, !answersAreNumbers {
      verdict.expectedAccuracies = zip(TrainabilityModel.learningRates, prediction.accuracies)
        .map { ($0, impediment != nil ? chance : Self.accuracy($1, chance: chance)) }
        .map { Verdict.ExpectedAccuracy(learningRate: $0.0, accuracy: ($0.1 * 1000).rounded() / 1000) }
    }
    return verdict
  }

  /// Whether the given samples come with quantities to predict, for which there is no accuracy.
  private var answersAreNumbers: Bool {
    if case .samples(let set, _) = configuration.input { set.targets != nil && set.labels == nil } else { false }
  }

  /// The verdict where the data leave nothing to learn. The readings are then of other samples or classes, and say nothing
  /// of these.
  private func verdict(of run: InitializerRun, _ reading: TangentReading, _ lack: DataLack) -> Verdict {
    let trains: Bool? = lack.isHopeless ? false : nil
    // Answers that are all alike say nothing of the network.
    var run = run
    run.findings.removeAll { $0.rule == NothingToLearn.name && $0.severity != .error }
    var verdict = Verdict(
      status: Self.status(run, trains, nil, reading), trains: trains, confidence: trains.map { _ in Self.highestConfidence },
      learningRate: nil, summary: lack.summary, recommendation: nil)
    // That equal samples cannot be told apart needs no evidence.
    verdict.inEvidence = lack.isHopeless
    return verdict
  }

  /// Converts an accuracy for ten equal classes to one that is as far on the way from chance to 1.
  private static func accuracy(_ tenClasses: Double, chance: Double) -> Double {
    chance + (1 - chance) * max(0, (tenClasses - 0.1) / 0.9)
  }

  private static func status(
    _ run: InitializerRun, _ trains: Bool?, _ impediment: Impediment?, _ reading: TangentReading
  ) -> Verdict.Status {
    func worst(_ severity: Finding.Severity) -> Verdict.Status? {
      run.findings.filter { $0.severity == severity && !SignalPath.isOfWakingZeros($0) }
        .compactMap { RuleCatalogue.rule(named: $0.rule)?.status }.min { $0.rank < $1.rank }
    }
    switch (trains, impediment) {
    case (true?, _): return .healthy
    case (_, .nonfinite?): return .nonfinite
    case (_, .symmetric?): return .symmetric
    // Where there is no error and the network does not train, the status comes from a warning, else from the readings.
    case (false?, _): return worst(.error) ?? worst(.warning) ?? VerdictCause.status(of: reading)
    case (nil, _): return worst(.error) ?? worst(.warning) ?? .healthy
    }
  }
}

extension TangentReading {
  /// The readings for the report: log10 of each, by name; infinite where it lies beyond what can be measured.
  var evidence: [String: Double] {
    let readings = [
      "log10Loss": loss, "log10Signal": signal, "log10Noise": noise, "log10Gradient": gradient,
      "log10OutputSize": outputSize,
      "log10OutputSpread": outputSpread, "log10ReadoutSignal": readoutSignal, "log10ReadoutNoise": readoutNoise,
      "log10LargestUpdate": largestUpdate, "log10SmallestUpdate": smallestUpdate, "log10Minority": minority,
    ]
    return readings.mapValues { $0 <= Self.floor ? -.infinity : $0 >= Self.ceiling ? .infinity : $0 }
  }
}
