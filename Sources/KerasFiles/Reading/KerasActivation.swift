import NetworkGraph

/// What a Keras layer applies to its result.
enum KerasActivation: Equatable {
  /// Nothing.
  case none
  /// An activation of ours, as a specification.
  case function(String)
  /// A function that our own networks have no name for; models that run as a graph have it.
  case foreign(Activation)
  /// The softmax over the last axis, a layer here.
  case softmax

  /// Names that mean the same in every version.
  private static let names = [
    "relu": "relu", "sigmoid": "sigmoid", "tanh": "tanh", "selu": "selu", "elu": "elu", "softplus": "softplus",
    "softsign": "softsign", "gelu": "gelu", "silu": "silu", "swish": "silu", "mish": "mish", "relu6": "relu6",
    "hard_silu": "hard_swish", "hard_swish": "hard_swish", "celu": "celu", "hard_tanh": "hardtanh",
    "leaky_relu": "leaky_relu(slope=0.2)",
  ]

  private static let foreign: [String: ForeignActivation] = [
    "exponential": .exponential, "log_sigmoid": .logSigmoid, "tanh_shrink": .tanhShrink, "hard_shrink": .hardShrink(0.5),
    "soft_shrink": .softShrink(0.5), "squareplus": .squareplus(), "sparse_plus": .sparsePlus,
    "sparse_sigmoid": .sparseSigmoid,
  ]

  /// Reads what stands under a layer's `activation`: a name, or an object of Keras's.
  init(_ declared: JSONValue?, version: KerasVersion) throws(KerasStop) {
    guard let declared, !declared.isNull else {
      self = .none
      return
    }
    if let name = declared.string {
      self = try Self.named(name, version)
      return
    }
    let type = declared["class_name"]?.string ?? ""
    if type == "function", let name = declared["config"]?.string, declared["module"]?.string?.hasPrefix("keras") == true {
      self = try Self.named(name, version)
    } else if let layer = try Self.ofLayer(type, KerasFields(declared["config"]), version: version) {
      self = layer
    } else {
      throw .problem("its activation is \(type.isEmpty ? "no name" : String(type.prefix(80))), which has no counterpart")
    }
  }

  private static func named(_ written: String, _ version: KerasVersion) throws(KerasStop) -> KerasActivation {
    let name = written.lowercased()
    switch name {
    case "linear": return .none
    case "softmax": return .softmax
    case "hard_sigmoid":
      // Keras 2 has clip(0.2 x + 0.5, 0, 1).
      guard !version.isTwo else {
        throw .problem("its activation is the hard_sigmoid of Keras 2, which differs from Keras 3's")
      }
      return .function("hard_sigmoid")
    default:
      if let other = foreign[name] { return .foreign(other.activation) }
      guard let own = names[name] else {
        throw .problem("its activation is \(written.prefix(80)), which has no counterpart")
      }
      return .function(own)
    }
  }

  /// The activation that a layer of its own applies; nil for a layer that is none.
  static func ofLayer(_ type: String, _ fields: KerasFields, version: KerasVersion) throws(KerasStop) -> KerasActivation? {
    switch type {
    case "Activation": return try KerasActivation(fields["activation"], version: version)
    case "ReLU": return try rectifier(fields)
    case "LeakyReLU":
      let slope = try fields.number("negative_slope"), older = try fields.number("alpha")
      return .function("leaky_relu(slope=\(slope ?? older ?? 0.3))")
    case "ELU": return .function("elu(alpha=\(try fields.number("alpha") ?? 1))")
    case "Softmax":
      let axis = try fields.integer("axis") ?? -1
      guard axis == -1 else { throw .problem("its softmax runs along axis \(axis); only the last one is known here") }
      return .softmax
    case "PReLU":
      // One slope for each unit, all from one value.
      guard let initializer = try KerasInitializer(fields["alpha_initializer"], key: "alpha_initializer") else {
        return .function("prelu(a=0.0)")
      }
      switch initializer.specification {
      case "keras.zeros": return .function("prelu(a=0.0)")
      case "keras.ones": return .function("prelu(a=1.0)")
      case let text where text.hasPrefix("keras.constant(value=") && text.hasSuffix(")"):
        return .function("prelu(a=\(text.dropFirst("keras.constant(value=".count).dropLast()))")
      case let other: throw .problem("its slopes start from \(other); only constants have a counterpart")
      }
    // The same as operations of a functional model.
    case "Relu": return .function("relu")
    case "Sigmoid": return .function("sigmoid")
    case "Tanh": return .function("tanh")
    case "Silu": return .function("silu")
    case "Selu": return .function("selu")
    case "Softplus": return .function("softplus")
    case "Relu6": return .function("relu6")
    case "LeakyRelu": return .function("leaky_relu(slope=\(try fields.number("negative_slope") ?? 0.2))")
    case "Elu": return .function("elu(alpha=\(try fields.number("alpha") ?? 1))")
    case "Celu": return .function("celu(alpha=\(try fields.number("alpha") ?? 1))")
    case "HardSigmoid": return .function("hard_sigmoid")
    case "HardSilu": return .function("hard_swish")
    case "HardTanh": return .function("hardtanh")
    case "Softsign": return .function("softsign")
    case "LogSigmoid": return .foreign(ForeignActivation.logSigmoid.activation)
    case "TanhShrink": return .foreign(ForeignActivation.tanhShrink.activation)
    case "SparsePlus": return .foreign(ForeignActivation.sparsePlus.activation)
    case "SparseSigmoid": return .foreign(ForeignActivation.sparseSigmoid.activation)
    case "HardShrink": return .foreign(ForeignActivation.hardShrink(try fields.number("threshold") ?? 0.5).activation)
    case "SoftShrink": return .foreign(ForeignActivation.softShrink(try fields.number("threshold") ?? 0.5).activation)
    case "Squareplus": return .foreign(ForeignActivation.squareplus(b: try fields.number("b") ?? 4).activation)
    case "Gelu":
      return .function(try fields.boolean("approximate", default: true) ? "gelu_tanh" : "gelu")
    default: return nil
    }
  }

  /// `ReLU(max_value, negative_slope, threshold)`.
  private static func rectifier(_ fields: KerasFields) throws(KerasStop) -> KerasActivation {
    let largest = try fields.number("max_value"), slope = try fields.number("negative_slope") ?? 0
    let threshold = try fields.number("threshold") ?? 0
    guard threshold == 0 else {
      return .foreign(ForeignActivation.relu(most: largest, slope: slope, threshold: threshold).activation)
    }
    switch (largest, slope) {
    case (nil, 0): return .function("relu")
    case (nil, _): return .function("leaky_relu(slope=\(slope))")
    case (6, 0): return .function("relu6")
    default: return .foreign(ForeignActivation.relu(most: largest, slope: slope, threshold: 0).activation)
    }
  }
}
