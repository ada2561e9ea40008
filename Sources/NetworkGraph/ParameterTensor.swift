/// Describes one parameter tensor of a layer: its name, shape, role and initializer.
public struct ParameterTensor: Hashable, Sendable {
  /// What the tensor does. This decides what it starts from where the layer names no initializer: weights from the audit's
  /// initializer, biases and shifts from 0, gains from 1.
  public enum Role: String, Hashable, Sendable, Codable {
    case weight, bias, gain, shift
  }

  /// Which tensor of PyTorch or Keras this one corresponds to, or is a part of. Libraries compute fans and orthogonal
  /// matrices of what they store, and their layers draw each kind differently.
  public enum Use: Hashable, Sendable {
    /// The weights or bias of a linear map or a convolution.
    case linear
    /// The weights or bias of a recurrent cell, all gates in one tensor. A bias stands for `biases` of PyTorch's: an LSTM
    /// and a plain cell add two vectors of which there is one here.
    case cell(biases: Int)
    /// An embedding's table of one vector per token.
    case table
    /// The query (part 0), key (1) or value (2) matrix of an attention with so many heads. PyTorch stores the three as one
    /// matrix of 3 E x E, Keras each as inputs x heads x head size.
    case projection(part: Int, heads: Int)
    /// The output matrix of an attention.
    case attentionOutput(heads: Int)
    /// The gain or shift of a normalization, or the factor on a residual branch.
    case scale
  }

  public var role: Role
  /// The name within the layer: `weight`, `bias`, `recurrent`, `query`. The moments of the first weight tensor are reported
  /// as the layer's; where there is only one it is named `weight`.
  public var name: String
  /// The shape of the tensor. For a bias it is the shape of its weights, since some initializers draw a bias by the fan-in.
  public var shape: WeightShape
  /// The number of values.
  public var count: Int
  /// The initializer that the layer itself names; nil to use the audit's.
  public var initializer: Initializer?
  /// Whether `initializer` is only the layer's default, as `orthogonal` is for recurrent weights. A library's own defaults
  /// (`torch.default`, `keras.default`) take its place; other initializers leave it.
  public var isStandard: Bool
  /// Whether a model's file declared `initializer`: the audit's initializers take its place in weights, as they do where a
  /// layer names none, and `keras` keeps it.
  public var isDeclared = false
  public var use: Use
  /// The extents in the model's file, where the tensor comes from one.
  public var fileExtents: [Int]?
  /// The name in the model's file, where the tensor comes from one; reports then show it instead of layer and own name.
  public var fullName: String?

  public init(
    role: Role, name: String? = nil, shape: WeightShape, count: Int, initializer: Initializer?, isStandard: Bool = false,
    use: Use = .linear
  ) {
    self.role = role
    self.name = name ?? role.rawValue
    self.shape = shape
    self.count = count
    self.initializer = initializer
    self.isStandard = isStandard
    self.use = use
  }

  /// Describes the weights of a linear map of that shape, without an initializer.
  init(weightsOf shape: WeightShape) {
    self.init(role: .weight, shape: shape, count: shape.count, initializer: nil)
  }

  /// The same tensor of a layer that a model's file declares. Recurrent weights keep what was declared under initializers
  /// that leave a layer's default.
  func declared() -> ParameterTensor {
    var tensor = self
    tensor.isDeclared = true
    if case .cell = use, role == .weight, name == "recurrent" || name.hasSuffix("recurrent_kernel") {
      tensor.isStandard = true
    }
    return tensor
  }

  /// The extents of the tensor: those of its file, else units x inputs x taps for weights, with stacked gates, and one
  /// extent for the others.
  public var dimensions: [Int] {
    if let fileExtents { return fileExtents }
    return role == .weight ? [shape.rows, shape.inputs / shape.groups] + shape.taps : [count]
  }

