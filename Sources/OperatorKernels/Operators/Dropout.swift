import NetworkGraph
import TensorKernels

extension OperatorEntry {
  static let dropout = OperatorEntry("Dropout") { attributes throws(SpecificationError) in
    Dropout(givesMask: attributes.outputCount > 1)
  }
}

/// Dropout that is switched off: the same tensor, and a mask that keeps everything.
struct Dropout: OperatorKernel {
  static let kind = "Dropout"
  let traits: OperatorTraits = [.elementwise, .permutes]
  let scaleLaw = ScaleLaw.homogeneous
  let givesMask: Bool

  func results(of inputs: [ValueFacts?]) throws(SpecificationError) -> [ValueType] {
    let data = try inputs.float(0, of: Self.kind)
    return givesMask ? [data.type, ValueType(.bool, data.shape)] : [data.type]
  }

  func forward(_ call: ForwardCall) {
    call.copyThrough()
    if givesMask { call.outputs[1].bools.update(repeating: 1, count: call.outputs[1].count) }
  }

  func backward(_ call: BackwardCall) {
    if call.outputGradients[0] == nil, let target = call.target(0) {
      target.update(repeating: 0, count: call.input(0).count)
    }
    call.copyThrough()
  }
}
