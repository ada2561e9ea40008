import Glibc
import Spelling
import Synchronization

/// Where text goes: data to stdout, messages to stderr.
///
/// The one place through which text leaves the program. Names and cells of files may hold control characters: they are
/// written out here, colours of our own apart.
enum Console {
  /// On a terminal, lines that are too long for it break between words.
  static func message(_ text: String) {
    var text = ConsoleText.printable(text, keepsColor: false)
    if messagesReachTerminal, let columns { text = Paragraph.fitting(text, columns: columns) }
    write(text + "\n", to: STDERR_FILENO)
  }

  static func output(_ text: String) { write(ConsoleText.printable(text, keepsColor: usesColor), to: STDOUT_FILENO) }

  /// A document whose format writes control characters in its own way.
  static func output(_ bytes: [UInt8]) {
    bytes.withUnsafeBytes { writeAll($0, to: STDOUT_FILENO) }
  }

  /// Moves the cursor of the terminal that stderr is.
  static func draw(_ text: String) { write(text, to: STDERR_FILENO) }

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

  // MARK: Bytes

  /// Readers that have gone away.
  private static let closed = Mutex<Set<Int32>>([])

  private static func write(_ text: String, to descriptor: Int32) {
    var text = text
    text.withUTF8 { writeAll(UnsafeRawBufferPointer($0), to: descriptor) }
  }

  /// A reader that has gone away (`| head`) has what it wanted: the rest is dropped, and the command ends with the status
  /// that it would have had. Any other failure ends it.
  private static func writeAll(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) {
    guard closed.withLock({ !$0.contains(descriptor) }) else { return }
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = Glibc.write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
      if count > 0 {
        rest = rest.dropFirst(count)
        continue
      }
      if count < 0 && errno == EINTR { continue }
      if count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK) {
        // Someone else made the pipe non-blocking: wait until it takes more.
        var waiting = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        poll(&waiting, 1, -1)
        continue
      }
      if count < 0 && errno == EPIPE {
        closed.withLock { _ = $0.insert(descriptor) }
        return
      }
      giveUp(on: descriptor, count < 0 ? errno : EIO)
    }
  }

  /// Told where stderr still hears it.
  private static func giveUp(on descriptor: Int32, _ code: Int32) -> Never {
    if descriptor != STDERR_FILENO {
      message("Error: cannot write to standard output: \(String(cString: strerror(code)))")
    }
    exit(2)
  }
}
