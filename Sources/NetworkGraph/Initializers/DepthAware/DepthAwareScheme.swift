/// An initializer whose law depends on where a tensor stands in the network (Fixup, GPT-2).
public struct DepthAwareScheme: Sendable {
  /// A parameter tensor named by its node and its own name.
  public struct Place: Hashable, Sendable {
    public var node: String
    public var parameter: String
    public init(node: String, parameter: String) {
      self.node = node
      self.parameter = parameter
    }
  }

  /// Returns the laws of the tensors whose place matters; all other tensors get `base`. Tensors whose layer names an
  /// initializer keep that initializer, even if they are listed here.
  ///
  /// - Throws: `SpecificationError` for a network that lacks what the scheme fills.
  public typealias Laws =
    @Sendable (
      _ structure: ResidualStructure, _ base: @Sendable (WeightShape) -> WeightLaw
    ) throws(SpecificationError) -> [Place: WeightLaw]

  public var laws: Laws

  public init(laws: @escaping Laws) { self.laws = laws }
}

extension ResidualStructure {
  /// The weight tensors of a node that an initializer may fill.
  func openWeights(of index: Int) -> [ParameterTensor] {
    network.nodes[index].parameters.filter { $0.role == .weight && $0.initializer == nil }
  }

  /// The weight tensor that scales a node's result: the last one that the layer does not name an initializer for. An
  /// attention's output matrix, a recurrent cell's input weights (without input it stays in its zero state).
  func outputWeight(of index: Int) -> (place: DepthAwareScheme.Place, shape: WeightShape)? {
    openWeights(of: index).last.map { (place($0, of: index), $0.shape) }
  }

  func place(_ tensor: ParameterTensor, of index: Int) -> DepthAwareScheme.Place {
    DepthAwareScheme.Place(node: network.nodes[index].name, parameter: tensor.name)
  }

  /// Requires that the network has a residual branch, which the scheme needs.
  ///
  /// - Throws: `SpecificationError` where the network has no residual branch.
  func requireBranches(for scheme: String) throws(SpecificationError) {
    guard branches.isEmpty else { return }
    throw SpecificationError(
      "\(scheme) is made for residual branches, and the network '\(network.name)' has none with weights",
      hint: "Choose --residual or a residual preset, or he_normal for a plain network")
  }
}
