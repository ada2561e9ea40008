import ONNXFiles

/// The module of the user's model to which a node belongs, as its exporter tells it.
struct ModuleScope: Hashable, Sendable {
  /// The module's qualified name, such as `transformer.h.0.attn`; empty for the model itself, or where nothing is known.
  var path: String
  /// Whether the file says so; false where a name had to be made.
  var isKnown: Bool

  /// Its parts: `["transformer", "h", "0", "attn"]`.
  var parts: [String] { path.isEmpty ? [] : path.split(separator: ".").map(String.init) }

  init(_ node: ONNXNode) {
    let scopes = node.metadata.nameScopes
    if scopes.count > 1 {
      // The last is the node's own name in the exported program, the one before it its module.
      self.init(path: scopes[scopes.count - 2], isKnown: true)
    } else if scopes.count == 1 {
      self.init(path: "", isKnown: true)
    } else if node.name.hasPrefix("/") {
      // The old exporter: /layer1/layer1.0/conv1/Conv.
      var path: [String] = []
      for part in node.name.split(separator: "/").dropLast().map(String.init) {
        if let last = path.last, part.hasPrefix(last + ".") { path[path.count - 1] = part } else { path.append(part) }
      }
      self.init(path: path.joined(separator: "."), isKnown: true)
    } else {
      self.init(path: "", isKnown: false)
    }
  }

  init(path: String, isKnown: Bool) {
    self.path = path
    self.isKnown = isKnown
  }
}
