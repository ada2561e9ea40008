import Foundation
import GraphImport
import TestSupport
import Testing

/// ONNX files are told from others by their first bytes, whatever their names.
@Suite struct ModelDetectionTests {
  private static func isModel(_ bytes: [UInt8]) throws -> Bool {
    let file = FileManager.default.temporaryDirectory.appending(path: "initscope-\(UUID().uuidString)")
    try Data(bytes).write(to: file)
    defer { try? FileManager.default.removeItem(at: file) }
    return ModelTensorFile.isModel(file.path)
  }

  @Test func modelsAreKnownWithoutTheirNames() throws {
    let folder = Repository.fixtures.appending(path: "models")
    for name in ["layouts.onnx", "branches.onnx"] {
      #expect(try Self.isModel([UInt8](Data(contentsOf: folder.appending(path: name)))))
    }
  }

  /// A safetensors file begins with the length of its header, which may be any number: 2,568 is the bytes 08 0A.
  @Test func lengthsOfHeadersAreNoVersions() throws {
    #expect(try !Self.isModel([0x08, 0x0A, 0, 0, 0, 0, 0, 0] + Array("{\"__metadata__\": {}}".utf8)))
    #expect(try !Self.isModel([0x08, 0x0A, 0x12, 0, 0, 0, 0, 0] + Array("{\"a\": {}}".utf8)))
    #expect(try !Self.isModel([0x08, 0x0A]) && !Self.isModel(Array("name: net\ninput: 3\n".utf8)))
    #expect(!ModelTensorFile.isModel("/"))
  }
}
