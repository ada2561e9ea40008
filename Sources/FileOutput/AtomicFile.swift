import Glibc

/// Writes files so that each appears whole or not at all.
///
/// Bytes go to a temporary file in the destination's own directory, to disk (fsync), and into place by rename, which
/// POSIX makes atomic. An existing file keeps its permissions and, where that is allowed, its owner. A symbolic link stays:
/// what it leads to is written, whether it exists yet or not. What is no regular file (`/dev/stdout`, a pipe) is written
/// straight through.
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

  /// Writes a set of files, all or none: every byte is on disk under temporary names before the first rename. Only a rename
  /// that fails then (the directory was removed in between) can leave earlier ones in place.
  ///
  /// Processes that write sets into one directory take turns with their renames, so that each set stays together. `obsolete`
  /// is called when it is this one's turn; the files that it names are removed in the same turn.
  public static func write(_ contents: [Content], obsolete: (() -> [String])? = nil) throws(OutputError) {
    let streams = contents.map { content in Stream(path: content.path) { try content.bytes.withUnsafeBytes($0) } }
    do {
      try write(streams, obsolete: obsolete)
    } catch let error as OutputError {
      throw error
    } catch { preconditionFailure("bytes in memory give no other error than one of output: \(error)") }
  }

  /// Checks whether `path` could be written, by making a temporary file beside it.
  public static func probe(_ path: String) throws(OutputError) {
    guard case .file(let destination, _) = try FileDestination(path) else { return }
    try probe(FilePath.directory(of: destination), for: path)
  }

  /// Checks whether files could be written into a directory, or the directory be created where it is missing.
  public static func probe(directory path: String) throws(OutputError) {
    guard !path.isEmpty else { throw OutputError(path: "\"\"", reason: .emptyName) }
    var place = try FilePath.target(of: path)
    var status = stat()
    while stat(place, &status) != 0 {
      let parent = FilePath.directory(of: place)
      guard errno == ENOENT, parent != place, place != "." else { throw OutputError(path: path, errno: errno) }
      place = try FilePath.target(of: parent)
    }
    guard status.st_mode & S_IFMT == S_IFDIR else { throw OutputError(path: path, reason: .notADirectory) }
    try probe(place, for: path)
  }

  private static func probe(_ directory: String, for path: String) throws(OutputError) {
    TemporaryFile.removeAbandoned(in: directory)
    try TemporaryFile(in: directory, for: path).discard()
  }

  /// Creates the directory `path` and the missing directories above it. A symbolic link to a directory that is missing
  /// stays, and the directory is created.
  public static func createDirectory(_ path: String) throws(OutputError) {
    guard !path.isEmpty else { throw OutputError(path: "\"\"", reason: .emptyName) }
    var status = stat()
    if stat(path, &status) == 0 {
      guard status.st_mode & S_IFMT == S_IFDIR else { throw OutputError(path: path, reason: .notADirectory) }
      return
    }
    guard errno == ENOENT else { throw OutputError(path: path, errno: errno) }
    let target = try FilePath.target(of: path)
    let parent = FilePath.directory(of: target)
    if parent != target, parent != "." { try createDirectory(parent) }
    // Another process may create it at the same moment.
    guard mkdir(target, 0o777) == 0 || errno == EEXIST else { throw OutputError(path: path, errno: errno) }
  }

  /// Removes every temporary file of this process, and keeps other threads from making new ones while `body` ends the
  /// process.
  public static func abandonAll(_ body: () -> Never) -> Never { TemporaryFile.abandonAll(body) }

  // MARK: Steps

  /// Makes the renames survive a crash, by syncing the directory. Some file systems cannot sync a directory; the files
  /// themselves are safe by then.
  static func synchronize(_ directory: String) {
    let descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    fsync(descriptor)
    close(descriptor)
  }
}
