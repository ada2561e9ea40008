/// Encodes a network as its name, its input's shape and its nodes, each with name, kind, inputs and the fields that differ
/// from the layer's defaults. Decoding infers the shapes again and checks everything.
///
/// A custom activation was made from closures, so encoding refuses it with an `EncodingError`.
extension Network: Codable {
  private enum CodingKeys: String, CodingKey { case name, input, nodes }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let name = try container.decode(String.self, forKey: .name)
    let input = try container.decode(Shape.self, forKey: .input)
    let nodes = try container.decode([CodedNode].self, forKey: .nodes)
    do {
      try self.init(name: name, input: input, placements: nodes.map(\.placement))
    } catch {
      throw DecodingError.dataCorruptedError(forKey: .nodes, in: container, debugDescription: error.description)
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(name, forKey: .name)
    try container.encode(input, forKey: .input)
    try container.encode(nodes.map { CodedNode(placement: $0.placement) }, forKey: .nodes)
  }
}

/// Networks are equal when they encode alike; custom activations are compared by name.
extension Network: Hashable {
  public static func == (left: Network, right: Network) -> Bool {
    left.name == right.name && left.input == right.input && left.nodes == right.nodes
  }

  public func hash(into hasher: inout Hasher) {
    hasher.combine(name)
    hasher.combine(input)
    hasher.combine(nodes)
  }
}

extension Network.Node: Hashable {
  public static func == (left: Network.Node, right: Network.Node) -> Bool {
    left.name == right.name && left.layer.kind == right.layer.kind && left.layer.fields == right.layer.fields
      && left.inputs == right.inputs && left.inputShapes == right.inputShapes && left.isDeclared == right.isDeclared
  }

  public func hash(into hasher: inout Hasher) {
    hasher.combine(name)
    hasher.combine(layer.kind)
    hasher.combine(layer.fields)
    hasher.combine(inputs)
  }

  var placement: Network.Placement {
    Network.Placement(name: name, layer: layer, inputs: inputs, isDeclared: isDeclared)
  }
}

/// One node as it is encoded: `{"name": "dense_1", "kind": "dense", "inputs": ["input"], "fields": {"units": "256"}}`, with
/// `"declared": true` where a model's file declared the initializers.
private struct CodedNode: Codable {
  var placement: Network.Placement

  private enum CodingKeys: String, CodingKey { case name, kind, inputs, fields, declared }

  init(placement: Network.Placement) { self.placement = placement }

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let kind = try container.decode(String.self, forKey: .kind)
    let fields = LayerFields(try container.decode([String: String].self, forKey: .fields))
    let layer: any Layer
    do throws(SpecificationError) {
      guard let entry = LayerCatalogue.entry(kind) else {
        throw .unknown("layer", kind, among: LayerCatalogue.entries.map(\.kind))
      }
      layer = try entry.layer(from: fields)
    } catch {
      throw DecodingError.dataCorruptedError(forKey: .fields, in: container, debugDescription: error.description)
    }
    placement = Network.Placement(
      name: try container.decode(String.self, forKey: .name), layer: layer,
      inputs: try container.decode([String].self, forKey: .inputs),
      isDeclared: try container.decodeIfPresent(Bool.self, forKey: .declared) ?? false)
  }

  func encode(to encoder: any Encoder) throws {
    if placement.layer.activation.isCustom {
      throw EncodingError.invalidValue(
        placement.layer.activation,
        EncodingError.Context(
          codingPath: encoder.codingPath,
          debugDescription: "layer '\(placement.name)': `\(placement.layer.activation)` was made from closures in Swift, "
            + "which no text can name"))
    }
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(placement.name, forKey: .name)
    try container.encode(placement.layer.kind, forKey: .kind)
    try container.encode(placement.inputs, forKey: .inputs)
    try container.encode(placement.layer.fields.values, forKey: .fields)
    if placement.isDeclared { try container.encode(true, forKey: .declared) }
  }
}
