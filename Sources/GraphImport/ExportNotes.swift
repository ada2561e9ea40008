import ONNXFiles

/// Says what an export has folded, merged or dropped.
enum ExportNotes {
  static func of(_ file: ONNXModel) -> [String] {
    var notes: [String] = []
    func rules(_ part: String) -> Int { file.graph.nodes.count { $0.metadata.rewriteRule.contains(part) } }
    let folded = rules("FuseBatchNorm")
    if folded > 0 {
      notes.append(
        "The export folded \(folded) batch \(folded == 1 ? "normalization" : "normalizations") into the layers before, so that this is "
          + "not the network that trains. Export it with optimize=False.")
    }
    let dropped = rules("RemoveOptionalBias")
    if dropped > 0 {
      notes.append(
        "The export dropped \(dropped) \(dropped == 1 ? "bias" : "biases") of zeros; their gradients are not shown. "
          + "optimize=False keeps them.")
    }
    if let signature = file.graph.signature {
      let stored = Set(file.graph.initializers.map(\.name))
      let missing = signature.parameters.filter { !stored.contains($0) }
      if !missing.isEmpty {
        notes.append(
          "\(missing.count) of \(signature.parameters.count) parameters are not in the file under their own names, because the export "
            + "merged, transposed or folded them (\(missing.prefix(3).joined(separator: ", "))\(missing.count > 3 ? ", ..." : "")). "
            + "optimize=False keeps them.")
      }
    }
    return notes
  }
}
