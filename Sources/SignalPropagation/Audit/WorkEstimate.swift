import NetworkGraph
import TensorKernels

/// Tells before an audit begins how long it will take, for a user who would have to wait.
///
/// It goes by counts: multiplications of the products, numbers that are made and measured, weights that are drawn. How fast
/// the machine is at the moment is measured in a few milliseconds, and only where the counts say that the audit is long.
public struct WorkEstimate: Sendable {
  /// Below so many seconds by the counts alone no machine takes a minute that is not very slow.
  private static let worthMeasuring = 10.0
  /// A verdict looks at batches of so many samples of a few drawings, and a remedy at as many.
  private static let samplesPerVerdict = 400.0
  /// Remedies that are tried, in the mean.
  private static let remedies = 2.0

  private let configuration: AuditConfiguration
  private let judges: Bool
  private let recommends: Bool

  /// Prepares an estimate.
  ///
  /// - Parameters:
  ///   - configuration: What will be audited.
  ///   - judges: Whether verdicts are made.
  ///   - recommends: Whether remedies are tried.
  public init(_ configuration: AuditConfiguration, judges: Bool = true, recommends: Bool = true) {
    self.configuration = configuration
    self.judges = judges
    self.recommends = recommends && judges
  }

  /// Seconds by the counts alone, on a machine of usual speed that does nothing else.
  public var usualSeconds: Double {
    let c = configuration, jobs = Double(c.initializers.count * c.replicas)
    let verdicts = judges ? Double(c.initializers.count) + (recommends ? Self.remedies : 0) : 0
    let samples = jobs * Double(c.batch) + verdicts * Self.samplesPerVerdict
    let drawings = jobs + 2 * verdicts
    let threads = Double(max(1, min(c.threads, MachineSpeed.cores, max(c.initializers.count * c.replicas, 1))))
    // Forward, back to the inputs, and to the weights.
    return MachineSpeed.seconds(
      multiplications: 3 * samples * c.network.multiplications, values: samples * c.network.valueCount,
      weights: 5 * drawings * Double(c.network.parameterCount)) / threads
  }

  /// Seconds on this machine as it is at the moment.
  public var seconds: Double {
    let usual = usualSeconds
    return usual < Self.worthMeasuring
      ? usual : usual / MachineSpeed.factor(threads: min(configuration.threads, MachineSpeed.cores))
  }
}
