import DataSets
import Foundation
import TestSupport
import Testing

import TensorFiles

/// Files that PyTorch, NumPy and safetensors wrote (Fixtures/reference/tensor-files).
@Suite struct FormatTests {
  struct Reference: Decodable {
    struct Tensor: Decodable {
      var shape: [Int]
      var dtype: String
      var count: Int
      var first: [Double]?
    }
    var state: [String: Tensor]
    var arrays: [String: Tensor]
  }

  private func path(_ name: String) -> String { Repository.reference("tensor-files/\(name)").path }
  private var reference: Reference {
    get throws { try Repository.reference("tensor-files/expected.json", as: Reference.self) }
  }

  /// The first eight values of a tensor of a type whose values floats hold.
  private func first(_ file: any TensorFile, _ name: String) throws -> [Double]? {
    guard let entry = file.entries.first(where: { $0.name == name }) else { return nil }
    let bytes = try contents(file, name)
    return bytes.withUnsafeBytes { raw in
      (0..<min(8, entry.count)).map { index in
        switch entry.type {
        case .float32: Double(raw.loadUnaligned(fromByteOffset: 4 * index, as: Float.self))
        case .float64: raw.loadUnaligned(fromByteOffset: 8 * index, as: Double.self)
        case .float16: Double(raw.loadUnaligned(fromByteOffset: 2 * index, as: Float16.self))
        case .bfloat16:
          Double(Float(bitPattern: UInt32(raw.loadUnaligned(fromByteOffset: 2 * index, as: UInt16.self)) << 16))
        case .int64: Double(raw.loadUnaligned(fromByteOffset: 8 * index, as: Int64.self))
        case .uint16: Double(raw.loadUnaligned(fromByteOffset: 2 * index, as: UInt16.self))
        case .bool, .uint8: Double(raw[index])
        default: .nan
        }
      }
    }
  }

  private func check(_ file: any TensorFile, _ expected: [String: Reference.Tensor]) throws {
    #expect(Set(file.entries.map(\.name)) == Set(expected.keys))
    for (name, tensor) in expected {
      let entry = try #require(file.entries.first { $0.name == name })
      #expect(entry.shape == tensor.shape, "\(name)")
      #expect(entry.type.rawValue == tensor.dtype, "\(name)")
      let all = try contents(file, name)
      #expect(all.count == entry.byteCount)
      // float8 is compared through its moments, where the kernels widen it.
      if let first = tensor.first, entry.type != .float8e4m3, entry.type != .float8e5m2 {
        #expect(try self.first(file, name) == first, "\(name)")
      }
    }
  }

  /// Views of one storage: transposed, sliced with a step, a column, and a tied tensor.
  @Test(arguments: ["state.pt", "checkpoint.pt", "state.safetensors"])
  func everyTensorIsReadAsItsProgramReadsIt(name: String) throws {
    try check(TensorFiles.open(path: path(name)), reference.state)
  }

  @Test func arraysOfNumPyAreRead() throws {
    var arrays = try reference.arrays
    try check(TensorFiles.open(path: path("arrays.npz")), arrays)
    arrays["fortran"] = nil
    try check(TensorFiles.open(path: path("packed.npz")), arrays)
  }

  /// The length of a header may begin with the two bytes of a pickle: 80 02 is 640.
  @Test(arguments: [0x0280, 0x0580]) func aHeaderOfAnyLengthIsRead(length: Int) throws {
    let header = #"{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#
    let text = header + String(repeating: " ", count: length - header.utf8.count)
    let start = [UInt8(length & 0xFF), UInt8(length >> 8), 0, 0, 0, 0, 0, 0]
    let bytes = start + Array(text.utf8) + [UInt8](repeating: 0, count: 8)
    let file = try TemporaryBytes(bytes, "w.safetensors")
    #expect(try TensorFiles.open(path: file.path).entries.map(\.shape) == [[2]])
  }

  @Test func tiedTensorsAreKnown() throws {
    let file = try TensorFiles.open(path: path("state.pt"))
    let index = try #require(file.entries.firstIndex { $0.name == "tied" })
    #expect(file.entries[file.sharing[index]].name == "plain")
    let checkpoint = try TensorFiles.open(path: path("checkpoint.pt"))
    #expect(checkpoint.notes.first?.contains("'model_state_dict'") == true)
    #expect(checkpoint.notes.first?.contains("'optimizer'") == true)
  }

  /// A loss or a score beside the state dict is no sign that the outermost dictionary is one; an optimizer's moments are
  /// no weights.
  @Test(arguments: [("beside.pt", ["w"], "'best'"), ("pair.pt", ["generator.w", "discriminator.w"], "'optimizer_g'")])
  func optimizersAreLeftOut(name: String, names: [String], leftOut: String) throws {
    let file = try TensorFiles.open(path: path(name))
    #expect(file.entries.map(\.name) == names)
    #expect(file.notes.first?.contains(leftOut) == true, "\(file.notes)")
  }

