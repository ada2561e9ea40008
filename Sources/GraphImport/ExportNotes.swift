import NetworkGraph
import ONNXFiles

/// Says what an export has folded, merged or dropped.
enum ExportNotes {
  /// Sentences for a report.
  ///
  /// - Parameters:
  ///   - file: The model's file.
  ///   - assembly: What was made of its tensors.
  ///   - graph: The graph, with the parameters that were found in the file.
  static func of(_ file: ONNXModel, _ assembly: GraphAssembly, _ graph: Graph) -> [String] {
    var notes: [String] = []
    let changed = folded(file)
    if !changed.isEmpty {
      notes.append(
        "The export folded \(changed.count) batch \(changed.count == 1 ? "normalization" : "normalizations") "
          + "into the layers before, so that this is not the network that trains: "
          + "\(changed.joined(separator: ", ")) hold products of "
          + "weights and gains. "
          + (LegacyExport.isOne(file)
            ? "Export it with training=TrainingMode.TRAINING and do_constant_folding=False, or with dynamo=True and "
              + "optimize=False."
            : "Export it with optimize=False.")
      )
    }
    if !assembly.ties.isEmpty {
      let list = assembly.ties.map { "\($0.name) (as \($0.other))" }.joined(separator: ", ")
      notes.append(
        (assembly.ties.count == 1
          ? "One parameter is tied to another and shown once"
          : "\(assembly.ties.count) parameters are tied to others and shown once") + ": \(list).")
    }
    notes += unnamed(graph) + constants(assembly.unnamedConstants) + computedWeights(graph, except: changed)
    return notes + missing(file, assembly.program, parameters: Set(graph.parameters.map(\.name))) + merged(file)
      + precomputed(assembly, file)
  }

  /// Parameters whose names in the state dictionary the file does not tell.
  private static func unnamed(_ graph: Graph) -> [String] {
    let names = graph.parameters.filter { $0.source?.isUnnamed ?? false }.map(\.name)
    guard !names.isEmpty else { return [] }
    return [
      "The export turned \(names.count == 1 ? "a parameter" : "\(names.count) parameters") around or cut "
        + "\(names.count == 1 ? "it" : "them") up and did not keep the \(names.count == 1 ? "name" : "names"), so that a "
        + "file of weights cannot hold \(names.count == 1 ? "it" : "them"): \(names.joined(separator: ", ")). "
        + "With dynamo=True and optimize=False every parameter has its own name."
    ]
  }

  private static func constants(_ tensors: [ONNXTensor]) -> [String] {
    guard !tensors.isEmpty else { return [] }
    let list = tensors.map { "\($0.name) \($0.dims)" }.joined(separator: ", ")
    return [
      "\(tensors.count == 1 ? "A stored tensor has" : "\(tensors.count) stored tensors have") no name and no place of "
        + "weights, and \(tensors.count == 1 ? "is" : "are") taken for "
        + "\(tensors.count == 1 ? "a constant" : "constants"): \(list). "
        + "Parameters from which the export computed them are missing here; with dynamo=True and optimize=False none is."
    ]
  }

  /// Results that the export computed beforehand and stored: gradients of the parameters behind them lack a part.
  ///
  /// Which tensors a result was computed from is not in the file. Layers' results have parameters behind them, and so has
  /// what looks like a parameter of the same module. Others are tables and masks.
  private static func precomputed(_ assembly: GraphAssembly, _ file: ONNXModel) -> [String] {
    let program = assembly.program
    guard program.isKnown else { return [] }
    var stored: [String: ONNXTensor] = [:], found: [String: String] = [:], shapes: [[Int]: [String]] = [:]
    for tensor in file.graph.initializers {
      if assembly.isConstant(tensor.name), program.computes(tensor.name) { stored[tensor.name] = tensor }
      if program.parameters.contains(tensor.name) { shapes[tensor.dims, default: []].append(tensor.name) }
    }
    for node in file.graph.nodes {
      let module = ModuleScope(node).path
      for input in node.inputs {
        guard let tensor = stored[input], tensor.elementType.isFloat, tensor.count > 1 else { continue }
        let isOfModule = { (name: String) in
          module.isEmpty
            ? !name.contains(".") : name.hasPrefix(module + ".") && !name.dropFirst(module.count + 1).contains(".")
        }
        let isResult = ["linear", "addmm", "conv1d", "conv2d", "conv3d", "convolution", "layer_norm"]
          .contains(where: input.hasPrefix)
        if isResult || shapes[tensor.dims]?.contains(where: isOfModule) ?? false { found[input] = "\(input) \(tensor.dims)" }
      }
    }
    guard !found.isEmpty else { return [] }
    return [
      "The export computed \(found.count == 1 ? "a result" : "\(found.count) results") of layers beforehand, "
        + "\(found.values.sorted().joined(separator: ", ")): the gradients of the parameters behind "
        + "\(found.count == 1 ? "it" : "them") lack that part (optimize=False keeps it)."
    ]
  }

