import Foundation
import Glibc

/// The reader that gets the inputs.
enum Chosen {
  nonisolated(unsafe) static var reader: FuzzReader?
}

/// Files in memory that readers find by their names.
enum Scratch {
  static let path = "/dev/shm/initscope-fuzz-\(getpid())"

  static func prepare() throws {
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  static func remove() { try? FileManager.default.removeItem(atPath: path) }

  /// Writes a file and gives its path.
  @discardableResult
  static func write(_ data: Data, as name: String) -> String {
    let place = "\(path)/\(name)"
    let descriptor = open(place, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    data.withUnsafeBytes { bytes in
      if let start = bytes.baseAddress { _ = Glibc.write(descriptor, start, bytes.count) }
    }
    close(descriptor)
    return place
  }
}
