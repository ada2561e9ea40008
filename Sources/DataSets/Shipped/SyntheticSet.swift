/// Small artificial data sets that are drawn from a seed and whose best possible answer is known.
public enum SyntheticSet: String, Hashable, Sendable, CaseIterable {
  /// Two interleaved spirals of 1.75 turns, noise of deviation 0.02: separable, but by no straight line.
  case spirals
  /// Three Gaussian clouds of unit deviation around points at distance 4 from the origin. The best classifier errs on fewer
  /// than 6 in 10,000: two centres lie `4 sqrt(3)` apart, and each sample can go over to two others, `2 Q(2 sqrt(3)) =
  /// 5.3e-4`.
  case blobs
  /// 100 samples of 5 independent N(0, 1) features; the target is `w x + 0.5` with `SyntheticSet.weights`, plus noise of
  /// deviation 0.1, which no model's test error can go below.
  case regression
  /// Token sequences whose class shows in the second token alone (4 or 5, behind the start token); the rest is drawn from
  /// tokens that say nothing (after Hochreiter and Schmidhuber 1997, section 5.2, "no local regularities").
  case longRange = "long-range"

  public static let weights: [Double] = [1.5, -2, 0.75, 0, 3]
  public static let intercept = 0.5
  public static let noise = 0.1
  /// The size of `longRange`'s vocabulary: ids 0 to 3 as in every `TokenSet`, two that tell the class, and the rest.
  public static let vocabularySize = 32

  /// The set as written on the command line.
  public var name: String { "synthetic:\(rawValue)" }

  /// Draws a training set and, from a separate stream, a test set.
  ///
  /// - Parameters:
  ///   - seed: chooses the random numbers.
  ///   - length: the tokens of a `longRange` sequence, at least 2.
  public func splits(seed: UInt64, length: Int) -> DataSplits {
    precondition(length >= 2, "sequences of \(length) tokens have no room for the one that counts")
    let (training, test) = sizes
    switch self {
    case .longRange:
      return DataSplits(
        name: name, training: sequences(training, length, Draws(seed, self, part: 0)),
        test: sequences(test, length, Draws(seed, self, part: 1)))
    case .spirals, .blobs, .regression:
      let known = table(training, Draws(seed, self, part: 0))
      return DataSplits(name: name, training: known, test: table(test, Draws(seed, self, part: 1)).scaled(like: known))
    }
  }

  private var sizes: (training: Int, test: Int) {
    switch self {
    case .spirals, .blobs: (1000, 500)
    case .regression: (100, 100)
    case .longRange: (2000, 500)
    }
  }
}
