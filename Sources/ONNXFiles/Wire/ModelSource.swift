import Glibc

/// The bytes of a model: a regular file that stays open, or an array in memory.
///
/// Reading takes a position (`pread`), so several threads may read at once.
final class ModelSource: Sendable {
  let path: String
  /// Size in bytes when the file was opened.
  let size: Int
  /// The folder that holds the model, opened together with it, or -1: external data are looked up from there.
  let folder: Int32
  private let descriptor: Int32
  private let memory: [UInt8]

  init(path: String) throws(ONNXError) {
    guard !path.isEmpty, !path.utf8.contains(0) else {
      throw ONNXError(path: path.isEmpty ? "(empty path)" : path, "is not a file name", hint: "Give the path of a file")
    }
    // Without O_NONBLOCK a pipe without a writer would block.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
    guard descriptor >= 0 else {
      let code = errno
      throw ONNXError(
        path: path, "cannot be opened: \(reason(code))",
        hint: code == ENOENT || code == ENOTDIR
          ? "Check the path; it is relative to the directory the command runs in"
          : code == EACCES ? "Check the file's permissions" : nil)
    }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      throw ONNXError(
        path: path, "is not a regular file", hint: "Give the path of a file, not of a directory, pipe or device")
    }
    let slash = path.lastIndex(of: "/")
    let parent = slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
    self.path = path
    self.size = Int(status.st_size)
    self.descriptor = descriptor
    self.folder = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    self.memory = []
  }

  /// A model in memory. It has no folder, so external data of it cannot be read.
  init(bytes: [UInt8], path: String) {
    (self.path, self.size, self.memory, self.descriptor, self.folder) = (path, bytes.count, bytes, -1, -1)
  }

  deinit {
    if descriptor >= 0 { close(descriptor) }
    if folder >= 0 { close(folder) }
  }

  /// Fills `buffer` with the bytes from `offset` on.
  func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws(ONNXError) {
    guard !buffer.isEmpty else { return }
    guard descriptor >= 0 else {
      guard offset >= 0, offset <= memory.count, buffer.count <= memory.count - offset else { throw cut(at: offset) }
      memory.withUnsafeBytes {
        buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[offset..<offset + buffer.count]))
      }
      return
    }
    do throws(ReadProblem) {
      try readFully(descriptor, at: offset, into: buffer)
    } catch {
      switch error {
      case .ended: throw cut(at: offset)
      case .failed(let code): throw ONNXError(path: path, offset: offset, "cannot be read: \(reason(code))")
      }
    }
  }

  private func cut(at offset: Int) -> ONNXError {
    ONNXError(path: path, offset: offset, "the file became shorter while it was read", hint: "Let its writer finish first")
  }
}

/// Why bytes could not be read.
enum ReadProblem: Error {
  /// The file ends before them.
  case ended
  /// The system's error code.
  case failed(Int32)
}

/// Fills `buffer` from `offset` on, over as many calls as it takes.
func readFully(_ descriptor: Int32, at offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws(ReadProblem) {
  var filled = 0
  while filled < buffer.count {
    let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[filled...])
    let count = pread(descriptor, rest.baseAddress, rest.count, off_t(offset + filled))
    if count < 0 && errno == EINTR { continue }
    if count < 0 { throw .failed(errno) }
    if count == 0 { throw .ended }
    filled += count
  }
}

/// The system's words for an error code.
func reason(_ code: Int32) -> String { String(cString: strerror(code)) }
