import DataSets
import GraphImport
import NetworkGraph
import ONNXFiles
import TestSupport
import Testing

/// Files whose nodes do not fit together end in an error that says what and where.
@Suite struct HostileGraphTests {
  private static func file() throws -> ONNXModel {
    let fixture = try ReferenceModel("mlp_bn"), path = fixture.folder.appending(path: "noopt.onnx.gz").path
    return try ONNXModel(
      bytes: GzipReader(path: path).bytes(fixture.reference.bytes["noopt.onnx"] ?? 0, "the model"), path: "model.onnx")
  }

  private static func message(_ change: (inout ONNXModel) -> Void) throws -> String {
    var file = try file()
    change(&file)
    do {
      _ = try ONNXImport.model(file)
      return ""
    } catch { return String(describing: error) }
  }

  @Test func nodesThatDoNotFitTogetherAreRefused() throws {
    #expect(try Self.message { $0.graph.nodes.append($0.graph.nodes[0]) }.contains("is made twice"))
    let reader = try #require(Self.file().graph.nodes.firstIndex { !$0.inputs.isEmpty })
    #expect(
      try Self.message { $0.graph.nodes[reader].inputs[0] = "nowhere" }.contains("no earlier node makes 'nowhere'"))
    // A cycle has no order in which each node comes after those that it reads.
    #expect(try Self.message { $0.graph.nodes.reverse() }.contains("no earlier node makes"))
    #expect(try Self.message { $0.graph.initializers.append($0.graph.initializers[0]) }.contains("two tensors or inputs"))
    #expect(try Self.message { $0.graph.outputs = [] }.contains("no output"))
    #expect(try Self.message { $0.graph.nodes[reader].inputs = [] } != "")
  }

  @Test func everyUnknownOperatorIsNamedAtOnce() throws {
    let message = try Self.message {
      $0.graph.nodes[0].opType = "Wobble"
      $0.graph.nodes[1].domain = "com.example"
    }
    #expect(message.contains("Wobble (1 node") && message.contains("com.example."))
  }

  @Test func functionsThatCallThemselvesEnd() throws {
    let message = try Self.message {
      var function = ONNXModel.selfCalling
      function.inputs = ["x"]
      $0.functions = [function]
      $0.graph.nodes[0].domain = "own"
      $0.graph.nodes[0].opType = "Again"
    }
    #expect(message.contains("nested more than"))
  }

  @Test func functionsAndKnownBranchesArePutInPlace() throws {
    let model = try ONNXImport.model(path: Repository.fixtures.appending(path: "models/branches.onnx").path)
    // The branch that is not taken holds an operator that nothing executes.
    #expect(model.graph.nodes.map(\.operation.kind).filter { $0 == "Mul" }.count == 2)
    #expect(model.graph.parameters.map(\.name) == ["w.weight"])
    var arrays = GraphArrays()
    arrays.inputs["x"] = TensorConstant(try TensorShape([2, 3]), .float32([1, 1, 1, -1, -1, -1]))
    arrays.cotangent = [1, 1, 1, 1, 1, 1]
    let moments = try MomentsObserver.run(model, arrays)
    // y = 3 w x with w = 1, 2, 4: mean square 9 (1 + 4 + 16) / 3.
    #expect(moments.values[model.start] == 63)
  }
}

extension ONNXModel {
  /// A function whose body is a call of itself.
  fileprivate static var selfCalling: ONNXFunction {
    var function = ONNXFunction()
    function.name = "Again"
    function.domain = "own"
    function.outputs = ["y"]
    function.nodes = [ONNXNode(opType: "Again", domain: "own", inputs: ["x"], outputs: ["y"])]
    return function
  }
}
