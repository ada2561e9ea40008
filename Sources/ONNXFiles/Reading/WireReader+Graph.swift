/// GraphProto and NodeProto.
extension WireReader {
  mutating func graph(_ field: WireField, _ name: StaticString, _ index: Int? = nil) throws(ONNXError) -> ONNXGraph {
    try enter(field, name, index)
    var graph = ONNXGraph(), metadataCount = 0
    while let part = try next() {
      switch part.number {
      case 1: try node(part, into: &graph.nodes)
      case 2: graph.name = try string(part, "name")
      case 5:
        let tensor = try tensor(part, "initializer", graph.initializers.count)
        guard !tensor.name.isEmpty else { throw problem("has no name", at: part.offset, in: "initializer") }
        try spend(3 * MemoryLayout<ONNXTensor>.stride)
        graph.initializers.append(tensor)
      case 11: try valueInfo(part, "input", into: &graph.inputs)
      case 12: try valueInfo(part, "output", into: &graph.outputs)
      case 13: try valueInfo(part, "value_info", into: &graph.valueInfo)
      case 15:
        let tensor = try sparseTensor(part, "sparse_initializer", graph.sparseInitializers.count)
        guard !tensor.values.name.isEmpty else { throw problem("has no name", at: part.offset, in: "sparse_initializer") }
        try spend(3 * MemoryLayout<ONNXSparseTensor>.stride)
        graph.sparseInitializers.append(tensor)
      case 16:
        try metadata(part, metadataCount, into: &graph.metadata)
        metadataCount += 1
      default: try skip(part)
      }
    }
    return graph
  }

  mutating func node(_ field: WireField, into nodes: inout [ONNXNode]) throws(ONNXError) {
    try enter(field, "node", nodes.count)
    try spend(3 * MemoryLayout<ONNXNode>.stride)
    var node = ONNXNode(), metadataCount = 0
    while let part = try next() {
      switch part.number {
      case 1: try strings(part, "input", into: &node.inputs)
      case 2: try strings(part, "output", into: &node.outputs)
      case 3: node.name = try string(part, "name")
      case 4: node.opType = try string(part, "op_type")
      case 5: try attribute(part, "attribute", into: &node.attributes)
      case 7: node.domain = canonicalDomain(try string(part, "domain"))
      case 8: node.overload = try string(part, "overload")
      case 9:
        try nodeMetadata(part, metadataCount, into: &node.metadata)
        metadataCount += 1
      default: try skip(part)
      }
    }
    guard !node.opType.isEmpty else {
      throw problem("node \(nodes.count) names no operator", at: field.offset, in: "node")
    }
    nodes.append(node)
  }

  private mutating func nodeMetadata(
    _ field: WireField, _ index: Int, into metadata: inout ONNXNodeMetadata
  ) throws(ONNXError) {
    let entry = try entry(field, "metadata_props", index)
    func value(_ reader: inout WireReader) throws(ONNXError) -> String {
      try reader.string(entry.value, at: field.offset, "metadata_props")
    }
    switch entry.key {
    case "pkg.torch.onnx.name_scopes":
      // A list that cannot be read costs names, not the model.
      metadata.nameScopes = PythonLiteral.strings(try value(&self)) ?? []
      for scope in metadata.nameScopes { try spend(3 * MemoryLayout<String>.stride + scope.utf8.count + 48) }
    case "namespace": metadata.namespace = try value(&self)
    case "pkg.torch.onnx.fx_node": metadata.fxNode = try value(&self)
    case "pkg.onnxscript.rewriter.rule_name": metadata.rewriteRule = try value(&self)
    default: break
    }
  }
}
