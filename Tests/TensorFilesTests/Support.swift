import DataSets
import Foundation
import TensorFiles

/// A file in the system's temporary directory, removed with this object.
final class TemporaryBytes {
  let path: String

  init(_ bytes: [UInt8], _ name: String) throws {
    let directory = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    path = directory.appending(path: name).path
    try Data(bytes).write(to: URL(filePath: path))
  }

  deinit { try? FileManager.default.removeItem(atPath: (path as NSString).deletingLastPathComponent) }
}

/// A safetensors file of a header and data.
func safetensors(_ header: String, _ data: [UInt8] = []) -> [UInt8] {
  let count = UInt64(header.utf8.count)
  return (0..<8).map { UInt8(truncatingIfNeeded: count >> UInt64(8 * $0)) } + Array(header.utf8) + data
}

/// The error of opening the bytes; an empty text where they open.
func refusal(_ bytes: [UInt8], _ name: String = "model.safetensors") throws -> String {
  let file = try TemporaryBytes(bytes, name)
  do {
    _ = try TensorFiles.open(path: file.path)
    return ""
  } catch {
    return "\(error)"
  }
}

/// All bytes of a tensor.
func contents(_ file: any TensorFile, _ name: String) throws -> [UInt8] {
  guard let index = file.entries.firstIndex(where: { $0.name == name }) else { return [] }
  var bytes: [UInt8] = []
  // Small blocks, so that several make a tensor.
  try file.read(index, into: BlockMemory(capacity: 64)) { bytes += Array($0) }
  return bytes
}

func floats(_ bytes: [UInt8]) -> [Float] {
  bytes.withUnsafeBytes { raw in (0..<raw.count / 4).map { raw.loadUnaligned(fromByteOffset: 4 * $0, as: Float.self) } }
}
