import Foundation
import ONNXFiles
import TestSupport
import Testing

/// Damaged models are refused or read, and take neither long nor much memory.
@Suite struct HostileTests {
  private static func bytes(_ name: String) throws -> [UInt8] {
    Array(try Data(contentsOf: Repository.fixtures.appending(path: "onnx/\(name).onnx")))
  }

  /// Reads a model and every tensor of its graphs; whether it could be read.
  @discardableResult
  private func use(_ bytes: [UInt8]) -> Bool {
    guard let model = try? ONNXModel(bytes: bytes, path: "model.onnx") else { return false }
    use(model.graph)
    _ = model.graph.signature
    return true
  }

  private func use(_ graph: ONNXGraph) {
    for tensor in graph.initializers + graph.sparseInitializers.flatMap({ [$0.values, $0.indices] }) { use(tensor) }
    for sparse in graph.sparseInitializers where sparse.count < 1 << 20 {
      var values = [Float](repeating: 0, count: sparse.count)
      values.withUnsafeMutableBufferPointer { try? sparse.floats(into: $0) }
    }
    for attribute in graph.nodes.flatMap({ $0.attributes.values }) {
      switch attribute {
      case .tensor(let tensor): use(tensor)
      case .graph(let graph): use(graph)
      default: break
      }
    }
  }

  private func use(_ tensor: ONNXTensor) {
    _ = try? tensor.floats()
    _ = try? tensor.int64s()
    _ = try? tensor.strings()
    _ = try? tensor.rawBytes()
  }

  @Test func everyBeginningIsRefusedOrRead() throws {
    let bytes = try Self.bytes("structures")
    let read = (0..<bytes.count).filter { use(Array(bytes[..<$0])) }
    // What follows the graph may be missing; a cut within it is noticed.
    let graphEnd = try #require(read.first)
    #expect(graphEnd > bytes.count / 2)
    #expect(read.count < 80)
    #expect(use(bytes))
  }

  /// A bit that is turned, or a byte that is exchanged, in each of 20,000 copies.
  @Test(arguments: ["structures", "keras_cnn", "encodings"])
  func turnedBitsAreRefusedOrRead(_ name: String) throws {
    let bytes = try Self.bytes(name)
    var words = SplitMix(state: 1)
    let start = ContinuousClock.now
    for _ in 0..<(name == "structures" ? 20_000 : 400) {
      var copy = bytes
      for _ in 0...Int(words.next() % 3) {
        let place = Int(words.next() % UInt64(copy.count))
        if words.next() % 2 == 0 {
          copy[place] ^= 1 << UInt8(words.next() % 8)
        } else {
          copy[place] = UInt8(words.next() % 256)
        }
      }
      use(copy)
    }
    // Some ten seconds of room: each copy takes well below a millisecond on an idle machine.
    #expect(ContinuousClock.now - start < .seconds(30))
  }

  /// Files made of the smallest messages, which become values many times their size.
  @Test(
    .disabled(if: ThreadTime.isWatched, "a sanitizer takes memory of its own"),
    arguments: [
      ("nodes", [0x0A, 0x03, 0x22, 0x01, 0x61] as [UInt8]),
      ("values", [0x6A, 0x03, 0x0A, 0x01, 0x61]),
      ("tensors", [0x2A, 0x07, 0x42, 0x01, 0x61, 0x10, 0x01, 0x08, 0x00]),
      ("metadata", [0x82, 0x01, 0x03, 0x0A, 0x01, 0x61]),
      ("inputs of no node", [0x0A, 0x02, 0x0A, 0x00]),
    ])
  func smallMessagesTakeLittleMemory(_ what: String, _ message: [UInt8]) throws {
    var graph: [UInt8] = []
    for _ in 0..<(4 << 20) / message.count { graph += message }
    var model = Proto()
    model.data(7, graph)
    let start = ContinuousClock.now
    // Read, or refused for their memory: either is fine, and neither may take long.
    use(model.bytes)
    #expect(ContinuousClock.now - start < .seconds(20), "\(what)")
  }

  @Test func aModelOfManyNodesIsRead() throws {
    let bytes = Proto.model { graph in
      for index in 0..<50_000 {
        graph.message(1) { node in
          node.text(1, "value_\(index)")
          node.text(2, "value_\(index + 1)")
          node.text(3, "node_Relu_\(index)")
          node.text(4, "Relu")
        }
      }
    }
    #expect(try ONNXModel(bytes: bytes, path: "model.onnx").graph.nodes.count == 50_000)
  }
}
