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

  /// Columns to fill: what COLUMNS says, else those of the terminal that stdout is; nil where it is none.
  static var columns: Int? {
    if let text = getenv("COLUMNS"), let columns = Int(String(cString: text)), columns > 0 { return columns }
    var size = winsize()
    guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
    return Int(size.ws_col)
  }

  /// Columns of prose and of tables that shorten names, where there is no terminal.
  static let defaultColumns = 100

  static func write(_ text: String, to descriptor: Int32) {
    var text = text
    text.withUTF8 { writeAll(UnsafeRawBufferPointer($0), to: descriptor) }
  }

  private static func writeAll(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = Glibc.write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
      if count < 0 && errno == EINTR { continue }
      if count <= 0 { giveUp(on: descriptor, errno) }
      rest = rest.dropFirst(count)
    }
  }

  /// A reader that has gone away (`| head`) has what it wanted; anything else is told where stderr still hears it.
  private static func giveUp(on descriptor: Int32, _ code: Int32) -> Never {
    if code == EPIPE { exit(0) }
    if descriptor != STDERR_FILENO {
      message("Error: cannot write to standard output: \(String(cString: strerror(code)))")
    }
    exit(2)
  }
}
