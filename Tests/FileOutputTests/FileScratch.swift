import FileOutput
import Foundation
import Glibc

/// A directory of its own for one test, removed with its owner.
final class FileScratch: Sendable {
  let path: String

  init() throws {
    path = FileManager.default.temporaryDirectory.appendingPathComponent("initscope-files-\(UUID())").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func callAsFunction(_ name: String) -> String { "\(path)/\(name)" }

  /// Hidden files included, so that a temporary file left behind is seen.
  var names: [String] { ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted() }

  func bytes(_ name: String) -> [UInt8]? { FileManager.default.contents(atPath: self(name)).map { [UInt8]($0) } }

  func link(_ name: String, to target: String) throws {
    try FileManager.default.createSymbolicLink(atPath: self(name), withDestinationPath: target)
  }

  /// Where a link leads; nil for what is no link.
  func target(_ name: String) -> String? { try? FileManager.default.destinationOfSymbolicLink(atPath: self(name)) }

  func directory(_ name: String) throws {
    try FileManager.default.createDirectory(atPath: self(name), withIntermediateDirectories: true)
  }
}

/// What `body` throws.
func outputError(_ body: () throws(OutputError) -> Void) -> OutputError? {
  do throws(OutputError) {
    try body()
    return nil
  } catch {
    return error
  }
}
