import NetworkGraph
import TensorKernels

/// Applies an activation function of the catalogue to every element.
///
/// All of ONNX's activation operators are this one with another function, in files of their own.
public struct ActivationOperator: OperatorKernel {
  public static let kind = "Activation"
  public let activation: Activation
  /// ONNX's name.
  public let kind: String
  public var traits: OperatorTraits { [.elementwise, .activates] }
  public var scaleLaw: ScaleLaw { activation.laws.homogeneousDegree == 1 ? .homogeneous : .absolute }
  private let kernel: ActivationKernel
  private var isReLU: Bool { activation.entry.name == "relu" }

  /// Makes the operator.
  ///
  /// - Parameters:
  ///   - activation: The function.
  ///   - kind: ONNX's name for it.
  public init(_ activation: Activation, kind: String) {
    self.activation = activation
    self.kind = kind
    kernel = ActivationKernel(activation)
  }

  public func results(of inputs: [ValueFacts?]) throws(SpecificationError) -> [ValueType] {
    [try inputs.float(0, of: kind).type]
  }

  public func requirements(inputs: [ValueType?], outputs: [ValueType]) -> KernelRequirements {
    // A ReLU's slope shows in its result, so that its input can be let go. Others need value and slope of each piece.
    isReLU
      ? KernelRequirements(readsOutputs: [0])
      : KernelRequirements(backwardWorkspace: 2 * outputs[0].shape.count, readsInputs: [0])
  }

  public func forward(_ call: ForwardCall) {
    let (source, target) = (call.input(0).floats, call.outputs[0].floats)
    call.team.split(call.outputs[0].count, grain: BinaryPass.grain) { piece in
      kernel.value(source + piece.lowerBound, into: target + piece.lowerBound, count: piece.count)
    }
  }

  public func backward(_ call: BackwardCall) {
    guard let gradient = call.outputGradients[0], let target = call.inputGradients[0] else { return }
    let source = call.input(0).floats, count = call.outputs[0].count
    call.team.split(count, grain: BinaryPass.grain) { piece in
      let at = piece.lowerBound
      (target + at).update(from: gradient + at, count: piece.count)
      if isReLU {
        Elementwise.maskNegative(target + at, where: call.outputs[0].floats + at, count: piece.count)
      } else {
        let slope = call.workspace + 2 * at
        kernel.valueAndDerivative(
          source + at, value: slope + piece.count, derivative: slope, count: piece.count)
        Elementwise.multiply(target + at, by: slope, count: piece.count)
      }
    }
  }
}
