import NetworkGraph
import TensorKernels

/// How the scales of an operator's inputs make that of its result.
///
/// Signals are held as data times a power of two, so that they may leave Float's range.
public enum ScaleLaw: Sendable {
  /// All float inputs are brought to one scale, which is the result's: sums, concatenation.
  case aligned
  /// Exponents of all float inputs add up: matrix products, products of elements.
  case product
  /// The result does not depend on the scale of the first input, apart from an epsilon: normalization.
  case invariant
  /// The scale of the first input passes through: ReLU, pooling, transpose, reshape.
  case homogeneous
  /// The first and second input are multiplied by one another in true values, and weigh the third, whose scale is the
  /// result's: attention.
  case weighs
  /// The operator must see true values: exponentials, recurrent cells.
  case absolute
}

/// Exponents with which an operator takes its inputs, and that of its results.
public struct OperatorScales: Sendable {
  public var inputs: [Double]
  public var output: Double

  /// Makes the scales.
  ///
  /// - Parameters:
  ///   - inputs: The exponent that each input must have.
  ///   - output: The exponent of the results.
  public init(inputs: [Double], output: Double) {
    self.inputs = inputs
    self.output = output
  }
}

/// What a kernel needs beside its inputs and outputs, so that memory can be planned before anything runs.
public struct KernelRequirements: Sendable {
  /// Floats that the forward pass leaves for the backward pass.
  public var saved = 0
  /// Floats of scratch memory in the forward pass.
  public var forwardWorkspace = 0
  /// Floats of scratch memory in the backward pass.
  public var backwardWorkspace = 0
  /// Inputs that the backward pass reads again.
  public var readsInputs: [Int] = []
  /// Results that the backward pass reads again.
  public var readsOutputs: [Int] = []

  /// Makes requirements.
  ///
  /// - Parameters:
  ///   - saved: Floats that the forward pass leaves for the backward pass.
  ///   - forwardWorkspace: Floats of scratch memory forward.
  ///   - backwardWorkspace: Floats of scratch memory backward.
  ///   - readsInputs: Places of inputs that the backward pass reads.
  ///   - readsOutputs: Places of results that the backward pass reads.
  public init(
    saved: Int = 0, forwardWorkspace: Int = 0, backwardWorkspace: Int = 0, readsInputs: [Int] = [], readsOutputs: [Int] = []
  ) {
    self.saved = saved
    self.forwardWorkspace = forwardWorkspace
    self.backwardWorkspace = backwardWorkspace
    self.readsInputs = readsInputs
    self.readsOutputs = readsOutputs
  }
}

/// A tensor in memory: its type and where its elements are, row-major.
public struct TensorView {
  public let type: ValueType
  public let memory: UnsafeMutableRawPointer

  /// Makes a view.
  ///
  /// - Parameters:
  ///   - type: Element type and shape.
  ///   - memory: The elements; room for all of them.
  public init(_ type: ValueType, _ memory: UnsafeMutableRawPointer) {
    self.type = type
    self.memory = memory
  }

  public var shape: TensorShape { type.shape }
  public var count: Int { type.shape.count }
  /// The elements of a float32 tensor.
  public var floats: UnsafeMutablePointer<Float> { memory.assumingMemoryBound(to: Float.self) }
  /// The elements of an int64 tensor.
  public var integers: UnsafeMutablePointer<Int64> { memory.assumingMemoryBound(to: Int64.self) }
  /// The elements of a bool tensor, 0 or 1 each.
  public var bools: UnsafeMutablePointer<UInt8> { memory.assumingMemoryBound(to: UInt8.self) }
}

/// One forward pass of one operator.
public struct ForwardCall {
  /// nil for an optional input that is left out.
  public var inputs: [TensorView?]
  /// All results, also those that nobody reads.
  public var outputs: [TensorView]
  /// Memory for what the backward pass needs, as large as the requirements say.
  public var saved: UnsafeMutablePointer<Float>
  public var workspace: UnsafeMutablePointer<Float>
  /// The exponents that the inputs have: true values are data times 2^exponent.
  public var exponents: [Double]
  /// The exponent that the results are to have.
  public var outputExponent: Double
  /// Where a recurrent operator shows its gates and states; nil for nowhere.
  public var trace: RecurrentTrace?
  /// Runs parts of the pass, on several threads where there are some.
  public var team: any OperatorTeam

  public init(
    inputs: [TensorView?], outputs: [TensorView], saved: UnsafeMutablePointer<Float>, workspace: UnsafeMutablePointer<Float>,
    exponents: [Double], outputExponent: Double = 0, team: any OperatorTeam
  ) {
    self.inputs = inputs
    self.outputs = outputs
    self.saved = saved
    self.workspace = workspace
    self.exponents = exponents
    self.outputExponent = outputExponent
    self.team = team
  }
}

