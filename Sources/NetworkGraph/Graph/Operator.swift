/// What the rest of the program may ask of an operator without knowing its name.
public struct OperatorTraits: OptionSet, Hashable, Sendable {
  public let rawValue: Int
  public init(rawValue: Int) { self.rawValue = rawValue }

  /// Every element of the result depends on the elements at the same place alone.
  public static let elementwise = OperatorTraits(rawValue: 1 << 0)
  /// Divides by a deviation or a root mean square that it computes: batch, layer, group and RMS normalization.
  public static let normalizes = OperatorTraits(rawValue: 1 << 1)
  /// Adds tensors.
  public static let sums = OperatorTraits(rawValue: 1 << 2)
  /// Only moves, repeats or drops elements: reshape, transpose, slice, gather, expand.
  public static let permutes = OperatorTraits(rawValue: 1 << 3)
  /// Multiplies by a matrix or convolves: sums of products over one axis.
  public static let contracts = OperatorTraits(rawValue: 1 << 4)
  /// A nonlinear function of single elements.
  public static let activates = OperatorTraits(rawValue: 1 << 5)
  /// Averages or takes the largest of several elements: pooling, reductions.
  public static let pools = OperatorTraits(rawValue: 1 << 6)
  /// Its result is a distribution: softmax.
  public static let producesProbabilities = OperatorTraits(rawValue: 1 << 7)
  /// Carries a state from step to step.
  public static let recurs = OperatorTraits(rawValue: 1 << 8)
  /// Draws at random.
  public static let stochastic = OperatorTraits(rawValue: 1 << 9)
  /// Computes shapes, indices or masks, through which no gradient flows.
  public static let discrete = OperatorTraits(rawValue: 1 << 10)
  /// Pools by the mean of several elements.
  public static let averages = OperatorTraits(rawValue: 1 << 11)
  /// Pools by the largest of several elements.
  public static let takesLargest = OperatorTraits(rawValue: 1 << 12)
  /// Reads two or more signals and makes one of them: a sum, a concatenation.
  public static let joins = OperatorTraits(rawValue: 1 << 13)
  /// Reads whole numbers as places in a table of vectors: an embedding.
  public static let readsTokens = OperatorTraits(rawValue: 1 << 14)
  /// Each unit's result, before any activation, is its own row of weights times the input, plus a bias: dense layers and
  /// convolutions.
  public static let rowPerUnit = OperatorTraits(rawValue: 1 << 15)
  /// Takes the statistics by which it normalizes over the samples of the batch.
  public static let overBatch = OperatorTraits(rawValue: 1 << 16)
  /// Keeps some elements and drops the others: the last step of a sequence, a slice.
  public static let selects = OperatorTraits(rawValue: 1 << 17)
  /// Mixes positions by weights that it computes from them: attention.
  public static let attends = OperatorTraits(rawValue: 1 << 18)
  /// Units are the result's second axis, positions the axes behind it: convolutions, batch normalization.
  public static let channelsFirst = OperatorTraits(rawValue: 1 << 19)
  /// Units are the result's last axis: matrix products, embeddings, layer normalization.
  public static let featuresLast = OperatorTraits(rawValue: 1 << 20)
  /// Makes a part of an output, as a head of several that are joined, or reaches other outputs of a model only than that
  /// from which the backward pass starts.
  public static let besideOutput = OperatorTraits(rawValue: 1 << 21)

  /// Whether every value that arrives leaves once, at another place: flatten, transpose, concatenation.
  public var keepsEveryValue: Bool { contains(.permutes) && !contains(.selects) }
}

/// What an operator may know of an input before anything runs.
public struct ValueFacts: Sendable {
  public var type: ValueType
  /// The elements, where they are known.
  public var constant: TensorConstant?

  public init(_ type: ValueType, constant: TensorConstant? = nil) {
    self.type = type
    self.constant = constant
  }

  public var shape: TensorShape { type.shape }
}

/// Describes one operator of a graph: the shapes that it takes and gives, and its traits. A kernel executes it.
///
/// An operator is a value; several nodes may use the same one. Inputs that a node leaves out are nil.
public protocol Operator: Sendable {
  /// The catalogue's name, which is ONNX's where ONNX has the operator: `MatMul`, `Relu`.
  static var kind: String { get }

  /// The name of this operator, where one type stands for several of ONNX's.
  var kind: String { get }

  var traits: OperatorTraits { get }

  /// What mean-field theory may take the operator for, where its other inputs than the signal are trainable tensors.
  var theory: LayerTheory { get }

  /// Element types and shapes of the results.
  ///
  /// - Parameter inputs: What is known of the inputs.
  /// - Throws: `SpecificationError` for inputs that do not fit, with the remedy.
  func results(of inputs: [ValueFacts?]) throws(SpecificationError) -> [ValueType]

  /// Whether a gradient can flow to an input; asked only for inputs of type float32.
  ///
  /// - Parameter input: The input's place.
  func carriesGradient(toInput input: Int) -> Bool
}

extension Operator {
  public var kind: String { Self.kind }
  public var theory: LayerTheory { .unknown(.kind) }
  public func carriesGradient(toInput input: Int) -> Bool { !traits.contains(.discrete) }
}
