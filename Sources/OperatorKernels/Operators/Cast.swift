import NetworkGraph
import TensorKernels

extension OperatorEntry {
  static let cast = OperatorEntry("Cast") { attributes throws(SpecificationError) in
    Cast(to: try ONNXElement(code: attributes.integer("to", 0), of: "Cast"))
  }
}

/// The same numbers in another type. Floats become integers by cutting towards zero, bools by being 0 or not.
struct Cast: OperatorKernel {
  static let kind = "Cast"
  var traits: OperatorTraits { target.element == .float32 ? [.elementwise, .permutes] : [.elementwise, .discrete] }
  /// Floats that stay floats keep their scale.
  var scaleLaw: ScaleLaw { target.element == .float32 ? .homogeneous : .absolute }
  let target: ONNXElement

  init(to target: ONNXElement) { self.target = target }

  func results(of inputs: [ValueFacts?]) throws(SpecificationError) -> [ValueType] {
    [ValueType(target.element, try inputs.required(0, of: Self.kind).shape)]
  }

  func forward(_ call: ForwardCall) { ElementConversion.run(call, bits: target.bits) }
  func backward(_ call: BackwardCall) { call.copyThrough() }
}
