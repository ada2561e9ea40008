import DataSets
import NetworkGraph

/// A Keras model as a network of our own layers, with the initializers that it declares.
///
///     let model = try KerasModel(path: "model.keras")
///     print(model.network.parameterCount, model.notes)
///
/// Reads `.keras` files (a zip archive of config.json, metadata.json and model.weights.h5) and the JSON of
/// `model.to_json()`, of Keras 2 and 3: Sequential and functional models, also within each other. Nothing of the file runs.
public struct KerasModel: Sendable {
  public let network: Network
  /// Sentences for the user about parts of the model that were left out or read in a way that may surprise.
  public let notes: [String]
  /// The node whose activation is the result of each layer of the Keras model, in the model's order. Layers that became part
  /// of the one before them have its node, layers that were left out that of their input.
  public let nodes: [(layer: String, node: String)]
  /// Where a file of weights keeps each parameter.
  public let weights: [KerasWeight]
  /// Where it keeps what is a constant here.
  let slopes: [KerasSlopes]
  /// The file that was read.
  let file: KerasFile

  /// The most bytes of a configuration that are read.
  public static let largestConfiguration = 1 << 26

  /// Reads a `.keras` file.
  ///
  /// - Parameter path: The archive.
  /// - Throws: ``KerasError`` for what is no Keras model, and for one with layers that have no counterpart: all of them,
  ///   each with its reason.
  public init(path: String) throws(KerasError) {
    try self.init(try KerasFile(path: path))
  }

  /// Reads a configuration: the JSON of `model.to_json()`.
  ///
  /// - Parameters:
  ///   - configuration: The text.
  ///   - path: What errors call it.
  /// - Throws: As `init(path:)` does.
  public init(configuration: [UInt8], path: String) throws(KerasError) {
    try self.init(try KerasFile(configuration: configuration, path: path))
  }

  init(_ file: KerasFile) throws(KerasError) {
    let document = file.document, path = file.path
    let lowering: KerasLowering
    let output: String
    let layers: [String]
    do throws(KerasGraph.Refusal) {
      let graph = try KerasGraph(document)
      var all = KerasLowering(graph, version: file.version)
      do throws(KerasGraph.Refusal) {
        try all.start(graph)
      } catch {
        throw Self.refusal(error, with: graph.unknownLayers)
      }
      for layer in graph.layers { all.append(layer) }
      guard all.problems.isEmpty else { throw Self.refusal(all.problems, remedy: Self.networkRemedy) }
      guard let node = graph.outputs.first.flatMap(all.node), !all.placements.isEmpty else {
        throw KerasGraph.Refusal(message: "has no layer that computes anything", hint: nil)
      }
      (lowering, output, layers) = (all, node, graph.layers.map(\.name))
    } catch {
      throw KerasError(path: path, error.message, hint: error.hint)
    }
    guard let input = lowering.input else { throw KerasError(path: path, "has no input") }
    var placements = lowering.placements
    // The network's result is its last node. A merged activation or a flatten that does nothing may come later in the file.
    if let place = placements.firstIndex(where: { $0.name == output }), place < placements.count - 1 {
      placements.append(placements.remove(at: place))
    }
    do {
      let name = document["config"]?["name"]?.string ?? "keras"
      network = try Network(name: Self.printable(name), input: input, placements: placements)
    } catch {
      throw KerasError(
        path: path, (error.node.map { "layer '\($0)': " } ?? "") + error.message, hint: error.hint)
    }
    (weights, slopes) = (lowering.weights, lowering.slopes)
    nodes = layers.compactMap { layer in lowering.node(of: layer).map { (layer, $0) } }
    notes = lowering.notes.sentences
    self.file = file
  }

  static func printable(_ name: String) -> String {
    let text = String(name.unicodeScalars.filter { $0.value >= 0x20 && $0.value != 0x7F }.prefix(100).map(Character.init))
    return text.isEmpty ? "keras" : text
  }

  /// The most layers that one message lists.
  private static let mostListed = 200

  /// What to do about a model that no network of our own layers expresses.
  private static let networkRemedy =
    "Replace them; audit, check, describe and fix know more layers, as a graph of operators"
  /// What to do about a model that no graph expresses either.
  static let graphRemedy =
    "Replace them, or audit the model as ONNX, of which more is known: model.export('model.onnx', format='onnx')"

  /// The refusal that lists every layer without a counterpart.
  static func refusal(_ problems: [KerasGraph.Problem], remedy: String) -> KerasGraph.Refusal {
    let count = problems.count == 1 ? "1 layer has" : "\(problems.count) layers have"
    return KerasGraph.Refusal(message: "\(count) no counterpart here:\(list(problems))\n\(remedy)", hint: nil)
  }

  /// A refusal of the whole model, with the layers that have no counterpart either.
  static func refusal(
    _ refusal: KerasGraph.Refusal, with problems: [KerasGraph.Problem]
  ) -> KerasGraph.Refusal {
    guard !problems.isEmpty else { return refusal }
    let hint = refusal.hint.map { ". \($0)" } ?? ""
    let count = problems.count == 1 ? "1 layer has" : "\(problems.count) layers have"
    return KerasGraph.Refusal(
      message: "\(refusal.message)\(hint).\nBesides, \(count) no counterpart here:\(list(problems))\n\(networkRemedy)",
      hint: nil)
  }

  private static func list(_ problems: [KerasGraph.Problem]) -> String {
    let lines = problems.prefix(mostListed).map { "\n  \($0.layer): \($0.reason)" }.joined()
    return lines + (problems.count > mostListed ? "\n  and \(problems.count - mostListed) more" : "")
  }
}

extension KerasError {
  init(_ error: DataError) {
    let place = if case .byte(let offset)? = error.position { "byte \(offset): " } else { "" }
    self.init(path: error.path, place + error.message, hint: error.hint)
  }
}

extension KerasModel {
  /// Whether a text that begins with these bytes is the JSON of a Keras model: a whole document with `class_name` and
  /// `config`, or the beginning of one.
  ///
  /// - Parameter beginning: The first bytes of a file, or all of them.
  /// - Returns: Whether it is worth reading as one.
  public static func looksLikeConfiguration(_ beginning: [UInt8]) -> Bool {
    if let document = try? JSONParser.parse(beginning) {
      return document["class_name"] != nil && document["config"] != nil
    }
    // Longer than what was read, or damaged. Keras writes both keys first, but for the module.
    let start = beginning.prefix(400)
    func has(_ word: String) -> Bool { start.firstRange(of: Array("\"\(word)\"".utf8)) != nil }
    return has("class_name") && has("config")
  }
}
