/// What a weight tensor is drawn from: the few laws that every initializer of the catalogue comes down to.
public enum WeightLaw: Hashable, Sendable {
  case constant(Double)
  case normal(mean: Double, std: Double)
  /// Uniform on `[low, high)`.
  case uniform(low: Double, high: Double)
  /// A normal of that mean and parent `std`, conditioned on lying within the absolute bounds `[low, high]`.
  case truncatedNormal(mean: Double, std: Double, low: Double, high: Double)
  /// A Haar-distributed semi-orthogonal matrix times `gain` (Saxe 2013; sign fix of Mezzadri 2007). `transposed` where the
  /// dialect factors the matrix in columns x rows order.
  case orthogonal(gain: Double, transposed: Bool)
  /// `gain` on the main diagonal, zero elsewhere.
  case identity(gain: Double)
  /// Normal with `zerosPerColumn` entries of each column set to zero.
  case sparse(zerosPerColumn: Int, std: Double)
  /// A convolution that passes its input through: 1 at the centre tap for the first min(out/groups, in) channels of a group.
  case dirac
  /// Zero but for the centre tap, which is orthogonal times `gain` (Xiao 2018).
  case deltaOrthogonal(gain: Double)
  /// Drawn from data: weights start from a law and are rescaled, layer by layer, from the activations they produce.
  case dataDependent(DataDependentScheme)
}

/// How a data-dependent initializer starts and what it rescales to.
public enum DataDependentScheme: Hashable, Sendable {
  /// Orthonormal, then each layer scaled until its output variance is within `tolerance` of 1, at most `attempts` times
  /// (Mishkin and Matas 2015, algorithm 1).
  case lsuv(tolerance: Double, attempts: Int)
  /// Normal, then each unit scaled and shifted to zero mean and unit variance over the data (Krahenbuhl 2015, section 3.1,
  /// within-layer step).
  case withinLayer
}
