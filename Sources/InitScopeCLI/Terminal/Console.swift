import Glibc

/// Where text goes: data to stdout, messages to stderr.
enum Console {
  static func message(_ text: String) { write(text + "\n", to: STDERR_FILENO) }

  static func output(_ text: String) { write(text, to: STDOUT_FILENO) }

  static func output(_ bytes: [UInt8]) {
    bytes.withUnsafeBytes { writeAll($0, to: STDOUT_FILENO) }
  }

  static var messagesReachTerminal: Bool { isatty(STDERR_FILENO) == 1 }

  /// Whether output may be coloured: a terminal, and NO_COLOR (no-color.org) neither set nor TERM dumb.
  static var usesColor: Bool {
    guard isatty(STDOUT_FILENO) == 1 else { return false }
    if let noColor = getenv("NO_COLOR"), noColor.pointee != 0 { return false }
    return getenv("TERM").map { String(cString: $0) } != "dumb"
  }

  /// Columns of the terminal that stdout is, 100 where it is none.
  static var columns: Int {
    var size = winsize()
    guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 100 }
    return Int(size.ws_col)
  }

  static func write(_ text: String, to descriptor: Int32) {
    var text = text
    text.withUTF8 { writeAll(UnsafeRawBufferPointer($0), to: descriptor) }
  }

  private static func writeAll(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = Glibc.write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
      if count < 0 && errno == EINTR { continue }
      // A reader that has gone away, or a full disk behind stdout: nobody is left to tell.
      guard count > 0 else { exit(count < 0 && errno == EPIPE ? 0 : 2) }
      rest = rest.dropFirst(count)
    }
  }
}
