import Glibc
import InitScope

/// Looks before a long computation whether its result can be written; writing itself is what decides.
enum Destination {
  /// - Throws: `OutputError` where the directory could not be created or the file not be put beside its neighbours.
  static func check(directory: String?, file: String?) throws(OutputError) {
    if let directory { try checkDirectory(directory, for: directory, mayBeMissing: true) }
    guard let file else { return }
    var status = stat()
    if stat(file, &status) == 0 {
      if status.st_mode & S_IFMT == S_IFDIR { throw OutputError(path: file, reason: .isDirectory) }
      // A device or pipe needs no neighbours.
      if status.st_mode & S_IFMT != S_IFREG { return }
    }
    try checkDirectory(parent(of: file), for: file, mayBeMissing: false)
  }

  private static func checkDirectory(_ path: String, for destination: String, mayBeMissing: Bool) throws(OutputError) {
    var status = stat()
    guard stat(path, &status) == 0 else {
      if errno == ENOTDIR { throw OutputError(path: destination, reason: .notADirectory) }
      guard errno == ENOENT, mayBeMissing, parent(of: path) != path else {
        throw OutputError(path: destination, reason: errno == EACCES ? .notWritable : .noSuchDirectory)
      }
      return try checkDirectory(parent(of: path), for: destination, mayBeMissing: true)
    }
    guard status.st_mode & S_IFMT == S_IFDIR else { throw OutputError(path: destination, reason: .notADirectory) }
    guard access(path, W_OK | X_OK) == 0 else { throw OutputError(path: destination, reason: .notWritable) }
  }

  private static func parent(of path: String) -> String {
    var trimmed = Substring(path)
    while trimmed.count > 1, trimmed.last == "/" { trimmed.removeLast() }
    guard let slash = trimmed.lastIndex(of: "/") else { return "." }
    return slash == trimmed.startIndex ? "/" : String(trimmed[..<slash])
  }
}
