import LayerKernels
import NetworkGraph
import Synchronization
import TensorKernels

/// Measures the tangent kernel at initialization: how fast classes would be learned, and which learning rate would be too
/// large.
///
/// Linearized around its weights, a network f with Jacobian J learns by `df/dt = -K r`, where K = J J^T is the tangent
/// kernel and r the residual (Jacot 2018, section 4). `u^T K u = |J^T u|^2` is one backward pass that starts from u,
/// whatever the layers are. So one forward pass and three backward passes tell the kernel along the directions that matter
/// (see `TangentReading`): a kernel that keeps all inputs apart, or makes all alike, has a `signal` no larger than its
/// `noise` (Xiao 2020, "Disentangling trainability and generalization", section 3). The third pass is that of the loss
/// itself.
///
/// Everything is in plain Float32, as training would have it. A network with weights that are exact zeros takes two small
/// steps of gradient descent first; no more is trained.
public struct TangentProbe: Sendable {
  /// How many samples a replica takes: at first, and again where the verdict is then not sure.
  public static let batch = 32
  public static let closerBatch = 64

  private let network: Network
  private let assignment: InitializerAssignment
  private let task: ProbeTask
  private let batch: Int
  private let seed: UInt64
  /// Tensors to use instead of drawn ones, by `layer/parameter`.
  private let given: [String: [Float]]

  /// - Throws: `SpecificationError` where the initializer does not fit the network.
  public init(
    network: Network, initializer: Initializer, task: ProbeTask, batch: Int = batch, seed: UInt64,
    given: [String: [Float]] = [:]
  ) throws {
    precondition(
      task.table.features == network.input.count,
      "samples of \(task.table.features) values for a network that takes \(network.input.count)")
    self.network = network
    assignment = try InitializerAssignment(initializer: initializer, network: network)
    self.task = task
    self.batch = batch
    self.seed = seed
    self.given = given
  }

  /// The bytes that one replica needs: parameters and signals, each with gradients.
  public static func bytes(_ network: Network) -> Int {
    let signals = network.nodes.reduce(network.input.count) { $0 + 4 * $1.shape.count }
    let arrays = network.nodes.map { KernelCatalogue.arrayBytes($0, batch: closerBatch) }
    let kernels = arrays.reduce(0) { $0 + $1.kept } + (arrays.map(\.workspace).max() ?? 0)
    return 4 * (2 * network.parameterCount + closerBatch * signals) + Int(min(kernels, 0x1p61))
  }

  /// Takes one reading per replica, `workers` of them at a time.
  ///
  /// - Throws: `OutOfMemory`, `UnsupportedLayer`.
  public func measure(replicas: Int, workers: Int) throws -> [TangentReading] {
    try Self.measure([self], replicas: replicas, workers: workers).readings[0]
  }

  /// Takes the readings of several probes, whose replicas share the workers, while `meanwhile` runs on the caller's thread.
  ///
  /// - Parameter first: The number of the first replica, for readings that go on where others ended.
  /// - Throws: As `measure(replicas:workers:)` and `meanwhile` do.
  package static func measure<Own>(
    _ probes: [TangentProbe], replicas: Int, from first: Int = 0, workers: Int,
    progress: (@Sendable (_ done: Int, _ total: Int) -> Void)? = nil,
    meanwhile: () throws -> Own = {}
  ) throws -> (readings: [[TangentReading]], own: Own) {
    let count = probes.count * replicas
    let done = Atomic(0)
    let (all, own) = try WorkerThreads.map(
      count: count, workers: max(1, min(workers, count)), makeState: { BufferPool() }, meanwhile: meanwhile
    ) { job, pool in
      let probe = probes[job / replicas]
      let reading = try ProbePass(
        probe.network, probe.assignment, probe.task, batch: probe.batch, seed: probe.seed, replica: first + job % replicas,
        given: probe.given, pool: pool
      ).reading()
      progress?(done.add(1, ordering: .relaxed).newValue, count)
      return reading
    }
    return (probes.indices.map { Array(all[($0 * replicas)..<(($0 + 1) * replicas)]) }, own)
  }
}
