/// The names that a checkpoint's pickle may use. They are symbols: nothing that they stand for is ever called.
enum PickleSymbol {
  case orderedDictionary
  /// `torch._utils._rebuild_tensor_v2`, whose storage says its type.
  case rebuildTensor
  /// `torch._utils._rebuild_tensor_v3`, which says it itself: float8 and unsigned numbers.
  case rebuildTensorOfType
  case rebuildParameter
  /// `torch._tensor._rebuild_from_type_v2(function, class, arguments, state)`.
  case rebuildFromType
  case tensorClass
  case storage(TensorElementType?)
  case elementType(TensorElementType)
  case list
  /// A value beside the tensors, such as a device, a size or a number of NumPy's.
  case opaque

  init?(module: String, name: String) {
    switch (module, name) {
    case ("collections", "OrderedDict"), ("collections", "defaultdict"), ("builtins", "dict"), ("__builtin__", "dict"):
      self = .orderedDictionary
    case ("torch._utils", "_rebuild_tensor_v2"), ("torch._utils", "_rebuild_tensor"): self = .rebuildTensor
    case ("torch._utils", "_rebuild_tensor_v3"): self = .rebuildTensorOfType
    case ("torch._utils", "_rebuild_parameter"), ("torch._utils", "_rebuild_parameter_with_state"): self = .rebuildParameter
    case ("torch._tensor", "_rebuild_from_type_v2"): self = .rebuildFromType
    case ("torch", "Tensor"), ("torch.nn.parameter", "Parameter"), ("torch.nn.parameter", "Buffer"): self = .tensorClass
    case ("torch", "Size"), ("builtins", "list"), ("__builtin__", "list"), ("builtins", "set"), ("__builtin__", "set"),
      ("builtins", "tuple"), ("__builtin__", "tuple"):
      self = .list
    case ("torch", "device"), ("torch.serialization", "_get_layout"), ("numpy", "dtype"), ("_codecs", "encode"),
      ("numpy.core.multiarray", "scalar"), ("numpy._core.multiarray", "scalar"):
      self = .opaque
    case ("torch", let name), ("torch.storage", let name):
      if let type = Self.storages[name] {
        self = .storage(type)
      } else if name == "UntypedStorage" {
        self = .storage(nil)
      } else if let type = Self.types[name] {
        self = .elementType(type)
      } else {
        return nil
      }
    default: return nil
    }
  }

  /// What kind of tensor a name stands for that is harmless and cannot be judged, and what to save in its place; nil for
  /// other names.
  static func unsupported(module: String, name: String) -> (tensor: String, remedy: String)? {
    guard module == "torch" || module.hasPrefix("torch.") else { return nil }
    if name.hasPrefix("Complex") && name.hasSuffix("Storage") || ["complex32", "complex64", "complex128"].contains(name) {
      return ("complex numbers", "Save real and imaginary parts as numbers of their own: torch.view_as_real(tensor)")
    }
    switch name {
    case "_rebuild_sparse_tensor", "_rebuild_sparse_csr_tensor":
      return ("a sparse tensor", "Save it dense: tensor.to_dense()")
    case "_rebuild_meta_tensor_no_storage":
      return (
        "a tensor on the meta device, which has a shape and no values",
        "Give the model memory and initialize it before it is saved: model.to_empty(device='cpu'), then its own "
          + "initialization"
      )
    case "_rebuild_nested_tensor": return ("a nested tensor", "Save its parts: tensor.unbind()")
    case "_rebuild_qtensor", "QInt8Storage", "QUInt8Storage", "QInt32Storage", "QUInt4x2Storage", "qint8", "quint8",
      "qint32":
      return ("a quantized tensor", "Save it as floating-point numbers: tensor.dequantize()")
    default: return nil
    }
  }

  private static let storages: [String: TensorElementType] = [
    "DoubleStorage": .float64, "FloatStorage": .float32, "HalfStorage": .float16, "BFloat16Storage": .bfloat16,
    "LongStorage": .int64, "IntStorage": .int32, "ShortStorage": .int16, "CharStorage": .int8, "ByteStorage": .uint8,
    "BoolStorage": .bool,
  ]

  private static let types: [String: TensorElementType] = {
    var types = Dictionary(uniqueKeysWithValues: TensorElementType.allCases.map { ($0.rawValue, $0) })
    for (name, type) in [("double", TensorElementType.float64), ("float", .float32), ("half", .float16), ("long", .int64)] {
      types[name] = type
    }
    return types
  }()
}