  /// Weights that the model computes from its parameters, of which only the result is in the file.
  private static func computedWeights(_ graph: Graph, except folded: [String]) -> [String] {
    let names = graph.parameters.filter {
      $0.role == .weight && $0.source?.isComputed ?? false && !folded.contains($0.name)
    }.map { "\($0.name) \($0.modelShape)" }
    guard !names.isEmpty else { return [] }
    let isOne = names.count == 1
    return [
      "The export computed \(isOne ? "the weights of a layer" : "the weights of \(names.count) layers") from other "
        + "tensors of the model, and stored the \(isOne ? "result" : "results") alone: \(names.joined(separator: ", ")). "
        + "\(isOne ? "It is" : "They are") no \(isOne ? "parameter" : "parameters") of the model: gradients and drawn "
        + "weights are those of the \(isOne ? "result" : "results"). optimize=False keeps the parameters."
    ]
  }

  /// Normalizations that the export computes once for several modules, where it is not known for which.
  private static func merged(_ file: ONNXModel) -> [String] {
    let made = Set(file.graph.nodes.flatMap(\.outputs) + file.graph.initializers.map(\.name))
    var makers: [String: ONNXNode] = [:], merged: [String: Set<String>] = [:]
    for node in file.graph.nodes { for output in node.outputs { makers[output] = node } }
    for node in file.graph.nodes where !node.metadata.fxNode.isEmpty {
      let words = ExportedProgram.arguments(node.metadata.fxNode)
      for input in node.inputs {
        guard let maker = makers[input], !words.contains("%" + input) else { continue }
        let operation = ExportedProgram.operation(maker)
        guard operation.hasSuffix("_norm"), input.hasPrefix(operation),
          let other = words.first(where: { $0.hasPrefix("%" + operation) && !made.contains(String($0.dropFirst())) })
        else { continue }
        merged[ModuleScope(maker).path, default: []].insert(other)
      }
    }
    guard !merged.isEmpty else { return [] }
    let list = merged.keys.sorted().joined(separator: ", ")
    return [
      "The export computes \(list) once for other normalizations of the same values, too: the gradients shown there are "
        + "sums over them (optimize=False keeps them apart)."
    ]
  }

  /// Names of the weights into which normalizations were folded.
  static func folded(_ file: ONNXModel) -> [String] {
    if let legacy = LegacyExport(file) {
      return file.graph.nodes.filter(legacy.isFolded).map { ModuleScope($0).path + ".weight" }
    }
    return file.graph.nodes.filter { $0.metadata.rewriteRule.contains("FuseBatchNorm") && $0.inputs.count > 1 }.map {
      $0.inputs[1]
    }
  }

  /// Every parameter of the signature that the file does not hold, by reason.
  private static func missing(_ file: ONNXModel, _ program: ExportedProgram, parameters: Set<String>) -> [String] {
    guard let signature = file.graph.signature else { return [] }
    let buffers = Set(signature.buffers)
    // The shift of a dropped bias is read by a line whose node has none.
    var dropped: Set<String> = []
    for node in file.graph.nodes where node.metadata.rewriteRule.contains("RemoveOptionalBias") {
      if let name = program.parameter(node, slot: 2, storedAs: "") { dropped.insert(name) }
    }
    let tied = Dictionary(ties(file, program: program).map { ($0.name, $0.other) }) { _, last in last }
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
  ///
  /// A module that reads what the export computed beforehand may have computed it from its own parameter.
  static func ties(_ file: ONNXModel, program: ExportedProgram) -> [(name: String, other: String)] {
    let names = Set(program.parameters)
    var ties: [String: String] = [:], computing: Set<String> = []
    for node in file.graph.nodes {
      let path = ModuleScope(node).path
      if node.inputs.contains(where: program.computes) { computing.insert(path) }
      let read = program.parameters(of: node)
      guard !read.isEmpty else { continue }
      for leaf in ["weight", "bias"] {
        let own = path.isEmpty ? leaf : path + "." + leaf
        guard names.contains(own), !read.contains(own), let other = read.first(where: { $0.hasSuffix("." + leaf) }) else {
          continue
        }
        ties[own] = other
      }
    }
    return ties.sorted { $0.key < $1.key }.filter { tie in
      !computing.contains(tie.key.split(separator: ".").dropLast().joined(separator: "."))
    }.map { ($0.key, $0.value) }
  }
}
