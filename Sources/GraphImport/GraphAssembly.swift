import NetworkGraph
import ONNXFiles
import OperatorKernels

/// Makes a graph of an ONNX file's nodes, one of each, nothing interpreted.
struct GraphAssembly {
  private(set) var values: [Graph.Value] = []
  private(set) var nodes: [Graph.Node] = []
  /// The file's node behind each node of the graph.
  private(set) var origins: [ONNXNode] = []
  private(set) var parameters: [GraphParameter] = []
  private(set) var inputs: [(info: ONNXValueInfo, value: ValueID)] = []
  private(set) var notes: [String] = []
  private var places: [String: ValueID] = [:]
  /// Values that stand for a stored tensor at single inputs of nodes, where it holds several parameters.
  private var overrides: [ReadingPlace: ValueID] = [:]
  /// The file's node that is being added.
  private var place = 0
  private var recurrent = RecurrentWeights()
  /// Parameters that one tensor of the file holds whole, by name.
  private var whole: [String: (tensor: ONNXTensor, value: ValueID)] = [:]
  /// Tensors into which the export multiplied a normalization.
  private var folded: Set<String> = []
  /// Names of all parameters, each of which is given once.
  private var taken: Set<String> = []
  /// Names of parameters that are matrices, by their sorted extents, and what a copy has in common with them.
  private var matrices: [[Int]: [String]] = [:]
  private var matrixKeys: [String: MatrixKey] = [:]
  /// Names of parameters that are vectors, by their length.
  private var vectors: [Int: [String]] = [:]
  /// Stored floats of an old export that have no name and are no weights.
  private(set) var unnamedConstants: [ONNXTensor] = []
  /// Names of tensors that are others, and those.
  private(set) var ties: [(name: String, other: String)] = []
  /// Sequences that a node splits a tensor into: the tensor and how.
  private var sequences: [String: SplitSequence] = [:]
  private let path: String
  /// What the file says of its nodes' parameters.
  let program: ExportedProgram

  init(_ model: ONNXModel, options: ImportOptions) throws {
    path = model.path
    program = ExportedProgram(model)
    try refuse(model)
    var dimensions = try Dimensions(options, path: path, inputs: model.graph.openInputs)
    for input in model.graph.openInputs {
      guard let element = input.elementType, let type = Self.elementType(element) else {
        throw ImportError(
          path: path, "the input '\(input.name)' is not a tensor of numbers or truth values",
          hint: "Export the model with tensors as inputs")
      }
      if element != .float32, element.isFloat {
        notes.append("The input '\(input.name)' is \(element.name) in the file and computed as float32.")
      }
      let value = add(input.name, .input(ValueType(type, try dimensions.shape(of: input, options: options))))
      inputs.append((input, value))
    }
    if !dimensions.chosen.isEmpty {
      let words = dimensions.chosen.map { "\($0.name) = \($0.extent)" }.joined(separator: ", ")
      notes.append("The file leaves some extents open; chosen: \(words). Others: --dim NAME=N.")
    }
    let legacy = LegacyExport(model)
    let trainable = TrainableTensors(model, program: program, legacy: legacy)
    let stored = StoredTensors(model, program: program, legacy: legacy)
    folded = Set(
      model.graph.nodes.filter { $0.metadata.rewriteRule.contains("FuseBatchNorm") }.flatMap { $0.inputs.dropFirst() })
    recurrent = RecurrentWeights(model, program: program, isTrainable: trainable.contains)
    var narrow: Set<String> = []
    for tensor in model.graph.initializers {
      if tensor.elementType.isFloat, tensor.elementType != .float32 { narrow.insert(tensor.elementType.name) }
      if places[tensor.name] != nil {
        throw ImportError(
          path: path, "two tensors or inputs have the name '\(tensor.name)'",
          hint: "Export the model again; the file may be damaged")
      }
      if recurrent.holds(tensor.name) { continue }
      if legacy != nil, stored.isRead(tensor.name), tensor.elementType.isFloat, tensor.count > 1,
        !trainable.contains(tensor), !LegacyExport.isStateName(tensor.name)
      {
        unnamedConstants.append(tensor)
      }
      try add(tensor, parts: trainable.contains(tensor) ? stored.parts(of: tensor) : nil, program: program)
    }
    if !narrow.isEmpty {
      notes.append("Weights of type \(narrow.sorted().joined(separator: ", ")) are computed as float32.")
    }
    for sparse in model.graph.sparseInitializers {
      throw ImportError(
        path: path, "the tensor '\(sparse.values.name)' is sparse", hint: "Export the model with dense tensors")
    }
    let version = model.opsets[""] ?? 1
    for (place, node) in model.graph.nodes.enumerated() {
      self.place = place
      try add(node, version: version, options: options)
    }
    if normalizations > 0 {
      notes.append(
        "Batch normalization takes the batch's own moments, as in training: the file's running ones are still 0 and 1 in a "
          + "new model, which makes it no normalization at all. --batch-norm file uses them.")
    }
  }

