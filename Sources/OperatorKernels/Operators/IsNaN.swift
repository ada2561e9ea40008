import NetworkGraph
import TensorKernels

extension OperatorEntry {
  static let isNaN = OperatorEntry("IsNaN") { _ throws(SpecificationError) in
    // No scale makes a number of what is none.
    TestOperator("IsNaN", takesTrueValues: false) { $0 != $0 }
  }
}
