extension Layer {
  /// The functions that the layer applies, for a table: its activation, or those of a cell's gates; nil for a layer that
  /// only joins, moves or rescales values.
  package var activationText: String? {
    if !gates.isEmpty {
      var names: [String] = []
      for gate in gates where !names.contains(gate.activation.description) { names.append(gate.activation.description) }
      return names.joined(separator: ", ")
    }
    return activation.isIdentity && !hasRowPerUnit ? nil : activation.label
  }
}
