import NetworkGraph
import TensorKernels
import Testing

/// The vector kernels against the scalar functions in Double, which mpmath vouches for.
@Suite struct ActivationKernelTests {
  static let activations: [Activation] =
    ActivationCatalogue.entries.map { $0.make(Arguments(defaultsOf: $0.parameters)) }
    + [
      .leakyReLU(slope: 10), .leakyReLU(slope: 0), .prelu(a: -0.5), .elu(alpha: 0), .elu(alpha: 2.5), .celu(alpha: 0.1),
      .celu(alpha: 30),
    ]

  /// Every 4,099th bit pattern: both signs, every exponent with 2,046 fractions, subnormals, infinities and NaNs; then a
  /// finer sweep where the functions bend, and the special values. 4,099 is prime, so that low bits vary.
  static let sweep: [Float] =
    stride(from: UInt32(0), to: .max - 4099, by: 4099).map(Float.init(bitPattern:))
    + (-400_000...400_000).map { Float($0) * 2.5e-5 }
    + [
      0, -0.0, .nan, -.nan, .signalingNaN, .infinity, -.infinity, .greatestFiniteMagnitude, -.greatestFiniteMagnitude,
      .leastNormalMagnitude, -.leastNormalMagnitude, .leastNonzeroMagnitude, -.leastNonzeroMagnitude, 1, -1, 3, -3, 6, 0.625,
      -0.625, 88, -88, 88.8, -87.336, -87.337, 1e6, -1e6, 1.0000001e6, 13.3, -13.3, 14, -14, 9.4, 104, -104,
    ]

  /// Exponentials below the least normal Float count as zero, and the factor beside them is below 300
  /// (gelu_tanh's derivative).
  static let floor = 300 * Double(Float.leastNormalMagnitude)

  /// Functions of the form x s(x) with a sigmoid s; they may be 6 units in the last place off, all others 3, as the kernels'
  /// header promises.
  static let gated = ["gelu", "gelu_tanh", "quick_gelu", "silu", "mish"]

  /// Distance in units of Float's last place at `scale`.
  static func ulps(_ actual: Float, _ expected: Double, scale: Double) -> Double {
    if actual.isNaN || expected.isNaN { return actual.isNaN && expected.isNaN ? 0 : .infinity }
    // Past the largest Float both are infinite once rounded.
    if actual == Float(expected) { return 0 }
    let error = (Double(actual) - expected).magnitude
    return error <= floor ? 0 : error / Double(Float(scale.magnitude).ulp)
  }

  @Test(arguments: activations) func kernelMatchesTheScalarFunction(activation: Activation) {
    let kernel = ActivationKernel(activation)
    let z = Self.sweep
    var a = [Float](repeating: 7, count: z.count)
    var d = a
    kernel.valueAndDerivative(z, value: &a, derivative: &d, count: z.count)
    let isGated = Self.gated.contains(activation.entry.name)
    var worst = (value: 0.0, at: Float(0), slope: 0.0, slopeAt: Float(0))
    for (index, x) in z.enumerated() {
      let wide = Double(x)
      let (f, g) = (activation.value(wide), activation.derivative(wide))
      let value = Self.ulps(a[index], f, scale: f)
      if value > worst.value { (worst.value, worst.at) = (value, x) }
      var scale = g.magnitude
      if isGated, x < 0 {
        // f = x s(x) has f' = s + x s', which passes through zero: the unit is that of the larger term.
        let gate = f / wide
        scale = max(scale, gate, (g - gate).magnitude)
      }
      let slope = Self.ulps(d[index], g, scale: scale)
      if slope > worst.slope { (worst.slope, worst.slopeAt) = (slope, x) }
    }
    let limit = isGated ? 6.0 : 3.0
    #expect(worst.value <= limit, "\(activation) at \(worst.at)")
    #expect(worst.slope <= limit, "\(activation)' at \(worst.slopeAt)")
  }

  @Test(arguments: activations) func valueAloneAndInPlaceAgreeBitForBit(activation: Activation) {
    let kernel = ActivationKernel(activation)
    // Odd, so that the vector loop has a remainder.
    let z = Array(Self.sweep.suffix(100_003))
    var both = [Float](repeating: 7, count: z.count)
    var d = both
    kernel.valueAndDerivative(z, value: &both, derivative: &d, count: z.count)
    var value = [Float](repeating: 7, count: z.count)
    kernel.value(z, into: &value, count: z.count)
    var inPlace = z
    inPlace.withUnsafeMutableBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return }
      kernel.value(base, into: base, count: z.count)
    }
    var bothInPlace = z
    var dInPlace = d.map { _ in Float(7) }
    bothInPlace.withUnsafeMutableBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return }
      kernel.valueAndDerivative(base, value: base, derivative: &dInPlace, count: z.count)
    }
    #expect(Self.bits(inPlace) == Self.bits(value))
    #expect(Self.bits(bothInPlace) == Self.bits(both))
    #expect(Self.bits(dInPlace) == Self.bits(d))
    #expect(Self.bits(value) == Self.bits(both))
  }

  /// NaN has many patterns and no kernel promises which; all others are compared exactly.
  static func bits(_ x: [Float]) -> [UInt32] { x.map { $0.isNaN ? 0x7FC0_0000 : $0.bitPattern } }

  @Test(arguments: 0...70) func writesItsElementsAndNoOthers(count: Int) {
    let z = (0..<count).map { Float($0) / 16 - 2 }
    for activation in [Activation.relu, .gelu, .sin, .elu(alpha: 2), Self.cube] {
      var a = [Float](repeating: 7, count: count + 1)
      var d = a
      ActivationKernel(activation).valueAndDerivative(z, value: &a, derivative: &d, count: count)
      #expect(a[count] == 7 && d[count] == 7)
      for index in 0..<count {
        let expected = Float(activation.value(Double(z[index])))
        #expect((a[index] - expected).magnitude <= 3 * max(expected.ulp, 1e-10), "\(activation) at \(z[index])")
      }
    }
  }

  @Test func everyCatalogueEntryHasAKernel() {
    for entry in ActivationCatalogue.entries {
      #expect(ActivationKernel(entry.make(Arguments(defaultsOf: entry.parameters))).isVectorized, "\(entry.name)")
    }
  }

  static let cube = Activation.custom(name: "relu", value: { $0 * $0 * $0 }, derivative: { 3 * $0 * $0 })

  @Test func aCustomActivationRunsItsClosuresWhateverItsName() {
    let kernel = ActivationKernel(Self.cube)
    let z: [Float] = [-2, 0.5, 1e30, .nan]
    var a = [Float](repeating: 7, count: 4)
    var d = a
    kernel.valueAndDerivative(z, value: &a, derivative: &d, count: 4)
    #expect(!kernel.isVectorized)
    #expect(a[0] == -8 && a[1] == 0.125 && a[2] == .infinity && a[3].isNaN)
    #expect(d[0] == 12 && d[1] == 0.75 && d[2] == .infinity && d[3].isNaN)
  }
}
