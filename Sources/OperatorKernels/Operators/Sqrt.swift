import NetworkGraph
import TensorKernels

extension OperatorEntry {
  static let sqrt = OperatorEntry("Sqrt") { _ throws(SpecificationError) in
    UnaryOperator(
      "Sqrt", reads: .output, activates: false,
      // Half of an even exponent is whole.
      scaling: { own in
        let even = 2 * (own / 2).rounded(.up)
        return (even, even / 2)
      },
      floats: { x, y, count in for i in 0..<count { y[i] = x[i].squareRoot() } },
      gradient: { _, y, g, dx, count in for i in 0..<count { dx[i] = chained(g[i], 0.5 / y[i]) } })
  }
}
