import ONNXFiles
import Testing

/// The wire format, from bytes that are written by hand.
@Suite struct WireTests {
  private func read(_ bytes: [UInt8]) throws -> ONNXModel { try ONNXModel(bytes: bytes, path: "model.onnx") }

  private func refusal(_ bytes: [UInt8]) -> ONNXError? {
    do {
      _ = try read(bytes)
      return nil
    } catch {
      return error as? ONNXError
    }
  }

  /// A model whose graph is followed by these bytes.
  private func model(then bytes: [UInt8]) -> [UInt8] { Proto.model { $0.text(2, "g") } + bytes }

  @Test func repeatedNumbersMayBePackedOrNot() throws {
    let model = try read(
      Proto.stored { tensor in
        tensor.int(1, 2)
        tensor.data(1, Proto.varint(3) + Proto.varint(1))
        tensor.int(2, 1)
        tensor.text(8, "w")
        tensor.float(4, 1)
        tensor.data(4, Array(repeating: 0, count: 16))
        tensor.float(4, -2)
      })
    #expect(model.graph.initializers[0].dims == [2, 3, 1])
    #expect(try model.graph.initializers[0].floats() == [1, 0, 0, 0, 0, -2])
  }

  @Test func integersMayBeUnpackedAndNegative() throws {
    let model = try read(
      Proto.stored { tensor in
        tensor.int(1, 4)
        tensor.int(2, 6)
        tensor.text(8, "w")
        tensor.int(5, -1)
        tensor.data(5, [0x80, 0x80, 0x00] + Proto.varint(0x7FFF_FFFF))
        tensor.int(5, Int(Int32.min))
      })
    // 80 80 00 is zero, written longer than needed, which protobuf allows.
    #expect(try model.graph.initializers[0].int64s() == [-1, 0, 0x7FFF_FFFF, Int(Int32.min)])
  }

  /// onnx 1.23 has no reader for this form: its schema says one element in the low six bits of each number.
  @Test func floatsOfSixBitsMayBeNumbers() throws {
    for (type, values) in [(27, [0.125, -7.5, 1, 0, -0.875] as [Float]), (28, [0.0625, -28, 0.25, 0, -0.4375])] {
      let model = try read(
        Proto.stored { tensor in
          tensor.int(1, 5)
          tensor.int(2, type)
          tensor.text(8, "w")
          tensor.data(5, [1, 0x3F, 0x08 >> (type == 28 ? 1 : 0), 0, 0x27])
        })
      #expect(try model.graph.initializers[0].floats() == values)
    }
  }

  @Test func unknownFieldsArePassedBy() throws {
    var extra = Proto()
    extra.int(100, -1)
    extra.float(101, 1)
    extra.text(102, "x")
    extra.tag(103, 1)
    extra.bytes += [UInt8](repeating: 9, count: 8)
    #expect(try read(model(then: extra.bytes)).graph.name == "g")
  }

  @Test(arguments: [
    ([0x08], "breaks off within a number"),
    ([0x08, 0x80], "breaks off within a number"),
    ([0x08] + [UInt8](repeating: 0xFF, count: 9) + [0x02], "holds a number of more than 64 bits"),
    ([0x08] + [UInt8](repeating: 0x80, count: 10) + [0x00], "holds a number of more than 64 bits"),
    ([0x00, 0x00], "a field has the number 0, which protobuf does not have"),
    ([0x12, 0x05, 0x61], "field 2 claims 5 bytes, where 1 are left"),
    ([0x12] + Proto.varint(.max), "field 2 claims 18446744073709551615 bytes, where 0 are left"),
    ([0x0B, 0x0C], "field 1 is a group, which ONNX does not have"),
    ([0x0E], "field 1 has the wire type 6, which protobuf does not have"),
    ([0x12, 0x02, 0xC3, 0x28], "is not UTF-8 text"),
    ([0x0D, 0, 0, 0, 0], "is four bytes (wire type 5), where a whole number (wire type 0) belongs"),
    ([0x09, 0, 0], "is eight bytes (wire type 1), where a whole number (wire type 0) belongs"),
    (Proto.varint(105 << 3 | 1) + [0, 0], "breaks off within a number of 8 bytes"),
    ([0x3A, 0x00], "is there twice; a model has one graph"),
  ])
  func damageIsRefused(_ bytes: [UInt8], _ message: String) throws {
    let error = try #require(refusal(model(then: bytes)))
    #expect(error.message == message)
    #expect(error.hint != nil)
    #expect((7...7 + bytes.count).contains(try #require(error.offset)))
  }

  @Test func theLargestNumberIsRead() throws {
    let bytes = model(then: [0x28] + Proto.varint(.max))
    #expect(try read(bytes).modelVersion == -1)
  }

  @Test func anErrorNamesItsPlace() throws {
    let error = try #require(
      refusal(
        Proto.model { graph in
          graph.message(1) { $0.text(4, "Relu") }
          graph.message(1) { node in
            node.text(4, "Gemm")
            node.message(5) { attribute in
              attribute.text(1, "t")
              attribute.message(5) { $0.int(2, 99) }
            }
          }
        }))
    #expect(
      error.description
        == "model.onnx, byte 27, graph.node[1].attribute[0].t.data_type: names the element type 99; ONNX has 1 to 28. "
        + "A newer version of ONNX may have more: export the model with float32 tensors")
  }

  @Test func depthIsLimited() throws {
    func nested(_ depth: Int) -> [UInt8] {
      var type: [UInt8] = []
      for _ in 0..<depth {
        var inner = Proto(), outer = Proto()
        inner.data(1, type)
        outer.data(4, inner.bytes)
        type = outer.bytes
      }
      return Proto.model { graph in
        graph.message(11) { info in
          info.text(1, "x")
          info.data(2, type)
        }
      }
    }
    #expect(try read(nested(48)).graph.inputs[0].elementType == nil)
    #expect(refusal(nested(49))?.message == "messages lie more than 100 deep")
    #expect(refusal(nested(10_000))?.message == "messages lie more than 100 deep")
  }

  @Test(arguments: [
    ("PK\u{3}\u{4}rest", "is a zip archive, as PyTorch's checkpoints and .keras files are, and no ONNX model"),
    ("", "is empty"),
    ("version https://git-lfs.github.com/spec/v1\n", "is the pointer that Git LFS leaves in place of a file"),
    ("GGUF....", "is a GGUF file of weights and no ONNX model"),
    ("network: dense", "field 13 has the wire type 6, which protobuf does not have"),
    ("\u{8}\u{7}", "holds no graph, so it is no ONNX model"),
  ])
  func otherFilesAreNamed(_ text: String, _ message: String) throws {
    #expect(refusal(Array(text.utf8))?.message == message)
  }

  @Test(arguments: ["/dev/null", "/", "", "nowhere.onnx", "a\0b"])
  func whatIsNoFileIsRefused(_ path: String) {
    #expect(throws: ONNXError.self) { try ONNXModel(path: path) }
  }
}
