import NetworkGraph
import TensorKernels

/// Measures what gradient descent would start from: how fast classes would be learned, and which rate would be too fast.
///
/// Linearized around its weights, a network f with Jacobian J learns by `df/dt = -K r`, K = J J^T the tangent kernel and r the
/// residual (Jacot 2018, section 4). `u^T K u = |J^T u|^2` is one backward pass from the cotangent u, whatever the layers are,
/// so a few passes tell the kernel along the directions that matter (see `TangentReading`): a kernel that keeps all inputs
/// apart, or makes all alike, has a `signal` no larger than its `noise`, and `common` is usually its largest eigenvalue, which
/// bounds the learning rate (Xiao 2020, "Disentangling trainability and generalization", section 3). The loss's own largest
/// curvature, softmax included, comes from power iteration on differences of gradients.
///
/// Everything is in plain Float32, as training would have it. A few steps of gradient descent at a small rate, undone
/// afterwards, tell whether curvature grows under way; no more is trained.
public struct TangentProbe: Sendable {
  public static let batch = 64
  /// Steps of power iteration. The first is along the gradient; what later ones add is less than what replicas differ by.
  static let powerSteps = 2
  /// Length of a difference, relative to the weights' norm: well above Float's rounding, well below what training moves.
  static let difference = 1e-3
  /// Steps of gradient descent, and their rate: the smallest at which training is asked about.
  static let descentSteps = 4
  static let descentRate = 1e-3

  private let network: Network
  private let assignment: InitializerAssignment
  private let task: ProbeTask
  private let seed: UInt64
  /// Tensors in place of drawn ones, by `layer/parameter`.
  private let given: [String: [Float]]

  /// - Throws: `SpecificationError` where the initializer does not fit the network.
  public init(
    network: Network, initializer: Initializer, task: ProbeTask, seed: UInt64, given: [String: [Float]] = [:]
  ) throws {
    precondition(
      task.table.features == network.input.count,
      "samples of \(task.table.features) values for a network that takes \(network.input.count)")
    self.network = network
    assignment = try InitializerAssignment(initializer: initializer, network: network)
    self.task = task
    self.seed = seed
    self.given = given
  }

  /// Bytes that one replica takes: parameters with gradients and two copies, signals with gradients.
  public static func bytes(_ network: Network) -> Int {
    let signals = network.nodes.reduce(network.input.count) { $0 + 4 * $1.shape.count }
    return 4 * (4 * network.parameterCount + batch * signals)
  }

  /// One reading a replica, `workers` at a time.
  ///
  /// - Throws: `OutOfMemory`, `UnsupportedLayer`.
  public func measure(replicas: Int, workers: Int) throws -> [TangentReading] {
    try Self.measure([self], replicas: replicas, workers: workers).readings[0]
  }

  /// Each probe's readings, all replicas of all probes sharing the workers, and what `meanwhile` made on the caller's thread.
  ///
  /// - Throws: As `measure(replicas:workers:)` and `meanwhile` do.
  package static func measure<Own>(
    _ probes: [TangentProbe], replicas: Int, workers: Int, meanwhile: () throws -> Own = {}
  ) throws -> (readings: [[TangentReading]], own: Own) {
    let count = probes.count * replicas
    let (all, own) = try WorkerThreads.map(
      count: count, workers: max(1, min(workers, count)), makeState: {}, meanwhile: meanwhile
    ) { job, _ in
      let probe = probes[job / replicas]
      return try ProbePass(
        probe.network, probe.assignment, probe.task, seed: probe.seed, replica: job % replicas, given: probe.given
      ).reading()
    }
    return (probes.indices.map { Array(all[($0 * replicas)..<(($0 + 1) * replicas)]) }, own)
  }
}
