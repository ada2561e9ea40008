import NetworkGraph

extension ActivationMoments {
  /// Computes the moments of an activation for two correlated normal arguments with these variances.
  ///
  /// The limits c = 1 and c = -1 are exact. Relative errors are below 1e-10, also of `halfSquaredDifference` at 1 - c =
  /// 1e-12. Rectifiers and the sine come in closed form, all others by quadrature: a few tenths of a millisecond at
  /// moderate variances.
  ///
  /// - Throws: ``MeanFieldError`` for a negative or infinite variance, an activation that overflows, and a custom one whose
  ///   integrals do not settle to 1e-8.
  public func crossMoments(
    variances: (Double, Double), _ correlation: Correlation
  ) throws(MeanFieldError) -> CrossMoments {
    try MeanFieldError.checkVariance(variances.0, "first variance")
    try MeanFieldError.checkVariance(variances.1, "second variance")
    let q = (max(variances.0, Self.smallestVariance), max(variances.1, Self.smallestVariance))
    if let moments = form?.crossMoments(variances: q, correlation) { return try checked(moments, q, correlation) }
    let moments = try checked(quadrature(q, correlation, refinement: 1), q, correlation)
    guard activation.isCustom else { return moments }
    // Nobody declared this activation's kinks and scale, so panels are halved until two rules agree.
    var coarse = moments
    for refinement in [2.0, 4, 8] {
      let fine = try checked(quadrature(q, correlation, refinement: refinement), q, correlation)
      let scale = (fine.squareProduct.squareRoot(), fine.derivativeSquareProduct.squareRoot())
      if (fine.product - coarse.product).magnitude <= 1e-9 * scale.0,
        (fine.derivativeProduct - coarse.derivativeProduct).magnitude <= 1e-8 * scale.1
      {
        return fine
      }
      coarse = fine
    }
    throw MeanFieldError(
      .quadrature, "\(activation): the product moments at variances \(q.0) and \(q.1) do not settle to 1e-8",
      hint: "It oscillates or jumps faster than quadrature can follow; ask for smaller variances.")
  }

  private func quadrature(_ q: (Double, Double), _ correlation: Correlation, refinement: Double) -> CrossMoments {
    CrossQuadrature(
      f: activation.value, g: activation.derivative, kinks: scale.kinks, scale: scale.length,
      sigma: (q.0.squareRoot(), q.1.squareRoot()), correlation: correlation, refinement: refinement,
      trustsDerivative: !activation.isCustom, effort: crossEffort
    ).moments()
  }

  private func checked(
    _ moments: CrossMoments, _ q: (Double, Double), _ correlation: Correlation
  ) throws(MeanFieldError) -> CrossMoments {
    let all = [
      moments.product, moments.derivativeProduct, moments.squareProduct, moments.derivativeSquareProduct,
      moments.mixedSquareProduct, moments.halfSquaredDifference,
    ]
    guard all.allSatisfy(\.isFinite) else {
      throw MeanFieldError(
        .overflow,
        "\(activation): a product moment is not finite at variances \(q.0), \(q.1) and correlation \(correlation.value)",
        hint: "Ask for smaller variances, or give an activation that is finite and grows more slowly.")
    }
    return moments
  }
}
