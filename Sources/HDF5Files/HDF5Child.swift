import DataSets
import Glibc

/// The process that parses an HDF5 file, and the socket to it.
final class HDF5Child {
  private let path: String
  private let command: String
  private let seconds: Int
  private let socket: Int32
  private var process: pid_t
  private let deadline: Double

  /// Starts the command.
  ///
  /// - Throws: `DataError` that names the command.
  init(command: String, path: String, seconds: Int) throws(DataError) {
    var ends: [Int32] = [-1, -1]
    guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0, &ends) == 0 else {
      throw DataError(path: path, "cannot be read: no socket (\(String(cString: strerror(errno))))")
    }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, ends[1], 0)
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
    var process: pid_t = 0
    // Nothing of our environment but the path of a library, and one thread for a library that would start several.
    var settings = ["OPENBLAS_NUM_THREADS=1", "OMP_NUM_THREADS=1"]
    if let library = getenv("INITSCOPE_HDF5") { settings.append("INITSCOPE_HDF5=" + String(cString: library)) }
    let code = Self.withStrings([command, HDF5Reader.argument]) { arguments in
      Self.withStrings(settings) { environment in
        posix_spawn(&process, command, &actions, nil, arguments, environment)
      }
    }
    close(ends[1])
    guard code == 0 else {
      close(ends[0])
      throw DataError(
        path: path, "cannot be read: the command \(command) does not start (\(String(cString: strerror(code))))",
        hint: "Set INITSCOPE_COMMAND to the path of initscope")
    }
    (self.path, self.command, self.seconds, self.process) = (path, command, seconds, process)
    socket = ends[0]
    deadline = Self.now + Double(seconds)
  }

  deinit {
    if process > 0 {
      kill(process, SIGKILL)
      _ = wait()
    }
    close(socket)
  }

  private static func withStrings<Result>(
    _ texts: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Result
  ) -> Result {
    var pointers: [UnsafeMutablePointer<CChar>?] = texts.map { strdup($0) } + [nil]
    defer { for pointer in pointers { free(pointer) } }
    return pointers.withUnsafeMutableBufferPointer { buffer in
      guard let base = buffer.baseAddress else { preconditionFailure("no arguments") }
      return body(UnsafePointer(base))
    }
  }

  private static var now: Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }

  // MARK: Bytes

  /// Waits until the socket is ready for these events, or the time is over.
  private func waitUntilReady(for events: Int32) throws(HDF5Frames.Problem) {
    while true {
      let left = deadline - Self.now
      guard left > 0 else { throw .channel("it did not answer within \(seconds) s") }
      var entry = pollfd(fd: socket, events: Int16(truncatingIfNeeded: events), revents: 0)
      let ready = poll(&entry, 1, Int32(min(left * 1000 + 1, 1e6)))
      if ready > 0 { return }
      if ready < 0, errno != EINTR { throw .channel(String(cString: strerror(errno))) }
    }
  }

  /// Sends all bytes.
  func send(_ bytes: [UInt8]) throws(HDF5Frames.Problem) {
    var place = 0
    while place < bytes.count {
      try waitUntilReady(for: Int32(POLLOUT))
      let flags = Int32(truncatingIfNeeded: MSG_NOSIGNAL | MSG_DONTWAIT)
      let count = bytes.withUnsafeBytes { all in
        let rest = UnsafeRawBufferPointer(rebasing: all[place...])
        return Glibc.send(socket, rest.baseAddress, rest.count, flags)
      }
      if count > 0 {
        place += count
      } else if errno == EPIPE || errno == ECONNRESET {
        throw .brokenOff
      } else if errno != EINTR, errno != EAGAIN {
        throw .channel(String(cString: strerror(errno)))
      }
    }
  }

  /// What the process sends.
  var frames: HDF5Frames {
    HDF5Frames { [self] buffer throws(HDF5Frames.Problem) in
      var place = 0
      while place < buffer.count {
        try waitUntilReady(for: Int32(POLLIN))
        let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[place...])
        let count = recv(socket, rest.baseAddress, rest.count, Int32(truncatingIfNeeded: MSG_DONTWAIT))
        if count > 0 {
          place += count
        } else if count == 0 || errno == ECONNRESET {
          throw .brokenOff
        } else if errno != EINTR, errno != EAGAIN {
          throw .channel(String(cString: strerror(errno)))
        }
      }
    }
  }

  // MARK: The end

  /// Ends the process, which has nothing more to say.
  func finish() {
    kill(process, SIGKILL)
    _ = wait()
  }

  /// The process's status; nil where another part of the program has taken it.
  private func wait() -> Int32? {
    guard process > 0 else { return nil }
    var status: Int32 = 0
    while waitpid(process, &status, 0) < 0 {
      if errno != EINTR {
        process = 0
        return nil
      }
    }
    process = 0
    return status
  }

  /// The error for a request that could not be sent: the process may have said why it reads no more.
  func reason(for problem: HDF5Frames.Problem) -> DataError {
    do throws(HDF5Frames.Problem) {
      _ = try frames.contents(.named([]), largestCount: 0)
      return ended(with: problem)
    } catch {
      if case .refused = error { return ended(with: error) }
      return ended(with: problem)
    }
  }

  /// The error for a reading that failed, with what became of the process.
  func ended(with problem: HDF5Frames.Problem) -> DataError {
    let hint = "Write the file again, as with Keras's model.save_weights('model.weights.h5')"
    switch problem {
    case .refused(let reason): return DataError(path: path, "cannot be read as HDF5: \(reason)", hint: hint)
    case .channel(let reason): return DataError(path: path, "cannot be read as HDF5: \(reason)", hint: hint)
    case .malformed(let what):
      return DataError(
        path: path, "cannot be read as HDF5: the process that reads it sent something else than arrays (\(what))",
        hint: "Check that \(command) is this version of initscope")
    case .brokenOff:
      guard let status = wait() else {
        return DataError(path: path, "cannot be read as HDF5: the process that reads it ended", hint: hint)
      }
      let signal = status & 0x7F
      let how =
        switch signal {
        case 0: "ended with status \(status >> 8 & 0xFF)"
        case SIGXCPU, SIGKILL: "was stopped (signal \(signal)), as for taking too long"
        case SIGSYS: "was stopped for what no reading needs (signal \(signal))"
        default: "crashed (signal \(signal))"
        }
      return DataError(path: path, "cannot be read as HDF5: the process that reads it \(how)", hint: hint)
    }
  }
}