  subscript(name: String) -> ValueID? { places[name] }

  /// Whether a tensor of the file became a constant of the graph.
  func isConstant(_ name: String) -> Bool {
    guard let value = places[name], case .constant = values[value.index].source else { return false }
    return true
  }

  private mutating func add(_ name: String, _ source: Graph.Source) -> ValueID {
    let id = ValueID(values.count)
    values.append(Graph.Value(name: name, source: source))
    places[name] = id
    return id
  }

  /// A value that no node finds by its name.
  private mutating func hidden(_ name: String, _ source: Graph.Source) -> ValueID {
    let id = ValueID(values.count)
    values.append(Graph.Value(name: name, source: source))
    return id
  }

  // MARK: What cannot run

  private func refuse(_ model: ONNXModel) throws(ImportError) {
    var missing: [(name: String, count: Int, first: String)] = [], found: [String: Int] = [:]
    for node in model.graph.nodes {
      let isOwn = node.domain.isEmpty
      if isOwn, OperatorCatalogue[node.opType] != nil || ["SplitToSequence", "SequenceAt"].contains(node.opType) {
        continue
      }
      let name = isOwn ? node.opType : "\(node.domain).\(node.opType)"
      if let place = found[name] {
        missing[place].count += 1
      } else {
        found[name] = missing.count
        let own = node.name.isEmpty ? node.outputs.first ?? "" : node.name, module = ModuleScope(node).path
        missing.append((name, 1, module.isEmpty ? "first '\(own)'" : "first in module '\(module)'"))
      }
    }
    if let version = model.opsets[""], version < 11, missing.isEmpty {
      throw ImportError(
        path: path, "the file follows version \(version) of ONNX's operators, and versions from 11 on can be read",
        hint: "Convert it: onnx.version_converter.convert_version(model, 17)")
    }
    guard missing.isEmpty else {
      let list = missing.map { "\($0.name) (\($0.count) \($0.count == 1 ? "node" : "nodes"), \($0.first))" }
      throw ImportError(
        path: path, "these operators cannot be executed: \(list.joined(separator: ", "))",
        hint: "Export the model without them; ModelsFromFiles in the documentation has work-arounds")
    }
  }

  static func elementType(_ type: ONNXElementType) -> ElementType? {
    if type.isFloat { return .float32 }
    if type == .bool { return .bool }
    return type.isInteger ? .int64 : nil
  }

  // MARK: Stored tensors

