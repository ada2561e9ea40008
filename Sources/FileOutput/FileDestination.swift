import Glibc

/// What kind of thing an output path leads to.
enum FileDestination {
  /// A regular file: the place to which its links lead, and its status where it exists.
  case file(String, stat?)
  /// A device, a pipe or a socket, which is written directly.
  case special
  /// One of the process's own open files, such as `/dev/stdout`; output is appended to what was written there before.
  case descriptor(Int32)

  init(_ path: String) throws(OutputError) {
    guard !path.isEmpty else { throw OutputError(path: "\"\"", reason: .emptyName) }
    guard !path.utf8.contains(0) else { throw OutputError(path: path, errno: ENOENT) }
    if let descriptor = Self.descriptor(path) {
      self = .descriptor(descriptor)
      return
    }
    var status = stat()
    if stat(path, &status) == 0 {
      switch status.st_mode & S_IFMT {
      case S_IFDIR: throw OutputError(path: path, reason: .isDirectory)
      case S_IFREG: self = .file(Self.resolved(path), status)
      default: self = .special
      }
      return
    }
    guard errno == ENOENT else { throw OutputError(path: path, errno: errno) }
    let target = try FilePath.target(of: path)
    if target.hasSuffix("/") { throw OutputError(path: path, reason: .isDirectory) }
    self = .file(target, nil)
  }

  private static func descriptor(_ path: String) -> Int32? {
    switch path {
    case "/dev/stdout": return STDOUT_FILENO
    case "/dev/stderr": return STDERR_FILENO
    default:
      for prefix in ["/dev/fd/", "/proc/self/fd/"] where path.hasPrefix(prefix) {
        guard let number = Int32(path.dropFirst(prefix.count)), fcntl(number, F_GETFD) >= 0 else { return nil }
        return number
      }
      return nil
    }
  }

  private static func resolved(_ path: String) -> String {
    guard let real = realpath(path, nil) else { return path }
    defer { free(real) }
    return String(cString: real)
  }
}
