import NetworkGraph

/// What to train: a network, the initializers to compare, the data, and how.
public struct TrainingConfiguration: Sendable {
  public static let epochRange = 1...100_000
  public static let batchRange = 1...(1 << 16)
  public static let seedRange = 1...10_000

  public var network: Network
  public var initializers: [Initializer]
  public var data: TrainingData
  public var loss: Loss
  public var optimizer: Optimizer
  public var schedule: Schedule
  public var clipping: Clipping?
  /// Costs of weights: the layer's name, or nil for every layer, and the penalty.
  public var penalties: [(layer: String?, penalty: Penalty)]
  public var epochs: Int
  public var batch: Int
  /// Independent drawings of weights and orders of samples; all initializers share them.
  public var replicas: Int
  public var seed: UInt64
  public var threads: Int
  /// Validation accuracy whose first epoch is reported, test accuracy where there is no validation set.
  public var target: Double?
  /// Steps at which gradients and updates are measured, evenly over the whole run.
  public var traces = 40
  /// At most so many steps an epoch; nil for all.
  public var stepsPerEpoch: Int?
  /// Whether the accuracy on training samples is taken after 300 steps, which is what a verdict predicts.
  public var measuresAccuracyAt300Steps = false
  /// Samples that it is taken on at most, evenly over the training set.
  public static let accuracySamples = 10_000
  /// Where runs are saved after each epoch and taken up again; nil for nowhere.
  public var checkpoints: String?
  /// Tensors to start from and the order of samples, in place of drawn ones, for those who check against another program.
  package var given = GivenTraining()

  public init(
    network: Network, initializers: [Initializer], data: TrainingData, loss: Loss = .crossEntropy,
    optimizer: Optimizer = .sgd(), schedule: Schedule = .constant, clipping: Clipping? = nil,
    penalties: [(layer: String?, penalty: Penalty)] = [], epochs: Int = 5, batch: Int = 32, replicas: Int = 3,
    seed: UInt64 = 0, threads: Int = 2, target: Double? = nil
  ) {
    precondition(!initializers.isEmpty, "training needs at least one initializer")
    precondition(Self.epochRange.contains(epochs), "epochs must lie in \(Self.epochRange), got \(epochs)")
    precondition(Self.batchRange.contains(batch), "the batch must lie in \(Self.batchRange), got \(batch)")
    precondition(Self.seedRange.contains(replicas), "seeds must lie in \(Self.seedRange), got \(replicas)")
    precondition(threads > 0, "at least one thread is needed, got \(threads)")
    self.network = network
    self.initializers = initializers
    self.data = data
    self.loss = loss
    self.optimizer = optimizer
    self.schedule = schedule
    self.clipping = clipping
    self.penalties = penalties
    self.epochs = epochs
    self.batch = batch
    self.replicas = replicas
    self.seed = seed
    self.threads = threads
    self.target = target
  }
}

/// What stands in place of drawn weights and orders.
package struct GivenTraining: Sendable {
  /// By `layer/parameter`.
  package var parameters: [String: [Float]] = [:]
  /// Places of samples, epoch after epoch.
  package var order: [Int]?
  /// Whether each step's loss is kept.
  package var keepsStepLosses = false
  package init() {}
}
