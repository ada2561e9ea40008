import NetworkGraph

/// Tensors to use instead of drawn ones, by node name. Tensors that are not given are drawn. All replicas share them.
///
/// Weights are row-major units x inputs (x taps), as `WeightShape` has them. Rules still compare them with the initializer
/// that the audit names.
public struct GivenTensors: Sendable {
  /// The first weight tensor of each node.
  public var weights: [String: [Float]] = [:]
  /// The first bias of each node.
  public var biases: [String: [Float]] = [:]
  /// All other parameters, by `node/parameter`.
  public var parameters: [String: [Float]] = [:]
  /// The input batch, (samples, units).
  package var input: [Float]?
  package var cotangent: [Float]?
  package var labels: [Int]?

  public init(weights: [String: [Float]] = [:], biases: [String: [Float]] = [:], parameters: [String: [Float]] = [:]) {
    self.weights = weights
    self.biases = biases
    self.parameters = parameters
  }

  /// Whether any parameter is given.
  package var hasParameters: Bool { !(weights.isEmpty && biases.isEmpty && parameters.isEmpty) }

  /// Checks that every tensor has a place in the network and the right size.
  ///
  /// - Throws: `InputMismatch` naming the node or parameter.
  package func check(_ network: Network) throws(InputMismatch) {
    let nodes = Dictionary(uniqueKeysWithValues: network.nodes.map { ($0.name, $0) })
    for (name, values) in weights.sorted(by: { $0.key < $1.key }) {
      try check(values, nodes[name]?.parameters.first { $0.role == .weight }, "weights", name, network)
    }
    for (name, values) in biases.sorted(by: { $0.key < $1.key }) {
      try check(values, nodes[name]?.parameters.first { $0.role == .bias }, "a bias", name, network)
    }
    for (path, values) in parameters.sorted(by: { $0.key < $1.key }) {
      let parts = path.split(separator: "/", maxSplits: 1).map(String.init)
      let tensor = parts.count == 2 ? nodes[parts[0]]?.parameters.first { $0.name == parts[1] } : nil
      try check(values, tensor, "the parameter", path, network)
    }
  }

  private func check(
    _ values: [Float], _ tensor: ParameterTensor?, _ what: String, _ name: String, _ network: Network
  ) throws(InputMismatch) {
    guard let tensor else {
      let known = network.nodes.flatMap { node in node.parameters.map { "\(node.name)/\($0.name)" } }
      throw InputMismatch(
        message: "\(what) given for '\(name)' has no place in the network \(network.name)",
        hint: "Its parameters: \(known.prefix(12).joined(separator: ", "))\(known.count > 12 ? ", ..." : "")")
    }
    guard values.count == tensor.count else {
      throw InputMismatch(
        message: "\(values.count) values given for \(what) '\(name)', which has \(tensor.count)",
        hint: "Give \(tensor.count) values, row-major \(tensor.shape.rows) x \(tensor.shape.columns)")
    }
  }
}

/// A copy of a tensor as the engine holds it, for comparing the engine with another program.
package struct TensorCopy: Sendable {
  package enum Kind: Sendable, Hashable {
    case input, weights, bias, preactivation, activation, gradient, preactivationGradient, weightGradient
  }
  package var initializer: Int
  package var replica: Int
  package var node: String
  package var kind: Kind
  package var values: [Double]
}

extension ScaledSignal {
  /// Every value in true units.
  var trueValues: [Double] { (0..<count).map { Scale.apply(exponent, to: Double(data[$0])) } }
}
