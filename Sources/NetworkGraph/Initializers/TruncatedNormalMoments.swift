import Glibc

/// Mean and variance of a standard normal that is cut off to `[low, high]`.
///
/// The closed forms, with `Z = Phi(high) - Phi(low)`,
///
///     mean     = (phi(low) - phi(high)) / Z
///     variance = 1 + (low phi(low) - high phi(high)) / Z - mean^2
///
/// (Johnson, Kotz and Balakrishnan 1994, chapter 13, section 10.1) cancel in the tails and on narrow intervals. The moments
/// are therefore integrated about the density's largest point, relative to its value there: each is right to some 14 digits
/// wherever the bounds lie.
struct TruncatedNormalMoments {
  var mean: Double
  var variance: Double

  init(low: Double, high: Double) {
    precondition(low < high, "a truncated normal's bounds must be in order, got \(low) and \(high)")
    let mode = min(max(0, low), high)
    // Beyond `reach` the density is below e^-45 of its largest value: x^2 - mode^2 > 90.
    let reach = (mode * mode + 90).squareRoot()
    // The same bound for an interval in a tail, without the cancellation of reach - |mode|.
    let depth = 90 / (reach + abs(mode))
    let from = max(low, mode > 0 ? mode : mode < 0 ? mode - depth : -reach)
    let to = min(high, mode > 0 ? mode + depth : mode < 0 ? mode : reach)

    var mass = 0.0, first = 0.0, second = 0.0
    let panels = 32
    let half = (to - from) / Double(2 * panels)
    for panel in 0..<panels {
      let middle = from + half * Double(2 * panel + 1)
      for (node, weight) in zip(Self.nodes, Self.weights) {
        for sign in [-1.0, 1.0] {
          let offset = (middle - mode) + sign * half * node
          let density = weight * exp(-0.5 * offset * (offset + 2 * mode))
          mass += density
          first += density * offset
          second += density * offset * offset
        }
      }
    }
    // Symmetric bounds give exactly 0.
    let shift = low == -high ? 0 : first / mass
    mean = mode + shift
    variance = max(0, second / mass - shift * shift)
  }

  // Ten-point Gauss-Legendre rule on [-1, 1] (Abramowitz and Stegun 1964, table 25.4).
  private static let nodes = [
    0.148874338981631211, 0.433395394129247191, 0.679409568299024406, 0.865063366688984511, 0.973906528517171720,
  ]
  private static let weights = [
    0.295524224714752870, 0.269266719309996355, 0.219086362515982044, 0.149451349150580593, 0.066671344308688138,
  ]
}
