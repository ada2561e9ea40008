import Glibc

/// The file beside a model that holds a tensor's values, open for reading.
///
/// A model comes from a stranger, and must not make its reader show other files: the path is followed from the model's own
/// folder, one component at a time, never upwards and never through a symbolic link; what is not a regular file is not even
/// opened (a pipe would block, a device may act), and a file with a second name (a hard link) is refused, as that name may
/// lie anywhere. onnx's own checker has the same rules.
struct ExternalFile: ~Copyable {
  private let descriptor: Int32
  private let path: String

  /// Opens the file and checks that it has the tensor's `byteCount` bytes.
  init(_ data: ONNXExternalData, of tensor: ONNXTensor, byteCount: Int) throws(ONNXError) {
    let called = tensor.name.isEmpty ? "a tensor" : "the tensor '\(tensor.name)'"
    let named = "the data file '\(TerminalTextLimit.short(data.location))' of \(called)"
    let path = tensor.source.path
    func problem(_ message: String, _ hint: String) -> ONNXError { ONNXError(path: path, "\(named) \(message)", hint: hint) }
    let inside = "Keep a model's data in files of their own in its folder"

    guard !data.location.utf8.contains(0) else { throw problem("has a name with a zero byte", inside) }
    guard !data.location.hasPrefix("/") else { throw problem("is named by an absolute path", inside) }
    let names = data.location.split(separator: "/").map(String.init).filter { $0 != "." }
    guard !names.contains("..") else { throw problem("may lie outside the model's folder: its path has '..'", inside) }
    guard let last = names.last, !data.location.hasSuffix("/"), names.count <= 64 else {
      throw problem("has no name of a file", inside)
    }
    guard tensor.source.folder >= 0 else {
      throw problem("cannot be looked up: the model's folder cannot be opened", "Check the permissions of the folder")
    }

    var folder = dup(tensor.source.folder)
    guard folder >= 0 else { throw problem("cannot be opened: \(reason(errno))", "Close other files") }
    defer { close(folder) }
    func failure(_ code: Int32) -> ONNXError {
      problem(
        code == ENOENT ? "is not there" : "cannot be opened: \(reason(code))",
        code == ENOENT
          ? "Copy it into the model's folder: an export writes it beside the .onnx file, and it keeps its name"
          : "Check its permissions")
    }
    let link = "or a folder on the way to it, is a symbolic link, which is not followed"
    let linkHint = "Put the file itself in its place"
    for name in names.dropLast() {
      var status = stat()
      guard fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) == 0 else { throw failure(errno) }
      guard status.st_mode & S_IFMT != S_IFLNK else { throw problem(link, linkHint) }
      let inner = openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
      guard inner >= 0 else { throw failure(errno) }
      close(folder)
      folder = inner
    }
    // Looked at before it is opened, and again once it is open: in between it may have been exchanged.
    var status = stat()
    guard fstatat(folder, last, &status, AT_SYMLINK_NOFOLLOW) == 0 else { throw failure(errno) }
    guard status.st_mode & S_IFMT != S_IFLNK else { throw problem(link, linkHint) }
    guard status.st_mode & S_IFMT == S_IFREG else { throw problem("is not a regular file", inside) }
    let opened = openat(folder, last, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)
    guard opened >= 0 else { throw failure(errno) }
    var refusal: ONNXError?
    if fstat(opened, &status) != 0 || status.st_mode & S_IFMT != S_IFREG {
      refusal = problem("is not a regular file", inside)
    } else if status.st_nlink > 1 {
      refusal = problem(
        "has \(status.st_nlink) names (hard links), one of which may lie outside the model's folder",
        "Make a copy of it that has one name")
    } else if data.offset > Int(status.st_size) || byteCount > Int(status.st_size) - data.offset {
      refusal = problem(
        "has \(status.st_size) bytes, where \(byteCount) from byte \(data.offset) on are wanted",
        "The file is cut or belongs to another model: export or copy both again")
    }
    if let refusal {
      close(opened)
      throw refusal
    }
    self.descriptor = opened
    self.path = "\(path) (data file \(data.location))"
  }

  deinit { close(descriptor) }

  /// Fills `buffer` with the bytes from `offset` on.
  func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws(ONNXError) {
    do throws(ReadProblem) {
      try readFully(descriptor, at: offset, into: buffer)
    } catch {
      switch error {
      case .ended: throw ONNXError(path: path, offset: offset, "the file became shorter while it was read")
      case .failed(let code): throw ONNXError(path: path, offset: offset, "cannot be read: \(reason(code))")
      }
    }
  }
}