  /// The name that keys the tensor's random stream, for a node of that name. Parts of one matrix of a library share one, so
  /// that they are parts of one draw.
  public func streamName(in node: String, law: WeightLaw) -> String {
    if case .part(let matrix, _) = law, case .rows = matrix.place { return "\(node)/packed" }
    return ["weight", "bias"].contains(name) ? node : "\(node)/\(name)"
  }
}

// MARK: - Fans

extension ParameterTensor {
  /// The fans of the operation itself.
  public var fans: Fans { shape.fans }

  /// The fans that PyTorch computes for the tensor as it stores it (`torch.nn.init._calculate_fan_in_and_fan_out`).
  public var torchFans: Fans {
    if case .projection = use { return Fans(fanIn: shape.inputs, fanOut: 3 * shape.outputs) }
    return shape.torchFans
  }

  /// The fans that Keras computes for the tensor as it stores it (`compute_fans`, and `EinsumDense` from 3.15 on).
  ///
  /// Until Keras 3.14 an attention's kernels, of rank 3, were taken for convolutions: inputs x heads x head size has
  /// fan_in = inputs heads, fan_out = inputs head size; heads x head size x outputs has fan_in = heads head size,
  /// fan_out = heads outputs (keras pull request 22789).
  public func kerasFans(since version: LibraryVersion) -> Fans {
    let inputs = shape.inputs, outputs = shape.outputs
    switch use {
    case .table: return Fans(fanIn: outputs, fanOut: inputs)
    case .projection(_, let heads) where version < .kerasFansByAxes:
      return Fans(fanIn: inputs * heads, fanOut: inputs * (outputs / heads))
    case .attentionOutput(let heads) where version < .kerasFansByAxes:
      return Fans(fanIn: inputs, fanOut: heads * outputs)
    case .scale: return Fans(fanIn: count, fanOut: count)
    default: return shape.torchFans
    }
  }
}

// MARK: - Matrices as libraries store them

extension ParameterTensor {
  /// Applies a law to the matrix that PyTorch stores: stacked gates are one matrix, and so are query, key and value.
  func torchMatrix(_ law: (WeightShape) -> WeightLaw) -> WeightLaw {
    if case .projection(let part, _) = use {
      let whole = WeightShape(outputs: 3 * shape.outputs, inputs: shape.inputs)
      return .part(LibraryMatrix(shape: whole, place: .rows(from: part * shape.outputs)), law(whole))
    }
    return stackedMatrix(law)
  }

  /// The same for Keras, which flattens an attention's kernel to (inputs heads) x head size.
  func kerasMatrix(_ law: (WeightShape) -> WeightLaw) -> WeightLaw {
    if case .projection(_, let heads) = use, heads > 1 {
      let whole = WeightShape(outputs: shape.outputs / heads, inputs: shape.inputs * heads)
      return .part(LibraryMatrix(shape: whole, place: .heads(heads)), law(whole))
    }
    return stackedMatrix(law)
  }

  /// Applies a law to all stacked gates as one matrix.
  func stackedMatrix(_ law: (WeightShape) -> WeightLaw) -> WeightLaw {
    guard shape.copies > 1 else { return law(shape) }
    let whole = WeightShape(outputs: shape.rows, inputs: shape.inputs)
    return .part(LibraryMatrix(shape: whole, place: .all), law(whole))
  }
}

/// The matrix that a library stores, of which this tensor is a part or another arrangement.
public struct LibraryMatrix: Hashable, Sendable {
  public enum Place: Hashable, Sendable {
    /// The tensor is the whole matrix, with stacked gates.
    case all
    /// The tensor consists of the rows from this one on.
    case rows(from: Int)
    /// The tensor's row `h d + j` holds the entries `e heads + h` of the matrix's row j, e being the input and d the number
    /// of the matrix's rows.
    case heads(Int)
  }
  /// The matrix's shape, as one matrix without copies.
  public var shape: WeightShape
  public var place: Place

  public init(shape: WeightShape, place: Place) {
    self.shape = shape
    self.place = place
  }

  /// Whether the tensor holds all entries of the matrix.
  public var isWhole: Bool { if case .rows = place { false } else { true } }
}
