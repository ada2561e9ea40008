import NetworkGraph

/// The length on which an activation bends, and its kinks, which numerical integration needs to know.
struct ActivationScale: Sendable {
  /// The least power of two x at which f' leaves its chord from 0 to x by more than 5% on either side; infinite for
  /// homogeneous activations, which have no scale, and for parabolas.
  let length: Double
  /// Points where a derivative jumps. For custom activations 0 is among them, since nobody declared their kinks.
  let kinks: [Double]
  let kinkMagnitudes: [Double]

  init(_ activation: Activation) {
    let g = activation.derivative
    kinks = (activation.isCustom ? [0] : activation.laws.kinks).sorted()
    kinkMagnitudes = Array(Set(kinks.map(\.magnitude))).sorted()
    guard activation.laws.homogeneousDegree == nil else {
      length = .infinity
      return
    }
    func bends(_ x: Double) -> Bool {
      [x, -x].contains { x in
        let (start, middle, end) = (g(x * 0x1p-40), g(x / 2), g(x))
        let size = max(start.magnitude, middle.magnitude, end.magnitude)
        return (start - 2 * middle + end).magnitude > 0.05 * size
      }
    }
    // 2^-32 is far below the least alpha of CELU, 1e-6; a custom activation with finer features goes to GSL.
    let powers = (-32...64).map { Double(sign: .plus, exponent: $0, significand: 1) }
    length = powers.first(where: bends) ?? .infinity
  }
}
