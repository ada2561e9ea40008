import Foundation
import Testing

/// One run of the built program, with everything that a shell would see.
struct Command {
  var status: Int32
  /// The signal that ended it; nil where it ended by itself.
  var signal: Int32?
  var output: String
  var message: String

  /// `initscope` beside the test bundle, whatever the scratch path and configuration.
  static let program = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
    .appending(path: "initscope").path

  /// Runs `initscope arguments` in `directory` at 80 columns, without a terminal, `input` on its stdin.
  static func run(
    _ arguments: String..., in directory: TemporaryDirectory? = nil, input: String = "", environment: [String: String] = [:]
  ) throws -> Command {
    try run(program, arguments, in: directory, input: input, environment: environment)
  }

  /// Runs a shell line in which `$initscope` is the program.
  static func shell(
    _ line: String, in directory: TemporaryDirectory? = nil, environment: [String: String] = [:]
  ) throws -> Command {
    try run("/bin/bash", ["-c", line], in: directory, input: "", environment: environment)
  }

  static func run(
    _ executable: String, _ arguments: [String], in directory: TemporaryDirectory?, input: String,
    environment: [String: String]
  ) throws -> Command {
    let scratch = try TemporaryDirectory()
    let process = try start(
      executable, arguments, in: directory ?? scratch, scratch: scratch, input: input, environment: environment)
    process.waitUntilExit()
    return try finished(process, scratch)
  }

  /// Starts the program; its output goes to files, so that no pipe can fill up and stop it.
  static func start(
    _ executable: String, _ arguments: [String], in directory: TemporaryDirectory, scratch: TemporaryDirectory,
    input: String = "",
    environment: [String: String] = [:]
  ) throws -> Process {
    let process = Process()
    process.executableURL = URL(filePath: executable)
    process.arguments = arguments
    process.currentDirectoryURL = URL(filePath: directory.path)
    var variables = [
      "PATH": "/usr/bin:/bin", "COLUMNS": "80", "TERM": "xterm-256color", "LC_ALL": "C.UTF-8", "initscope": program,
    ]
    // What a sanitizer that looks on is told holds for the command, too.
    for name in ["ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS", "SWIFT_BACKTRACE"] {
      variables[name] = ProcessInfo.processInfo.environment[name]
    }
    variables.merge(environment) { $1 }
    process.environment = variables
    process.standardInput = try FileHandle(forReadingFrom: scratch.write(input, as: ".stdin"))
    process.standardOutput = try FileHandle(forWritingTo: scratch.write("", as: ".stdout"))
    process.standardError = try FileHandle(forWritingTo: scratch.write("", as: ".stderr"))
    try process.run()
    return process
  }

  static func finished(_ process: Process, _ scratch: TemporaryDirectory) throws -> Command {
    Command(
      status: process.terminationStatus,
      signal: process.terminationReason == .uncaughtSignal ? process.terminationStatus : nil,
      output: try scratch.text(of: ".stdout"), message: try scratch.text(of: ".stderr"))
  }

  /// stdout as one JSON object; a test fails where it is anything else.
  func json() throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(output.utf8)) as? [String: Any])
  }

  /// The text of `runs`, to the last byte.
  func runs() throws -> Substring {
    let start = try #require(output.range(of: "\"runs\": ["))
    return output[start.lowerBound...]
  }
}

/// A directory of its own for one test, removed with the value that owns it.
final class TemporaryDirectory: Sendable {
  let path: String

  init() throws {
    path = FileManager.default.temporaryDirectory.appending(path: "initscope-cli-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  @discardableResult
  func write(_ text: String, as name: String) throws -> URL {
    let url = URL(filePath: path).appending(path: name)
    try Data(text.utf8).write(to: url)
    return url
  }

  func text(of name: String) throws -> String {
    String(decoding: try Data(contentsOf: URL(filePath: path).appending(path: name)), as: UTF8.self)
  }

  func data(of name: String) throws -> Data { try Data(contentsOf: URL(filePath: path).appending(path: name)) }

  /// Every file below, temporary ones included.
  func files() throws -> Set<String> {
    let manager = FileManager.default
    return Set(
      try manager.subpathsOfDirectory(atPath: path).filter { name in
        var isDirectory: ObjCBool = false
        return manager.fileExists(atPath: "\(path)/\(name)", isDirectory: &isDirectory) && !isDirectory.boolValue
      })
  }
}
