/// One layer of a Keras model at its place, after nested models were put into the graph.
struct KerasLayer {
  /// The name, with those of the models around it before it: `encoder.dense_1`.
  var name: String
  /// The class, such as `Conv2D`.
  var type: String
  /// The module of the class, `keras.layers`; empty in files of Keras 2.
  var module: String
  var fields: KerasFields
  /// Names of the layers that it reads, in the order of the call.
  var inputs: [String]
  /// Arguments of the call beside those: masks, whether an attention is causal.
  var arguments: JSONValue
  /// Where `model.weights.h5` keeps its weights: `layers/dense_1`.
  var weightPath: String

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
}

/// Names under which Keras keeps a model's weights, as `keras.src.saving.saving_lib` makes them: the class in snake
/// case, and a number from the second of its kind on.
package struct KerasWeightNames {
  private var counts: [String: Int] = [:]

  mutating func next(_ type: String) -> String {
    let name = Self.snakeCase(type)
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
