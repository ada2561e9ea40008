import NetworkGraph

/// Tells how long an audit will take, for a user who would have to wait.
///
/// A count of multiplications says whether the question is worth asking. Where it is, one replica is timed with two small
/// batches, and the line through both is followed to the batch that is wanted: how fast a machine is differs from layer to
/// layer by a factor of ten.
public struct WorkEstimate: Sendable {
  /// A machine multiplies and adds no faster than this on one thread, in multiplications per second.
  private static let fastest = 60e9

  private let configuration: AuditConfiguration

  public init(_ configuration: AuditConfiguration) { self.configuration = configuration }

  /// Seconds that the audit takes at least: three products of each weight tensor for each sample, on all threads.
  public var leastSeconds: Double {
    let jobs = Double(configuration.initializers.count * configuration.replicas)
    return 3 * jobs * Double(configuration.batch) * configuration.network.multiplications / workers / Self.fastest
  }

  /// Seconds that the audit is expected to take; nil where it cannot be run.
  public func seconds() -> Double? {
    let small = max(2, configuration.batch / 64), large = max(2 * small, configuration.batch / 8)
    // The first run of all pays for what is set up once.
    guard pilot(batch: small) != nil, let few = pilot(batch: small), let many = pilot(batch: large) else { return nil }
    let each = max(0, many - few) / Double(large - small)
    let one = many + each * Double(max(0, configuration.batch - large))
    return one * Double(configuration.initializers.count * configuration.replicas) / workers
  }

  /// Seconds of one replica with that batch.
  private func pilot(batch: Int) -> Double? {
    var pilot = configuration
    pilot.initializers = Array(pilot.initializers.prefix(1))
    pilot.replicas = 1
    pilot.batch = batch
    pilot.tap = nil
    let start = ContinuousClock.now
    guard (try? Audit(pilot).run()) != nil else { return nil }
    return (ContinuousClock.now - start) / .seconds(1)
  }

  private var workers: Double {
    Double(max(1, min(configuration.threads, configuration.initializers.count * configuration.replicas)))
  }
}

extension Network {
  /// Multiplications of a sample's forward pass: each weight once for each position that it serves.
  package var multiplications: Double {
    nodes.reduce(0) { sum, node in
      guard !node.layer.traits.contains(.readsTokens) else { return sum }
      let weights = node.parameters.filter { $0.role == .weight }.reduce(0.0) { $0 + Double($1.shape.count) }
      return sum + weights * Double(node.positions)
    }
  }
}

extension Network.Node {
  /// Places of a sample at which the layer's weights are used: pixels of an image's output, steps of a sequence.
  fileprivate var positions: Int {
    let input = inputShapes.first?.dimensions ?? []
    switch input.count {
    case 3: return max(1, shape.dimensions.count == 3 ? shape.dimensions.dropFirst().reduce(1, *) : 1)
    case 2: return max(1, input[0])
    default: return 1
    }
  }
}
