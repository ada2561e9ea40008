import TensorFiles

/// What one pass over a tensor's values tells.
public struct TensorStatistics: Sendable {
  /// The values of the tensor, and those among them that are finite, zero, NaN and infinite.
  public var count = 0
  public var finite = 0
  public var zeros = 0
  public var nans = 0
  public var infinities = 0
  /// Of the finite values; NaN where there are none.
  public var mean = Double.nan
  /// About the mean, divided by the number of finite values.
  public var variance = Double.nan
  public var kurtosis = Double.nan
  /// Without `farValues`, as the moments are.
  public var least = Double.nan
  public var greatest = Double.nan
  /// The least magnitude of a value that is not zero; nil where there is none.
  public var leastMagnitude: Double?

  /// Values at whole numbers more than `farthest` deviations out, of which a truncation in absolute numbers leaves one in
  /// 2^24. They are counted, and are in no moment.
  package var farValues: [Double] = []
  /// The deviations from which on no draw of 2^24 values has any.
  static let farthest = 20.0

  public var standardDeviation: Double { variance.squareRoot() }
  public var nonFinite: Int { nans + infinities }
  public var isConstant: Bool { finite == count && count > 0 && least == greatest }
  public var isZero: Bool { isConstant && least == 0 }
  var largestMagnitude: Double { max(abs(least), abs(greatest)) }

  /// The first values, by which tensors of one stream are recognized.
  var beginning: [Float] = []
  /// Rows along the first axis that are zero throughout: how many, and the first of them.
  var zeroRows = 0
  var firstZeroRows: [Int] = []
  /// The root mean square of rows that were asked for, by their number.
  var watchedRows: [Int: Double] = [:]
  /// The moments of the equal parts of a fused tensor, in their order.
  var parts: [PartMoments] = []
  /// Parts that repeat each other: how many there are, and along which axis.
  var repetition: (count: Int, axis: Int)? { repeats > 1 ? (repeats, repeatAxis) : nil }
  var repeats = 1
  var repeatAxis = 0
  /// Of the parts of a fused tensor, such as query and key, those that repeat an earlier one.
  var equalParts: [(first: Int, second: Int)] = []
  /// The first pairs of equal rows, each with the one that it repeats.
  var equalRows: [(first: Int, second: Int)] = []
  /// The row from which on all rows are far larger than those before it, and how many times; nil where there is none.
  var wideRows: (start: Int, ratio: Double)?
  /// Rows that occur more than once, all copies but one counted.
  var repeatedRows = 0
  /// The share of values that equal the least or the greatest one of the tensor, in a sample, and that value; 0 where the
  /// sample does not reach as far.
  var shareAtBounds = 0.0
  var tiedBound = 0.0
  /// The share of the value that occurs most often in the sample.
  var largestTie = 0.0
  /// Whether a float32 tensor's values lie on the coarser grid of another type; nil where they do not.
  var grid: TensorElementType?
  /// Rows that are each 0, log 2, log 3, ...
  var isLogarithmsOfCounts = false
  /// Positive values that begin with 1 and fall in equal ratios, or at least fall.
  var isFrequencies = false
  /// Zeros, but ones in the second quarter.
  var isForgetGateOnes: Bool { quarters == [0, 1, 0, 0] }
  /// Rows of sines and cosines of one amplitude.
  var isSinusoidal = false
  /// A few values over and over, of which a continuous law gives each but once.
  var isFewValued = false
  /// Columns that are zero throughout, in the rows that were kept; and the longest run of zeros there.
  var zeroColumns = 0
  var longestZeroRun = 0
  /// By quarter of a small bias, the value that it holds throughout; nil where it varies. Empty for other tensors.
  var quarters: [Double?] = []
  var isOrthogonal = false
  /// One and the same value at as many places as the smaller extent, and zeros elsewhere.
  var isIdentity = false
  /// Ones on the diagonal, and zeros elsewhere.
  var isUnitDiagonal = false
  /// Extents of the tensor as a matrix: the first axis, and all others together.
  package var rows = 1
  package var columns = 1
  /// A sorted sample of the finite values.
  var sample: [Float] = []
  /// The law that the values look like.
  public var looksLike: LooksLike?
}

/// Mean and variance of a part of a tensor.
struct PartMoments: Sendable {
  var count = 0
  var mean = 0.0
  var variance = 0.0
}

/// A law that fits a tensor's values, and how sure that is among the laws that were tried.
public struct LooksLike: Sendable {
  public var law: TensorLaw
  /// The probability of this law among those tried, each as likely beforehand.
  public var probability: Double
}
