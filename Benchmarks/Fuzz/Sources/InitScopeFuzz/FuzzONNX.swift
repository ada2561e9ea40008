import Foundation
import InitScope

/// Tests ONNX models: reads one, and every tensor in it in every way.
enum FuzzONNX {
  static func read(path: String) {
    // The seeds name this file for external data.
    if !FileManager.default.fileExists(atPath: Scratch.path + "/weights.bin") {
      Scratch.write(Data((0..<400).map { UInt8($0 % 256) }), as: "weights.bin")
    }
    let model: ONNXModel
    do throws(ONNXError) { model = try ONNXModel(path: path) } catch {
      guard !error.description.isEmpty else { fatalError("an error without words") }
      return
    }
    read(model.graph)
    for function in model.functions { read(Array(function.attributeDefaults.values) + attributes(function.nodes)) }
  }

  private static func read(_ graph: ONNXGraph) {
    _ = graph.signature
    _ = graph.openInputs
    graph.initializers.forEach(read)
    graph.sparseInitializers.forEach(read)
    read(attributes(graph.nodes))
  }

  private static func attributes(_ nodes: [ONNXNode]) -> [ONNXAttribute] { nodes.flatMap { Array($0.attributes.values) } }

  private static func read(_ attributes: [ONNXAttribute]) {
    for attribute in attributes {
      switch attribute {
      case .tensor(let tensor): read(tensor)
      case .tensors(let tensors): tensors.forEach(read)
      case .sparseTensor(let tensor): read(tensor)
      case .sparseTensors(let tensors): tensors.forEach(read)
      case .graph(let graph): read(graph)
      case .graphs(let graphs): graphs.forEach(read)
      default: break
      }
    }
  }

  private static func read(_ tensor: ONNXTensor) {
    if let floats = try? tensor.floats(), floats.count != tensor.count { fatalError("\(floats.count) of \(tensor.count)") }
    if let ints = try? tensor.int64s(), ints.count != tensor.count { fatalError("\(ints.count) of \(tensor.count)") }
    if let texts = try? tensor.strings(), texts.count != tensor.count { fatalError("\(texts.count) of \(tensor.count)") }
    if let bytes = try? tensor.rawBytes(), bytes.count != tensor.byteCount { fatalError("\(bytes.count) bytes") }
    _ = try? tensor.bools()
  }

  private static func read(_ tensor: ONNXSparseTensor) {
    read(tensor.values)
    read(tensor.indices)
    guard tensor.count < 1 << 20 else { return }
    var values = [Float](repeating: 0, count: tensor.count)
    values.withUnsafeMutableBufferPointer { try? tensor.floats(into: $0) }
  }
}
