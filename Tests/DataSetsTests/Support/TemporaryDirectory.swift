import Foundation

/// A directory of its own for one test, removed with the value that owns it.
final class TemporaryDirectory {
  let path: String

  init() throws {
    path = FileManager.default.temporaryDirectory.appending(path: "initscope-data-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// Writes a file and returns its path.
  func write(_ bytes: [UInt8], as name: String) throws -> String {
    try Data(bytes).write(to: URL(filePath: path).appending(path: name))
    return "\(path)/\(name)"
  }

  func write(_ text: String, as name: String) throws -> String { try write(Array(text.utf8), as: name) }
}
