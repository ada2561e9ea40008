import ONNXFiles
import TestSupport
import Testing

/// What Python's onnx package reads from a model: see Fixtures/reference/onnx/files.py.
struct OracleModel: Decodable {
  struct Tensor: Decodable {
    var name: String
    var type: Int
    var dims: [Int]
    var count: Int?
    /// Bit patterns of the elements as float32, of small tensors.
    var bits: [UInt32]?
    var ints: [String]?
    var strings: [String]?
    var mean: OracleNumber?
    var secondMoment: OracleNumber?
    var first: OracleNumber?
    var last: OracleNumber?
  }
  struct Sparse: Decodable {
    var values: Tensor
    var indices: Tensor
    var dims: [Int]
  }
  struct Info: Decodable, Equatable {
    var name: String
    var type: String
  }
  struct Attribute: Decodable {
    var kind: String?
    var reference: String?
    var floats: [UInt32]?
    var ints: [String]?
    var strings: [String]?
    var bytes: Int?
    var tensors: [Tensor]?
    var graphs: [Graph]?
    var sparse: [Sparse]?
    var types: [String]?
  }
  struct Node: Decodable {
    var name: String
    var op: String
    var domain: String
    var inputs: [String]
    var outputs: [String]
    var attributes: [String: Attribute]
    var nameScopes: [String]?
    var namespace: String?
    var fxNode: String?
    var rule: String?
  }
  struct Graph: Decodable {
    var name: String
    var nodes: [Node]
    var initializers: [Tensor]
    var sparse: [Sparse]
    var inputs: [Info]
    var outputs: [Info]
    var valueInfo: [Info]
    var metadata: [String: String]
  }
  struct Function: Decodable {
    var name: String
    var domain: String
    var overload: String
    var inputs: [String]
    var outputs: [String]
    var attributeNames: [String]
    var attributeDefaults: [String: Attribute]
    var nodes: [Node]
    var opsets: [String: Int]
  }
  var irVersion: Int
  var producerName: String
  var producerVersion: String
  var domain: String
  var modelVersion: Int
  var opsets: [String: Int]
  var metadata: [String: String]
  var graph: Graph
  var functions: [Function]
}

/// A number, or the words that JSON has in place of one.
struct OracleNumber: Decodable {
  var value: Double

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let number = try? container.decode(Double.self) {
      value = number
    } else {
      value = Double(try container.decode(String.self)) ?? .nan
    }
  }
}

/// Compares a model with the oracle's.
struct OracleComparison {
  /// Sums in another order: 10^6 elements have a relative rounding error of some 1e-13 in float64.
  static let tolerance = 1e-10

  func compare(_ model: ONNXModel, _ oracle: OracleModel) throws {
    #expect(model.irVersion == oracle.irVersion)
    #expect(model.producerName == oracle.producerName)
    #expect(model.producerVersion == oracle.producerVersion)
    #expect(model.domain == oracle.domain)
    #expect(model.modelVersion == oracle.modelVersion)
    #expect(model.opsets == oracle.opsets)
    #expect(model.metadata == oracle.metadata)
    try compare(model.graph, oracle.graph)
    #expect(model.functions.map(\.name) == oracle.functions.map(\.name))
    for (function, expected) in zip(model.functions, oracle.functions) {
      #expect(function.domain == expected.domain)
      #expect(function.overload == expected.overload)
      #expect(function.inputs == expected.inputs)
      #expect(function.outputs == expected.outputs)
      #expect(function.attributeNames == expected.attributeNames)
      #expect(function.opsets == expected.opsets)
      try compare(function.attributeDefaults, expected.attributeDefaults, "function \(function.name)")
      try compare(function.nodes, expected.nodes)
    }
  }

  private func compare(_ graph: ONNXGraph, _ oracle: OracleModel.Graph) throws {
    #expect(graph.name == oracle.name)
    #expect(graph.metadata == oracle.metadata)
    #expect(graph.inputs.map(written) == oracle.inputs)
    #expect(graph.outputs.map(written) == oracle.outputs)
    #expect(graph.valueInfo.map(written) == oracle.valueInfo)
    try compare(graph.nodes, oracle.nodes)
    try compare(graph.initializers, oracle.initializers)
    try compare(graph.sparseInitializers, oracle.sparse)
  }

  private func compare(_ nodes: [ONNXNode], _ oracle: [OracleModel.Node]) throws {
    #expect(nodes.map(\.opType) == oracle.map(\.op))
    for (node, expected) in zip(nodes, oracle) {
      #expect(node.name == expected.name)
      #expect(node.domain == expected.domain)
      #expect(node.inputs == expected.inputs)
      #expect(node.outputs == expected.outputs)
      #expect(node.metadata.nameScopes == expected.nameScopes ?? [])
      #expect(node.metadata.namespace == expected.namespace ?? "")
      #expect(node.metadata.fxNode == expected.fxNode ?? "")
      #expect(node.metadata.rewriteRule == expected.rule ?? "")
      try compare(node.attributes, expected.attributes, node.name)
    }
  }