  private mutating func add(_ tensor: ONNXTensor, parts: [StoredTensors.Part]?, program: ExportedProgram) throws {
    guard let type = Self.elementType(tensor.elementType) else {
      throw ImportError(
        path: path, "the tensor '\(tensor.name)' holds \(tensor.elementType.name)",
        hint: "Numbers and truth values can be read")
    }
    let shape: TensorShape
    do {
      shape = try TensorShape(tensor.dims)
    } catch {
      throw ImportError(path: path, "the tensor '\(tensor.name)': \(error.message)", hint: error.hint)
    }
    if type == .float32, let parts, parts.count == 1, try addCopies(tensor, program: program) { return }
    if type == .float32, let parts, parts.count == 1, try addTwin(tensor, shape, of: parts[0], program: program) { return }
    if type == .float32, var parts {
      for index in parts.indices where !parts[index].isConstant {
        if parts[index].name != tensor.name, taken.contains(parts[index].name) {
          // Two tensors cannot have one name: which is the module's own is not known.
          parts[index].name = index == 0 ? tensor.name : "\(parts[index].name) of \(tensor.name)"
          parts[index].isUnnamed = true
        }
        taken.insert(parts[index].name)
      }
      // A damaged or missing data file is found before anything runs.
      try tensor.checkData()
      for (index, part) in parts.enumerated() {
        let value: ValueID
        if part.isConstant {
          value = hidden(part.name, .constant(try Self.constant(tensor, shape)))
        } else {
          value = hidden(part.name, .parameter(parameters.count))
          var parameter = GraphParameter(name: part.name, shape: shape) { try tensor.floats(into: $0) }
          parameter.source = GraphParameterSource(
            tensor: tensor.name, isComputed: part.isComputed || folded.contains(tensor.name))
          parameter.source?.isUnnamed = part.isUnnamed
          if parts.count == 1 {
            whole[part.name] = (tensor, value)
            if shape.rank == 1, tensor.count > 1 { vectors[tensor.count, default: []].append(part.name) }
            if !part.isComputed, shape.rank == 2 { matrices[tensor.dims.sorted(), default: []].append(part.name) }
          }
          parameters.append(parameter)
        }
        if index == 0 { places[tensor.name] = value } else { for place in part.places { overrides[place] = value } }
      }
    } else if type == .float32, program.isKnown, try addRepeated(tensor, shape) {
      return
    } else {
      _ = add(tensor.name, .constant(try Self.constant(tensor, shape)))
    }
  }

  static func constant(_ tensor: ONNXTensor, _ shape: TensorShape) throws -> TensorConstant {
    switch elementType(tensor.elementType) {
    case .float32?: TensorConstant(shape, .float32(try tensor.floats()))
    case .bool?: TensorConstant(shape, .bool(try tensor.bools()))
    default: TensorConstant(shape, .int64(try tensor.int64s().map { Int64($0) }))
    }
  }

  /// A copy of a tensor that is there already: an optimized export computes a transposed one for each use of a module, and
  /// for each module of a tie. The parameter is one, and its gradient is the sum over all uses.
  ///
  /// - Returns: Whether the tensor is one.
  private mutating func addTwin(
    _ tensor: ONNXTensor, _ shape: TensorShape, of part: StoredTensors.Part, program: ExportedProgram
  ) throws -> Bool {
    guard !part.isConstant, !part.isComputed else { return false }
    if try addTwin(tensor, shape, of: part.name) { return true }
    // A matrix of the model's own name, or of one that its line gives it, is another one, even where the values are equal:
    // layers are copied. One that the export made has the values of a named one only where the model ties them.
    guard !LegacyExport.isOwnName(tensor.name, program: program),
      !program.isKnown || !LegacyExport.isOwnName(part.name, program: program),
      let others = matrices[tensor.dims.sorted()], let key = try MatrixKey(tensor)
    else { return false }
    for other in others where part.isUnnamed || program.isKnown || !Self.areSiblings(part.name, other) {
      if matrixKeys[other] == nil, let tensor = whole[other]?.tensor { matrixKeys[other] = try MatrixKey(tensor) }
      guard matrixKeys[other] == key, try addTwin(tensor, shape, of: other) else { continue }
      if !part.isUnnamed, part.name != tensor.name { ties.append((part.name, other)) }
      return true
    }
    return false
  }

  /// Whether two names differ in nothing but numbers, as those of copied layers do.
  private static func areSiblings(_ first: String, _ second: String) -> Bool {
    first.filter { !$0.isNumber } == second.filter { !$0.isNumber }
  }

