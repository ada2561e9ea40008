import CTensorKernels
import NetworkGraph

extension OperatorEntry {
  static let softmax = OperatorEntry("Softmax") { attributes throws(SpecificationError) in
    Softmax(try SoftmaxAxis(attributes, of: Softmax.kind))
  }
}

/// `exp(x) / sum of exp(x)` along an axis.
public struct Softmax: OperatorKernel {
  public static let kind = "Softmax"
  public let traits: OperatorTraits = [.producesProbabilities]
  public let scaleLaw = ScaleLaw.absolute
  public func saturates(input: Int) -> Bool { true }
  let axis: SoftmaxAxis

  init(_ axis: SoftmaxAxis) { self.axis = axis }

  /// Makes the operator.
  ///
  /// - Parameter axis: The axis along which results sum to 1.
  public init(axis: Int = -1) { self.axis = SoftmaxAxis(axis: axis, of: Self.kind) }

  public func results(of inputs: [ValueFacts?]) throws(SpecificationError) -> [ValueType] { [try axis.check(inputs)] }

  public func requirements(inputs: [ValueType?], outputs: [ValueType]) -> KernelRequirements {
    KernelRequirements(readsOutputs: [0])
  }

  public func forward(_ call: ForwardCall) {
    let x = call.input(0), z = call.outputs[0].floats, sizes = axis.split(x.shape)
    sizes.split(call.team) { outer, at in
      initscope_softmax_axis(x.floats + at, outer, sizes.count, sizes.inner, z + at)
    }
  }

  public func backward(_ call: BackwardCall) {
    guard let g = call.outputGradients[0], let target = call.target(0) else { return }
    let y = call.outputs[0], sizes = axis.split(y.shape)
    sizes.split(call.team) { outer, at in
      initscope_softmax_axis_gradient(y.floats + at, g + at, outer, sizes.count, sizes.inner, target + at)
    }
  }
}
