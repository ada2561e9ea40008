import NetworkGraph
import TensorKernels

extension OperatorEntry {
  /// alpha x + beta, cut to lie within 0...1.
  static let hardSigmoid = OperatorEntry("HardSigmoid") { attributes throws(SpecificationError) in
    let alpha = Float(try attributes.float("alpha", 0.2)), beta = Float(try attributes.float("beta", 0.5))
    if alpha == 1 / 6, beta == 0.5 { return ActivationOperator(.hardSigmoid, kind: "HardSigmoid") }
    return UnaryOperator(
      "HardSigmoid", reads: .input,
      floats: { x, y, count in
        for i in 0..<count {
          let line = alpha * x[i] + beta
          y[i] = line < 0 ? 0 : line > 1 ? 1 : line
        }
      },
      gradient: { x, _, g, dx, count in
        for i in 0..<count {
          let line = alpha * x[i] + beta
          dx[i] = line > 0 && line < 1 ? g[i] * alpha : 0
        }
      })
  }
}
