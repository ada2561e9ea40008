import Spelling

/// Gains: factors by which initializers multiply their standard deviation.
public enum Gain {
  /// The gain that `torch.nn.init.calculate_gain` recommends for a nonlinearity.
  ///
  /// 1 for linear layers, convolutions and sigmoid; 5/3 for tanh; sqrt 2 for relu; sqrt(2 / (1 + slope^2)) for leaky_relu;
  /// 3/4 for selu. That of tanh is a convention, not a fixed point of the signal's variance.
  ///
  /// - Parameters:
  ///   - nonlinearity: PyTorch's name: `linear`, `conv2d`, `tanh`, ...; read as specifications are.
  ///   - slope: Negative slope, read for leaky_relu only.
  /// - Throws: ``SpecificationError`` for a name that PyTorch has no gain for, and a slope that is not finite.
  public static func torch(_ nonlinearity: String, slope: Double = 0.01) throws(SpecificationError) -> Double {
    let name = Specification.folded(nonlinearity)
    if linearNames.contains(name) { return 1 }
    switch name {
    case "sigmoid": return 1
    case "tanh": return 5.0 / 3
    case "relu": return 2.0.squareRoot()
    case "leaky_relu":
      guard slope.isFinite else {
        throw SpecificationError("the negative slope of leaky_relu is \(slope)", hint: "It must be a finite number.")
      }
      return (2 / (1 + slope * slope)).squareRoot()
    case "selu": return 0.75
    default:
      let names = linearNames + ["sigmoid", "tanh", "relu", "leaky_relu", "selu"]
      throw SpecificationError(
        "PyTorch has no gain for `\(nonlinearity)`",
        hint: nearestName(to: name, among: names).map { "Did you mean `\($0)`?" }
          ?? "It has \(names.joined(separator: ", ")).")
    }
  }

  private static let linearNames = [
    "linear", "conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d", "conv_transpose3d",
  ]
}
