import Spelling

/// A neural network: a directed acyclic graph of layers with one input and one output, every shape inferred and checked.
///
/// Nodes are in an order in which each comes after its inputs; the last is the output.
public struct Network: Sendable {
  /// The name by which nodes refer to the network's input.
  public static let inputName = "input"
  /// The most nodes that a network may have.
  public static let largestNodeCount = 100_000
  /// The most parameters that a network may have; no computer's memory holds more.
  public static let largestParameterCount = 1 << 50

  public let name: String
  public let input: Shape
  public let nodes: [Node]
  /// Whether a file brings the values of the parameters, so that they can be audited as they are (`file`).
  public package(set) var bringsWeights: Bool

  /// One layer at its place in the graph.
  public struct Node: Sendable {
    public let name: String
    public let layer: any Layer
    /// Names of the nodes that it reads, or `input`.
    public let inputs: [String]
    public let inputShapes: [Shape]
    public let shape: Shape
    /// Whether the initializers that the layer names were declared by a model's file: `keras` in a list of initializers
    /// means them, and any other initializer takes their place.
    public let isDeclared: Bool

    /// The layer's parameter tensors.
    public var parameters: [ParameterTensor] {
      let tensors = layer.parameters(from: inputShapes)
      return isDeclared ? tensors.map { $0.declared() } : tensors
    }
    public var parameterCount: Int { parameters.reduce(0) { $0 + $1.count } }

    package init(
      name: String, layer: any Layer, inputs: [String], inputShapes: [Shape], shape: Shape, isDeclared: Bool = false
    ) {
      self.name = name
      self.layer = layer
      self.inputs = inputs
      self.inputShapes = inputShapes
      self.shape = shape
      self.isDeclared = isDeclared
    }

    /// The same node with another layer, which must take and give the same shapes.
    package func with(layer: any Layer) -> Node {
      Node(name: name, layer: layer, inputs: inputs, inputShapes: inputShapes, shape: shape, isDeclared: isDeclared)
    }
  }

  /// A layer with its name and inputs, before shapes are known.
  public struct Placement: Sendable {
    public var name: String
    public var layer: any Layer
    public var inputs: [String]
    /// Whether the initializers that the layer names were declared by a model's file, which others may replace.
    public var isDeclared: Bool

    public init(name: String, layer: any Layer, inputs: [String], isDeclared: Bool = false) {
      self.name = name
      self.layer = layer
      self.inputs = inputs
      self.isDeclared = isDeclared
    }
  }

  /// Builds the network: infers every shape and checks the graph.
  ///
  /// - Throws: `NetworkError` for an empty network, a repeated or unknown name, a forward reference, a node that nothing
  ///   uses, or shapes that do not fit.
  public init(name: String = "network", input: Shape, placements: [Placement]) throws(NetworkError) {
    guard let output = placements.last else {
      throw NetworkError(node: nil, message: "a network needs at least one layer")
    }
    guard placements.count <= Network.largestNodeCount else {
      throw NetworkError(
        node: nil, message: "a network has at most \(Network.largestNodeCount) layers, got \(placements.count)")
    }
    var shapes = [Network.inputName: input]
    var used: Set<String> = [output.name]
    var nodes: [Node] = []
    nodes.reserveCapacity(placements.count)
    for placement in placements {
      guard !placement.name.isEmpty else {
        throw NetworkError(
          node: "", message: "a layer's name is empty", hint: "Give it one, or none for a name such as dense_1")
      }
      guard shapes[placement.name] == nil else {
        throw NetworkError(
          node: placement.name, message: "the name '\(placement.name)' is taken",
          hint: "Names are unique, and '\(Network.inputName)' is the input's")
      }
      var inputShapes: [Shape] = []
      for input in placement.inputs {
        guard let shape = shapes[input] else {
          throw NetworkError(
            node: placement.name, message: "no earlier layer is named '\(input)'",
            hint: Self.remedy(forUnknown: input, earlier: [Network.inputName] + nodes.map(\.name), all: placements))
        }
        used.insert(input)
        inputShapes.append(shape)
      }
      let shape: Shape
      do {
        shape = try placement.layer.outputShape(from: inputShapes)
      } catch {
        throw NetworkError(node: placement.name, message: error.message, hint: error.hint)
      }
      shapes[placement.name] = shape
      nodes.append(
        Node(
          name: placement.name, layer: placement.layer, inputs: placement.inputs, inputShapes: inputShapes, shape: shape,
          isDeclared: placement.isDeclared))
    }
    if let unused = nodes.first(where: { !used.contains($0.name) }) {
      throw NetworkError(
        node: unused.name, message: "nothing uses the output of '\(unused.name)'",
        hint: "Remove it, or make it some layer's input")
    }
    var parameters = 0
    for node in nodes {
      // Each layer limits its own size, but a hundred thousand of the largest together exceed 64 bits.
      parameters += node.parameterCount
      guard parameters <= Network.largestParameterCount else {
        throw NetworkError(
          node: node.name, message: "up to here the network has more than \(Network.largestParameterCount) parameters",
          hint: "Make layers smaller, or fewer")
      }
    }
    self.name = name
    self.input = input
    self.nodes = nodes
    bringsWeights = nodes.contains { $0.layer.bringsWeights }
  }