  private func compare(
    _ attributes: [String: ONNXAttribute], _ oracle: [String: OracleModel.Attribute], _ what: String
  ) throws {
    #expect(attributes.keys.sorted() == oracle.keys.sorted(), "\(what)")
    for (name, expected) in oracle {
      guard let attribute = attributes[name] else { continue }
      let what = "\(what).\(name)"
      switch attribute {
      case .reference(let name): #expect(name == expected.reference, "\(what)")
      case .float(let value):
        #expect(expected.kind == "FLOAT" && [value.bitPattern] == expected.floats, "\(what)")
      case .floats(let values):
        #expect(expected.kind == "FLOATS" && values.map(\.bitPattern) == expected.floats, "\(what)")
      case .int(let value): #expect(expected.kind == "INT" && [String(value)] == expected.ints, "\(what)")
      case .ints(let values): #expect(expected.kind == "INTS" && values.map(String.init) == expected.ints, "\(what)")
      case .string(let text): #expect(expected.kind == "STRING" && [text] == expected.strings, "\(what)")
      case .strings(let texts): #expect(expected.kind == "STRINGS" && texts == expected.strings, "\(what)")
      case .bytes(let range): #expect(expected.kind == "STRING" && range.count == expected.bytes, "\(what)")
      case .type(let type): #expect(expected.kind == "TYPE_PROTO" && [written(type)] == expected.types, "\(what)")
      case .types(let types): #expect(expected.kind == "TYPE_PROTOS" && types.map(written) == expected.types, "\(what)")
      case .tensor(let tensor):
        #expect(expected.kind == "TENSOR")
        try compare([tensor], expected.tensors ?? [])
      case .tensors(let tensors):
        #expect(expected.kind == "TENSORS")
        try compare(tensors, expected.tensors ?? [])
      case .sparseTensor(let tensor):
        #expect(expected.kind == "SPARSE_TENSOR")
        try compare([tensor], expected.sparse ?? [])
      case .sparseTensors(let tensors):
        #expect(expected.kind == "SPARSE_TENSORS")
        try compare(tensors, expected.sparse ?? [])
      case .graph(let graph):
        #expect(expected.kind == "GRAPH" && expected.graphs?.count == 1)
        for other in expected.graphs ?? [] { try compare(graph, other) }
      case .graphs(let graphs):
        #expect(expected.kind == "GRAPHS" && expected.graphs?.count == graphs.count)
        for (graph, other) in zip(graphs, expected.graphs ?? []) { try compare(graph, other) }
      }
    }
  }

  private func compare(_ tensors: [ONNXSparseTensor], _ oracle: [OracleModel.Sparse]) throws {
    #expect(tensors.map(\.dims) == oracle.map(\.dims))
    try compare(tensors.map(\.values), oracle.map(\.values))
    try compare(tensors.map(\.indices), oracle.map(\.indices))
  }

  private func compare(_ tensors: [ONNXTensor], _ oracle: [OracleModel.Tensor]) throws {
    #expect(tensors.map(\.name) == oracle.map(\.name))
    for (tensor, expected) in zip(tensors, oracle) {
      #expect(tensor.elementType.rawValue == expected.type, "\(tensor.name)")
      #expect(tensor.dims == expected.dims, "\(tensor.name)")
      if let strings = expected.strings { #expect(try tensor.strings() == strings) }
      if let ints = expected.ints { #expect(try tensor.int64s().map(String.init) == ints, "\(tensor.name)") }
      if let count = expected.count { #expect(tensor.count == count) }
      if let bits = expected.bits {
        expectEqual(try tensor.floats(), bits.map { Float(bitPattern: $0) }, tensor.name)
      }
      guard let mean = expected.mean, let second = expected.secondMoment else { continue }
      let values = try tensor.floats().map(Double.init), n = Double(values.count)
      let found = [
        values.reduce(0, +) / n, values.reduce(0) { $0 + $1 * $1 } / n, values.first ?? .nan, values.last ?? .nan,
      ]
      let wanted = [mean.value, second.value, expected.first?.value ?? .nan, expected.last?.value ?? .nan]
      let scale = second.value.isFinite ? max(1, second.value) : 1
      expectEqual(found, wanted, tolerance: Self.tolerance * scale, tensor.name)
    }
  }

  private func written(_ info: ONNXValueInfo) -> OracleModel.Info {
    OracleModel.Info(name: info.name, type: written(info.type))
  }

  private func written(_ type: ONNXType) -> String {
    func shape(_ dims: [ONNXDimension]?) -> String {
      guard let dims else { return "[?]" }
      let words = dims.map {
        switch $0 {
        case .known(let extent): String(extent)
        case .symbol(let name): name
        case .unknown: "?"
        }
      }
      return "[\(words.joined(separator: ","))]"
    }
    return switch type {
    case .tensor(let type, let dims): "tensor(\(type?.rawValue ?? 0))" + shape(dims)
    case .sparseTensor(let type, let dims): "sparse(\(type?.rawValue ?? 0))" + shape(dims)
    case .sequence(let inner): "sequence(\(written(inner)))"
    case .optional(let inner): "optional(\(written(inner)))"
    case .map: "map"
    case .opaque: "opaque"
    case .unknown: "?"
    }
  }
}
