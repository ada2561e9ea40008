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
    var staged: [Staged] = []
    defer { for file in staged { file.temporary.discard() } }
    var direct: [(content: Content, place: FileDestination)] = []
    for content in contents {
      let place = try FileDestination(content.path)
      if case .file(let path, let status) = place {
        guard !staged.contains(where: { $0.destination == path }) else {
          throw OutputError(path: content.path, reason: .namedTwice)
        }
        staged.append(try stage(content.bytes, path, status))
      } else {
        direct.append((content, place))
      }
    }
    for item in direct { try writeThrough(item.content, item.place) }
    let directories = Set(staged.map { FilePath.directory(of: $0.destination) })
    // One file by itself needs no lock.
    let turn = try DirectoryTurn(staged.count > 1 || obsolete != nil ? directories.sorted() : [])
    defer { turn.end() }
    for path in obsolete?() ?? [] { unlink(path) }
    while let file = staged.first {
      try file.temporary.rename(to: file.destination)
      staged.removeFirst()
    }
    for directory in directories { synchronize(directory) }
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

  private struct Staged {
    var temporary: TemporaryFile
    var destination: String
  }

  private static func stage(_ bytes: [UInt8], _ destination: String, _ existing: stat?) throws(OutputError) -> Staged {
    let temporary = try TemporaryFile(in: FilePath.directory(of: destination), for: destination)
    do throws(OutputError) {
      if let existing { try FilePermissions.copy(existing, of: destination, to: temporary.descriptor) }
      try write(bytes, to: temporary.descriptor, path: destination)
      guard fsync(temporary.descriptor) == 0 else { throw OutputError(path: destination, errno: errno) }
    } catch {
      temporary.discard()
      throw error
    }
    return Staged(temporary: temporary, destination: destination)
  }

  private static func writeThrough(_ content: Content, _ place: FileDestination) throws(OutputError) {
    if case .descriptor(let descriptor) = place {
      return try write(content.bytes, to: descriptor, path: content.path)
    }
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

  /// Makes the renames survive a crash, by syncing the directory. Some file systems cannot sync a directory; the files
  /// themselves are safe by then.
  static func synchronize(_ directory: String) {
    let descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    fsync(descriptor)
    close(descriptor)
  }
}
