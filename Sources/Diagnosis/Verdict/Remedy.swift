import MeanField
import NetworkGraph
import NumberText
import SignalPropagation

/// One way to fix a network: another initializer, with or without a change of the architecture.
struct Remedy: Hashable {
  /// The change beside the choice of the initializer.
  enum Change: Hashable {
    case none
    /// The initializer also fills weights for which the network names another.
    case replacingNamedWeights
    /// Gains that the network names as zeros, in the only path, start from ones.
    case gainsOfOne
    /// Hidden biases are drawn as theory has them at the recommended point.
    case drawnBiases
    case zeroBiases, layerNorm, layerNormAndSkips, skips, tanh
  }

  var initializer: Initializer
  var change: Change

  /// The remedies in the order in which they are tried: initializers that theory computes for this activation, the same in
  /// place of weights that the network names, the same without biases, then normalization, then a skip beside it.
  static func candidates(for network: Network, excluding tried: Set<Initializer>) -> [Remedy] {
    let initializers = computed(for: network)
    var remedies: [Remedy] = []
    if network.takesInitializer {
      remedies = initializers.filter { !tried.contains($0) }.map { Remedy(initializer: $0, change: .none) }
    }
    // Where the recommended point has biases, its weight variance without them is not recommended.
    if bias(for: network) != nil {
      remedies =
        initializers.prefix(2).map { Remedy(initializer: $0, change: .drawnBiases) }
        + remedies.filter { $0.change != .none || $0.initializer != initializers.first }
    }
    if network.namesWeights {
      remedies += initializers.map { Remedy(initializer: $0, change: .replacingNamedWeights) }
    }
    if NetworkChange.withGainsOfOne(network) != nil {
      // Nothing passes them, whatever else is changed: the initializer that was tried may be right.
      let own = tried.filter { $0.entry.origin == .drawn }.sorted { $0.description < $1.description }
      let all = own + initializers.filter { !tried.contains($0) }
      remedies = all.map { Remedy(initializer: $0, change: .gainsOfOne) } + remedies
    }
    guard let first = initializers.first else { return remedies }
    remedies += initializers.prefix(2).map { Remedy(initializer: $0, change: .zeroBiases) }
    remedies += [.layerNorm, .layerNormAndSkips, .skips].map { Remedy(initializer: first, change: $0) }
    remedies += [.lecunNormal, .orthogonal(gain: 1)].map { Remedy(initializer: $0, change: .tanh) }
    return remedies
  }

  /// The network with the change; nil where there is nothing to change so.
  func applied(to network: Network) -> Network? {
    // Weights whose layers name an initializer would keep what may be wrong with them.
    func open(_ network: Network?) -> Network? { network.map { $0.namesWeights ? $0.replacingNamedWeights() : $0 } }
    switch change {
    case .none: return network
    case .replacingNamedWeights: return open(NetworkChange.withGainsOfOne(network) ?? network)
    case .gainsOfOne: return NetworkChange.withGainsOfOne(network)
    case .drawnBiases: return open(Self.bias(for: network).flatMap { NetworkChange.withBiases(network, $0) })
    case .zeroBiases: return open(NetworkChange.withoutBiases(network))
    case .layerNorm: return open(NetworkChange.normalized(network))
    case .layerNormAndSkips: return open(NetworkChange.normalized(network).flatMap(NetworkChange.skipped))
    case .skips: return NetworkChange.normalized(network) == nil ? open(NetworkChange.skipped(network)) : nil
    case .tanh: return open(NetworkChange.withTanh(network))
    }
  }

  /// The edge of chaos of the hidden activation (`CriticalLine.recommendation`), by its usual name where it has one, then
  /// orthogonally (convolutions at their centre tap alone, which keeps the signal at any depth: Xiao 2018), then by the
  /// data.
  static func computed(for network: Network) -> [Initializer] {
    guard let point = point(for: network) else { return [.heNormal, .lsuv] }
    let variance = point.weightVariance.rounded(toDigits: 6), gain = variance.squareRoot().rounded(toDigits: 5)
    let critical: Initializer =
      switch variance {
      case 1: .lecunNormal
      case 2: .heNormal
      default: .varianceScaling(scale: variance, mode: .fanIn, distribution: .normal)
      }
    let hasKernels = network.nodes.contains { ($0.layer.weightShape(from: $0.inputShapes)?.receptiveField ?? 1) > 1 }
    return [critical, hasKernels ? .deltaOrthogonal(gain: gain) : .orthogonal(gain: gain), .lsuv]
  }

  /// What theory says of initializers for a network.
  enum Promise {
    /// It computes them for chains of layers such as this one.
    case theorys
    /// It computes them for the activation, not for what else the network has.
    case open
    /// It has none that keeps signal and gradients at this depth.
    case none
  }

  /// Without a critical point that is not saturated, initializers alone served up to so many hidden layers: softplus with
  /// he_normal trains at 20 and not at 40, sigmoid at its saturated critical point at 12 and not surely at 20.
  private static let deepestWithoutCriticalPoint = 20

  /// Judges by the hidden activation and the number of layers that have one.
  static func promise(for network: Network) -> Promise {
    let active = network.nodes.filter { !$0.layer.activation.isIdentity }
    guard let activation = active.first?.layer.activation else { return .open }
    guard let point = point(for: network),
      let saturation = try? Saturation(of: activation, variance: point.variance ?? 1), !saturation.isHigh
    else { return active.count > deepestWithoutCriticalPoint ? .none : .open }
    let isChain = network.nodes.map(\.layer.traits).allSatisfy {
      $0.contains(.rowPerUnit) || $0.keepsEveryValue && !$0.contains(.joins)
    }
    return isChain && !network.namesWeights ? .theorys : .open
  }

  /// What the hidden biases are drawn from at the recommended point; nil where it has none.
  static func bias(for network: Network) -> Initializer? {
    guard let point = point(for: network), point.biasVariance > 0 else { return nil }
    return .normal(std: point.biasDeviation.rounded(toDigits: 5))
  }

  /// The recommended point of the hidden activation.
  private static func point(for network: Network) -> CriticalPoint? {
    let activation = network.nodes.map(\.layer.activation).first { !$0.isIdentity } ?? .identity
    guard let point = try? CriticalLine(activation).recommendation(), point.weightVariance > 0, point.weightVariance.isFinite
    else { return nil }
    return point
  }
}

extension AuditConfiguration {
  /// The initializers that theory suggests for the network, the most usual first.
  public var suggestedInitializers: [Initializer] { Remedy.computed(for: network) }
}

extension Network {
  /// Whether some weights name no initializer, so that the audit's fills them.
  var takesInitializer: Bool { nodes.contains { $0.parameters.contains { $0.role == .weight && $0.initializer == nil } } }
  /// Whether some weights name their initializer.
  var namesWeights: Bool { !namedWeights.isEmpty }
}
