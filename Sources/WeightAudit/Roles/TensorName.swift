import TensorFiles

/// A tensor's name taken apart: without the wrappers that training programs put around a model, and its numbers apart.
package struct TensorName: Hashable, Sendable {
  /// The name without wrappers.
  let plain: String
  let tokens: [Substring]
  /// The name with every whole number between points replaced by #.
  let pattern: String
  /// Those numbers in order.
  let numbers: [Int]

  /// Wrappers of torch.compile, activation checkpointing, FSDP, DistributedDataParallel and PEFT.
  private static let wrappers: Set<Substring> = [
    "_orig_mod", "_checkpoint_wrapped_module", "_fsdp_wrapped_module", "_forward_module",
    "base_layer",
  ]

  /// Takes a name apart.
  ///
  /// - Parameters:
  ///   - name: The tensor's name.
  ///   - isKeras: Whether the file is Keras's, where the number of `dense_3` tells no block.
  package init(_ name: String, isKeras: Bool = false) {
    // Flax, Keras and npz write a/b/c.
    var parts = name.split(omittingEmptySubsequences: true) { $0 == "." || $0 == "/" }
    parts.removeAll { Self.wrappers.contains($0) }
    if parts.count > 2, parts.first == "module" { parts.removeFirst() }
    tokens = parts
    plain = parts.joined(separator: ".")
    var numbers: [Int] = []
    var patterned: [String] = []
    for part in parts {
      // layer_3 and encoder_layer_0, as Flax and torchvision write them, as well as bare numbers.
      let digits = part.reversed().prefix { $0.isASCII && $0.isNumber }.count
      let stem = part.dropLast(digits)
      let isUsual = isKeras && stem.last == "_" && KerasOrigin.isUsualName(stem.dropLast())
      if digits > 0, digits < 10, !isUsual, stem.isEmpty || stem.last == "_" && stem.count > 3,
        let number = Int(part.suffix(digits))
      {
        numbers.append(number)
        patterned.append(stem + "#")
      } else {
        patterned.append(String(part))
      }
    }
    self.numbers = numbers
    pattern = patterned.joined(separator: name.contains("/") && !name.contains(".") ? "/" : ".")
  }

  /// The last part: `weight`, `bias`, `A_log`.
  var leaf: String { tokens.last.map { String($0).lowercased() } ?? "" }
  /// The part before the last, or an empty text.
  var parent: String { tokens.count > 1 ? String(tokens[tokens.count - 2]).lowercased() : "" }
  /// The part before that.
  var grandparent: String { tokens.count > 2 ? String(tokens[tokens.count - 3]).lowercased() : "" }

  func contains(_ words: String...) -> Bool {
    let lower = plain.lowercased()
    return words.contains { lower.contains($0) }
  }

  /// Whether the tensor belongs to an adapter of LoRA, DoRA, LoHa, LoKr, OFT, BOFT, IA3 or VeRA, as PEFT and others name
  /// them, or to a bottleneck that is called one.
  var isOfAdapter: Bool {
    tokens.contains { token in
      Self.adapters.contains { token.hasPrefix($0) } || Self.adapterModules.contains(token)
    }
  }

  /// Modules of Houlsby's bottlenecks and their kin.
  private static let adapterModules: Set<Substring> = ["adapter", "adapters", "adaptmlp", "adapter_down", "adapter_up"]

  private static let adapters = ["lora_", "hada_", "lokr_", "oft_", "boft_", "ia3_", "vera_"]

  /// Whether one of the last two parts contains the word.
  func isUnderWord(_ word: String) -> Bool { leaf.contains(word) || parent.contains(word) }

  /// Whether any of the last two parts before the leaf is one of the words.
  func isUnder(_ words: Set<String>) -> Bool { words.contains(parent) || words.contains(grandparent) }
}
