import NetworkGraph
import TensorKernels

/// `gradient * slope`, 0 where no gradient arrives, even if the slope is infinite there or is none.
@inline(__always)
func chained(_ gradient: Float, _ slope: Float) -> Float { gradient == 0 ? 0 : gradient * slope }

/// A function of single elements that is no activation, as loops over arrays.
///
/// Each of ONNX's functions has a file of its own with its loops.
struct UnaryOperator: OperatorKernel {
  /// Computes `count` values.
  typealias Floats = @Sendable (_ x: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>, _ count: Int) -> Void
  typealias Integers = @Sendable (_ x: UnsafePointer<Int64>, _ y: UnsafeMutablePointer<Int64>, _ count: Int) -> Void
  /// Computes `count` gradients with respect to x, from x, y or both, and the gradients with respect to y.
  typealias Gradient =
    @Sendable (
      _ x: UnsafePointer<Float>, _ y: UnsafePointer<Float>, _ g: UnsafePointer<Float>, _ dx: UnsafeMutablePointer<Float>,
      _ count: Int
    ) -> Void

  /// What the gradient is computed from.
  enum Reads: Sendable { case nothing, input, output }

  static let kind = "Unary"
  let kind: String
  var traits: OperatorTraits
  var scaleLaw = ScaleLaw.absolute
  /// The exponents of input and result, given the exponent that the input has; nil where the law above says it.
  var scaling: (@Sendable (Double) -> (input: Double, output: Double))?
  let floats: Floats
  /// nil for a function of floats alone.
  var integers: Integers?
  var reads = Reads.nothing
  /// nil where the gradient is 0 everywhere.
  var gradient: Gradient?

  /// Makes the operator.
  ///
  /// - Parameters:
  ///   - kind: ONNX's name.
  ///   - law: How the scale passes.
  ///   - floats: The loop over floats.
  ///   - integers: The loop over integers; nil where ONNX has none.
  ///   - reads: What the gradient is computed from.
  ///   - scaling: The scales, where no law says them.
  ///   - activates: Whether networks use the function as an activation.
  ///   - gradient: The loop of the way back; nil where the gradient is 0 everywhere.
  init(
    _ kind: String, law: ScaleLaw = .absolute, reads: Reads = .nothing, activates: Bool = true,
    scaling: (@Sendable (Double) -> (input: Double, output: Double))? = nil, integers: Integers? = nil,
    floats: @escaping Floats, gradient: Gradient?
  ) {
    self.kind = kind
    traits = gradient == nil ? [.elementwise, .discrete] : activates ? [.elementwise, .activates] : [.elementwise]
    scaleLaw = law
    self.scaling = scaling
    self.floats = floats
    self.integers = integers
    self.reads = reads
    self.gradient = gradient
  }

  func results(of inputs: [ValueFacts?]) throws(SpecificationError) -> [ValueType] {
    let facts = try inputs.required(0, of: kind)
    if facts.type.element == .int64, integers != nil { return [facts.type] }
    return [try inputs.float(0, of: kind).type]
  }

  func scales(of exponents: [Double], isFloat: [Bool]) -> OperatorScales {
    let own = exponents.first ?? 0
    if let scaling {
      let scale = scaling(own)
      return OperatorScales(inputs: [scale.input], output: scale.output)
    }
    return OperatorScales(inputs: [scaleLaw == .homogeneous ? own : 0], output: scaleLaw == .homogeneous ? own : 0)
  }

  func requirements(inputs: [ValueType?], outputs: [ValueType]) -> KernelRequirements {
    KernelRequirements(readsInputs: reads == .input ? [0] : [], readsOutputs: reads == .output ? [0] : [])
  }

  func forward(_ call: ForwardCall) {
    let source = call.input(0), target = call.outputs[0]
    call.team.split(target.count, grain: BinaryPass.grain) { piece in
      let at = piece.lowerBound
      if target.type.element == .int64 {
        integers?(source.integers + at, target.integers + at, piece.count)
      } else {
        floats(source.floats + at, target.floats + at, piece.count)
      }
    }
  }

  func backward(_ call: BackwardCall) {
    guard let g = call.outputGradients[0], let target = call.target(0) else { return }
    let source = call.input(0), output = call.outputs[0]
    guard let gradient else {
      target.update(repeating: 0, count: source.count)
      return
    }
    call.team.split(source.count, grain: BinaryPass.grain) { piece in
      let at = piece.lowerBound
      gradient(source.floats + at, output.floats + at, g + at, target + at, piece.count)
    }
  }
}
