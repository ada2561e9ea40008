/// The number of a value in its graph.
public struct ValueID: Hashable, Sendable {
  public let index: Int
  public init(_ index: Int) { self.index = index }
}

/// A computation as a graph of operators on tensors: what a model file holds and what layers lower to.
///
/// Nodes are in an order in which each comes after those that make its inputs. A value has one source: an input of the
/// graph, a parameter, a constant, or a node.
public struct Graph: Sendable {
  public struct Value: Sendable {
    /// The name in the file, or one that tells where the value comes from.
    public var name: String
    public var source: Source

    public init(name: String, source: Source) {
      self.name = name
      self.source = source
    }
  }

  public enum Source: Sendable {
    /// An input of the graph, with its declared type. Its extents are known by now.
    case input(ValueType)
    /// A trainable tensor, by its place in `parameters`.
    case parameter(Int)
    case constant(TensorConstant)
    /// The result of a node.
    case result(node: Int, slot: Int)
  }

  public struct Node: Sendable {
    public var name: String
    public var operation: any Operator
    /// nil for an optional input that is left out.
    public var inputs: [ValueID?]
    /// nil for a result that nobody reads.
    public var outputs: [ValueID?]
    /// The modules that the node belongs to, outermost first: `["model", "model.layers.0"]`. Empty where unknown.
    public var scope: [String]

    public init(
      name: String, operation: any Operator, inputs: [ValueID?], outputs: [ValueID?], scope: [String] = []
    ) {
      self.name = name
      self.operation = operation
      self.inputs = inputs
      self.outputs = outputs
      self.scope = scope
    }
  }

  public var name: String
  public var values: [Value]
  public var nodes: [Node]
  public var inputs: [ValueID]
  public var outputs: [ValueID]
  public var parameters: [GraphParameter]

  /// Makes a graph of parts whose order and references its maker has checked.
  ///
  /// - Parameters:
  ///   - name: What reports call it.
  ///   - values: Every value.
  ///   - nodes: The nodes, in order of execution.
  ///   - inputs: The graph's inputs.
  ///   - outputs: The graph's outputs.
  ///   - parameters: Its trainable tensors.
  public init(
    name: String, values: [Value], nodes: [Node], inputs: [ValueID], outputs: [ValueID], parameters: [GraphParameter]
  ) {
    self.name = name
    self.values = values
    self.nodes = nodes
    self.inputs = inputs
    self.outputs = outputs
    self.parameters = parameters
  }

  public subscript(value: ValueID) -> Value { values[value.index] }

  /// The number of trainable values.
  public var parameterCount: Int { parameters.reduce(0) { $0 + $1.shape.count } }
}

/// The tensor whose lengths a weight normalization's gain starts from, as in PyTorch.
public struct LengthSource: Sendable, Hashable {
  /// The tensor's place in the graph's parameters.
  public var parameter: Int
  /// The axis with a length for each index; nil for one length of the whole tensor.
  public var axis: Int?

  public init(parameter: Int, axis: Int?) {
    self.parameter = parameter
    self.axis = axis
  }
}

/// A trainable tensor of a graph: its name, shape, and where its values come from.
public struct GraphParameter: Sendable {
  /// The name in the model's state dictionary where the file tells it, else that of the file's tensor.
  public var name: String
  /// The extents as the graph stores the tensor.
  public var shape: TensorShape
  /// How the tensor is used; nil where the operators that read it do not tell.
  public var role: ParameterTensor.Role?
  /// The tensor as rows of weights, for fans and initializers; nil for what is no weight.
  public var weightShape: WeightShape?
  /// Whether rows of `weightShape` are columns of the stored matrix: inputs x outputs.
  public var isTransposed: Bool
  /// Whether other operators scale the tensor or cut it up before a layer reads it, so that no layer's output is
  /// proportional to it.
  public var isShaped = false
  /// The tensor whose lengths this one holds, where it does: weight normalization's gain.
  public var lengths: LengthSource?
  /// The initializer that the model's file declares for it; nil where the file declares none.
  public var declared: Initializer?
  /// The part that the tensor plays in a layer whose fans its library counts in a way of its own, such as stacked gates; nil
  /// for plain ones.
  public var use: ParameterTensor.Use?
  /// Where it lies in the file, and how the model itself has it; nil for what is in no file.
  public var source: GraphParameterSource?
  /// Writes the file's values, row-major in the stored layout.
  public var load: @Sendable (UnsafeMutableBufferPointer<Float>) throws -> Void

  /// Whether initializers draw it: what is known to be a weight, and has fans.
  public var isDrawn: Bool { role == .weight && weightShape != nil }

  /// Describes a trainable tensor.
  ///
  /// - Parameters:
  ///   - name: Its name for reports.
  ///   - shape: The extents.
  ///   - role: Weight, bias, gain or shift; nil where unknown.
  ///   - weightShape: Rows, columns and taps for fans; nil for what is no weight.
  ///   - isTransposed: Whether the matrix is stored as inputs x outputs.
  ///   - load: Writes the values.
  public init(
    name: String, shape: TensorShape, role: ParameterTensor.Role? = nil, weightShape: WeightShape? = nil,
    isTransposed: Bool = false, load: @escaping @Sendable (UnsafeMutableBufferPointer<Float>) throws -> Void
  ) {
    self.name = name
    self.shape = shape
    self.role = role
    self.weightShape = weightShape
    self.isTransposed = isTransposed
    self.load = load
  }
}
