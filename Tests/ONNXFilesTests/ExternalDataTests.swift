import Foundation
import ONNXFiles
import Testing

/// Data files beside a model: read where they are meant, refused where they lead out of the folder.
@Suite struct ExternalDataTests {
  /// A folder with `model/`, in which a model is written, and `outside.bin`, which it must not reach.
  private struct Folder: ~Copyable {
    let root: URL
    var model: URL { root.appending(path: "model") }

    init() throws {
      root = FileManager.default.temporaryDirectory.appending(path: "onnx-\(UUID().uuidString)")
      try FileManager.default.createDirectory(at: root.appending(path: "model/inner"), withIntermediateDirectories: true)
      try Data([UInt8](repeating: 0x55, count: 64)).write(to: root.appending(path: "outside.bin"))
      try Data((0..<64).map { UInt8($0) }).write(to: model.appending(path: "weights.bin"))
      try Data((0..<64).map { UInt8($0) }).write(to: model.appending(path: "inner/weights.bin"))
    }

    deinit { try? FileManager.default.removeItem(at: root) }

    func tensor(_ dims: [Int], _ entries: KeyValuePairs<String, String>) throws -> ONNXTensor {
      let path = model.appending(path: "model.onnx")
      try Data(Proto.model(dims, external: entries)).write(to: path)
      return try ONNXModel(path: path.path).graph.initializers[0]
    }

    /// Why a tensor of four floats at this place is refused.
    func refusal(_ location: String, _ offset: String = "0", _ length: String = "16") throws -> String? {
      do throws(ONNXError) {
        let tensor: ONNXTensor
        do { tensor = try self.tensor([4], ["location": location, "offset": offset, "length": length]) } catch {
          guard let problem = error as? ONNXError else { return "\(error)" }
          throw problem
        }
        #expect(throws: ONNXError.self) { try tensor.checkData() }
        #expect(throws: ONNXError.self) { try tensor.rawBytes() }
        var values = [Float](repeating: 0, count: 4), problem: ONNXError?
        values.withUnsafeMutableBufferPointer { buffer in
          do throws(ONNXError) { try tensor.floats(into: buffer) } catch { problem = error }
        }
        #expect(problem != nil && values == [0, 0, 0, 0])
        _ = try tensor.floats()
        return nil
      } catch {
        #expect(error.hint != nil)
        return error.message
      }
    }
  }

  private static func prefix(_ location: String) -> String { "the data file '\(location)' of the tensor 'weight' " }

