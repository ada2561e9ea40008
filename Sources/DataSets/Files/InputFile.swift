import Glibc

/// A regular file open for reading, closed when it goes out of scope, or bytes in memory in place of one.
///
/// Directories, pipes and devices are refused: the readers compare a file's claims with its size, which those do not have,
/// and opening a pipe without a writer would block.
package struct InputFile: ~Copyable, Sendable {
  package let path: String
  /// Size in bytes when the file was opened.
  package let size: Int
  private let descriptor: Int32

  package init(path: String) throws(DataError) {
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

  /// Stands for a file whose bytes are all in memory already, such as a member of an archive.
  init(inMemory path: String, size: Int) {
    (self.path, self.size, descriptor) = (path, size, -1)
  }

  var isInMemory: Bool { descriptor < 0 }

  deinit { if descriptor >= 0 { close(descriptor) } }

  /// Reads the next bytes, as many as fit; 0 at the end of the file.
  func read(into buffer: UnsafeMutableRawBufferPointer) throws(DataError) -> Int {
    guard descriptor >= 0 else { return 0 }
    while true {
      let count = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
      if count >= 0 { return count }
      if errno != EINTR { throw DataError(path: path, "cannot be read: \(Self.reason(errno))") }
    }
  }

  /// The file's last `count` bytes, or nil where it is shorter; the position of `read(into:)` stays.
  func suffix(_ count: Int) throws(DataError) -> [UInt8]? {
    guard size >= count else { return nil }
    let bytes = try bytes(size - count..<size)
    return bytes.count == count ? bytes : nil
  }

  /// The bytes of `range`, fewer where the file ends before it does; the position of `read(into:)` stays.
  package func bytes(_ range: Range<Int>) throws(DataError) -> [UInt8] {
    guard descriptor >= 0 else { return [] }
    var bytes = [UInt8](repeating: 0, count: max(0, min(range.upperBound, size) - range.lowerBound))
    let (filled, code) = bytes.withUnsafeMutableBytes { fill($0, at: range.lowerBound) }
    guard code == 0 else { throw DataError(path: path, "cannot be read: \(Self.reason(code))") }
    // The file was cut while it was being read.
    return filled == bytes.count ? bytes : Array(bytes.prefix(filled))
  }

  /// Reads the bytes from `offset` on into `buffer`, which they must fill; the position of `read(into:)` stays.
  ///
  /// - Throws: `DataError` also where the file was cut meanwhile.
  package func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(DataError) {
    let (filled, code) = fill(buffer, at: offset)
    guard code == 0 else { throw DataError(path: path, "cannot be read: \(Self.reason(code))") }
    guard filled == buffer.count else {
      throw DataError(
        path: path, position: .byte(offset + filled), "ends here: the file was cut while it was being read",
        hint: "Wait until it is written whole")
    }
  }

  /// How many bytes were read before the file's end, and the code of an error or 0.
  private func fill(_ buffer: UnsafeMutableRawBufferPointer, at offset: Int) -> (filled: Int, code: Int32) {
    var filled = 0
    while filled < buffer.count, let start = buffer.baseAddress {
      let got = pread(descriptor, start + filled, buffer.count - filled, off_t(offset + filled))
      if got < 0 && errno == EINTR { continue }
      if got < 0 { return (filled, errno) }
      if got == 0 { break }
      filled += got
    }
    return (filled, 0)
  }

  /// Reads the whole file.
  ///
  /// - Throws: `DataError` also where it is longer than `limit`, before anything is allocated.
  package static func contents(of path: String, limit: Int) throws(DataError) -> [UInt8] {
    let file = try InputFile(path: path)
    guard file.size <= limit else {
      throw DataError(
        path: path, "has \(file.size) bytes; at most \(limit) are read", hint: "Split it, or keep fewer samples")
    }
    return try file.bytes(0..<file.size)
  }

  /// Lists the sorted names of a directory's files that are not hidden, at most `limit` of them.
  package static func names(in directory: String, limit: Int) throws(DataError) -> [String] {
    guard !directory.utf8.contains(0), let stream = opendir(directory) else {
      throw DataError(path: directory, "cannot be listed", hint: "Check that it is a directory and its permissions")
    }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      guard !name.hasPrefix(".") else { continue }
      guard names.count < limit else {
        throw DataError(
          path: directory, "holds more than \(limit) files", hint: "Give a directory of the data set's files alone")
      }
      names.append(name)
    }
    return names.sorted()
  }

  /// Whether `path` is a directory.
  package static func isDirectory(_ path: String) -> Bool {
    var status = stat()
    return !path.utf8.contains(0) && stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  /// Whether `path` exists.
  package static func exists(_ path: String) -> Bool { !path.utf8.contains(0) && access(path, F_OK) == 0 }

  private static func reason(_ code: Int32) -> String { String(cString: strerror(code)) }

  private static func hint(forOpening code: Int32) -> String? {
    switch code {
    case ENOENT, ENOTDIR: "Check the path; it is relative to the directory the command runs in"
    case EACCES: "Check the file's permissions"
    default: nil
    }
  }
}
