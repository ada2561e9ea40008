import Glibc

/// A lock on a directory that lets one process at a time put files in place.
///
/// The turn is a lock (flock) on a file in the directory, which is removed at its end. A process that dies loses its turn
/// with its life; what it leaves is taken over by the next.
struct DirectoryTurn {
  static let name = ".initscope-lock.tmp"
  /// How long to wait for the lock. Renames take milliseconds, seconds on a busy disk. A process that holds the lock longer
  /// was stopped, and must not stop others.
  private static let patience = Duration.seconds(60)

  private var held: [(path: String, descriptor: Int32)] = []

  /// - Parameter directories: The directories to lock. They are locked in one fixed order, so that two processes cannot wait
  /// for each other.
  init(_ directories: [String]) throws(OutputError) {
    var known: Set<String> = []
    for directory in directories {
      // Two spellings of one directory are one lock; taking it twice would wait for ourselves.
      var status = stat()
      if stat(directory, &status) == 0, !known.insert("\(status.st_dev) \(status.st_ino)").inserted { continue }
      do throws(OutputError) {
        if let lock = try Self.take("\(directory == "/" ? "" : directory)/\(Self.name)") { held.append(lock) }
      } catch {
        end()
        throw error
      }
    }
  }

  /// Takes the lock on one directory; nil where the file system has no locks.
  private static func take(_ path: String) throws(OutputError) -> (path: String, descriptor: Int32)? {
    let start = ContinuousClock.now
    while true {
      let (descriptor, code) = TemporaryFile.keeping(path) { attempt(path) }
      if descriptor >= 0 { return (path, descriptor) }
      switch code {
      // The previous holder removed the file in the meantime.
      case ESTALE, EINTR: continue
      case ENOLCK, EOPNOTSUPP, ENOSYS, EINVAL:
        unlink(path)
        return nil
      case EWOULDBLOCK: break
      default: throw OutputError(path: path, errno: code)
      }
      guard ContinuousClock.now - start < patience else { throw OutputError(path: path, reason: .busy) }
      usleep(2_000)
    }
  }

  /// Opens and locks the file: its descriptor, or -1 with the error code.
  private static func attempt(_ path: String) -> (descriptor: Int32, code: Int32) {
    let descriptor = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { return (-1, errno) }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      let code = errno
      close(descriptor)
      return (-1, code)
    }
    var opened = stat(), named = stat()
    if fstat(descriptor, &opened) == 0, stat(path, &named) == 0, opened.st_ino == named.st_ino, opened.st_dev == named.st_dev
    {
      return (descriptor, 0)
    }
    close(descriptor)
    return (-1, ESTALE)
  }

  func end() {
    for lock in held.reversed() {
      TemporaryFile.drop(lock.path)
      close(lock.descriptor)
    }
  }
}
