import Glibc
import Synchronization

/// A file under a temporary name, `.initscope-<process>-<random>.tmp`, that is later renamed or removed.
///
/// Its maker holds a lock (flock) on it for as long as it lives. The system releases the lock with the process, however it
/// ends: a temporary file that can be locked belongs to nobody.
struct TemporaryFile {
  let path: String
  let descriptor: Int32
  /// The destination, as error messages name it.
  private let destination: String

  /// The temporary files of this process. The lock is held while files are made, renamed and removed, never while they are
  /// written.
  private static let living = Mutex<Set<String>>([])

  private static let prefix = ".initscope-"
  private static let suffix = ".tmp"

  /// Creates a file under an unused name; the process's umask applies.
  init(in directory: String, for destination: String) throws(OutputError) {
    for _ in 0..<100 {
      let random = String(UInt64.random(in: .min ... .max), radix: 36)
      let name = "\(directory == "/" ? "" : directory)/\(Self.prefix)\(getpid())-\(random)\(Self.suffix)"
      let (descriptor, code) = Self.living.withLock { living in
        let descriptor = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
        let code = errno
        if descriptor >= 0 { living.insert(name) }
        return (descriptor, code)
      }
      guard descriptor >= 0 else {
        // Special file systems such as /proc give this error where no file can be made.
        if code == ENOENT, access(directory, F_OK) == 0 { throw OutputError(path: destination, reason: .notWritable) }
        guard code == EEXIST || code == EINTR else { throw OutputError(path: destination, errno: code) }
        continue
      }
      // Where the file system has no locks, age decides (see `removeAbandoned`).
      while flock(descriptor, LOCK_EX) != 0 && errno == EINTR {}
      var status = stat()
      // Another process may have taken the file for abandoned, and removed it, before it was locked.
      if fstat(descriptor, &status) == 0, status.st_nlink > 0 {
        (path, self.descriptor, self.destination) = (name, descriptor, destination)
        return
      }
      _ = Self.living.withLock { $0.remove(name) }
      close(descriptor)
    }
    throw OutputError(path: destination, errno: EEXIST)
  }

  /// Renames the file to `destination`.
  func rename(to destination: String) throws(OutputError) {
    let code = Self.living.withLock { living in
      guard Glibc.rename(path, destination) == 0 else { return errno }
      living.remove(path)
      return 0
    }
    guard code == 0 else { throw OutputError(path: destination, errno: code) }
    close(descriptor)
  }

  func discard() {
    Self.living.withLock { living in
      unlink(path)
      living.remove(path)
    }
    close(descriptor)
  }

  /// Makes another file that must not outlive the process, at `path`; `make` returns its descriptor, or -1 with the error
  /// code.
  static func keeping(_ path: String, _ make: () -> (descriptor: Int32, code: Int32)) -> (descriptor: Int32, code: Int32) {
    living.withLock { living in
      let made = make()
      if made.descriptor >= 0 { living.insert(path) }
      return made
    }
  }

  /// Removes such a file.
  static func drop(_ path: String) {
    living.withLock { living in
      unlink(path)
      living.remove(path)
    }
  }

  /// Removes all temporary files of this process, then runs `body`, which ends it. Other threads that want to make or rename
  /// a file wait.
  static func abandonAll(_ body: () -> Never) -> Never {
    living.withLock { living in
      for path in living { unlink(path) }
      body()
    }
  }

  // MARK: What others left behind

  /// Temporary names without a process's number come from versions that held no lock.
  private static let ageWithoutLock = 600
  private static let ageWithoutLocks = 86_400

  /// Removes temporary files that killed processes left behind: those that nobody has locked. Where the file system has no
  /// locks, those that are a day old.
  static func removeAbandoned(in directory: String) {
    guard let listing = opendir(directory) else { return }
    defer { closedir(listing) }
    while let entry = readdir(listing) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: MemoryLayout.size(ofValue: pointer.pointee)) {
          String(cString: $0)
        }
      }
      if name.hasPrefix(prefix), name.hasSuffix(suffix) { removeIfAbandoned("\(directory)/\(name)", name) }
    }
  }

  private static func removeIfAbandoned(_ path: String, _ name: String) {
    let descriptor = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    defer { close(descriptor) }
    var opened = stat(), named = stat()
    guard fstat(descriptor, &opened) == 0, opened.st_mode & S_IFMT == S_IFREG else { return }
    let locked = flock(descriptor, LOCK_EX | LOCK_NB) == 0
    if !locked && errno == EWOULDBLOCK { return }
    let hasNumber = name.dropFirst(prefix.count).contains("-") || name == DirectoryTurn.name
    let age = time(nil) - opened.st_mtim.tv_sec
    guard age >= (locked ? hasNumber ? 0 : ageWithoutLock : ageWithoutLocks) else { return }
    // Only the holder of the lock removes the name, so it still leads to the locked file.
    guard lstat(path, &named) == 0, named.st_ino == opened.st_ino, named.st_dev == opened.st_dev else { return }
    unlink(path)
  }
}
