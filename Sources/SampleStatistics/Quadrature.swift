import CGSL

/// Nodes and weights of Gauss-Legendre quadrature on [-1, 1]: exact for polynomials of degree below twice the order.
///
/// From GSL's tables (`gsl_integration_glfixed_table`), which hold 27 digits for orders up to 20.
public struct GaussLegendreRule: Sendable {
  public let nodes: [Double]
  public let weights: [Double]

  public init(order: Int) {
    precondition((1...1000).contains(order), "the order of a Gauss-Legendre rule is within 1...1000, got \(order)")
    _ = GSL.prepared
    var nodes = [Double](repeating: 0, count: order)
    var weights = nodes
    // Without memory the program cannot go on; an empty table is a bug of the caller.
    let table = gsl_integration_glfixed_table_alloc(order)
    defer { gsl_integration_glfixed_table_free(table) }
    for k in 0..<order {
      let status = gsl_integration_glfixed_point(-1, 1, k, &nodes[k], &weights[k], table)
      precondition(status == 0, "GSL has no Gauss-Legendre rule of order \(order)")
    }
    self.nodes = nodes
    self.weights = weights
  }
}

/// Numerical integration that refines where the integrand needs it.
public enum AdaptiveQuadrature {
  /// An integral with GSL's bound for its absolute error.
  public struct Estimate: Sendable, Equatable {
    public var value: Double
    public var error: Double
  }

  /// The integral over consecutive panels: Gauss-Kronrod pairs of 21 points, each panel bisected where its error is largest
  /// (`gsl_integration_qag`; Piessens et al. 1983).
  ///
  /// - Parameters:
  ///   - ends: Ends of the panels, ascending: at least two. Put one at each kink.
  ///   - relativeError: Goal for the error relative to the integral's magnitude, at least 1e-13.
  ///   - limit: Bisections a panel may cost.
  ///   - integrand: The function to integrate.
  /// - Returns: nil where the integrand is not finite somewhere it was asked. A goal that was missed shows in `error`.
  public static func integral(
    over ends: [Double], relativeError: Double = 1e-12, limit: Int = 2000, _ integrand: (Double) -> Double
  ) -> Estimate? {
    precondition(ends.count >= 2, "an integral needs two ends, got \(ends)")
    precondition(relativeError >= 1e-13 && limit > 0, "goal \(relativeError) or limit \(limit) out of range")
    _ = GSL.prepared
    guard let workspace = gsl_integration_workspace_alloc(limit) else { return nil }
    defer { gsl_integration_workspace_free(workspace) }
    return withGSLFunction(integrand) { function in
      var total = Estimate(value: 0, error: 0)
      for (a, b) in zip(ends, ends.dropFirst()) where b > a {
        var value = 0.0, error = 0.0
        // The status says whether the goal was met. The caller needs to know by how much, which is the error estimate.
        _ = gsl_integration_qag(
          &function, a, b, 0, relativeError, limit, Int32(GSL_INTEG_GAUSS21), workspace, &value, &error)
        total.value += value
        total.error += error
      }
      return total.value.isFinite && total.error.isFinite ? total : nil
    }
  }
}

/// Passes a Swift closure to GSL as a `gsl_function` while `body` runs.
func withGSLFunction<Result>(_ closure: (Double) -> Double, _ body: (inout gsl_function) -> Result) -> Result {
  withoutActuallyEscaping(closure) { escapable in
    var box = escapable
    return withUnsafeMutablePointer(to: &box) { pointer in
      var function = gsl_function(
        function: { x, context in
          // GSL hands back the pointer that it was given below.
          context.map { $0.assumingMemoryBound(to: ((Double) -> Double).self).pointee(x) } ?? .nan
        }, params: UnsafeMutableRawPointer(pointer))
      return body(&function)
    }
  }
}
