import NetworkGraph
import TensorKernels

extension OperatorEntry {
  static let isInf = OperatorEntry("IsInf") { attributes throws(SpecificationError) in
    let below = try attributes.integer("detect_negative", 1) != 0, above = try attributes.integer("detect_positive", 1) != 0
    return TestOperator("IsInf", takesTrueValues: true) { $0 == .infinity && above || $0 == -.infinity && below }
  }
}
