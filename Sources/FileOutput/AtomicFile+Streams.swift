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

  private struct Staged {
    var temporary: TemporaryFile
    var destination: String
  }

  /// Writes a set of files, all or none, as `write(_:obsolete:)` does for bytes in memory. What is no regular file is
  /// written straight through, once the others are on disk.
  ///
  /// - Parameters:
  ///   - streams: The files.
  ///   - obsolete: Names files to remove in the same turn.
  /// - Throws: `OutputError`, and what the streams throw; then no file is changed.
  public static func write(_ streams: [Stream], obsolete: (() -> [String])? = nil) throws {
    var staged: [Staged] = []
    defer { for file in staged { file.temporary.discard() } }
    var direct: [(stream: Stream, place: FileDestination)] = []
    for stream in streams {
      let place = try FileDestination(stream.path)
      guard case .file(let path, let status) = place else {
        direct.append((stream, place))
        continue
      }
      guard !staged.contains(where: { $0.destination == path }) else {
        throw OutputError(path: stream.path, reason: .namedTwice)
      }
      staged.append(try stage(stream, path, status))
    }
    for item in direct { try writeThrough(item.stream, item.place) }
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

  private static func stage(_ stream: Stream, _ destination: String, _ existing: stat?) throws -> Staged {
    let temporary = try TemporaryFile(in: FilePath.directory(of: destination), for: destination)
    do {
      if let existing { try FilePermissions.copy(existing, of: destination, to: temporary.descriptor) }
      try stream.produce { try put($0, to: temporary.descriptor, path: destination) }
      guard fsync(temporary.descriptor) == 0 else { throw OutputError(path: destination, errno: errno) }
    } catch {
      temporary.discard()
      throw error
    }
    return Staged(temporary: temporary, destination: destination)
  }

  private static func writeThrough(_ stream: Stream, _ place: FileDestination) throws {
    if case .descriptor(let descriptor) = place {
      return try stream.produce { try put($0, to: descriptor, path: stream.path) }
    }
    let descriptor = open(stream.path, O_WRONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw OutputError(path: stream.path, errno: errno) }
    do {
      try stream.produce { try put($0, to: descriptor, path: stream.path) }
    } catch {
      close(descriptor)
      throw error
    }
    guard close(descriptor) == 0 else { throw OutputError(path: stream.path, errno: errno) }
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
