/// The factors by which PyTorch's initializers allow for the nonlinearity that follows (`torch.nn.init.calculate_gain`).
public enum TorchGain: String, Sendable, Hashable, CaseIterable {
  case linear, conv1d, conv2d, conv3d
  case convTranspose1d = "conv_transpose1d"
  case convTranspose2d = "conv_transpose2d"
  case convTranspose3d = "conv_transpose3d"
  case sigmoid, tanh, relu
  case leakyReLU = "leaky_relu"
  case selu

  /// The slope that `calculate_gain` gives a leaky ReLU when none is named; the initializers name theirs, `a`.
  public static let defaultSlope = 0.01

  /// The gain of the nonlinearity of that name, as `calculate_gain(name, slope)`.
  ///
  /// - Throws: ``SpecificationError`` for a name that PyTorch does not know.
  public init(named name: String) throws(SpecificationError) {
    guard let gain = TorchGain(rawValue: Specification.folded(name)) else {
      throw SpecificationError.unknown("nonlinearity", name, among: Self.allCases.map(\.rawValue))
    }
    self = gain
  }

  /// 1 for linear layers and sigmoid, 5/3 for tanh, `sqrt 2` for ReLU, `sqrt(2 / (1 + slope^2))` for leaky ReLU, 3/4 for
  /// SELU.
  public func value(slope: Double = defaultSlope) -> Double {
    switch self {
    case .linear, .conv1d, .conv2d, .conv3d, .convTranspose1d, .convTranspose2d, .convTranspose3d, .sigmoid: 1
    case .tanh: 5.0 / 3
    case .relu: 2.0.squareRoot()
    case .leakyReLU: (2 / (1 + slope * slope)).squareRoot()
    case .selu: 3.0 / 4
    }
  }
}
