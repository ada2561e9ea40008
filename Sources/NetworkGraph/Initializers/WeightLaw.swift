/// The distribution of a weight tensor. Every initializer of the catalogue comes down to one of these few.
public indirect enum WeightLaw: Hashable, Sendable {
  case constant(Double)
  case normal(mean: Double, std: Double)
  /// Uniform on `[low, high)`.
  case uniform(low: Double, high: Double)
  /// The sum of two independent uniforms of one width, on `[low, high]`, for a bias that stands for two of PyTorch's.
  case triangular(low: Double, high: Double)
  /// A normal with that mean and deviation (before the cut), cut off to `[low, high]`.
  case truncatedNormal(mean: Double, std: Double, low: Double, high: Double)
  /// A Haar-distributed semi-orthogonal matrix times `gain` (Saxe 2014; sign fix of Mezzadri 2007). `transposed` where the
  /// dialect factors the matrix in columns x rows order: another matrix from the same draws, with the same distribution.
  case orthogonal(gain: Double, transposed: Bool)
  /// `gain` where output unit i meets input i of the same group, at the kernel's centre; zero elsewhere.
  case identity(gain: Double)
  /// A normal with `zerosPerColumn` entries of each column set to zero.
  case sparse(zerosPerColumn: Int, std: Double)
  /// A convolution that passes its input through: 1 at the centre tap of the first min(outputs, inputs) channels of a
  /// group.
  case dirac
  /// Zero but for the kernel's centre, which is an orthogonal matrix times `gain` in each group (Xiao 2018).
  case deltaOrthogonal(gain: Double)
  /// A part of a matrix that a library draws as a whole (orthogonal or sparse), or another arrangement of it.
  case part(LibraryMatrix, WeightLaw)
  /// Drawn from data: weights start from a law and are rescaled, layer by layer, by the activations that they produce.
  case dataDependent(DataDependentScheme)
  /// No law stands behind the values: they are those of a file. Nothing can be drawn from it, and nothing is known of the
  /// values before they are read.
  case unknown
}

/// How a data-dependent initializer starts, and to what it rescales the weights.
public enum DataDependentScheme: Hashable, Sendable {
  /// Orthonormal, then each layer scaled until its output variance is within `tolerance` of 1, at most `attempts` times
  /// (Mishkin and Matas 2016, algorithm 1).
  case lsuv(tolerance: Double, attempts: Int)
  /// Normal, then each unit scaled and shifted to zero mean and unit variance over the data (Krähenbühl 2016, section 3.1,
  /// within-layer step).
  case withinLayer
}

extension WeightLaw {
  /// The law from which weights are drawn at first: the law itself, a data-dependent scheme's starting point, or zeros
  /// where a file brings the values.
  public func start(for shape: WeightShape) -> WeightLaw {
    switch self {
    case .dataDependent(.lsuv): .orthogonal(gain: 1, transposed: false)
    case .dataDependent(.withinLayer): .normal(mean: 0, std: 1 / Double(shape.fans.fanIn).squareRoot())
    // Only until the file's values take their place.
    case .unknown: .constant(0)
    default: self
    }
  }
}

// MARK: - Laws of a given variance

extension WeightLaw {
  /// The deviation of a standard normal that is cut off at +-2.
  public static let truncatedAtTwoDeviation = 0.87962566103423978

  /// A centred normal with that variance, not cut off.
  public static func normal(variance: Double) -> WeightLaw { .normal(mean: 0, std: variance.squareRoot()) }

  /// A uniform with that variance, on `+-sqrt(3 variance)`.
  public static func uniform(variance: Double) -> WeightLaw {
    let limit = (3 * variance).squareRoot()
    return limit > 0 ? .uniform(low: -limit, high: limit) : .constant(0)
  }

  /// The sum of two uniforms on `+-sqrt(3 variance / 2)`, which has that variance.
  public static func triangular(variance: Double) -> WeightLaw {
    let limit = (6 * variance).squareRoot()
    return limit > 0 ? .triangular(low: -limit, high: limit) : .constant(0)
  }

  /// A centred normal cut off at two of its deviations, widened so that the variance after the cut is as asked.
  public static func truncatedNormal(variance: Double) -> WeightLaw {
    let std = variance.squareRoot() / truncatedAtTwoDeviation
    return .truncatedNormal(mean: 0, std: std, deviations: (low: -2, high: 2))
  }

  /// A normal cut off at bounds given in deviations; only the mean where `std` vanishes beside it.
  static func truncatedNormal(mean: Double, std: Double, deviations: (low: Double, high: Double)) -> WeightLaw {
    let low = mean + std * deviations.low, high = mean + std * deviations.high
    return low < high ? .truncatedNormal(mean: mean, std: std, low: low, high: high) : .constant(mean)
  }

  /// The law of the weights times a factor greater than 0. A data-dependent scheme stays as it is, since the data set its
  /// scale, and an unknown law stays unknown.
  public func scaled(by factor: Double) -> WeightLaw {
    precondition(factor > 0 && factor.isFinite, "a law is scaled by a positive factor, got \(factor)")
    return switch self {
    case .constant(let value): .constant(value * factor)
    case .normal(let mean, let std): .normal(mean: mean * factor, std: std * factor)
    case .uniform(let low, let high): .uniform(low: low * factor, high: high * factor)
    case .triangular(let low, let high): .triangular(low: low * factor, high: high * factor)
    case .part(let matrix, let law): .part(matrix, law.scaled(by: factor))
    case .truncatedNormal(let mean, let std, let low, let high):
      .truncatedNormal(mean: mean * factor, std: std * factor, low: low * factor, high: high * factor)
    case .orthogonal(let gain, let transposed): .orthogonal(gain: gain * factor, transposed: transposed)
    case .identity(let gain): .identity(gain: gain * factor)
    case .sparse(let zeros, let std): .sparse(zerosPerColumn: zeros, std: std * factor)
    case .dirac: .identity(gain: factor)
    case .deltaOrthogonal(let gain): .deltaOrthogonal(gain: gain * factor)
    case .dataDependent, .unknown: self
    }
  }
}
