import Diagnosis
import NetworkGraph
import SignalPropagation
import TrainingRuns

/// A comparison of initializers by training, with its settings and what an audit said of each before the first step.
public struct TrainingDocument: Sendable {
  public static let schemaVersion = 1

  public var tool: AuditReport.Tool
  public var environment: Environment
  public var network: AuditReport.NetworkSummary
  public var data: Data
  /// Specifications of settings that `report` does not name.
  public var clipping: String?
  public var penalties: [Penalty]
  public var stepsPerEpoch: Int?
  public var report: TrainingReport
  let choices: TrainingChoices
  /// The audit, with one run for each initializer in the order of the report's summary; nil where no audit was made.
  public var audit: AuditReport?

  public struct Environment: Sendable, Equatable {
    public var threads: Int
    public var seconds: Double
    package init(threads: Int, seconds: Double) {
      self.threads = threads
      self.seconds = seconds
    }
  }

  public struct Data: Sendable, Equatable {
    public var source: String
    public var scaling: String
    public var features: Int
    /// The number of classes; nil for data with numbers as answers.
    public var classes: Int?
    /// Names of the classes, where the source has them.
    public var classNames: [String]?
    /// Numbers of samples in each part.
    public var training: Int
    public var validation: Int?
    public var test: Int?
  }

  public struct Penalty: Sendable, Equatable {
    /// The layer's name; nil for every layer.
    public var layer: String?
    public var penalty: String
  }

  /// - Parameters:
  ///   - configuration: What was trained.
  ///   - scaling: As the command line writes it.
  ///   - report: What came of it.
  ///   - audit: What was measured before the first step; nil where nothing was.
  ///   - tool: The program that the document names.
  ///   - seconds: How long all of it took.
  public init(
    _ configuration: TrainingConfiguration, scaling: String, report: TrainingReport, audit: AuditReport?,
    tool: AuditReport.Tool, seconds: Double
  ) {
    let c = configuration, training = c.data.training
    self.tool = tool
    environment = Environment(threads: c.threads, seconds: seconds)
    network = NetworkSummaryBuilder.summary(of: c.network)
    data = Data(
      source: c.data.name, scaling: scaling, features: training.features,
      classes: training.labels.isEmpty ? nil : training.classCount, classNames: training.classNames,
      training: training.count,
      validation: c.data.validation?.count, test: c.data.test?.count)
    clipping = c.clipping?.description
    penalties = c.penalties.map { Penalty(layer: $0.layer, penalty: $0.penalty.description) }
    stepsPerEpoch = c.stepsPerEpoch
    choices = TrainingChoices(c)
    self.report = report
    self.audit = audit
  }
}

extension TrainingDocument {
  /// What the audit says of one initializer before the first step.
  public struct StepZero: Sendable, Equatable {
    public var forwardGrowth: InitializerRun.Growth?
    public var backwardGrowth: InitializerRun.Growth?
    /// log10 of the second moments of the last hidden layer's activations and of the first layer's gradients, for networks
    /// too shallow for a growth per layer.
    public var lastActivation: Double?
    public var firstGradient: Double?
    /// The value of the worst hidden layer that does not start from zeros by design.
    public var deadFraction: Double?
    public var loss: Double?
    public var findings: [Finding]

    init(_ run: InitializerRun) {
      let hidden = run.hiddenLayers.isEmpty ? run.layers : Array(run.hiddenLayers)
      forwardGrowth = run.forwardGrowth
      backwardGrowth = run.backwardGrowth
      lastActivation = hidden.last?.activation.log10SecondMoment
      firstGradient = hidden.first?.gradient.log10SecondMoment
      let zeros = DeadUnits.zeroByDesign(in: run)
      deadFraction = hidden.filter { !zeros.contains($0.index) }.compactMap(\.activation.deadFraction).max()
      loss = run.lossAtInitialization
      findings = run.findings
    }
  }

  /// The audit's values for the initializer at that index of the summary; nil without an audit.
  public func stepZero(_ index: Int) -> StepZero? {
    guard let runs = audit?.runs, runs.indices.contains(index) else { return nil }
    return StepZero(runs[index])
  }

  /// The runs of the initializer at that index of the summary, by seed.
  public func runs(_ index: Int) -> [TrainingRun] {
    report.runs.filter { $0.initializer == report.summary[index].initializer }
  }

  /// The loss at each epoch, as a mean over the runs whose loss was a number then; nil where none was.
  public func lossCurve(_ index: Int) -> [Double?] {
    let runs = runs(index)
    return (0..<(runs.map(\.epochs.count).max() ?? 0)).map { epoch in
      let values = runs.compactMap { $0.epochs.indices.contains(epoch) ? $0.epochs[epoch].loss : nil }.filter(\.isFinite)
      return values.isEmpty ? nil : values.reduce(0) { $0 + $1 / Double(values.count) }
    }
  }
}
