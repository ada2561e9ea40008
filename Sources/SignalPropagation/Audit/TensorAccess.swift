/// Tensors that stand in place of drawn ones, by node name; what is not given is drawn.
///
/// Weights are row-major units x inputs, signals samples x units.
package struct GivenTensors: Sendable {
  package var weights: [String: [Float]] = [:]
  package var biases: [String: [Float]] = [:]
  /// Parameters beside a node's first weights and bias, by `node/parameter`.
  package var parameters: [String: [Float]] = [:]
  package var input: [Float]?
  package var cotangent: [Float]?
  package var labels: [Int]?

  package init() {}
}

/// A tensor as the engine held it, in true units, for those who check the engine against another.
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
