import Foundation
import InitScope
import TensorKernels

/// One network of the verdict's evidence, with what `initscope audit` is asked and how it is trained.
struct EvidenceNetwork {
  var part: String
  var index: Int
  var activation: String
  var depth: Int
  var width: Int
  var initializer: String
  var biasStandardDeviation: Double
  var residual: Bool
  var normalization: PresetOptions.Normalizing

  static let header = "part,index,activation,depth,width,init,bias_std,residual,norm"

  var fields: [String] {
    [
      part, "\(index)", activation, "\(depth)", "\(width)", "\"\(initializer)\"", "\(biasStandardDeviation)", "\(residual)",
      normalization.rawValue,
    ]
  }

  func network() throws -> Network {
    var options = PresetOptions(
      depth: depth, width: width, inputs: 784, outputs: 10, activation: try Activation(parsing: activation),
      biasStandardDeviation: biasStandardDeviation, outputInitializer: .lecunNormal)
    options.residual = residual
    options.normalization = normalization
    return try Preset.mlp.make(options)
  }

  // MARK: Drawing

  /// Activations with the weight variance around which theirs is drawn. Frequent ones are listed several times.
  private static let activations: [(name: String, variance: Double)] = [
    ("relu", 2), ("relu", 2), ("relu", 2), ("tanh", 1), ("tanh", 1), ("tanh", 1), ("gelu", 2), ("gelu", 2), ("silu", 3),
    ("silu", 3), ("sigmoid", 4), ("sigmoid", 16), ("elu", 1.3), ("elu", 1.3), ("selu", 1), ("selu", 1), ("softplus", 1.2),
    ("leaky_relu(slope=0.1)", 1.98), ("linear", 1), ("erf", 0.785), ("mish", 2), ("hard_tanh", 1), ("softsign", 1.5),
  ]
  private static let depths = [4, 5, 6, 8, 10, 12, 14, 16, 20, 24, 28, 32, 40, 48, 56, 64]
  private static let widths = [32, 48, 64, 64, 96, 128, 128, 128, 192, 256]

  /// The network with this number. It depends on part and number only, so two parts share a network only by chance.
  static func draw(part: String, index: Int) -> EvidenceNetwork {
    var words = [UInt32](repeating: 0, count: 64)
    words.withUnsafeMutableBufferPointer {
      RandomStream(seed: 20_261_122, replica: index, node: "evidence \(part)", tensor: .probe).fillWords($0)
    }
    var next = 0
    func uniform() -> Double {
      defer { next += 1 }
      return (Double(words[next]) + 0.5) / 4_294_967_296
    }
    func pick<T>(_ values: [T]) -> T { values[Int(uniform() * Double(values.count))] }
    func rounded(_ x: Double) -> Double { Double(String(format: "%.4g", x)) ?? x }

    let (activation, base) = pick(activations)
    // Half of them around criticality, half anywhere.
    let near = uniform() < 0.5
    let exponent = near ? 0.35 * (-2 * log(uniform())).squareRoot() * cos(2 * .pi * uniform()) : -3 + 5.5 * uniform()
    let variance = base * exp2(exponent)
    let initializer: String
    switch uniform() {
    case ..<0.4: initializer = "variance_scaling(scale=\(rounded(variance)),mode=fan_in,distribution=normal)"
    case ..<0.7: initializer = "variance_scaling(scale=\(rounded(variance)),mode=fan_in,distribution=uniform)"
    default: initializer = "orthogonal(gain=\(rounded(variance.squareRoot())))"
    }
    let bias = uniform() < 0.5 ? 0 : rounded(0.03 * exp2(6 * uniform()))
    let shape = uniform()
    let residual = (0.55..<0.7).contains(shape) || shape >= 0.9
    let normalization: PresetOptions.Normalizing =
      switch shape {
      case ..<0.7: .none
      default: uniform() < 0.5 ? .batch : .layer
      }
    let depth = pick(depths), drawn = pick(widths)
    // The largest of the deep ones would take most of the time.
    let width = depth * drawn * drawn > 1_100_000 ? 128 : drawn
    return EvidenceNetwork(
      part: part, index: index, activation: activation, depth: depth, width: width, initializer: initializer,
      biasStandardDeviation: bias, residual: residual, normalization: normalization)
  }
}