/// One backward pass of one operator.
public struct BackwardCall {
  /// The inputs of the forward pass. Memory of those that the requirements do not name may hold anything.
  public var inputs: [TensorView?]
  /// The results of the forward pass, likewise.
  public var outputs: [TensorView]
  /// Gradients with respect to the results; nil where none arrived, which counts as zero. At least one is not nil.
  public var outputGradients: [UnsafePointer<Float>?]
  /// Where gradients with respect to the inputs go, as large as the input; nil where not wanted. All are overwritten.
  public var inputGradients: [UnsafeMutablePointer<Float>?]
  /// What the forward pass left.
  public var saved: UnsafeMutablePointer<Float>
  public var workspace: UnsafeMutablePointer<Float>
  /// The exponents that the inputs had in the forward pass.
  public var exponents: [Double]
  /// The exponent that the results had.
  public var outputExponent: Double
  /// Where a recurrent operator shows the gradients with respect to its gates and states; nil for nowhere.
  public var trace: RecurrentTrace?
  public var team: any OperatorTeam

  public init(
    inputs: [TensorView?], outputs: [TensorView], outputGradients: [UnsafePointer<Float>?],
    inputGradients: [UnsafeMutablePointer<Float>?], saved: UnsafeMutablePointer<Float>,
    workspace: UnsafeMutablePointer<Float>, exponents: [Double], outputExponent: Double = 0, team: any OperatorTeam
  ) {
    self.inputs = inputs
    self.outputs = outputs
    self.outputGradients = outputGradients
    self.inputGradients = inputGradients
    self.saved = saved
    self.workspace = workspace
    self.exponents = exponents
    self.outputExponent = outputExponent
    self.team = team
  }
}

/// Runs the blocks of an operator's work, on one thread or several.
///
/// How work is cut into blocks must not depend on the number of threads, so that results are equal to the bit for any.
public protocol OperatorTeam: AnyObject, Sendable {
  /// The number of threads.
  var size: Int { get }
  /// Whether work is cut into pieces at all.
  var divides: Bool { get }
  /// Calls `body` for every block in `0 ..< blocks`, in any order, at the same time on several threads.
  ///
  /// - Parameters:
  ///   - blocks: The number of blocks.
  ///   - body: Does one block.
  func run(blocks: Int, _ body: (Int) -> Void)
}

extension OperatorTeam {
  public var divides: Bool { true }
}

/// The calling thread alone, which does an operator's work in one piece: for layers, whose replicas run side by side.
public final class WholeTeam: OperatorTeam {
  public static let shared = WholeTeam()
  public let size = 1
  public let divides = false
  private init() {}
  public func run(blocks: Int, _ body: (Int) -> Void) { for block in 0..<blocks { body(block) } }
}

/// A team of the calling thread alone, which cuts work into pieces as every team does.
public final class SingleThread: OperatorTeam {
  public static let shared = SingleThread()
  public let size = 1
  private init() {}
  public func run(blocks: Int, _ body: (Int) -> Void) { for block in 0..<blocks { body(block) } }
}

extension OperatorTeam {
  /// Calls `body` for pieces of `0 ..< count`, each of at most `grain` elements; pieces do not depend on the team's size.
  ///
  /// - Parameters:
  ///   - count: The number of elements.
  ///   - grain: The most elements in one piece.
  ///   - body: Does one piece.
  public func split(_ count: Int, grain: Int, _ body: (Range<Int>) -> Void) {
    let blocks = (count + grain - 1) / grain
    if blocks <= 1 || !divides {
      if count > 0 { body(0..<count) }
      return
    }
    run(blocks: blocks) { block in body(block * grain..<min(count, (block + 1) * grain)) }
  }
}

/// An operator that can be executed, forward and backward. It keeps nothing between passes.
///
/// To add one: a file in Operators with the type and its `OperatorEntry`, a line in `OperatorCatalogue`, and a fixture.
public protocol OperatorKernel: Operator {
  var scaleLaw: ScaleLaw { get }

  /// Places of inputs that are added to what the first input makes, and so taken in its scale: a bias, a shift.
  var addends: [Int] { get }

  /// Whether values of an input that are far beyond 1 differ no more in what they give: scores of a softmax, whose result
  /// is a hard maximum then. Their scale may be taken as a smaller one, where the true one leaves Float's range.
  ///
  /// - Parameter input: The input's place.
  func saturates(input: Int) -> Bool

