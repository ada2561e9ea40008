import Glibc
import NetworkGraph
import TensorKernels

extension OperatorEntry {
  /// x times the sigmoid of alpha x.
  static let swish = OperatorEntry("Swish") { attributes throws(SpecificationError) in
    let alpha = Float(try attributes.float("alpha", 1))
    if alpha == 1 { return ActivationOperator(.silu, kind: "Swish") }
    return UnaryOperator(
      "Swish", reads: .input,
      floats: { x, y, count in
        for i in 0..<count {
          let sigmoid = 1 / (1 + expf(-alpha * x[i]))
          // A sigmoid of 0 takes even an infinite x to 0.
          y[i] = sigmoid == 0 ? 0 : x[i] * sigmoid
        }
      },
      gradient: { x, _, g, dx, count in
        for i in 0..<count {
          let sigmoid = 1 / (1 + expf(-alpha * x[i])), rest = 1 - sigmoid
          let curve = sigmoid == 0 || rest == 0 ? 0 : alpha * x[i] * sigmoid * rest
          dx[i] = chained(g[i], sigmoid + curve)
        }
      })
  }
}
