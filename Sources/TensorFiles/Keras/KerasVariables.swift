import HDF5Files

/// Where Keras keeps a variable, and of which layer it is.
package struct KerasOrigin: Sendable, Hashable {
  /// The path of the array in the file: `layers/dense_1/vars/0`.
  package var path: String
  /// The class of the layer in snake case, such as `depthwise_conv2d`; empty where the file does not tell it.
  package var layer: String

  /// Whether Keras gives layers this name by itself, with a number from the second one on: the number tells no block then.
  package static func isUsualName(_ stem: some StringProtocol) -> Bool { KerasVariables.isClass(String(stem)) }
}

/// The variables in a file of Keras's weights, by the names that Keras shows: `dense_1/kernel`.
///
/// Keras 3 writes `layers/CLASS_N/vars/I`, the class in snake case, and with each `vars` the layer's name. What the I-th
/// variable is called follows from the class (keras/src/saving/saving_lib.py and the layers' `build`). Keras 2 wrote the
/// names of variables themselves.
struct KerasVariables {
  struct Variable {
    /// The array in `HDF5Contents.arrays`.
    var index: Int
    var name: String
    var origin: KerasOrigin
  }

  private(set) var variables: [Variable] = []
  /// Arrays of an optimizer.
  private(set) var leftOut = 0

  init(_ contents: HDF5Contents) {
    var members: [String: [(place: Int, index: Int)]] = [:]
    for (index, array) in contents.arrays.enumerated() {
      let parts = array.path.split(separator: "/")
      if let first = parts.first, ["optimizer", "optimizer_weights", "_optimizer"].contains(first) {
        leftOut += 1
      } else if parts.count >= 2, parts[parts.count - 2] == "vars", let place = Int(parts[parts.count - 1]) {
        members[parts.dropLast(2).joined(separator: "/"), default: []].append((place, index))
      } else {
        variables.append(Self.older(parts, index, array.path))
      }
    }
    for (owner, arrays) in members {
      let own = arrays.sorted { ($0.place, $0.index) < ($1.place, $1.index) }
      let layer = Self.layer(owner, contents.names["\(owner)/vars"], own.map { contents.arrays[$0.index].shape })
      let titles = Self.titles(layer, own.map { contents.arrays[$0.index] })
      let readable = Self.readable(owner, contents.names)
      for (title, array) in zip(titles, own) {
        variables.append(
          Variable(
            index: array.index, name: readable.isEmpty ? title : "\(readable)/\(title)",
            origin: KerasOrigin(path: contents.arrays[array.index].path, layer: layer)))
      }
    }
  }

  /// In the order of the model's layers where it is known, then by class and number.
  func sorted(by order: [String: Int]) -> [Variable] {
    func key(_ variable: Variable) -> (Int, [PathPart]) {
      let layer = variable.name.split(separator: "/").first.map(String.init) ?? ""
      return (order[layer] ?? .max, variable.origin.path.split(separator: "/").map(PathPart.init))
    }
    return variables.map { (key($0), $0) }.sorted { first, second in
      if first.0.0 != second.0.0 { return first.0.0 < second.0.0 }
      return first.0.1.lexicographicallyPrecedes(second.0.1)
    }.map(\.1)
  }

  /// A part of a path, of which `dense_2` comes before `dense_10`.
  private struct PathPart: Comparable {
    var stem: Substring
    var number: Int

    init(_ part: Substring) {
      let digits = part.reversed().prefix { $0.isASCII && $0.isNumber }.count
      let isNumbered = digits > 0 && digits < 10
      stem = isNumbered ? part.dropLast(digits) : part
      if stem.last == "_" { stem = stem.dropLast() }
      number = isNumbered ? Int(part.suffix(digits)) ?? 0 : -1
    }

    static func < (first: PathPart, second: PathPart) -> Bool {
      first.stem == second.stem ? first.number < second.number : first.stem < second.stem
    }
  }

  // MARK: Names

  /// Groups that hold the layers of a model, and are none themselves.
  private static let containers: Set<Substring> = ["layers", "_layer_checkpoint_dependencies"]

  /// The names of the layers around a variable: `encoder/dense_1` for `layers/functional/layers/dense`.
  private static func readable(_ owner: String, _ names: [String: String]) -> String {
    var place = "", readable: [Substring] = []
    for part in owner.split(separator: "/") {
      place += place.isEmpty ? part : "/\(part)"
      if containers.contains(part) { continue }
      readable.append(names["\(place)/vars"].map { $0[...] } ?? part)
    }
    return readable.joined(separator: "/")
  }

  /// `dense` for `dense_12`.
  private static func stem(_ name: some StringProtocol) -> String {
    let digits = name.reversed().prefix { $0.isASCII && $0.isNumber }.count
    let stem = name.dropLast(digits)
    return digits > 0 && stem.last == "_" ? String(stem.dropLast()) : String(name)
  }

