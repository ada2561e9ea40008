import ONNXFiles
import Testing

/// Tensors whose parts do not fit together.
@Suite struct TensorTests {
  private func tensor(_ body: (inout Proto) -> Void) throws -> ONNXTensor {
    let model = try ONNXModel(
      bytes: Proto.stored { tensor in
        tensor.text(8, "w")
        body(&tensor)
      }, path: "model.onnx")
    return model.graph.initializers[0]
  }

  private func expectRefusal(
    _ message: String, sourceLocation: SourceLocation = #_sourceLocation, _ body: (inout Proto) -> Void
  ) {
    do {
      _ = try tensor(body)
      Issue.record("was read", sourceLocation: sourceLocation)
    } catch {
      #expect((error as? ONNXError)?.message == message, sourceLocation: sourceLocation)
    }
  }

  @Test func shapesAndSizesMustAgree() {
    expectRefusal("the tensor 'w' has 8 bytes, where float32 of the shape [3] takes 12") {
      $0.int(1, 3)
      $0.int(2, 1)
      $0.data(9, [UInt8](repeating: 0, count: 8))
    }
    expectRefusal("the tensor 'w' has 1 stored numbers, where float32 of the shape [3] takes 3") {
      $0.int(1, 3)
      $0.int(2, 1)
      $0.float(4, 1)
    }
    expectRefusal("the tensor 'w' holds no values") { $0.int(2, 1) }
    expectRefusal("the tensor 'w' does not say of which type its elements are") { $0.int(1, 3) }
    expectRefusal("the tensor 'w' holds its values twice") {
      $0.int(2, 1)
      $0.float(4, 1)
      $0.data(9, [0, 0, 0, 0])
    }
    expectRefusal("the tensor 'w' holds its values twice") {
      $0.int(2, 1)
      $0.float(4, 1)
      $0.int(7, 1)
    }
    expectRefusal("the tensor 'w' holds int64 in a field for other types") {
      $0.int(2, 7)
      $0.float(4, 1)
    }
    expectRefusal("the tensor 'w' holds texts as raw bytes, which ONNX does not allow") {
      $0.int(2, 8)
      $0.data(9, [0])
    }
    expectRefusal("the tensor 'w' lies in the place 2, which ONNX does not have") {
      $0.int(2, 1)
      $0.int(14, 2)
    }
    expectRefusal("holds a part of a tensor, which no exporter writes") { $0.data(3, []) }
    expectRefusal("is 5 bytes, no whole number of 4") {
      $0.int(1, 1)
      $0.int(2, 1)
      $0.data(4, [0, 0, 0, 0, 0])
    }
  }

  @Test(arguments: [
    [Int.max, 2], [-1], [1 << 40, 1 << 40], [Int.max], [Int.min], [0, 1 << 40, 1 << 40], [1 << 32, 1 << 32, 0],
  ])
  func hugeShapesAreRefused(_ dims: [Int]) {
    let shown = "[" + dims.map(String.init).joined(separator: ", ") + "]"
    expectRefusal("the tensor 'w' has the impossible shape \(shown)") {
      for extent in dims { $0.int(1, extent) }
      $0.int(2, 1)
      $0.data(9, [])
    }
  }

  @Test func emptyTensorsAreRead() throws {
    let tensor = try tensor {
      $0.int(1, 0)
      $0.int(1, 1 << 40)
      $0.int(2, 1)
    }
    #expect(tensor.count == 0 && tensor.dims == [0, 1 << 40])
    #expect(try tensor.floats() == [])
  }

  @Test func typesThatDoNotFitAreRefused() throws {
    let number = try tensor {
      $0.int(2, 1)
      $0.float(4, 1)
    }
    #expect(throws: ONNXError.self) { try number.int64s() }
    #expect(throws: ONNXError.self) { try number.bools() }
    #expect(throws: ONNXError.self) { try number.strings() }
    let text = try tensor {
      $0.int(2, 8)
      $0.text(6, "a")
    }
    #expect(try text.strings() == ["a"])
    #expect(throws: ONNXError.self) { try text.floats() }
    #expect(throws: ONNXError.self) { try text.rawBytes() }
    let damaged = try tensor {
      $0.int(2, 8)
      $0.data(6, [0xFF])
    }
    #expect(throws: ONNXError.self) { try damaged.strings() }
    let large = try tensor {
      $0.int(2, 13)
      $0.int(11, -1)
    }
    #expect(try large.floats() == [0x1p64])
    #expect(throws: ONNXError.self) { try large.int64s() }
    let truth = try tensor {
      $0.int(1, 3)
      $0.int(2, 9)
      $0.data(9, [0, 1, 2])
    }
    #expect(try truth.bools() == [false, true, true])
    #expect(try truth.floats() == [0, 1, 1])
  }

  @Test func sparseIndicesStayWithinTheTensor() throws {
    for index in [-1, 12, Int.max, Int.min] {
      let model = try ONNXModel(
        bytes: Proto.model { graph in
          graph.message(15) { sparse in
            sparse.message(1) {
              $0.int(1, 1)
              $0.int(2, 1)
              $0.text(8, "s")
              $0.float(4, 1)
            }
            sparse.message(2) {
              $0.int(1, 1)
              $0.int(2, 7)
              $0.int(7, index)
            }
            sparse.int(3, 3)
            sparse.int(3, 4)
          }
        }, path: "model.onnx")
      var values = [Float](repeating: 0, count: 12)
      #expect(throws: ONNXError.self) {
        try values.withUnsafeMutableBufferPointer { try model.graph.sparseInitializers[0].floats(into: $0) }
      }
    }
  }
}