  private mutating func addTwin(_ tensor: ONNXTensor, _ shape: TensorShape, of name: String) throws -> Bool {
    guard let (first, value) = whole[name], case .parameter(let place) = values[value.index].source else { return false }
    let isSame = tensor.dims == first.dims, isTransposed = !isSame && tensor.dims == first.dims.reversed() && shape.rank == 2
    guard isSame || isTransposed else { return false }
    let own = try tensor.floats(), other = try first.floats()
    guard own.count == other.count else { return false }
    // A matrix of equal extents may be a copy either way.
    if isSame, zip(own, other).allSatisfy({ $0.bitPattern == $1.bitPattern }) {
      places[tensor.name] = value
      parameters[place].source?.twins.append(.init(tensor: tensor.name, isTransposed: false))
      return true
    }
    let rows = first.dims[0], columns = shape.rank == 2 ? first.dims[1] : 0
    guard shape.rank == 2, tensor.dims == [columns, rows], let transpose = OperatorCatalogue["Transpose"],
      own.indices.allSatisfy({ own[$0].bitPattern == other[$0 % rows * columns + $0 / rows].bitPattern })
    else { return false }
    parameters[place].source?.twins.append(.init(tensor: tensor.name, isTransposed: true))
    append(
      ONNXNode(
        name: tensor.name, opType: "Transpose", inputs: [first.name], outputs: [tensor.name],
        attributes: ["perm": .ints([1, 0])]),
      try transpose.make(OperatorAttributes(version: 13, values: ["perm": .integers([1, 0])], outputCount: 1)), [value])
    return true
  }

  /// A token that the export repeated for each sample: one parameter, copied by a node, so that its gradient is summed
  /// again.
  ///
  /// - Returns: Whether the tensor is one.
  private mutating func addCopies(_ tensor: ONNXTensor, program: ExportedProgram) throws -> Bool {
    guard tensor.name.hasPrefix("expand"), tensor.dims.count > 1, tensor.dims[0] > 1, tensor.count <= 1 << 22,
      let expand = OperatorCatalogue["Expand"]
    else { return false }
    let values = try tensor.floats(), each = values.count / tensor.dims[0]
    guard (each..<values.count).allSatisfy({ values[$0] == values[$0 - each] }) else { return false }
    let missing = program.parameters.filter { !program.referenced.contains($0) && $0.lowercased().contains("token") }
    let one = try TensorShape([1] + tensor.dims.dropFirst())
    let value = hidden(tensor.name, .parameter(parameters.count))
    var parameter = GraphParameter(name: missing.count == 1 ? missing[0] : tensor.name, shape: one) { target in
      _ = target.update(from: values.prefix(each))
    }
    parameter.source = GraphParameterSource(tensor: tensor.name)
    parameter.source?.copies = tensor.dims[0]
    parameters.append(parameter)
    let extents = hidden(
      "\(tensor.name)/extents",
      .constant(TensorConstant(try TensorShape([tensor.dims.count]), .int64(tensor.dims.map { Int64($0) }))))
    append(
      ONNXNode(name: tensor.name, opType: "Expand", inputs: [], outputs: [tensor.name]),
      try expand.make(OperatorAttributes(version: 13, values: [:], outputCount: 1)), [value, extents])
    return true
  }

  /// A constant each of whose rows is the same trainable vector: a step of a cell from a state of zeros, which leaves the
  /// bias alone, and which an export computed beforehand. Vectors of one value may be equal by chance.
  ///
  /// - Returns: Whether the tensor is one.
  private mutating func addRepeated(_ tensor: ONNXTensor, _ shape: TensorShape) throws -> Bool {
    guard shape.rank > 1, let length = tensor.dims.last, length > 1, tensor.count > length, tensor.count <= 1 << 22,
      let names = vectors[length], let expand = OperatorCatalogue["Expand"]
    else { return false }
    let values = try tensor.floats()
    guard values[..<length].contains(where: { $0 != values[0] }),
      (length..<values.count).allSatisfy({ values[$0] == values[$0 - length] })
    else { return false }
    for name in names {
      guard let (vector, value) = whole[name], try vector.floats().elementsEqual(values[..<length]) else { continue }
      let extents = hidden(
        "\(tensor.name)/extents",
        .constant(TensorConstant(try TensorShape([tensor.dims.count]), .int64(tensor.dims.map { Int64($0) }))))
      append(
        ONNXNode(name: tensor.name, opType: "Expand", inputs: [vector.name], outputs: [tensor.name]),
        try expand.make(OperatorAttributes(version: 13, values: [:], outputCount: 1)), [value, extents])
      return true
    }
    return false
  }

