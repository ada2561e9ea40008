import Glibc
import NetworkGraph

/// A table of one activation's moments over forty decades of variance, in which fixed points and critical points are
/// searched.
///
/// They do not depend on the weights, so one table serves every (weight variance, bias variance), as in ``PhaseDiagram``.
/// Making one costs 1 to 5 ms.
public struct MomentTable: Sendable {
  public let moments: ActivationMoments
  /// The moments in ascending order of variance, five per decade from 1e-20 to 1e20, or fewer where `upperFailure` says why.
  let nodes: [GaussianMoments]
  /// The errors that ended the table early on either side.
  let lowerFailure: MeanFieldError?
  let upperFailure: MeanFieldError?

  public var activation: Activation { moments.activation }

  /// Computes the table.
  ///
  /// - Throws: ``MeanFieldError`` where the activation has no moments even at variance 1.
  public init(_ activation: Activation) throws(MeanFieldError) {
    moments = ActivationMoments(activation)
    var above = [try moments.moments(variance: 1)]
    var below = [GaussianMoments]()
    var (upper, lower): (MeanFieldError?, MeanFieldError?)
    for step in 1...Self.steps {
      do throws(MeanFieldError) {
        above.append(try moments.moments(variance: pow(10, Double(step) / 5)))
      } catch {
        upper = error
        break
      }
    }
    for step in 1...Self.steps {
      do throws(MeanFieldError) {
        below.append(try moments.moments(variance: pow(10, -Double(step) / 5)))
      } catch {
        lower = error
        break
      }
    }
    nodes = below.reversed() + above
    (upperFailure, lowerFailure) = (upper, lower)
  }

  private static let steps = 100
  /// The largest variance that may be asked for. It leaves room to look for a fixed point above it.
  static let largestArgument = 1e18

  /// Whether the activation is homogeneous of degree 1, so that the variance map is a straight line.
  var isLinear: Bool { activation.laws.homogeneousDegree == 1 }
  /// Whether f(0) = 0, so that a network without signal and biases stays without signal.
  var isZeroAtZero: Bool { activation.value(0) == 0 }

  /// The zeros of a function of q within the table.
  ///
  /// - Parameters:
  ///   - value: The function and the size of the terms that it is the difference of; what is below 1e-13 of that size is
  ///     taken for rounding and has no sign. It must depend continuously on the moments.
  ///   - touching: Where it is known to touch zero. On either side, as soon as it has a sign, it is looked at again, so that
  ///     a crossing close by is not taken for the touch.
  func zeros(
    touching: [Double] = [], _ value: (GaussianMoments) -> (difference: Double, size: Double)
  ) throws(MeanFieldError) -> [Double] {
    func unrounded(_ m: GaussianMoments) -> Double {
      let (difference, size) = value(m)
      // An infinite difference has a sign as well.
      guard difference.isFinite, size > 0 else { return difference == 0 ? 0 : difference > 0 ? 1 : -1 }
      return difference / size
    }
    func relative(_ m: GaussianMoments) -> Double {
      let quotient = unrounded(m)
      return quotient.magnitude <= 1e-13 ? 0 : quotient
    }
    var samples = nodes.map { (q: $0.variance, h: relative($0)) }
    for touch in touching {
      for side in [-1.0, 1] {
        // A parabola of curvature 1 leaves rounding behind at 1e-6; the flattest one in the catalogue does so within a
        // percent.
        for exponent in 0..<14 {
          let q = touch * (1 + side * 1e-6 * Double(1 << exponent))
          let h = relative(try moments.moments(variance: q))
          guard h != 0 else { continue }
          samples.append((q, h))
          break
        }
      }
    }
    samples = samples.filter { $0.h != 0 }.sorted { $0.q < $1.q }
    var zeros = [Double]()
    for i in samples.indices.dropFirst() {
      let (a, b) = (samples[i - 1], samples[i])
      if (a.h < 0) != (b.h < 0) {
        zeros.append(try zero(between: a.q, b.q, unrounded))
      } else if i + 1 < samples.count, (samples[i + 1].h < 0) == (b.h < 0) {
        // A dip between three points of one sign may hide a pair of zeros. A parabola through them falls below the middle
        // one by at most an eighth of their second difference; a quarter is asked for.
        let c = samples[i + 1]
        let bend = (a.h + c.h - 2 * b.h).magnitude
        guard b.h.magnitude < min(a.h.magnitude, c.h.magnitude), b.h.magnitude < bend / 4 else { continue }
        let sign: Double = b.h < 0 ? -1 : 1
        let dip = try minimum(between: a.q, c.q) { sign * relative($0) }
        if dip.value < 0 {
          zeros.append(try zero(between: a.q, dip.q, unrounded))
          zeros.append(try zero(between: dip.q, c.q, unrounded))
        }
      }
    }
    return zeros
  }
}