  /// What a normalization adds to a variance, in true units; 0 for other operators.
  var epsilon: Double { get }

  /// Whether an input is added to a normalization's result.
  ///
  /// - Parameter input: The input's place.
  func isShift(input: Int) -> Bool

  /// The scales with which the operator takes its inputs, given those that they have.
  ///
  /// - Parameters:
  ///   - exponents: The exponents of the inputs; 0 for those that are left out or not float32.
  ///   - isFloat: Which inputs are float32 tensors.
  func scales(of exponents: [Double], isFloat: [Bool]) -> OperatorScales

  /// Whether results follow from the types of the inputs alone: the shape of a tensor, its size.
  var dependsOnTypesAlone: Bool { get }

  /// Whether an input's type is all that the operator reads of it.
  ///
  /// - Parameter input: The input's place.
  func readsTypeAlone(ofInput input: Int) -> Bool

  /// The operator with what is known of its inputs built in, such as a constant exponent that tells how scales pass.
  ///
  /// Whoever prepares a graph calls it once for each node; results and gradients stay the same.
  ///
  /// - Parameter inputs: What is known of the inputs.
  func specialized(to inputs: [ValueFacts?]) -> any OperatorKernel

  /// Where the samples of a batch lie in a result, given where they lie in the inputs; nil where that is not known.
  ///
  /// - Parameters:
  ///   - inputs: The places of samples in the inputs; nil for those that hold none.
  ///   - shapes: The shapes of the inputs.
  ///   - result: The shape of the result.
  func samples(of inputs: [SamplePlace?], shapes: [TensorShape], result: TensorShape) -> SamplePlace?

  /// Memory that passes of these shapes need.
  ///
  /// - Parameters:
  ///   - inputs: Types of the inputs.
  ///   - outputs: Types of the results.
  func requirements(inputs: [ValueType?], outputs: [ValueType]) -> KernelRequirements

  /// Computes the results.
  ///
  /// - Parameter call: The inputs and where results go.
  /// - Throws: `OperatorFailure` for values that the operator cannot take, such as an index outside its table.
  func forward(_ call: ForwardCall) throws

  /// Computes the gradients of a scalar with respect to the inputs, given those with respect to the results.
  ///
  /// - Parameter call: What the forward pass had, the gradients that arrive, and where gradients go.
  func backward(_ call: BackwardCall)
}

extension OperatorKernel {
  public var addends: [Int] { [] }
  public func saturates(input: Int) -> Bool { false }
  public var epsilon: Double { 0 }
  /// Behind the signal and its gain.
  public func isShift(input: Int) -> Bool { input == 2 }

  public var dependsOnTypesAlone: Bool { false }
  public func readsTypeAlone(ofInput input: Int) -> Bool { false }

  public func scales(of exponents: [Double], isFloat: [Bool]) -> OperatorScales {
    switch scaleLaw {
    case .aligned:
      let common = zip(exponents, isFloat).filter(\.1).map(\.0).max() ?? 0
      return OperatorScales(inputs: isFloat.map { $0 ? common : 0 }, output: common)
    case .product:
      let product = exponents.indices.filter { !addends.contains($0) }.reduce(0) { $0 + exponents[$1] }
      return OperatorScales(
        inputs: exponents.indices.map { addends.contains($0) ? product : exponents[$0] }, output: product)
    case .invariant:
      // Only the first input's scale drops out; gains and shifts must be true.
      return OperatorScales(inputs: exponents.indices.map { $0 == 0 ? exponents[0] : 0 }, output: 0)
    case .homogeneous:
      let first = exponents.first ?? 0
      return OperatorScales(inputs: exponents.indices.map { $0 == 0 || addends.contains($0) ? first : 0 }, output: first)
    case .weighs, .absolute: return OperatorScales(inputs: exponents.map { _ in 0 }, output: 0)
    }
  }

  public func specialized(to inputs: [ValueFacts?]) -> any OperatorKernel { self }

  public func requirements(inputs: [ValueType?], outputs: [ValueType]) -> KernelRequirements { KernelRequirements() }

  /// Operators through which no gradient flows need not override this.
  public func backward(_ call: BackwardCall) {}
}

/// The error that an operator met values that it cannot take.
public struct OperatorFailure: Error, Sendable, CustomStringConvertible {
  public var message: String
  public var hint: String

  /// Makes the error.
  ///
  /// - Parameters:
  ///   - message: What is wrong.
  ///   - hint: The remedy, as a sentence.
  public init(_ message: String, hint: String) {
    self.message = message
    self.hint = hint
  }

  public var description: String { "\(message). \(hint)" }
}
