import Glibc
import MeanField
import NetworkGraph
import Testing

@Suite struct NetworkKernelsTests {
  /// The whole recursion in closed form for erf (Williams 1998; Lee et al. 2019, appendix C), which the package integrates.
  @Test func erfAgainstClosedForm() throws {
    let (sw, sb) = (1.8, 0.1)
    var k = (xx: sw * 1 + sb, yy: sw * 0.4 + sb, xy: sw * 0.25 + sb)
    var t = k
    let layers = try NetworkKernels(.erf, weightVariance: sw, biasVariance: sb)
      .kernels(inputs: KernelValues(xx: 1, yy: 0.4, xy: 0.25), depth: 6)
    for layer in layers {
      // Six layers of sums with errors of 1e-15.
      for (got, expected) in [
        (layer.covariance.xx, k.xx), (layer.covariance.yy, k.yy), (layer.covariance.xy, k.xy), (layer.tangent.xx, t.xx),
        (layer.tangent.yy, t.yy), (layer.tangent.xy, t.xy),
      ] { #expect((got / expected - 1).magnitude < 1e-13) }
      func product(_ a: Double, _ b: Double, _ ab: Double) -> (Double, Double) {
        let norm = (1 + 2 * a) * (1 + 2 * b)
        return (2 / Double.pi * asin(2 * ab / norm.squareRoot()), 4 / Double.pi / (norm - 4 * ab * ab).squareRoot())
      }
      let (xx, yy, xy) = (product(k.xx, k.xx, k.xx), product(k.yy, k.yy, k.yy), product(k.xx, k.yy, k.xy))
      k = (sw * xx.0 + sb, sw * yy.0 + sb, sw * xy.0 + sb)
      t = (k.xx + sw * t.xx * xx.1, k.yy + sw * t.yy * yy.1, k.xy + sw * t.xy * xy.1)
    }
  }

  /// He-ReLU keeps K(x, x) = 2, and each layer adds it to the tangent kernel once more: Theta_L = 2 L.
  @Test func reluTangentKernelGrowsWithDepth() throws {
    let layers = try NetworkKernels(.relu, weightVariance: 2, biasVariance: 0)
      .kernels(inputs: KernelValues(xx: 1, yy: 1, xy: 0), depth: 10)
    for (index, layer) in layers.enumerated() {
      #expect((layer.covariance.xx - 2).magnitude < 1e-14)
      #expect((layer.tangent.xx - 2 * Double(index + 1)).magnitude < 1e-13)
    }
    // reference-cases: correlations from c = 0.
    for (layer, c) in [(1, 0.3183099), (2, 0.4937311), (3, 0.6048257)] {
      #expect((layers[layer].covariance.xy / 2 - c).magnitude < 0.51e-7)
    }
  }

  @Test func impossibleInnerProductsAreRefused() throws {
    let kernels = try NetworkKernels(.relu, weightVariance: 2, biasVariance: 0)
    #expect(throws: MeanFieldError.self) { try kernels.kernels(inputs: KernelValues(xx: 1, yy: 1, xy: 1.1), depth: 2) }
    #expect(throws: MeanFieldError.self) { try kernels.kernels(inputs: KernelValues(xx: -1, yy: 1, xy: 0), depth: 2) }
    #expect(throws: MeanFieldError.self) { try NetworkKernels(.relu, weightVariance: -2, biasVariance: 0) }
  }
}

@Suite struct JacobianSpectrumTests {
  static func spectrum(
    _ activation: Activation, _ sw2: Double, _ law: ChainLayer.WeightLaw, depth: Int
  ) throws -> JacobianSpectrum {
    try JacobianSpectrum(ActivationMoments(activation), weightVariance: sw2, variance: 1, depth: depth, weightLaw: law)
  }

  @Test func referenceCases() throws {
    for depth in [1, 4, 30] {
      let l = Double(depth)
      for (activation, sw2, law, expected) in [
        (Activation.identity, 1.0, ChainLayer.WeightLaw.independent, l), (.identity, 1, .orthogonal, 0),
        (.relu, 2, .independent, 2 * l), (.relu, 2, .orthogonal, l),
      ] {
        let spectrum = try Self.spectrum(activation, sw2, law, depth: depth)
        #expect(spectrum.mean == 1 && (spectrum.relativeVariance - expected).magnitude < 1e-12 * l)
      }
    }
    let largest = try #require(try Self.spectrum(.identity, 1, .independent, depth: 1).largest)
    #expect((largest - 4).magnitude < 1e-14)
    // 5^5 / 4^4.
    #expect((JacobianSpectrum.largestOfGaussianProduct(depth: 4) / (3125.0 / 256) - 1).magnitude < 1e-15)
    #expect(try Self.spectrum(.identity, 1, .orthogonal, depth: 9).largest == 1)
    #expect(try Self.spectrum(.relu, 2, .orthogonal, depth: 9).largest == nil)
  }

  /// mu_2/mu_1^2 - 1 of erf' = (2/sqrt pi) exp(-x^2): E exp(-4 x^2) / (E exp(-2 x^2))^2 = (1 + 4q) / sqrt(1 + 8q).
  @Test func erfInClosedForm() throws {
    let spectrum = try Self.spectrum(.erf, 1.7, .orthogonal, depth: 3)
    #expect((spectrum.relativeVariance - 3 * (5 / 3.0 - 1)).magnitude < 1e-13)
    #expect((spectrum.mean / pow(1.7 * 4 / Double.pi / 5.0.squareRoot(), 3) - 1).magnitude < 1e-14)
  }
}
