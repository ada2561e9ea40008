/// Collects what a user should know of how a Keras model was understood.
struct KerasNotes {
  /// Layers by what is to be said of them.
  private var remarks: [KerasRemark: [String]] = [:]
  /// Tensors whose initializers declare a seed, by initializer, seed and extents.
  private var seeded: [String: [String]] = [:]

  mutating func note(_ remark: KerasRemark, _ layer: String) { remarks[remark, default: []].append(layer) }

  /// Remembers which tensors declare one seed, for a remark.
  mutating func seed(_ initializer: KerasInitializer?, shape: [Int], of tensor: String) {
    guard let initializer, let seed = initializer.seed else { return }
    note(.seeds, tensor)
    seeded["\(initializer.specification)|\(seed)|\(shape)", default: []].append(tensor)
  }

  /// Notes arguments that every layer may have and that change nothing of an untrained network, or that nothing here does.
  mutating func noteTraining(_ layer: KerasLayer) throws(KerasStop) {
    for member in layer.fields.value.members ?? [] where !member.value.isNull {
      if member.key.hasSuffix("_regularizer") || member.key.hasSuffix("_constraint") { note(.regularizers, layer.name) }
      if member.key == "quantization_config" { throw .problem("it is quantized") }
      if member.key == "lora_rank" { throw .problem("it has LoRA matrices (lora_rank)") }
    }
    let type = layer.fields["dtype"].flatMap { $0.string ?? $0["config"]?["name"]?.string }
    if let type, type != "float32" {
      if type.contains("int8") || type.contains("float8") { throw .problem("it is quantized (\(type.prefix(40)))") }
      if !type.hasPrefix("int") && !type.hasPrefix("uint") { note(.otherTypes, layer.name) }
    }
  }

  /// Whole sentences, in a fixed order.
  var sentences: [String] {
    // Tensors that share initializer, seed and extents.
    let equal = seeded.values.filter { $0.count > 1 }.sorted { $0[0] < $1[0] }
    return KerasRemark.allCases.compactMap { remark in remarks[remark].map { remark.text($0) } }
      + equal.prefix(8).map {
        "Keras fills \(KerasRemark.list($0)) with the same values: they declare one initializer with one seed, and have one "
          + "shape. Here they are drawn independently"
      }
  }
}
