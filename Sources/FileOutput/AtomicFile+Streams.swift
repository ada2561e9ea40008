import Glibc

extension AtomicFile {
  /// A file whose bytes are made while it is written, so that they need not all be in memory.
  public struct Stream {
    /// Takes the next bytes.
    public typealias Sink = (UnsafeRawBufferPointer) throws -> Void

    public var path: String
    public var produce: (Sink) throws -> Void

    /// Describes a file.
    ///
    /// - Parameters:
    ///   - path: Where it goes.
    ///   - produce: Calls the sink that it is given with all bytes in order.
    public init(path: String, produce: @escaping (Sink) throws -> Void) {
      (self.path, self.produce) = (path, produce)
    }
  }

  /// Writes files that belong together, all or none, as `write(_:obsolete:)` does. What is no regular file is written
  /// straight through.
  ///
  /// - Parameter streams: The files.
  /// - Throws: `OutputError`, and what the streams throw; then no file is changed.
  public static func write(_ streams: [Stream]) throws {
    var staged: [(temporary: TemporaryFile, destination: String)] = []
    defer { for file in staged { file.temporary.discard() } }
    for stream in streams {
      switch try FileDestination(stream.path) {
      case .file(let path, let existing):
        guard !staged.contains(where: { $0.destination == path }) else {
          throw OutputError(path: stream.path, reason: .namedTwice)
        }
        let temporary = try TemporaryFile(in: FilePath.directory(of: path), for: path)
        staged.append((temporary, path))
        if let existing { try FilePermissions.copy(existing, of: path, to: temporary.descriptor) }
        try stream.produce { try put($0, to: temporary.descriptor, path: stream.path) }
        guard fsync(temporary.descriptor) == 0 else { throw OutputError(path: stream.path, errno: errno) }
      case .descriptor(let descriptor):
        try stream.produce { try put($0, to: descriptor, path: stream.path) }
      default:
        let descriptor = open(stream.path, O_WRONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw OutputError(path: stream.path, errno: errno) }
        defer { close(descriptor) }
        try stream.produce { try put($0, to: descriptor, path: stream.path) }
      }
    }
    let directories = Set(staged.map { FilePath.directory(of: $0.destination) })
    let turn = try DirectoryTurn(staged.count > 1 ? directories.sorted() : [])
    defer { turn.end() }
    while let file = staged.first {
      try file.temporary.rename(to: file.destination)
      staged.removeFirst()
    }
    for directory in directories { synchronize(directory) }
  }

  private static func put(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32, path: String) throws(OutputError) {
    var done = 0
    while done < bytes.count {
      let count = Glibc.write(descriptor, bytes.baseAddress?.advanced(by: done), bytes.count - done)
      if count < 0 {
        if errno == EINTR { continue }
        throw OutputError(path: path, errno: errno)
      }
      done += count
    }
  }
}
