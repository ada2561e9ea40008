import Glibc
import SampleStatistics

extension MomentTable {
  /// Finds a zero between two variances of opposite sign by Brent's method.
  func zero(
    between a: Double, _ b: Double, _ value: (GaussianMoments) -> Double
  ) throws(MeanFieldError) -> Double {
    // An error inside the solver's closure is kept and thrown afterwards.
    var failure: MeanFieldError?
    let root = RootFinding.brent(in: a...b, relativeError: 4e-15) { q in
      do throws(MeanFieldError) {
        return value(try moments.moments(variance: q))
      } catch {
        failure = error
        return .nan
      }
    }
    if let root { return root }
    throw failure
      ?? MeanFieldError(
        .quadrature, "\(activation): the zero between variances \(a) and \(b) was not found",
        hint: "The moments are too rough there; give the activation smoother closures.")
  }

  /// Finds the smallest value between two variances, by golden section on log q. It ends early once a value is negative.
  func minimum(
    between a: Double, _ b: Double, _ value: (GaussianMoments) -> Double
  ) throws(MeanFieldError) -> (q: Double, value: Double) {
    let ratio = (5.0.squareRoot() - 1) / 2
    func sample(_ x: Double) throws(MeanFieldError) -> Double { value(try moments.moments(variance: exp(x))) }
    var (low, high) = (log(a), log(b))
    var (x1, x2) = (high - ratio * (high - low), low + ratio * (high - low))
    var (v1, v2) = (try sample(x1), try sample(x2))
    for _ in 0..<40 where v1 >= 0 && v2 >= 0 {
      if v1 < v2 {
        (high, x2, v2) = (x2, x1, v1)
        x1 = high - ratio * (high - low)
        v1 = try sample(x1)
      } else {
        (low, x1, v1) = (x1, x2, v2)
        x2 = low + ratio * (high - low)
        v2 = try sample(x2)
      }
    }
    return v1 < v2 ? (exp(x1), v1) : (exp(x2), v2)
  }
}
