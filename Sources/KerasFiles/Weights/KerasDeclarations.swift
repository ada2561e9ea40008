import DataSets

/// What the configuration of a `.keras` file declares for the arrays of its weights, also for layers without a counterpart
/// here.
package struct KerasDeclarations: Sendable {
  /// Layers by the place of their weights.
  private let layers: [String: KerasLayer]
  private let version: KerasVersion

  /// Reads the configuration; nil where the file is no `.keras` file whose layers can be told.
  package init?(path: String) {
    guard let archive = try? ZipArchive(path: path, limits: .checkpoint) else { return nil }
    func document(_ name: String) -> JSONValue? {
      guard let member = archive.members.first(where: { $0.name == name }), member.length <= KerasModel.largestConfiguration
      else { return nil }
      return (try? archive.contents(of: member)).flatMap { try? JSONParser.parse($0) }
    }
    guard let configuration = document(KerasFile.configuration), let graph = try? KerasGraph(configuration) else {
      return nil
    }
    let stated = document(KerasFile.metadata)?["keras_version"]?.string
    version = stated.flatMap(KerasVersion.init) ?? KerasVersion(.newestKeras)
    layers = Dictionary(graph.layers.map { ($0.weightPath, $0) }, uniquingKeysWith: { first, _ in first })
  }

  /// The initializer that an array is declared to have, and the laws that it may have then in the words of a scheme; nil
  /// where nothing is known of it.
  ///
  /// - Parameters:
  ///   - path: Where the file keeps it: `layers/dense/vars/0`.
  ///   - variable: What Keras calls it: `kernel`.
  ///   - rank: The number of its axes.
  package func law(path: String, variable: String, rank: Int) -> (name: String, laws: [String])? {
    guard let (layer, rest) = owner(of: path), layer.isOfKeras, let fields = fields(of: layer, rest) else { return nil }
    let isDepthwise = layer.type.hasPrefix("Depthwise")
    let key = isDepthwise && variable == "kernel" ? "depthwise_initializer" : "\(variable)_initializer"
    let names = [key, key.replacing("_kernel", with: ""), key.replacing("recurrent_kernel", with: "recurrent")]
    guard let name = names.first(where: { fields[$0] != nil }),
      let initializer = try? KerasInitializer(fields[name], key: name)
    else { return nil }
    // Since version 3.15 the kernels of attention know their axes.
    let knowsAxes = ["MultiHeadAttention", "EinsumDense"].contains(layer.type) && version.argument == nil && rank > 2
    let fans = knowsAxes ? ("fan_in", "fan_out") : ("keras_fan_in", "keras_fan_out")
    let laws = initializer.laws(fanIn: fans.0, fanOut: fans.1)
    guard !laws.isEmpty else { return nil }
    if variable == "bias", (try? fields.boolean("unit_forget_bias", default: false)) == true {
      return laws == ["zeros"] ? ("forget_gate_ones", ["forget_gate_ones"]) : nil
    }
    return (initializer.specification.replacing("keras.", with: "", maxReplacements: 1), laws)
  }

  /// The layer whose weights stand there, and the rest of the path.
  private func owner(of path: String) -> (KerasLayer, rest: [Substring])? {
    let parts = path.split(separator: "/")
    for count in stride(from: parts.count, through: 1, by: -1) {
      if let layer = layers[parts.prefix(count).joined(separator: "/")] { return (layer, Array(parts.dropFirst(count))) }
    }
    return nil
  }

  /// The configuration of the layer, or of the one that it wraps.
  private func fields(of layer: KerasLayer, _ rest: [Substring]) -> KerasFields? {
    switch rest.first {
    case "layer", "forward_layer": KerasFields(layer.fields["layer"]?["config"])
    case "backward_layer": KerasFields((layer.fields["backward_layer"] ?? layer.fields["layer"])?["config"])
    default: layer.fields
    }
  }
}
