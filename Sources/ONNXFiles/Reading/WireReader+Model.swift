/// ModelProto, FunctionProto and OperatorSetIdProto.
extension WireReader {
  mutating func readModel(into model: inout ONNXModel) throws(ONNXError) {
    var hasGraph = false, metadataCount = 0, opsetCount = 0
    while let field = try next() {
      switch field.number {
      case 1: model.irVersion = try int(field, "ir_version")
      case 2: model.producerName = try string(field, "producer_name")
      case 3: model.producerVersion = try string(field, "producer_version")
      case 4: model.domain = try string(field, "domain")
      case 5: model.modelVersion = try int(field, "model_version")
      case 7:
        guard !hasGraph else { throw problem("is there twice; a model has one graph", at: field.offset, in: "graph") }
        hasGraph = true
        model.graph = try graph(field, "graph")
      case 8:
        try opset(field, opsetCount, into: &model.opsets)
        opsetCount += 1
      case 14:
        try metadata(field, metadataCount, into: &model.metadata)
        metadataCount += 1
      case 20:
        model.hasTrainingInfo = true
        try skip(field)
      case 25:
        try spend(3 * MemoryLayout<ONNXFunction>.stride)
        model.functions.append(try function(field, model.functions.count))
      default: try skip(field)
      }
    }
    guard hasGraph else {
      throw ONNXError(
        path: source.path, "holds no graph, so it is no ONNX model",
        hint: "Export the model with torch.onnx.export(model, args, \"model.onnx\", dynamo=True, optimize=False)")
    }
  }

  private mutating func opset(_ field: WireField, _ index: Int, into opsets: inout [String: Int]) throws(ONNXError) {
    try enter(field, "opset_import", index)
    var domain = "", version = 0
    while let part = try next() {
      switch part.number {
      case 1: domain = canonicalDomain(try string(part, "domain"))
      case 2: version = try int(part, "version")
      default: try skip(part)
      }
    }
    if let other = opsets[domain], other != version {
      throw problem(
        "imports the operators of '\(domain.isEmpty ? "ai.onnx" : domain)' in the versions \(other) and \(version)",
        at: field.offset, in: "opset_import")
    }
    try spend(160)
    opsets[domain] = version
  }

  /// Adds a pair of texts, but those that hold paths of the exporter's machine.
  mutating func metadata(
    _ field: WireField, _ index: Int, into metadata: inout [String: String]
  ) throws(ONNXError) {
    let entry = try entry(field, "metadata_props", index)
    guard !entry.key.hasSuffix("stack_trace"), !entry.key.hasSuffix("class_hierarchy") else { return }
    try spend(160)
    metadata[entry.key] = try string(entry.value, at: field.offset, "metadata_props")
  }

  private mutating func function(_ field: WireField, _ index: Int) throws(ONNXError) -> ONNXFunction {
    try enter(field, "functions", index)
    var function = ONNXFunction(), opsetCount = 0
    while let part = try next() {
      switch part.number {
      case 1: function.name = try string(part, "name")
      case 4: try strings(part, "input", into: &function.inputs)
      case 5: try strings(part, "output", into: &function.outputs)
      case 6: try strings(part, "attribute", into: &function.attributeNames)
      case 7: try node(part, into: &function.nodes)
      case 9:
        try opset(part, opsetCount, into: &function.opsets)
        opsetCount += 1
      case 10: function.domain = canonicalDomain(try string(part, "domain"))
      case 11: try attribute(part, "attribute_proto", into: &function.attributeDefaults)
      case 12: try valueInfo(part, "value_info", into: &function.valueInfo)
      case 13: function.overload = try string(part, "overload")
      default: try skip(part)
      }
    }
    guard !function.name.isEmpty else { throw problem("has no name", at: field.offset, in: "functions") }
    return function
  }
}

/// ONNX's own operators have the domain `ai.onnx`, or an empty one.
func canonicalDomain(_ domain: String) -> String { domain == "ai.onnx" ? "" : domain }
