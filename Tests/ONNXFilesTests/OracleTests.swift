import ONNXFiles
import TestSupport
import Testing

/// Models of PyTorch, Keras and of our own read as Python's onnx package reads them, to the last attribute.
@Suite struct OracleTests {
  static func model(_ name: String) throws -> ONNXModel {
    try ONNXModel(path: Repository.fixtures.appending(path: "onnx/\(name).onnx").path)
  }

  @Test func modelsReadAsPythonReadsThem() throws {
    let oracle = try Repository.reference("onnx/files.json", as: [String: OracleModel].self)
    #expect(oracle.count == 7)
    for (name, expected) in oracle { try OracleComparison().compare(Self.model(name), expected) }
  }

  /// The loop over names must see each of the two kinds of each type.
  @Test func everyElementTypeIsThere() throws {
    let names = Set(try Self.model("encodings").graph.initializers.map(\.name))
    for type in ONNXElementType.allCases where type != .string {
      let isSix = type == .float6e2m3 || type == .float6e3m2
      #expect(names.contains { $0.hasPrefix("raw.") } && names.contains { $0.hasPrefix("typed.") })
      #expect(
        try Self.model("encodings").graph.initializers.filter { $0.elementType == type }.count >= (isSix ? 2 : 4), "\(type)")
    }
  }

  @Test func pathsOfTheExportersMachineAreNotKept() throws {
    let graph = try Self.model("structures").graph
    #expect(!"\(graph)".contains("secret"))
    #expect(graph.metadata == ["kept": "shown"])
    #expect(graph.nodes[0].metadata.nameScopes == ["", "it's", "a \"b\"", "ü\n"])
  }

  @Test func theSignatureNamesParametersAndBuffers() throws {
    let signature = try #require(try Self.model("external").graph.signature)
    #expect(signature.parameters.prefix(3) == ["1.weight", "1.bias", "2.weight"])
    #expect(signature.parameters.count == 14)
    #expect(signature.buffers.count == 9 && signature.buffers.last == "8.num_batches_tracked")
    #expect(signature.inputs.last == .init(name: "input", kind: .userInput, target: ""))
    #expect(signature.outputs == [.init(name: "log_softmax", kind: .userOutput, target: "")])
    #expect(try Self.model("lstm").graph.signature == nil)
  }

  @Test func storedTensorsAreNoOpenInputs() throws {
    let graph = try Self.model("structures").graph
    #expect(graph.inputs.contains { $0.name == "sparse" })
    #expect(!graph.openInputs.contains { $0.name == "sparse" })
    #expect(graph.openInputs.count == graph.inputs.count - 1)
  }

  @Test func sparseTensorsBecomeDense() throws {
    let tensors = try Self.model("structures").graph.sparseInitializers
    func dense(_ tensor: ONNXSparseTensor) throws -> [Float] {
      var values = [Float](repeating: .nan, count: tensor.count)
      try values.withUnsafeMutableBufferPointer { try tensor.floats(into: $0) }
      return values
    }
    #expect(try dense(tensors[0]) == [0, 1.5, 0, 0, 0, -2, 0, 0, 0, 0, 0, 3])
    #expect(try dense(tensors[1]) == [0, 1.5, 0, 0, 0, 0, 0, 0, 0, 0, 0, -2])
  }

  @Test func rawBytesAreThoseOfTheRawForm() throws {
    let tensors = try Self.model("encodings").graph.initializers
    let raw = tensors.filter { $0.name.hasPrefix("raw.") }
    #expect(raw.count == 54)
    for tensor in raw {
      let name = tensor.name.replacing("raw.", with: "typed.")
      guard let typed = tensors.first(where: { $0.name == name }) else { continue }
      expectEqual(try typed.rawBytes(), try tensor.rawBytes(), name)
      #expect(try tensor.rawBytes().count == tensor.byteCount)
    }
  }

  @Test func attributesAreFoundByKind() throws {
    let node = try Self.model("structures").graph.nodes[0]
    #expect(try node.int("int") == -7)
    #expect(try node.int("zero") == 0)
    #expect(try node.int("absent") == nil)
    #expect(try node.float("float") == 1.5)
    #expect(try node.string("string") == "text")
    #expect(try node.string("empty_text") == "")
    #expect(try node.ints("ints") == [-1, .max, 0])
    #expect(try node.ints("no_ints") == [])
    #expect(try node.floats("floats")?.map(\.sign) == [.plus, .minus])
    #expect(try node.strings("strings") == ["a", "b"])
    #expect(try node.tensor("tensor")?.floats() == [1.5, -2, 3])
    #expect(try node.graph("graph")?.nodes.map(\.opType) == ["Neg"])
    let mismatch = ONNXAttributeMismatch(attribute: "ints", wanted: "a whole number", found: "a list of whole numbers")
    #expect(throws: mismatch) { try node.int("ints") }
    #expect("\(mismatch)" == "the attribute 'ints' is a list of whole numbers, where a whole number belongs")
  }
}
