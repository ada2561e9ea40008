import DataSets
import Glibc

/// Reads arrays of HDF5 files, Keras's `.weights.h5` among them, in a process of its own.
///
/// Parsers of this format have a history of holes, so that the program never parses a file itself. It starts the command
/// `initscope` with a hidden argument and hands it the file's bytes; that process takes all rights from itself (seccomp:
/// nothing can be opened, started or sent elsewhere), limits its memory and time, and answers with plain numbers, which are
/// checked. Where it dies, that is an error message.
public struct HDF5Reader: Sendable {
  /// The argument that makes the command such a process.
  public static let argument = "__read-hdf5"
  /// The largest file that is read.
  public static let largestFile = 1 << 32

  /// The path of the command; nil to look for it.
  public var command: String?
  /// Seconds that a file may take; nil for 15, and one more for each 32 MiB: some damage makes a parser run for ever.
  public var seconds: Int?

  /// A reader that starts this command.
  ///
  /// - Parameters:
  ///   - command: The path of `initscope`; nil for this program where it is that command, else the one that the environment
  ///     variable INITSCOPE_COMMAND names, else the one that PATH leads to.
  ///   - seconds: Seconds that a file may take; nil to go by its size.
  public init(command: String? = nil, seconds: Int? = nil) {
    (self.command, self.seconds) = (command, seconds)
  }

  private func limit(of size: Int) -> Int { max(1, min(seconds ?? 15 + size >> 25, 86_400)) }

  /// Reads the arrays of these names, as far as the file has them, as float32, with at most `largestCount` values together.
  package func arrays(path: String, wanted: Set<String>, largestCount: Int) throws(DataError) -> [HDF5Contents.Array] {
    try contents(path: path, .named(wanted)) { _ in largestCount }.arrays
  }

  /// The same of a file that is in memory; `path` is what errors call it.
  package func arrays(
    _ content: [UInt8], path: String, wanted: Set<String>, largestCount: Int
  ) throws(DataError) -> [HDF5Contents.Array] {
    try contents(content, path: path, .named(wanted), largestCount: largestCount).arrays
  }

  /// Reads everything that the file holds.
  package func contents(path: String) throws(DataError) -> HDF5Contents {
    try contents(path: path, .all, largestCount: Self.largestCount(of:))
  }

  /// The same of a file that is in memory; `path` is what errors call it.
  package func contents(_ content: [UInt8], path: String) throws(DataError) -> HDF5Contents {
    try contents(content, path: path, .all, largestCount: Self.largestCount(of: content.count))
  }

  /// The most values that a file of so many bytes may unpack to: compressed numbers take some space, and a shape alone none.
  private static func largestCount(of size: Int) -> Int { min(16 * size + 1 << 16, largestFile) }

  private func contents(
    path: String, _ request: HDF5Frames.Request, largestCount: (Int) -> Int
  ) throws(DataError) -> HDF5Contents {
    let descriptor = path.utf8.contains(0) ? -1 : open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else {
      throw DataError(path: path, "cannot be opened: \(Self.reason(errno))", hint: "Check the path of the weights")
    }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      throw DataError(
        path: path, "is not a regular file", hint: "Give the path of a file, not of a directory, pipe or device")
    }
    let size = Int(status.st_size)
    guard size <= Self.largestFile else {
      throw DataError(path: path, "has \(size) bytes; at most \(Self.largestFile) are read")
    }
    var place = 0
    return try exchange(path: path, size: size, request, largestCount: largestCount(size)) { buffer throws(DataError) in
      let count = pread(descriptor, buffer.baseAddress, min(buffer.count, size - place), off_t(place))
      guard count > 0 else {
        throw DataError(path: path, "cannot be read: it became shorter, or \(Self.reason(errno))")
      }
      place += count
      return count
    }
  }

  private func contents(
    _ content: [UInt8], path: String, _ request: HDF5Frames.Request, largestCount: Int
  ) throws(DataError) -> HDF5Contents {
    var place = 0
    return try exchange(path: path, size: content.count, request, largestCount: largestCount) { buffer in
      let count = min(buffer.count, content.count - place)
      content.withUnsafeBytes { buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[place..<place + count])) }
      place += count
      return count
    }
  }

  private static func reason(_ code: Int32) -> String { String(cString: strerror(code)) }

  // MARK: The exchange

  private func exchange(
    path: String, size: Int, _ wanted: HDF5Frames.Request, largestCount: Int,
    next: (UnsafeMutableRawBufferPointer) throws(DataError) -> Int
  ) throws(DataError) -> HDF5Contents {
    let child = try HDF5Child(command: try executable(for: path), path: path, seconds: limit(of: size))
    do throws(HDF5Frames.Problem) {
      try child.send(request(size, wanted, largestCount))
    } catch {
      throw child.ended(with: error)
    }
    var left = size
    var buffer = [UInt8](repeating: 0, count: 1 << 20)
    while left > 0 {
      let count = try buffer.withUnsafeMutableBufferPointer { part throws(DataError) in
        try next(UnsafeMutableRawBufferPointer(part))
      }
      do throws(HDF5Frames.Problem) {
        try child.send(Array(buffer[..<count]))
      } catch {
        throw child.reason(for: error)
      }
      left -= count
    }
    do throws(HDF5Frames.Problem) {
      let contents = try child.frames.contents(wanted, largestCount: largestCount)
      child.finish()
      return contents
    } catch {
      throw child.ended(with: error)
    }
  }

  /// The request, as the process takes it: see Sources/CHDF5/chdf5.c.
  private func request(_ size: Int, _ wanted: HDF5Frames.Request, _ largestCount: Int) -> [UInt8] {
    func bytes(_ number: Int, _ count: Int) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) } }
    // The file, its two copies in libhdf5, the largest array, and room to work.
    let memory = 3 * size + 8 * min(largestCount, 1 << 40) + 1 << 28
    let start = bytes(size, 8) + bytes(memory, 8) + bytes(largestCount, 8) + bytes(limit(of: size), 4)
    guard case .named(let names) = wanted else { return start + bytes(0xFFFF_FFFF, 4) }
    var request = start + bytes(names.count, 4)
    for name in names.sorted() {
      let text = Array(name.utf8.prefix(0xFFFF))
      request += bytes(text.count, 2) + text
    }
    return request
  }

  // MARK: The command

  private func executable(for path: String) throws(DataError) -> String {
    if let command { return command }
    var buffer = [CChar](repeating: 0, count: 4096)
    let length = readlink("/proc/self/exe", &buffer, buffer.count - 1)
    if length > 0 {
      let own = String(decoding: buffer[..<length].map { UInt8(bitPattern: $0) }, as: UTF8.self)
      if own.split(separator: "/").last == "initscope" { return own }
    }
    if let named = getenv("INITSCOPE_COMMAND") { return String(cString: named) }
    for folder in (getenv("PATH").map { String(cString: $0) } ?? "").split(separator: ":") {
      let candidate = "\(folder)/initscope"
      if access(candidate, X_OK) == 0 { return candidate }
    }
    throw DataError(
      path: path, "is an HDF5 file, which the command `initscope` reads in a process of its own, and it was not found",
      hint: "Install it where PATH leads, or set INITSCOPE_COMMAND to its path")
  }
}
