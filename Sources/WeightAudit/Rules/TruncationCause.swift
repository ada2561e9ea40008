import Glibc
import NumberText
import TensorFiles

/// Why a law that is cut off came out with another deviation than was declared.
///
/// PyTorch's `trunc_normal_` takes its bounds as numbers, most other programs take them in deviations; and some make up for
/// the variance that a cut takes away, and some do not.
enum TruncationCause {
  /// Deviation 1 and bounds of 2: what `trunc_normal_` does where it is given neither.
  case defaults
  /// Nothing was cut off, where a cut was declared.
  case uncut(deviation: Double)
  /// The declared deviation, cut at two of it, which leaves 0.88.
  case notMadeUpFor
  /// Cut off at fewer deviations than any program means.
  case near(bound: Double, deviations: Double)
  /// Flat up to the usual bounds: the normal law within them was far wider than declared.
  case flat(bound: Double, deviations: Double)

  /// Fewer values do not tell a cut from the law's own tails.
  private static let leastCount = 256
  /// No published scheme cuts below two deviations.
  private static let leastCut = 1.7

  /// The cause for values that refute a declared normal law; nil where truncation explains nothing.
  ///
  /// - Parameters:
  ///   - s: The values.
  ///   - law: That was declared.
  ///   - type: Of the values.
  ///   - followsFan: Whether a formula of fans explains the deviation: then flat values are that formula's.
  static func find(
    _ s: TensorStatistics, _ law: TensorLaw, _ type: TensorElementType, followsFan: Bool = false
  ) -> TruncationCause? {
    guard s.count >= leastCount, s.nonFinite == 0, !s.isConstant, s.variance > 0,
      let wanted = law.variance(rows: s.rows, columns: s.columns)?.squareRoot(), wanted > 0
    else { return nil }
    // The deviation before the cut, and where the cut is.
    let parent: Double, cut: Double?
    switch law {
    case .normal(0, let std): (parent, cut) = (std, nil)
    case .truncatedNormal(0, let std, let low, let high) where abs(low + high) < 1e-9 * std: (parent, cut) = (std, high)
    default: return nil
    }
    let test = LawTest(rate: 1e-6, tolerance: 0.02)
    func fits(_ law: TensorLaw) -> Bool { test.fits(s, law, type) }
    func cutNormal(_ std: Double, _ bound: Double) -> TensorLaw {
      .truncatedNormal(mean: 0, std: std, low: -bound, high: bound)
    }
    let reach = s.largestMagnitude, bound = reach * (1 + 1 / Double(s.count))
    if wanted < 0.5, fits(cutNormal(1, 2)) { return .defaults }
    if let cut, cut < 4 * parent, parent > 1.05 * wanted, reach > 1.2 * cut, fits(.normal(mean: 0, std: parent)) {
      return .uncut(deviation: parent)
    }
    if abs(reach / (2 * wanted) - 1) < 0.03, fits(cutNormal(wanted, 2 * wanted)) { return .notMadeUpFor }
    let isFlat = fits(.uniform(low: -bound, high: bound))
    if isFlat, followsFan { return nil }
    if let deviations = [parent, wanted].first(where: { bound < leastCut * $0 && fits(cutNormal($0, bound)) }).map({
      bound / $0
    }), !isFlat || isRound(reach, s.count) {
      return .near(bound: bound, deviations: deviations)
    }
    // The extremes of n flat values lie a part in n within their bounds.
    let room = max(0.003, 10 / Double(s.count))
    if isFlat, let deviations = [2.0, 3].first(where: { abs(bound / ($0 * parent) - 1) < room }) {
      return .flat(bound: bound, deviations: deviations)
    }
    return nil
  }

  /// Whether people write the number: one digit, or one and a half.
  private static func isRound(_ value: Double, _ count: Int) -> Bool {
    let digits = value / pow(10, floor(log10(value)))
    let nearest = (digits * 2).rounded() / 2
    return abs(digits / nearest - 1) < max(0.003, 10 / Double(count)) && (nearest == nearest.rounded() || nearest < 3)
  }

  /// What happened, to follow a tensor's name and a colon.
  var sentence: String {
    func text(_ value: Double) -> String { MessageNumber.number(value.rounded(toDigits: 3)) }
    switch self {
    case .defaults:
      return "deviation 1, cut off at 2: what trunc_normal_ draws by default, so that the deviation was not passed to it."
    case .uncut(let deviation):
      return
        "nothing is cut off, and the deviation is \(text(deviation)), which the law has before its cut: the bounds were "
        + "given in absolute numbers, not in deviations."
    case .notMadeUpFor:
      return "the declared deviation, cut off at two deviations, which leaves 0.88 of it. Variance scaling in JAX and Keras "
        + "divides by 0.88 to make up for the cut; trunc_normal_ does not."
    case .near(let bound, let deviations):
      return
        "cut off at \(text(bound)), \(text(deviations)) declared deviations from zero: the bounds were given in absolute "
        + "numbers. They are usually 2 or 3 deviations."
    case .flat(let bound, let deviations):
      return "flat up to \(text(bound)), \(text(deviations)) declared deviations: the bounds are those that were meant, in "
        + "absolute numbers, and the deviation given with them was far larger (trunc_normal_ takes 1 by default)."
    }
  }

  /// Whether a program may have meant it.
  var mayBeMeant: Bool { if case .notMadeUpFor = self { true } else { false } }
}
