import Glibc

/// Files that appear whole or not at all.
///
/// Bytes go to a temporary file in the destination's own directory, to disk (fsync), and into place by rename, which
/// POSIX makes atomic. An existing file keeps its permissions; a symbolic link stays, its target is replaced. What is no
/// regular file (`/dev/stdout`, a pipe) is written straight through.
public enum AtomicFile {
  public struct Content: Sendable {
    public var path: String
    public var bytes: [UInt8]

    public init(path: String, bytes: [UInt8]) {
      self.path = path
      self.bytes = bytes
    }
  }

  public static func write(_ bytes: [UInt8], to path: String) throws(OutputError) {
    try write([Content(path: path, bytes: bytes)])
  }

  /// Writes all files or none: every byte is on disk under temporary names before the first rename. Only a rename that
  /// fails then (the directory was removed in between) can leave earlier ones in place.
  public static func write(_ contents: [Content]) throws(OutputError) {
    var staged: [Staged] = []
    defer { for file in staged { unlink(file.temporary) } }
    var direct: [Content] = []
    for content in contents {
      if let file = try stage(content) { staged.append(file) } else { direct.append(content) }
    }
    for content in direct { try writeThrough(content) }
    while let file = staged.first {
      guard rename(file.temporary, file.destination) == 0 else { throw OutputError(path: file.destination, errno: errno) }
      staged.removeFirst()
    }
    for directory in Set(contents.map { Self.directory(of: $0.path) }) { synchronize(directory) }
  }

  /// Creates `path` and what is missing above it.
  public static func createDirectory(_ path: String) throws(OutputError) {
    var status = stat()
    if stat(path, &status) == 0 {
      guard status.st_mode & S_IFMT == S_IFDIR else { throw OutputError(path: path, reason: .notADirectory) }
      return
    }
    let parent = directory(of: path)
    if errno == ENOENT, parent != path, parent != "." { try createDirectory(parent) }
    // Another process may create it at the same moment.
    guard mkdir(path, 0o777) == 0 || errno == EEXIST else { throw OutputError(path: path, errno: errno) }
  }

  // MARK: Steps

  private struct Staged {
    var temporary: String
    var destination: String
  }

  /// Nil for a destination that is no regular file.
  private static func stage(_ content: Content) throws(OutputError) -> Staged? {
    guard !content.path.isEmpty else { throw OutputError(path: "\"\"", reason: .noSuchDirectory) }
    var status = stat()
    let exists = stat(content.path, &status) == 0
    if exists, status.st_mode & S_IFMT == S_IFDIR { throw OutputError(path: content.path, reason: .isDirectory) }
    if exists, status.st_mode & S_IFMT != S_IFREG { return nil }
    if content.path.hasSuffix("/") { throw OutputError(path: content.path, reason: .isDirectory) }

    let destination = exists ? resolved(content.path) : content.path
    let (temporary, descriptor) = try create(beside: destination)
    do throws(OutputError) {
      if exists, fchmod(descriptor, status.st_mode & 0o7777) != 0 { throw OutputError(path: destination, errno: errno) }
      try write(content.bytes, to: descriptor, path: destination)
      guard fsync(descriptor) == 0 else { throw OutputError(path: destination, errno: errno) }
    } catch {
      close(descriptor)
      unlink(temporary)
      throw error
    }
    // Some file systems report a full disk only here.
    guard close(descriptor) == 0 else {
      let code = errno
      unlink(temporary)
      throw OutputError(path: destination, errno: code)
    }
    return Staged(temporary: temporary, destination: destination)
  }

  /// A new file under a name that nobody has; the process's umask applies, as it would to the destination.
  private static func create(beside destination: String) throws(OutputError) -> (String, Int32) {
    for _ in 0..<100 {
      let name = "\(directory(of: destination))/.initscope-\(String(UInt64.random(in: .min ... .max), radix: 36)).tmp"
      let descriptor = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
      if descriptor >= 0 { return (name, descriptor) }
      guard errno == EEXIST || errno == EINTR else { throw OutputError(path: destination, errno: errno) }
    }
    throw OutputError(path: destination, errno: EEXIST)
  }

  private static func writeThrough(_ content: Content) throws(OutputError) {
    let descriptor = open(content.path, O_WRONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw OutputError(path: content.path, errno: errno) }
    do throws(OutputError) {
      try write(content.bytes, to: descriptor, path: content.path)
    } catch {
      close(descriptor)
      throw error
    }
    guard close(descriptor) == 0 else { throw OutputError(path: content.path, errno: errno) }
  }

  private static func write(_ bytes: [UInt8], to descriptor: Int32, path: String) throws(OutputError) {
    var done = 0
    while done < bytes.count {
      let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress?.advanced(by: done), bytes.count - done) }
      if count < 0 {
        if errno == EINTR { continue }
        throw OutputError(path: path, errno: errno)
      }
      done += count
    }
  }

  private static func resolved(_ path: String) -> String {
    guard let real = realpath(path, nil) else { return path }
    defer { free(real) }
    return String(cString: real)
  }

  private static func directory(of path: String) -> String {
    var trimmed = Substring(path)
    while trimmed.count > 1, trimmed.last == "/" { trimmed.removeLast() }
    guard let slash = trimmed.lastIndex(of: "/") else { return "." }
    return slash == trimmed.startIndex ? "/" : String(trimmed[..<slash])
  }

  /// Makes the renames durable. Some file systems cannot sync a directory; the files themselves are safe by then.
  private static func synchronize(_ directory: String) {
    let descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    fsync(descriptor)
    close(descriptor)
  }
}
