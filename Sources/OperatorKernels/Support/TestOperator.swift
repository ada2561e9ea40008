import NetworkGraph
import TensorKernels

/// Whether single floats have a property, as bools.
struct TestOperator: OperatorKernel {
  static let kind = "Test"
  let kind: String
  let traits: OperatorTraits = [.elementwise, .discrete]
  let scaleLaw = ScaleLaw.absolute
  let takesTrueValues: Bool
  let test: @Sendable (Float) -> Bool

  /// Makes the operator.
  ///
  /// - Parameters:
  ///   - kind: ONNX's name.
  ///   - takesTrueValues: Whether a scale would change the answer.
  ///   - test: The property.
  init(_ kind: String, takesTrueValues: Bool, _ test: @escaping @Sendable (Float) -> Bool) {
    self.kind = kind
    self.takesTrueValues = takesTrueValues
    self.test = test
  }

  func scales(of exponents: [Double], isFloat: [Bool]) -> OperatorScales {
    OperatorScales(inputs: takesTrueValues ? exponents.map { _ in 0 } : exponents, output: 0)
  }

  func results(of inputs: [ValueFacts?]) throws(SpecificationError) -> [ValueType] {
    [ValueType(.bool, try inputs.float(0, of: kind).shape)]
  }

  func forward(_ call: ForwardCall) {
    let source = call.input(0).floats, target = call.outputs[0].bools
    call.team.split(call.outputs[0].count, grain: BinaryPass.grain) { piece in
      for i in piece { target[i] = test(source[i]) ? 1 : 0 }
    }
  }
}
