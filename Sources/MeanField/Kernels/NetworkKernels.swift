import NetworkGraph

/// The values of a kernel for two inputs x and y: k(x, x), k(y, y) and k(x, y).
public struct KernelValues: Sendable, Hashable {
  public var xx: Double
  public var yy: Double
  public var xy: Double

  public init(xx: Double, yy: Double, xy: Double) {
    self.xx = xx
    self.yy = yy
    self.xy = xy
  }
}

/// The kernels of one layer at infinite width.
public struct KernelPair: Sendable, Hashable {
  /// The NNGP kernel: the covariance of a unit's pre-activations over random weights.
  public var covariance: KernelValues
  /// The neural tangent kernel.
  public var tangent: KernelValues
}

/// The Gaussian-process kernel (NNGP) and the tangent kernel (NTK) of a fully connected network of equal layers.
///
/// `K_1 = sw2 <x, y>/d + sb2`, `K_{l+1} = sw2 E f(u) f(v) + sb2` for (u, v) normal with covariance K_l (Lee et al. 2018,
/// eq. 5); `Theta_1 = K_1`, `Theta_{l+1} = K_{l+1} + sw2 Theta_l E f'(u) f'(v)` in the NTK parameterization, weights
/// `sigma_w omega / sqrt(fanIn)`, biases `sigma_b beta` (Jacot et al. 2018; Lee et al. 2019, appendix E). Orthogonal
/// weights give the same kernels (Huang, Du and Xu 2021).
public struct NetworkKernels: Sendable {
  public let moments: ActivationMoments
  public let weightVariance: Double
  public let biasVariance: Double

  /// Makes the kernels of a network.
  ///
  /// - Throws: ``MeanFieldError`` for a negative or infinite variance.
  public init(_ activation: Activation, weightVariance: Double, biasVariance: Double) throws(MeanFieldError) {
    try MeanFieldError.checkVariance(weightVariance, "weight variance")
    try MeanFieldError.checkVariance(biasVariance, "bias variance")
    moments = ActivationMoments(activation)
    self.weightVariance = weightVariance
    self.biasVariance = biasVariance
  }

  /// The kernels after each of `depth` affine maps, activations between them: `depth` - 1 hidden layers and a linear output.
  ///
  /// - Parameters:
  ///   - inputs: `<x, x>/d`, `<y, y>/d`, `<x, y>/d` for inputs of d features.
  ///   - depth: Number of affine maps.
  /// - Throws: ``MeanFieldError`` for inner products that no pair of vectors has, and where a moment does not exist.
  public func kernels(inputs: KernelValues, depth: Int) throws(MeanFieldError) -> [KernelPair] {
    precondition(depth >= 0, "a depth is not negative, got \(depth)")
    try MeanFieldError.checkVariance(inputs.xx, "square of x")
    try MeanFieldError.checkVariance(inputs.yy, "square of y")
    guard inputs.xy.magnitude <= (inputs.xx * inputs.yy).squareRoot() * (1 + 1e-12) else {
      throw MeanFieldError(
        .argument, "the inner product \(inputs.xy) exceeds the norms' product, the root of \(inputs.xx) * \(inputs.yy)",
        hint: "Give <x, x>, <y, y> and <x, y>, each over the number of features.")
    }
    func affine(_ value: Double) -> Double { weightVariance * value + biasVariance }
    var covariance = KernelValues(xx: affine(inputs.xx), yy: affine(inputs.yy), xy: affine(inputs.xy))
    var tangent = covariance
    var layers = [KernelPair]()
    for layer in 0..<depth {
      if layer > 0 {
        let norm = (covariance.xx * covariance.yy).squareRoot()
        // Rounding may bring a correlation slightly above 1. Two zero inputs are equal.
        let c = norm > 0 ? min(1, max(-1, covariance.xy / norm)) : 1
        let x = try moments.moments(variance: covariance.xx), y = try moments.moments(variance: covariance.yy)
        let cross = try moments.crossMoments(variances: (covariance.xx, covariance.yy), Correlation(c))
        covariance = KernelValues(xx: affine(x.secondMoment), yy: affine(y.secondMoment), xy: affine(cross.product))
        tangent = KernelValues(
          xx: covariance.xx + weightVariance * tangent.xx * x.derivativeSecondMoment,
          yy: covariance.yy + weightVariance * tangent.yy * y.derivativeSecondMoment,
          xy: covariance.xy + weightVariance * tangent.xy * cross.derivativeProduct
        )
      }
      layers.append(KernelPair(covariance: covariance, tangent: tangent))
    }
    return layers
  }
}
