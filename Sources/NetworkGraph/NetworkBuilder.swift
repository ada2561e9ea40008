/// Something that adds nodes to a network under construction: a layer, a repetition, a residual block.
public protocol NetworkPart: Sendable {
  func append(to assembly: inout NetworkAssembly)
}

/// The part of the graph that a network builder has made so far.
public struct NetworkAssembly: Sendable {
  public private(set) var placements: [Network.Placement] = []
  /// The node that the next part reads.
  public var current = Network.inputName
  private var counts: [String: Int] = [:]

  public init() {}

  /// Adds a node that reads `inputs`, or the current node where nil, and makes it the current node. An unnamed node is
  /// called by its kind and a number from 1: `dense_3`.
  @discardableResult
  public mutating func place(_ layer: any Layer, name: String? = nil, inputs: [String]? = nil) -> String {
    counts[layer.kind, default: 0] += 1
    let name = name ?? "\(layer.kind)_\(counts[layer.kind, default: 0])"
    placements.append(Network.Placement(name: name, layer: layer, inputs: inputs ?? [current]))
    current = name
    return name
  }
}

/// Builds a network from parts that follow one another.
@resultBuilder
public enum NetworkBuilder {
  public static func buildExpression(_ part: any NetworkPart) -> [any NetworkPart] { [part] }
  public static func buildExpression(_ parts: [any NetworkPart]) -> [any NetworkPart] { parts }
  public static func buildBlock(_ parts: [any NetworkPart]...) -> [any NetworkPart] { parts.flatMap(\.self) }
  public static func buildOptional(_ parts: [any NetworkPart]?) -> [any NetworkPart] { parts ?? [] }
  public static func buildEither(first parts: [any NetworkPart]) -> [any NetworkPart] { parts }
  public static func buildEither(second parts: [any NetworkPart]) -> [any NetworkPart] { parts }
  public static func buildArray(_ parts: [[any NetworkPart]]) -> [any NetworkPart] { parts.flatMap(\.self) }
}

extension Network {
  /// Builds a network from parts that follow one another, such as
  ///
  ///     try Network(input: .features(784)) {
  ///       Dense(256, activation: .relu).repeated(20)
  ///       Residual { Dense(256, activation: .relu); Dense(256, weights: .zeros) }
  ///       Dense(10)
  ///     }
  ///
  /// - Throws: `NetworkError` where shapes or names do not fit.
  public init(name: String = "network", input: Shape, @NetworkBuilder _ parts: () -> [any NetworkPart]) throws(NetworkError)
  {
    var assembly = NetworkAssembly()
    for part in parts() { part.append(to: &assembly) }
    try self.init(name: name, input: input, placements: assembly.placements)
  }
}

extension NetworkPart where Self: Layer {
  public func append(to assembly: inout NetworkAssembly) { assembly.place(self) }
}

extension Dense: NetworkPart {}

/// A part that is repeated `count` times in a row.
public struct Repeated: NetworkPart {
  public var part: any NetworkPart
  public var count: Int

  public func append(to assembly: inout NetworkAssembly) {
    for _ in 0..<count { part.append(to: &assembly) }
  }
}

/// A layer with a name of your choice.
public struct Named: NetworkPart {
  public var layer: any Layer
  public var name: String

  public func append(to assembly: inout NetworkAssembly) { assembly.place(layer, name: name) }
}

/// A branch whose result is added to its own input: `h + branch(h)`, or `h + g branch(h)` with a learnable gain.
public struct Residual: NetworkPart {
  public var branch: [any NetworkPart]
  /// The activation applied to the sum.
  public var activation: Activation
  /// Whether the branch is multiplied by a learnable scalar.
  public var hasGain: Bool

  public init(
    activation: Activation = .identity, hasGain: Bool = false, @NetworkBuilder _ branch: () -> [any NetworkPart]
  ) {
    self.activation = activation
    self.hasGain = hasGain
    self.branch = branch()
  }

  public func append(to assembly: inout NetworkAssembly) {
    let skip = assembly.current
    for part in branch { part.append(to: &assembly) }
    assembly.place(Add(activation: activation, hasGain: hasGain), inputs: [skip, assembly.current])
  }
}

/// A branch added to a projection of its own input, `skip(h) + branch(h)`, for branches that change the shape.
public struct Projected: NetworkPart {
  public var skip: [any NetworkPart]
  public var branch: [any NetworkPart]
  /// The activation applied to the sum.
  public var activation: Activation
  /// Whether the branch is multiplied by a learnable scalar.
  public var hasGain: Bool

  public init(
    activation: Activation = .identity, hasGain: Bool = false, @NetworkBuilder skip: () -> [any NetworkPart],
    @NetworkBuilder branch: () -> [any NetworkPart]
  ) {
    self.activation = activation
    self.hasGain = hasGain
    self.skip = skip()
    self.branch = branch()
  }

  public func append(to assembly: inout NetworkAssembly) {
    let start = assembly.current
    for part in skip { part.append(to: &assembly) }
    let projected = assembly.current
    assembly.current = start
    for part in branch { part.append(to: &assembly) }
    assembly.place(Add(activation: activation, hasGain: hasGain), inputs: [projected, assembly.current])
  }
}

extension NetworkPart {
  /// Repeats this part `count` times in a row; zero times adds nothing.
  public func repeated(_ count: Int) -> Repeated {
    precondition(count >= 0, "a part repeats a non-negative number of times, got \(count)")
    return Repeated(part: self, count: count)
  }
}

extension Layer {
  /// Gives this layer a name; names are unique within a network.
  public func named(_ name: String) -> Named { Named(layer: self, name: name) }
}
