import NetworkGraph
import TensorKernels

/// Tells before a training begins how long it will take, by counts of operations and the machine's speed at the moment.
public struct TrainingEstimate: Sendable {
  /// What a step costs beside its operations.
  private static let secondsPerStep = 80e-6
  private static let worthMeasuring = 10.0

  private let configuration: TrainingConfiguration

  /// Prepares an estimate.
  ///
  /// - Parameter configuration: What will be trained.
  public init(_ configuration: TrainingConfiguration) { self.configuration = configuration }

  /// Steps of one run.
  private var steps: Double {
    let c = configuration
    let perEpoch = (c.data.training.count + c.batch - 1) / max(1, c.batch)
    return Double(c.epochs) * Double(min(perEpoch, c.stepsPerEpoch ?? perEpoch))
  }

  /// Seconds by the counts alone, on a machine of usual speed that does nothing else.
  public var usualSeconds: Double {
    let c = configuration, jobs = Double(c.initializers.count * c.replicas)
    let trained = steps * Double(c.batch)
    // After each epoch what was held out is predicted, and at the end the test set.
    let predicted = Double(c.epochs) * Double(c.data.validation?.count ?? 0) + Double(c.data.test?.count ?? 0)
    let threads = Double(max(1, min(c.threads, MachineSpeed.cores)))
    let one =
      MachineSpeed.seconds(
        multiplications: (3 * trained + predicted) * c.network.multiplications,
        values: (trained + predicted / 3) * c.network.valueCount, weights: steps * Double(c.network.parameterCount))
      + steps * Self.secondsPerStep
    return one * jobs / threads
  }

  /// Seconds on this machine as it is at the moment.
  public var seconds: Double {
    let usual = usualSeconds
    return usual < Self.worthMeasuring
      ? usual : usual / MachineSpeed.factor(threads: min(configuration.threads, MachineSpeed.cores))
  }
}
