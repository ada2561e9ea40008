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
  /// Penalties on weights, each for the named layer, or for every layer where the name is nil.
  public var penalties: [(layer: String?, penalty: Penalty)]
  public var epochs: Int
  public var batch: Int
  /// Independent drawings of weights and orders of samples. All initializers share them.
  public var replicas: Int
  public var seed: UInt64
  public var threads: Int
  /// The validation accuracy to reach (test accuracy where there is no validation set); the first epoch that reaches it is
  /// reported.
  public var target: Double?
  /// How many steps gradients and updates are measured at, evenly over the whole run.
  public var traces = 40
  /// The most steps per epoch; nil for all.
  public var stepsPerEpoch: Int?
  /// Whether the accuracy on training samples is taken after 300 steps, which is what a verdict predicts.
  public var measuresAccuracyAt300Steps = false
  /// Samples that it is taken on at most, evenly over the training set.
  public static let accuracySamples = 10_000
  /// The directory in which runs are saved after each epoch; nil to save none.
  public var checkpoints: String?
  /// Tensors and an order of samples to use instead of drawn ones, for comparison with another program.
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

/// Parameters and orders that replace drawn ones.
package struct GivenTraining: Sendable {
  /// Parameters by `layer/parameter`.
  package var parameters: [String: [Float]] = [:]
  /// Indices of samples, epoch after epoch.
  package var order: [Int]?
  /// Whether each step's loss is kept.
  package var keepsStepLosses = false
  package init() {}
}
