import ONNXFiles

/// Says what an export has folded, merged or dropped.
enum ExportNotes {
  /// Sentences for a report.
  ///
  /// - Parameters:
  ///   - file: The model's file.
  ///   - parameters: Names of the parameters that were found in it.
  static func of(_ file: ONNXModel, parameters: [String]) -> [String] {
    var notes: [String] = []
    let folded = file.graph.nodes.count { $0.metadata.rewriteRule.contains("FuseBatchNorm") }
    if folded > 0 {
      notes.append(
        "The export folded \(folded) batch \(folded == 1 ? "normalization" : "normalizations") into the layers before, so "
          + "that this is not the network that trains: \(changed(file)) hold products of weights and gains. "
          + "Export it with optimize=False."
      )
    }
    return notes + missing(file, parameters: Set(parameters))
  }

  /// Names of the weights into which normalizations were folded.
  private static func changed(_ file: ONNXModel) -> String {
    file.graph.nodes.filter { $0.metadata.rewriteRule.contains("FuseBatchNorm") && $0.inputs.count > 1 }.map { $0.inputs[1] }
      .joined(separator: ", ")
  }

  /// Every parameter of the signature that the file does not hold, by reason.
  private static func missing(_ file: ONNXModel, parameters: Set<String>) -> [String] {
    guard let signature = file.graph.signature else { return [] }
    let program = ExportedProgram(file), buffers = Set(signature.buffers)
    // The shift of a dropped bias is read by a line whose node has none.
    var dropped: Set<String> = []
    for node in file.graph.nodes where node.metadata.rewriteRule.contains("RemoveOptionalBias") {
      dropped.formUnion(program.parameters(of: node).filter { $0.hasSuffix("bias") })
    }
    let tied = ties(file, program: program)
    var zeros: [String] = [], inNormalizations: [String] = [], computed: [String] = [], aliases: [String] = []
    for name in signature.parameters where !parameters.contains(name) {
      let module = name.split(separator: ".").dropLast().joined(separator: ".")
      if dropped.contains(name) {
        zeros.append(name)
      } else if buffers.contains(module.isEmpty ? "running_mean" : module + ".running_mean") {
        inNormalizations.append(name)
      } else if let other = tied[name] {
        aliases.append("\(name) (as \(other))")
      } else {
        computed.append(name)
      }
    }
    func note(_ names: [String], _ words: (_ one: Bool) -> String) -> String? {
      names.isEmpty ? nil : words(names.count == 1) + ": \(names.joined(separator: ", "))."
    }
    return [
      note(zeros) {
        $0
          ? "One bias of zeros was dropped by the export, and has no gradient here (optimize=False keeps it)"
          : "\(zeros.count) biases of zeros were dropped by the export, and have no gradients here "
            + "(optimize=False keeps them)"
      },
      note(inNormalizations) {
        $0
          ? "One parameter of batch normalization is missing, because the export folded it into the layer before"
          : "\(inNormalizations.count) parameters of batch normalizations are missing, because the export folded "
            + "them into the layers before"
      },
      note(aliases) {
        $0
          ? "One parameter is tied to another and shown once"
          : "\(aliases.count) parameters are tied to others and shown once"
      },
      note(computed) {
        $0
          ? "One parameter is missing, because the export computed with it beforehand, it is tied to one that is shown "
            + "(optimize=False keeps it), or the output does not depend on it"
          : "\(computed.count) parameters are missing, because the export computed with them beforehand, they are tied "
            + "to others that are shown (optimize=False keeps them), or the output does not depend on them"
      },
    ].compactMap(\.self)
  }

  /// Parameters that a module of theirs reads under the name of another: tied matrices.
  private static func ties(_ file: ONNXModel, program: ExportedProgram) -> [String: String] {
    let names = Set(program.parameters)
    var ties: [String: String] = [:]
    for node in file.graph.nodes {
      let read = program.parameters(of: node)
      guard !read.isEmpty else { continue }
      let path = ModuleScope(node).path
      for leaf in ["weight", "bias"] {
        let own = path.isEmpty ? leaf : path + "." + leaf
        guard names.contains(own), !read.contains(own), let other = read.first(where: { $0.hasSuffix("." + leaf) }) else {
          continue
        }
        ties[own] = other
      }
    }
    return ties
  }
}
