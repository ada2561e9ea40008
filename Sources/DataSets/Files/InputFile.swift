import Glibc

/// A regular file open for reading, closed when it goes out of scope.
///
/// Directories, pipes and devices are refused: the readers hold a file's claims against its size, which those lack, and
/// opening a pipe nobody writes to would block.
struct InputFile: ~Copyable {
  let path: String
  /// Size in bytes when the file was opened.
  let size: Int
  private let descriptor: Int32

  init(path: String) throws(DataError) {
    guard !path.isEmpty, !path.utf8.contains(0) else {
      throw DataError(path: path.isEmpty ? "(empty path)" : path, "is not a file name", hint: "Give the path of a file")
    }
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else {
      throw DataError(path: path, "cannot be opened: \(Self.reason(errno))", hint: Self.hint(forOpening: errno))
    }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      let code = errno
      close(descriptor)
      throw DataError(path: path, "cannot be examined: \(Self.reason(code))")
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      throw DataError(
        path: path, "is not a regular file", hint: "Give the path of a file, not of a directory, pipe or device")
    }
    self.path = path
    self.size = Int(status.st_size)
    self.descriptor = descriptor
  }

  deinit { close(descriptor) }

  /// Reads the next bytes, as many as fit; 0 at the end of the file.
  func read(into buffer: UnsafeMutableRawBufferPointer) throws(DataError) -> Int {
    while true {
      let count = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
      if count >= 0 { return count }
      if errno != EINTR { throw DataError(path: path, "cannot be read: \(Self.reason(errno))") }
    }
  }

  /// The file's last `count` bytes, or nil where it is shorter; the position of `read(into:)` stays.
  func suffix(_ count: Int) throws(DataError) -> [UInt8]? {
    guard size >= count else { return nil }
    var bytes = [UInt8](repeating: 0, count: count)
    var filled = 0
    while filled < count {
      let got = bytes.withUnsafeMutableBytes { buffer in
        pread(descriptor, buffer.baseAddress! + filled, count - filled, off_t(size - count + filled))
      }
      if got < 0 && errno == EINTR { continue }
      if got < 0 { throw DataError(path: path, "cannot be read: \(Self.reason(errno))") }
      if got == 0 { return nil }
      filled += got
    }
    return bytes
  }

  /// Whether a directory stands at `path`.
  static func isDirectory(_ path: String) -> Bool {
    var status = stat()
    return !path.utf8.contains(0) && stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  /// Whether anything stands at `path`.
  static func exists(_ path: String) -> Bool { !path.utf8.contains(0) && access(path, F_OK) == 0 }

  private static func reason(_ code: Int32) -> String { String(cString: strerror(code)) }

  private static func hint(forOpening code: Int32) -> String? {
    switch code {
    case ENOENT, ENOTDIR: "Check the path; it is relative to the directory the command runs in"
    case EACCES: "Check the file's permissions"
    default: nil
    }
  }
}
