import CTensorKernels
import NetworkGraph

/// Applies an activation and its derivative to arrays of Float, in one pass.
///
/// Activations of the catalogue run as vector kernels, within 3 units in the last place of the exact function (6 for gelu,
/// gelu_tanh, quick_gelu, silu and mish); the kernel is chosen when this value is made, not per element. A custom activation
/// calls its closures in Double, element by element.
///
/// NaN propagates; infinities give the function's limits. Results of an exponential below Float's normal range are zero.
public struct ActivationKernel: Sendable {
  public let activation: Activation
  private let implementation: Implementation

  /// Makes the kernel of an activation: a vector kernel for a catalogue entry, its closures otherwise.
  public init(_ activation: Activation) {
    self.activation = activation
    // A custom activation's entry is called `custom`, which is no catalogue entry's name.
    implementation = Self.implementations[activation.entry.name]?(activation.arguments) ?? .closures
  }

  /// Whether a vector kernel does the work. The closures of a custom activation are a hundred times slower.
  public var isVectorized: Bool {
    if case .closures = implementation { false } else { true }
  }

  /// Writes `f(z)` to `count` elements of `a`, which may be `z` itself and must not overlap it otherwise.
  public func value(_ z: UnsafePointer<Float>, into a: UnsafeMutablePointer<Float>, count: Int) {
    precondition(count >= 0, "an array of \(count) elements")
    switch implementation {
    case .plain(let value, _): value(z, a, count)
    case .parametric(let value, _, let parameter): value(z, a, count, parameter)
    case .closures:
      for index in 0..<count { a[index] = Float(activation.value(Double(z[index]))) }
    }
  }

  /// Writes `f(z)` to `a` and `f'(z)` to `d`, `count` elements each.
  ///
  /// `a` may be `z` itself; beyond that, no two of the three arrays may overlap.
  public func valueAndDerivative(
    _ z: UnsafePointer<Float>, value a: UnsafeMutablePointer<Float>, derivative d: UnsafeMutablePointer<Float>, count: Int
  ) {
    precondition(count >= 0, "an array of \(count) elements")
    switch implementation {
    case .plain(_, let both): both(z, a, d, count)
    case .parametric(_, let both, let parameter): both(z, a, d, count, parameter)
    case .closures:
      for index in 0..<count {
        let x = Double(z[index])
        a[index] = Float(activation.value(x))
        d[index] = Float(activation.derivative(x))
      }
    }
  }
}

extension ActivationKernel {
  private typealias Value = @Sendable @convention(c) (UnsafePointer<Float>?, UnsafeMutablePointer<Float>?, Int) -> Void
  private typealias Both =
    @Sendable @convention(c) (UnsafePointer<Float>?, UnsafeMutablePointer<Float>?, UnsafeMutablePointer<Float>?, Int) -> Void
  private typealias ParametricValue =
    @Sendable @convention(c) (UnsafePointer<Float>?, UnsafeMutablePointer<Float>?, Int, Double) -> Void
  private typealias ParametricBoth =
    @Sendable @convention(c) (
      UnsafePointer<Float>?, UnsafeMutablePointer<Float>?, UnsafeMutablePointer<Float>?, Int, Double
    ) -> Void

  private enum Implementation: Sendable {
    case plain(Value, Both)
    case parametric(ParametricValue, ParametricBoth, Double)
    case closures
  }

  /// The C kernels by catalogue name, with the argument that each takes.
  private static let implementations: [String: @Sendable (Arguments) -> Implementation] = [
    "identity": { _ in .plain(initscope_identity_value, initscope_identity_value_and_derivative) },
    "relu": { _ in .plain(initscope_relu_value, initscope_relu_value_and_derivative) },
    "leaky_relu": {
      .parametric(initscope_leaky_relu_value, initscope_leaky_relu_value_and_derivative, $0.number("slope"))
    },
    "prelu": { .parametric(initscope_leaky_relu_value, initscope_leaky_relu_value_and_derivative, $0.number("a")) },
    "relu6": { _ in .plain(initscope_relu6_value, initscope_relu6_value_and_derivative) },
    "elu": { .parametric(initscope_elu_value, initscope_elu_value_and_derivative, $0.number("alpha")) },
    "selu": { _ in .plain(initscope_selu_value, initscope_selu_value_and_derivative) },
    "celu": { .parametric(initscope_celu_value, initscope_celu_value_and_derivative, $0.number("alpha")) },
    "gelu": { _ in .plain(initscope_gelu_value, initscope_gelu_value_and_derivative) },
    "gelu_tanh": { _ in .plain(initscope_gelu_tanh_value, initscope_gelu_tanh_value_and_derivative) },
    "quick_gelu": { _ in .plain(initscope_quick_gelu_value, initscope_quick_gelu_value_and_derivative) },
    "silu": { _ in .plain(initscope_silu_value, initscope_silu_value_and_derivative) },
    "mish": { _ in .plain(initscope_mish_value, initscope_mish_value_and_derivative) },
    "softplus": { _ in .plain(initscope_softplus_value, initscope_softplus_value_and_derivative) },
    "softsign": { _ in .plain(initscope_softsign_value, initscope_softsign_value_and_derivative) },
    "tanh": { _ in .plain(initscope_tanh_value, initscope_tanh_value_and_derivative) },
    "hardtanh": { _ in .plain(initscope_hardtanh_value, initscope_hardtanh_value_and_derivative) },
    "sigmoid": { _ in .plain(initscope_sigmoid_value, initscope_sigmoid_value_and_derivative) },
    "hard_sigmoid": { _ in .plain(initscope_hard_sigmoid_value, initscope_hard_sigmoid_value_and_derivative) },
    "hard_swish": { _ in .plain(initscope_hard_swish_value, initscope_hard_swish_value_and_derivative) },
    "erf": { _ in .plain(initscope_erf_value, initscope_erf_value_and_derivative) },
    "sin": { _ in .plain(initscope_sin_value, initscope_sin_value_and_derivative) },
    "relu_squared": { _ in .plain(initscope_relu_squared_value, initscope_relu_squared_value_and_derivative) },
  ]
}