  /// Makes a network of nodes that were checked before.
  package init(name: String, input: Shape, nodes: [Node]) {
    (self.name, self.input, self.nodes) = (name, input, nodes)
    bringsWeights = nodes.contains { $0.layer.bringsWeights }
  }

  private static func remedy(forUnknown input: String, earlier: [String], all placements: [Placement]) -> String {
    if !placements.contains(where: { $0.name == input }), let nearest = nearestName(to: input, among: earlier) {
      return "Did you mean '\(nearest)'?"
    }
    return "A layer's inputs must stand before it"
  }

  public var output: Shape { nodes[nodes.count - 1].shape }

  /// The number of trainable parameters, biases included.
  public var parameterCount: Int { nodes.reduce(0) { $0 + $1.parameterCount } }

  /// Whether the network comes from a file that declares its layers' initializers, such as a Keras model.
  public var declaresInitializers: Bool { nodes.contains(where: \.isDeclared) }

  /// The smallest vocabulary of the embeddings that read the network's input, directly or through layers without parameters
  /// (a dropout, a flatten, a sum of the input with itself); nil where there is none.
  public var tokenVocabulary: Int? {
    var carriers: Set<String> = [Network.inputName]
    var sizes: [Int] = []
    for node in nodes where node.inputs.contains(where: carriers.contains) {
      if node.layer.traits.contains(.readsTokens), let table = node.layer.weightShape(from: node.inputShapes) {
        sizes.append(table.outputs)
      } else if node.parameters.isEmpty, node.inputs.allSatisfy(carriers.contains) {
        carriers.insert(node.name)
      }
    }
    return sizes.min()
  }

  /// The activation of the hidden layers as a specification, or `mixed` where they differ.
  public var hiddenActivation: String {
    // In a graph from a file an activation may be a point of its own, and many layers have none.
    let active = hiddenNodes.filter { $0.layer.origin != nil && !$0.layer.activation.isIdentity }
    let hidden = active.isEmpty ? nodes.dropLast().filter { !$0.parameters.isEmpty } : active
    let names = Set(
      (hidden.isEmpty ? nodes[...] : hidden[...]).map { node in
        // A recurrent layer of a model has its functions in its gates alone.
        node.layer.activation.isIdentity && node.layer.origin != nil
          ? node.layer.activationText ?? "identity" : node.layer.activation.label
      })
    return names.count == 1 ? names.first ?? "identity" : "mixed"
  }
}

/// An error in a network: which node, why, and the remedy.
public struct NetworkError: Error, Hashable, Sendable, CustomStringConvertible {
  public var node: String?
  public var message: String
  public var hint: String?

  public init(node: String?, message: String, hint: String? = nil) {
    self.node = node
    self.message = message
    self.hint = hint
  }

  public var description: String {
    (node.map { "layer '\($0)': " } ?? "") + message + (hint.map { ". \($0)" } ?? "")
  }
}