  /// The tensor that a recurrent node reads, put together of the module's own.
  private mutating func packedWeights(
    _ packed: RecurrentWeights.Packed, node: ONNXNode, version: Int
  ) throws -> ValueID {
    if let value = places[packed.tensor.name] { return value }
    guard let concat = OperatorCatalogue["Concat"], let reshape = OperatorCatalogue["Reshape"] else {
      throw ImportError(path: path, "Concat and Reshape cannot be executed")
    }
    try packed.tensor.checkData()
    var parts: [ValueID?] = []
    for part in packed.parts {
      parts.append(hidden(part.name, .parameter(parameters.count)))
      let tensor = packed.tensor, range = part.range
      var parameter = GraphParameter(name: part.name, shape: try TensorShape(part.extents)) { target in
        let all = try tensor.floats()
        _ = target.update(from: all[range])
      }
      parameter.source = GraphParameterSource(
        tensor: tensor.name, elements: range, order: packed.gates.count > 1 ? .blocks(packed.gates) : .same)
      parameters.append(parameter)
    }
    let name = packed.tensor.name
    let joined = "\(name)/parts", list = try TensorShape([packed.tensor.dims.count])
    append(
      ONNXNode(name: joined, opType: "Concat", inputs: [], outputs: [joined], metadata: node.metadata),
      try concat.make(
        OperatorAttributes(version: max(version, 13), values: ["axis": .integer(0)], outputCount: 1)), parts)
    let extents = hidden("\(name)/extents", .constant(TensorConstant(list, .int64(packed.tensor.dims.map { Int64($0) }))))
    append(
      ONNXNode(name: name, opType: "Reshape", inputs: [], outputs: [name], metadata: node.metadata),
      try reshape.make(OperatorAttributes(version: max(version, 13), values: [:], outputCount: 1)),
      [places[joined], extents])
    return places[name] ?? ValueID(0)
  }

  // MARK: Nodes

