import NetworkGraph
import TensorKernels

extension OperatorEntry {
  /// x where it is above alpha, else 0.
  static let thresholdedRelu = OperatorEntry("ThresholdedRelu") { attributes throws(SpecificationError) in
    let alpha = Float(try attributes.float("alpha", 1))
    return UnaryOperator(
      "ThresholdedRelu", reads: .input,
      floats: { x, y, count in for i in 0..<count { y[i] = x[i] <= alpha ? 0 : x[i] } },
      gradient: { x, _, g, dx, count in for i in 0..<count { dx[i] = x[i] <= alpha ? 0 : g[i] } })
  }
}
