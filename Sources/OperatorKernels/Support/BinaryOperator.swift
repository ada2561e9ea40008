import NetworkGraph
import TensorKernels

/// A function of two elements of tensors that are repeated to a common shape.
///
/// Each of ONNX's functions has a file of its own with its passes, which `BinaryPass` and `BinaryGradient` make.
struct BinaryOperator: OperatorKernel {
  static let kind = "Binary"
  let kind: String
  let traits: OperatorTraits
  let scaleLaw: ScaleLaw
  /// The scale of the result where it is not the law's: of a comparison, or a quotient.
  var outputScale: (@Sendable (_ left: Double, _ right: Double) -> Double)?
  /// Element types that the operator takes.
  let elements: [ElementType]
  /// The type of the result; nil for that of the inputs.
  var result: ElementType?
  let pass: @Sendable (ForwardCall) throws -> Void
  /// Whether the way back reads the inputs; false where it only passes gradients on.
  var readsInputs = true
  /// nil where no gradient flows.
  var gradient: (@Sendable (BackwardCall) -> Void)?
  /// Inputs that are constants, and want no gradient.
  private var constants: Set<Int> = []

  /// Makes the operator.
  ///
  /// - Parameters:
  ///   - kind: ONNX's name.
  ///   - traits: What others may ask.
  ///   - law: How scales pass.
  ///   - elements: Element types that it takes.
  ///   - result: The type of the result; nil for that of the inputs.
  ///   - outputScale: The result's exponent, where the law does not say it.
  ///   - readsInputs: Whether the way back reads the inputs.
  ///   - pass: The forward pass.
  ///   - gradient: The backward pass; nil where no gradient flows.
  init(
    _ kind: String, traits: OperatorTraits, law: ScaleLaw, elements: [ElementType] = [.float32, .int64],
    result: ElementType? = nil, outputScale: (@Sendable (Double, Double) -> Double)? = nil, readsInputs: Bool = true,
    pass: @escaping @Sendable (ForwardCall) throws -> Void, gradient: (@Sendable (BackwardCall) -> Void)? = nil
  ) {
    self.kind = kind
    self.traits = traits
    scaleLaw = law
    self.elements = elements
    self.result = result
    self.outputScale = outputScale
    self.readsInputs = readsInputs
    self.pass = pass
    self.gradient = gradient
  }

  func results(of inputs: [ValueFacts?]) throws(SpecificationError) -> [ValueType] {
    let (a, b) = try inputs.pair(of: kind)
    guard elements.contains(a.type.element) else {
      throw SpecificationError("\(kind) does not take tensors of \(a.type.element.rawValue)", hint: damagedFile)
    }
    return [ValueType(result ?? a.type.element, try a.shape.broadcast(with: b.shape))]
  }

  func scales(of exponents: [Double], isFloat: [Bool]) -> OperatorScales {
    var inputs = exponents
    switch scaleLaw {
    case .aligned:
      let common = zip(exponents, isFloat).filter(\.1).map(\.0).max() ?? 0
      inputs = isFloat.map { $0 ? common : 0 }
    case .product: break
    default: inputs = exponents.map { _ in 0 }
    }
    let left = inputs.first ?? 0, right = inputs.count > 1 ? inputs[1] : 0
    if let outputScale { return OperatorScales(inputs: inputs, output: outputScale(left, right)) }
    return OperatorScales(inputs: inputs, output: scaleLaw == .product ? left + right : left)
  }

  func specialized(to inputs: [ValueFacts?]) -> any OperatorKernel {
    var known = self
    known.constants = Set(inputs.indices.filter { inputs[$0]?.constant != nil })
    return known
  }

  func carriesGradient(toInput input: Int) -> Bool { gradient != nil && !constants.contains(input) }

  func requirements(inputs: [ValueType?], outputs: [ValueType]) -> KernelRequirements {
    guard gradient != nil else { return KernelRequirements() }
    let wanted = inputs.indices.map { constants.contains($0) ? nil : inputs[$0] }
    return KernelRequirements(
      backwardWorkspace: readsInputs ? BinaryGradient.workspace(inputs: wanted, output: outputs[0]) : 0,
      readsInputs: readsInputs ? [0, 1] : [])
  }

  func forward(_ call: ForwardCall) throws { try pass(call) }

  func backward(_ call: BackwardCall) {
    guard call.outputGradients[0] != nil else { return }
    gradient?(call)
  }
}