  private mutating func add(_ node: ONNXNode, version: Int, options: ImportOptions) throws {
    let label = node.name.isEmpty ? node.outputs.first ?? node.opType : node.name
    func failure(_ message: String, _ hint: String?) -> ImportError {
      ImportError(path: path, "node '\(label)' (\(node.opType)): \(message)", hint: hint)
    }
    var inputs: [ValueID?] = []
    for (slot, name) in node.inputs.enumerated() {
      if name.isEmpty {
        inputs.append(nil)
      } else if let value = overrides[ReadingPlace(node: place, slot: slot)] {
        inputs.append(value)
      } else if let packed = recurrent.tensors[name] {
        inputs.append(try packedWeights(packed, node: node, version: version))
      } else if let value = places[name] {
        inputs.append(value)
      } else if sequences[name] != nil, node.opType == "SequenceAt" {
        inputs.append(nil)
      } else {
        throw failure("no earlier node makes '\(name)'", "Export the model again; the file may be damaged")
      }
    }
    for name in node.outputs where places[name] != nil || sequences[name] != nil {
      throw failure("'\(name)' is made twice", "Export the model again; the file may be damaged")
    }
    switch node.opType {
    case "SplitToSequence":
      sequences[node.outputs.first ?? ""] = try SplitSequence(node, inputs, constant: constant)
      return
    case "SequenceAt":
      guard let sequence = sequences[node.inputs.first ?? ""], inputs.count > 1,
        let place = inputs[1].flatMap(constant)?.integers?.first
      else { throw failure("the place in the sequence depends on the data", "Export the model with optimize=True") }
      try addSlice(of: sequence, place: place, node: node, version: version)
      return
    default: break
    }
    guard let entry = OperatorCatalogue[node.opType] else { throw failure("it cannot be executed", nil) }
    var attributes: [String: OperatorAttributes.Value] = [:]
    for (name, value) in node.attributes { attributes[name] = try OperatorAttributes.Value(value) }
    var operation: any OperatorKernel
    do {
      operation = try entry.make(
        OperatorAttributes(
          version: version, values: attributes, outputCount: node.outputs.count, givesInput: inputs.map { $0 != nil }))
    } catch {
      throw failure(error.message, error.hint)
    }
    // Exporters write inference mode also for models in training mode, and moments of 0 and 1 make it an identity.
    if let normalization = operation as? BatchNormalization, !normalization.usesBatchStatistics,
      options.batchNormalization == .batch
    {
      operation = BatchNormalization(
        epsilon: normalization.epsilon, usesBatchStatistics: true, resultCount: node.outputs.count)
      normalizations += 1
    }
    // PyTorch's LogSigmoid is exported as two operators, of which the first is 0 in Float where the second is only -100.
    if node.opType == "Log", let value = inputs.first ?? nil, case .result(let source, _) = values[value.index].source,
      origins[source].opType == "Sigmoid"
    {
      return append(node, ActivationOperator(ForeignActivation.logSigmoid.activation, kind: "Log"), nodes[source].inputs)
    }
    append(node, operation, inputs)
  }

  /// How many batch normalizations take moments of the batch where the file has running ones.
  private(set) var normalizations = 0

  private mutating func append(_ node: ONNXNode, _ operation: any OperatorKernel, _ inputs: [ValueID?]) {
    let place = nodes.count
    let outputs = node.outputs.enumerated().map { slot, name in
      name.isEmpty ? nil : add(name, .result(node: place, slot: slot))
    }
    nodes.append(
      Graph.Node(
        name: node.name.isEmpty ? node.outputs.first ?? node.opType : node.name, operation: operation, inputs: inputs,
        outputs: outputs, scope: ModuleScope(node).parts))
    origins.append(node)
  }

  /// The elements of a value that is a constant of the file.
  private func constant(_ value: ValueID) -> TensorConstant? {
    var value = value
    for _ in 0..<64 {
      switch values[value.index].source {
      case .constant(let constant): return constant
      case .result(let node, _):
        // A node that only holds a constant, or passes one on.
        let inputs = nodes[node].inputs
        if inputs.isEmpty, case .tensor(let constant)? = OperatorAttributes.Value.held(by: origins[node]) { return constant }
        guard ["Identity", "Cast", "CastLike", "Reshape", "Squeeze", "Unsqueeze"].contains(origins[node].opType),
          let first = inputs.first ?? nil
        else { return nil }
        value = first
      default: return nil
      }
    }
    return nil
  }

  /// One tensor of a sequence, as a slice of the tensor that was split.
  private mutating func addSlice(of sequence: SplitSequence, place: Int, node: ONNXNode, version: Int) throws {
    guard let slice = OperatorCatalogue["Slice"] else { return }
    let (start, end) = sequence.range(place)
    let list = try TensorShape([1])
    func constant(_ what: String, _ number: Int) -> ValueID {
      add("\(node.outputs.first ?? "")/\(what)", .constant(TensorConstant(list, .int64([Int64(number)]))))
    }
    let inputs: [ValueID?] = [
      sequence.tensor, constant("start", start), constant("end", end), constant("axis", sequence.axis),
    ]
    append(node, try slice.make(OperatorAttributes(version: max(version, 13))), inputs)
  }

  /// The finished graph.
  func graph(name: String, outputs: [ValueID]) -> Graph {
    Graph(
      name: name, values: values, nodes: nodes, inputs: inputs.map(\.value), outputs: outputs, parameters: parameters)
  }
}
