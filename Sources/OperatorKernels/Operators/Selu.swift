import Glibc
import NetworkGraph
import TensorKernels

extension OperatorEntry {
  /// gamma x where it is positive, else gamma alpha (exp(x) - 1).
  static let selu = OperatorEntry("Selu") { attributes throws(SpecificationError) in
    let alpha = Float(try attributes.float("alpha", 1.67326319217681884765625))
    let gamma = Float(try attributes.float("gamma", 1.05070102214813232421875))
    // The usual constants, as Float has them.
    if alpha == 1.67326319217681884765625, gamma == 1.05070102214813232421875 {
      return ActivationOperator(.selu, kind: "Selu")
    }
    return UnaryOperator(
      "Selu", reads: .input,
      floats: { x, y, count in for i in 0..<count { y[i] = gamma * (x[i] > 0 ? x[i] : alpha * expm1f(x[i])) } },
      gradient: { x, _, g, dx, count in
        for i in 0..<count { dx[i] = chained(g[i], gamma * (x[i] > 0 ? 1 : alpha * expf(x[i]))) }
      })
  }
}
