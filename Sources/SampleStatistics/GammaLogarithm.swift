import CGSL
import Glibc

/// Moments of the logarithm of a gamma variable of mean 1, which is what a mean square over many units is, nearly.
///
/// The sum of squares of n normals is a gamma variable of shape n / 2. With mean 1 and relative variance v its shape is 1/v.
public enum GammaLogarithm {
  /// `E log X = psi(1/v) - log(1/v)`, about -v/2; zero for v = 0 (`gsl_sf_psi`).
  public static func mean(relativeVariance v: Double) -> Double {
    precondition(v >= 0, "a variance is not negative, got \(v)")
    // The asymptotic series, whose next term is v^4/120. The plain difference of psi and log would lose all digits.
    if v < 1e-3 { return -v / 2 - v * v / 12 }
    _ = GSL.prepared
    return v.isFinite ? gsl_sf_psi(1 / v) + log(v) : -.infinity
  }

  /// `Var log X = psi'(1/v)`, about v + v^2/2; zero for v = 0 (`gsl_sf_psi_1`).
  public static func variance(relativeVariance v: Double) -> Double {
    precondition(v >= 0, "a variance is not negative, got \(v)")
    if v < 1e-3 { return v + v * v / 2 + v * v * v / 6 }
    _ = GSL.prepared
    return v.isFinite ? gsl_sf_psi_1(1 / v) : .infinity
  }
}