  @Test(arguments: [
    ("legacy.pt", "legacy format, from before version 1.6"), ("module.pt", "torch.nn.modules.linear.Linear"),
    ("script.pt", "TorchScript"),
    ("objects.npz", "could run code"), ("optimizer.pt", "the state of an optimizer and no weights"),
  ])
  func otherFilesAreRefusedByName(name: String, reason: String) {
    #expect {
      try TensorFiles.open(path: path(name))
    } throws: { "\($0)".contains(reason) }
  }

  /// Names of classes beside the weights make no file unreadable.
  @Test func arraysOfNoNumbersAreLeftOutByName() throws {
    let file = try TensorFiles.open(path: path("mixed.npz"))
    #expect(file.entries.map(\.name) == ["w"])
    #expect(file.notes == ["Left out, because they hold no numbers: 'classes', 'extra'."])
  }

  /// What PEFT writes into a model's directory.
  @Test func aDirectoryOfAnAdapterIsRead() throws {
    let directory = FileManager.default.temporaryDirectory.appending(path: "adapter-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: directory) }
    try FileManager.default.copyItem(
      atPath: path("state.safetensors"), toPath: directory.appending(path: "adapter_model.safetensors").path)
    #expect(try !TensorFiles.open(path: directory.path).entries.isEmpty)
  }

  /// They are harmless: what is missing is support, and what to save in their place is said.
  @Test(arguments: [
    ("complex.pt", "complex numbers", "view_as_real"), ("sparse.pt", "a sparse tensor", "to_dense()"),
    ("quantized.pt", "a quantized tensor", "dequantize()"),
  ])
  func tensorsOfOtherKindsAreNotSupported(name: String, kind: String, remedy: String) {
    #expect {
      try TensorFiles.open(path: path(name))
    } throws: {
      let text = "\($0)"
      return text.contains(kind) && text.contains("not supported") && text.contains(remedy) && !text.contains("run code")
    }
  }

  /// Every prefix and every flipped byte gives an error or a reading, never a trap or a hang.
  @Test(arguments: ["state.pt", "packed.npz", "state.safetensors"])
  func damagedFilesAreErrors(name: String) throws {
    let bytes = [UInt8](try Data(contentsOf: URL(filePath: path(name))))
    var random = SplitMix(state: 3)
    for trial in 0..<200 {
      var damaged = bytes
      if trial % 2 == 0 {
        damaged.removeLast(Int(random.next() % UInt64(bytes.count)))
      } else {
        for _ in 0..<4 { damaged[Int(random.next() % UInt64(bytes.count))] = UInt8(truncatingIfNeeded: random.next()) }
      }
      let file = try TemporaryBytes(damaged, name)
      do {
        let read = try TensorFiles.open(path: file.path)
        for entry in read.entries { _ = try contents(read, entry.name) }
      } catch is DataError {}
    }
  }

  /// A file that is cut while it is read is an error.
  @Test func aFileThatShrinksIsAnError() throws {
    let file = try TemporaryBytes(
      try [UInt8](Data(contentsOf: URL(filePath: path("state.safetensors")))), "model.safetensors")
    let read = try TensorFiles.open(path: file.path)
    let handle = try #require(FileHandle(forWritingAtPath: file.path))
    try handle.truncate(atOffset: 2000)
    #expect {
      for entry in read.entries { _ = try contents(read, entry.name) }
    } throws: { "\($0)".contains("cut while it was being read") }
  }

  @Test func shardsAreFoundByTheirIndex() throws {
    let header = #"{"NAME": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}"#
    let index = try TemporaryBytes(
      Array(#"{"metadata": {}, "weight_map": {"a": "1.safetensors", "b": "2.safetensors"}}"#.utf8),
      "model.safetensors.index.json")
    let directory = (index.path as NSString).deletingLastPathComponent
    for (name, file) in [("a", "1"), ("b", "2")] {
      try Data(safetensors(header.replacingOccurrences(of: "NAME", with: name), [0, 0, 0, 64])).write(
        to: URL(filePath: "\(directory)/\(file).safetensors"))
    }
    let read = try TensorFiles.open(path: index.path)
    #expect(read.entries.map(\.name) == ["a", "b"])
    #expect(floats(try contents(read, "b")) == [2])
    #expect(read.format == "safetensors, 2 shards")
    // A directory stands for the index in it.
    #expect(try TensorFiles.open(path: directory).entries.count == 2)
    for (text, reason) in [
      (#"{"weight_map": {"a": "../1.safetensors"}}"#, "no name of a file"),
      (#"{"weight_map": {"c": "1.safetensors"}}"#, "has no tensor 'c'"),
      (#"{"weight_map": {"a": "3.safetensors"}}"#, "cannot be opened"), (#"{"a": 1}"#, "weight_map"),
      (#"{"weight_map": {"a": 1}}"#, "no name of a file"),
    ] {
      try Data(text.utf8).write(to: URL(filePath: index.path))
      #expect {
        try TensorFiles.open(path: index.path)
      } throws: { "\($0)".contains(reason) }
    }
  }
}