  /// The class of the layer that owns these variables, as far as the names of its group and of itself tell.
  private static func layer(_ owner: String, _ name: String?, _ shapes: [[Int]]) -> String {
    let group = stem(owner.split(separator: "/").last ?? "")
    if known[group] != nil { return group }
    let own = stem(name ?? "")
    if known[own] != nil { return own }
    if group.hasSuffix("cell") || own.hasSuffix("cell") { return "cell" }
    for text in [group, own] {
      if text.hasSuffix("norm") || text.hasSuffix("normalization") {
        return shapes.count == 4 ? "batch_normalization" : "layer_normalization"
      }
      if text.hasSuffix("embedding"), shapes.count == 1, shapes[0].count == 2 { return "embedding" }
    }
    // A matrix with a bias for each of its outputs, as in layers within a layer of the program's own.
    if let matrix = shapes.first, matrix.count == 2, shapes.count == 2, shapes[1] == [matrix[1]] { return "dense" }
    let isProjection = group.hasSuffix("_dense") || group == "layer"
    if isProjection, let matrix = shapes.first, matrix.count == 2 { return "dense" }
    if isProjection, let matrix = shapes.first, matrix.count == 3 { return "einsum_dense" }
    // A layer that another one wraps, whose class its group does not tell.
    if group == "layer", let kernel = shapes.first, [4, 5].contains(kernel.count),
      shapes.count == 1 || shapes[1] == [kernel[kernel.count - 1]]
    {
      return kernel.count == 4 ? "conv2d" : "conv3d"
    }
    return ""
  }

  /// Classes with variables of their own, and those that only hold layers which have them.
  static func isClass(_ stem: String) -> Bool { known[stem] != nil || holders.contains(stem) }

  private static let holders: Set<String> = [
    "sequential", "functional", "model", "bidirectional", "time_distributed", "multi_head_attention", "attention",
    "grouped_query_attention", "lstm", "gru", "simple_rnn", "rnn", "variable",
  ]

  private static let kernel = ["kernel", "bias"], norm = ["gamma", "beta"]
  private static let recurrent = ["kernel", "recurrent_kernel", "bias"]

  /// The variables of each class in the order of its `build`.
  private static let known: [String: [String]] = [
    "dense": kernel, "einsum_dense": kernel, "conv1d": kernel, "conv2d": kernel, "conv3d": kernel,
    "conv1d_transpose": kernel, "conv2d_transpose": kernel, "conv3d_transpose": kernel, "depthwise_conv1d": kernel,
    "depthwise_conv2d": kernel, "separable_conv1d": ["depthwise_kernel", "pointwise_kernel", "bias"],
    "separable_conv2d": ["depthwise_kernel", "pointwise_kernel", "bias"], "embedding": ["embeddings"],
    "batch_normalization": norm + ["moving_mean", "moving_variance"], "layer_normalization": norm,
    "group_normalization": norm, "rms_normalization": ["scale"], "p_re_lu": ["alpha"], "simple_rnn_cell": recurrent,
    "lstm_cell": recurrent, "gru_cell": recurrent, "cell": recurrent, "conv_lstm_cell": recurrent,
    // The first is the wrapped layer's own kernel, or its table, a second time.
    "spectral_normalization": ["wrapped_kernel", "vector_u"],
    "normalization": ["mean", "variance", "count"], "seed_generator": ["seed_generator_state"],
  ]

  /// The names of a layer's variables; a number where its class is not known.
  private static func titles(_ layer: String, _ arrays: [HDF5Contents.Array]) -> [String] {
    var titles = known[layer] ?? []
    // Without a gain or without a shift there is one variable less.
    let missing = layer == "batch_normalization" ? 4 - arrays.count : titles == norm ? 2 - arrays.count : 0
    if missing > 0, titles.starts(with: norm) {
      titles = (missing > 1 ? [] : [isAroundOne(arrays[0]) ? "gamma" : "beta"]) + titles.dropFirst(2)
    }
    return arrays.indices.map { $0 < titles.count ? titles[$0] : "variable_\($0)" }
  }

  /// A gain rather than a shift.
  private static func isAroundOne(_ array: HDF5Contents.Array) -> Bool {
    guard array.type == .float32 else { return array.bytes.contains { $0 != 0 } }
    let values = array.floats
    return values.reduce(0) { $0 + Double($1) } > 0.5 * Double(values.count)
  }

  /// A variable of Keras 2, whose path ends with its name: `model_weights/dense/dense/kernel:0`.
  private static func older(_ path: [Substring], _ index: Int, _ place: String) -> Variable {
    var parts = path
    if parts.first == "model_weights" { parts.removeFirst() }
    if let last = parts.last, last.hasSuffix(":0") { parts[parts.count - 1] = last.dropLast(2) }
    // The layer's group has its name, and the variable's name begins with it again.
    if parts.count > 2, parts.dropFirst().dropLast().contains(parts[0]) { parts.removeFirst() }
    let layer = parts.dropLast().reversed().map { stem($0) }.first { known[$0] != nil } ?? ""
    return Variable(
      index: index, name: parts.joined(separator: "/"),
      origin: KerasOrigin(path: place, layer: layer))
  }
}
