import CGSL

/// Finds zeros of functions of one variable.
public enum RootFinding {
  /// Finds the zero in a bracket by Brent's method (`gsl_root_fsolver_brent`; Brent 1973, chapter 4).
  ///
  /// - Parameters:
  ///   - bracket: An interval at whose ends the function has opposite signs, or a zero.
  ///   - relativeError: Width of the final bracket relative to the zero.
  ///   - absoluteError: Width of the final bracket that will do near a zero at 0.
  ///   - function: Continuous in the bracket.
  /// - Returns: nil where the signs do not differ or the function was not finite on the way.
  public static func brent(
    in bracket: ClosedRange<Double>, relativeError: Double = 1e-14, absoluteError: Double = 0,
    _ function: (Double) -> Double
  ) -> Double? {
    _ = GSL.prepared
    let low = function(bracket.lowerBound), high = function(bracket.upperBound)
    if low == 0 { return bracket.lowerBound }
    if high == 0 { return bracket.upperBound }
    guard low.isFinite, high.isFinite, (low < 0) != (high < 0),
      let solver = gsl_root_fsolver_alloc(initscope_gsl_root_fsolver_brent())
    else { return nil }
    defer { gsl_root_fsolver_free(solver) }
    return withGSLFunction(function) { function in
      guard gsl_root_fsolver_set(solver, &function, bracket.lowerBound, bracket.upperBound) == 0 else { return nil }
      // Bisection alone needs at most 1075 steps; Brent's method takes about ten.
      for _ in 0..<1100 {
        guard gsl_root_fsolver_iterate(solver) == 0 else { return nil }
        let (a, b) = (gsl_root_fsolver_x_lower(solver), gsl_root_fsolver_x_upper(solver))
        if b - a <= absoluteError + relativeError * min(a.magnitude, b.magnitude) || b <= a.nextUp { break }
      }
      return gsl_root_fsolver_root(solver)
    }
  }
}