  @Test func rangesAreRead() throws {
    let folder = try Folder()
    let bytes = (0..<64).map { UInt8($0) }
    #expect(try folder.tensor([16], ["location": "weights.bin"]).rawBytes() == bytes)
    #expect(try folder.tensor([4], ["location": "./inner//weights.bin", "offset": "3"]).rawBytes() == Array(bytes[3..<19]))
    #expect(
      try folder.tensor([2, 2], ["location": "weights.bin", "offset": "48", "length": "16"]).floats()
        == bytes[48..<64].withUnsafeBytes { Array($0.bindMemory(to: Float.self)) })
    #expect(try folder.tensor([0], ["location": "weights.bin", "offset": "64", "length": "0"]).floats() == [])
    #expect(try folder.tensor([4], ["location": "weights.bin", "checksum": "x", "length": ""]).floats().count == 4)
  }

  @Test(arguments: ["../outside.bin", "inner/../../outside.bin", "inner/..", "..", "a/../weights.bin"])
  func pathsUpwardsAreRefused(_ location: String) throws {
    let folder = try Folder()
    #expect(
      try folder.refusal(location) == Self.prefix(location) + "may lie outside the model's folder: its path has '..'")
  }

  @Test func absolutePathsAreRefused() throws {
    let folder = try Folder()
    let outside = folder.root.appending(path: "outside.bin").path
    for location in [outside, "/etc/passwd", "//etc/passwd", folder.model.appending(path: "weights.bin").path] {
      #expect(try folder.refusal(location)?.hasSuffix("is named by an absolute path") == true)
    }
  }

  @Test func linksAreRefused() throws {
    let folder = try Folder(), manager = FileManager.default
    let outside = folder.root.appending(path: "outside.bin")
    try manager.createSymbolicLink(at: folder.model.appending(path: "soft.bin"), withDestinationURL: outside)
    try manager.createSymbolicLink(
      atPath: folder.model.appending(path: "local.bin").path, withDestinationPath: "weights.bin")
    try manager.createSymbolicLink(at: folder.model.appending(path: "up"), withDestinationURL: folder.root)
    try manager.createSymbolicLink(atPath: folder.model.appending(path: "same").path, withDestinationPath: "inner")
    try manager.createSymbolicLink(atPath: folder.model.appending(path: "dangling").path, withDestinationPath: "nowhere")
    try manager.linkItem(at: outside, to: folder.model.appending(path: "hard.bin"))
    for location in ["soft.bin", "local.bin", "up/outside.bin", "same/weights.bin", "up/model/weights.bin", "dangling"] {
      #expect(
        try folder.refusal(location)
          == Self.prefix(location) + "or a folder on the way to it, is a symbolic link, which is not followed")
    }
    #expect(
      try folder.refusal("hard.bin")
        == Self.prefix("hard.bin") + "has 2 names (hard links), one of which may lie outside the model's folder")
  }

  @Test func whatIsNoRegularFileIsRefused() throws {
    let folder = try Folder()
    #expect(mkfifo(folder.model.appending(path: "pipe").path, 0o600) == 0)
    for location in ["pipe", "inner"] {
      #expect(try folder.refusal(location) == Self.prefix(location) + "is not a regular file")
    }
    #expect(try folder.refusal("inner/") == Self.prefix("inner/") + "has no name of a file")
    #expect(try folder.refusal(".") == Self.prefix(".") + "has no name of a file")
    #expect(try folder.refusal("absent.bin") == Self.prefix("absent.bin") + "is not there")
    #expect(try folder.refusal("weights.bin/x")?.hasSuffix("cannot be opened: Not a directory") == true)
    #expect(try folder.refusal("weights.bin\0")?.hasSuffix("has a name with a zero byte") == true)
    #expect(try folder.refusal(String(repeating: "x", count: 300))?.hasSuffix("File name too long") == true)
    #expect(try folder.refusal(String(repeating: "inner/", count: 100) + "x")?.hasSuffix("has no name of a file") == true)
    #expect(try folder.refusal("") == "the tensor 'weight' lies in another file, which is not named")
  }

  @Test func rangesBeyondTheFileAreRefused() throws {
    let folder = try Folder()
    for offset in ["49", "64", "65", "9223372036854775807"] {
      let wanted = "has 64 bytes, where 16 from byte \(offset) on are wanted"
      #expect(try folder.refusal("weights.bin", offset) == Self.prefix("weights.bin") + wanted)
    }
    for offset in ["-1", "0x10", "+1", " 1", "1e3", "9223372036854775808"] {
      #expect(
        try folder.refusal("weights.bin", offset)
          == "the tensor 'weight' has the offset '\(offset)' in its data file, which is no number of bytes")
    }
    for length in ["15", "17", "9223372036854775807"] {
      #expect(
        try folder.refusal("weights.bin", "0", length)
          == "the tensor 'weight' has \(length) bytes in 'weights.bin', where float32 of the shape [4] takes 16")
    }
  }

  /// A tensor that claims terabytes is refused before memory is taken for it.
  @Test func hugeClaimsAreRefused() throws {
    let folder = try Folder()
    let tensor = try folder.tensor([1 << 40], ["location": "weights.bin"])
    #expect(throws: ONNXError.self) { try tensor.floats() }
    #expect(throws: ONNXError.self) { try tensor.rawBytes() }
  }

  /// The folder is the model's own when it was opened, wherever the program goes later.
  @Test func aModelInMemoryHasNoFolder() throws {
    let model = try ONNXModel(bytes: Proto.model([1], external: ["location": "weights.bin"]), path: "model.onnx")
    #expect(throws: ONNXError.self) { try model.graph.initializers[0].floats() }
  }

  @Test func aFileThatBecameShorterIsRefused() throws {
    let folder = try Folder()
    let path = folder.model.appending(path: "model.onnx")
    try FileManager.default.copyItem(at: Self.fixture("legacy_train"), to: path)
    let model = try ONNXModel(path: path.path)
    let handle = try FileHandle(forUpdating: path)
    try handle.truncate(atOffset: 100)
    let last = try #require(model.graph.initializers.last)
    #expect(throws: ONNXError.self) { try last.floats() }
  }

  private static func fixture(_ name: String) -> URL {
    URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../Fixtures/onnx/\(name).onnx")
  }
}
