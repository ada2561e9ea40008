/// One layer of a Keras model at its place, after nested models were put into the graph.
struct KerasLayer {
  /// The name, with those of the models around it before it: `encoder.dense_1`.
  var name: String
  /// The class, such as `Conv2D`.
  var type: String
  /// The module of the class, `keras.layers`; empty in files of Keras 2.
  var module: String
  var fields: KerasFields
  /// Results of other layers that it reads, in the order of the call.
  var inputs: [String]
  /// For each of these the name of its argument, where the call gives one.
  var inputNames: [String?]
  /// The same with the constants of the call between them.
  var operands: [KerasCall.Operand]
  /// Arguments of the call beside those: masks, whether an attention is causal.
  var arguments: JSONValue
  /// What stands between the brackets, of an operation `x[...]`.
  var item: JSONValue?
  /// How often the layer is called; each call is an entry of its own.
  var calls: Int
  /// Where `model.weights.h5` keeps its weights: `layers/dense_1`.
  var weightPath: String

  /// Reads a layer's object.
  ///
  /// - Parameters:
  ///   - entry: The object.
  ///   - type: Its class.
  ///   - name: Its name at this place.
  ///   - call: What it reads.
  ///   - weightPath: Where its weights are kept.
  init(_ entry: JSONValue, type: String, name: String, call: KerasCall, weightPath: String) {
    (self.name, self.type, self.weightPath) = (name, type, weightPath)
    module = entry["module"]?.string ?? ""
    // A class of the user's own may have the name of one of Keras's.
    if let registered = entry["registered_name"]?.string, registered != type { module = registered }
    fields = KerasFields(entry["config"])
    (inputs, inputNames, operands, calls) = (call.inputs, call.inputNames, call.operands, call.shares)
    (arguments, item) = (call.arguments, call.item)
  }

  /// Whether it is an operation of `keras.ops` rather than a layer.
  var isOperation: Bool { module.contains(".ops.") }

  /// Whether the class is Keras's own.
  var isOfKeras: Bool {
    module.isEmpty || module.hasPrefix("keras") || module.hasPrefix("tf_keras") || module.hasPrefix("tensorflow")
  }

  /// How lists of problems call it.
  var title: String { "\(name.prefix(80)) (\(type.prefix(80)))" }
}

/// What a Keras model reads.
struct KerasInput {
  var name: String
  /// The extents without the batch; nil where the model leaves one open.
  var shape: [Int?]
  /// Whether it takes whole numbers.
  var isInteger: Bool
}

/// Names under which Keras keeps a model's weights, as `keras.src.saving.saving_lib` makes them: the class in snake
/// case, and a number from the second of its kind on.
package struct KerasWeightNames {
  private var counts: [String: Int] = [:]

  mutating func next(_ type: String) -> String {
    // The one layer that Keras exports under another name than that of its class.
    let name = Self.snakeCase(type == "GroupQueryAttention" ? "GroupedQueryAttention" : type)
    let count = counts[name, default: 0]
    counts[name] = count + 1
    return count == 0 ? name : "\(name)_\(count)"
  }

  /// `MaxPooling2D` to `max_pooling2d`, `ReLU` to `re_lu`: Keras's two rules, one after the other.
  package static func snakeCase(_ type: String) -> String {
    let letters = Array(type.unicodeScalars.filter { $0.properties.isAlphabetic || ("0"..."9").contains($0) || $0 == "_" })
    func isUpper(_ scalar: Unicode.Scalar) -> Bool { ("A"..."Z").contains(scalar) }
    func isLower(_ scalar: Unicode.Scalar) -> Bool { ("a"..."z").contains(scalar) }
    // (.)([A-Z][a-z]+) to \1_\2
    var parted: [Unicode.Scalar] = []
    var place = 0
    while place < letters.count {
      parted.append(letters[place])
      if place + 2 < letters.count, isUpper(letters[place + 1]), isLower(letters[place + 2]) {
        parted.append("_")
        parted.append(letters[place + 1])
        place += 2
        while place < letters.count, isLower(letters[place]) {
          parted.append(letters[place])
          place += 1
        }
      } else {
        place += 1
      }
    }
    // ([a-z])([A-Z]) to \1_\2
    var name = String.UnicodeScalarView()
    for (index, letter) in parted.enumerated() {
      if index > 0, isUpper(letter), isLower(parted[index - 1]) { name.append("_") }
      name.append(letter)
    }
    return String(name).lowercased()
  }
}
