import Foundation
import Testing

/// Names for output that cannot be written: told before the work, with the option or path, and nothing is left behind.
@Suite struct OutputNameTests {
  /// Commands that would take minutes, and the options with which each writes.
  private static let long = "--depth 1000 --width 512 --seeds 8 --init he_normal"
  static let options = [
    "audit \(long) --no-png --csv", "audit \(long) --output", "check \(long) --junit", "check \(long) --sarif",
    "check \(long) --markdown", "check \(long) --init-bounds", "theory --activation gelu --phase-diagram",
    "theory --activation gelu --maps", "theory --activation gelu --depth-scale",
    "train --data fashion-mnist --epochs 1000 --no-png --csv", "train --data fashion-mnist --epochs 1000 --output",
    "train --data fashion-mnist --epochs 1000 --no-png --checkpoint", "reproduce methods --output",
  ]
  private static let directories = ["--output", "--checkpoint"]

  private func run(_ line: String, _ value: String, in directory: TemporaryDirectory) throws -> Command {
    let clock = ContinuousClock(), start = clock.now
    let command = try Command.shell("exec timeout 60 $initscope \(line) '\(value)'", in: directory)
    #expect(clock.now - start < .seconds(10), "\(line): told after the work")
    #expect(command.signal == nil && command.output.isEmpty)
    return command
  }

  @Test(arguments: options) func emptyNames(line: String) throws {
    let directory = try TemporaryDirectory()
    let command = try run(line, "", in: directory)
    let option = try #require(line.split(separator: " ").last)
    #expect(command.status == 64)
    #expect(command.message.hasPrefix("Error: \(option) needs the name of a "), "\(command.message)")
    #expect(try directory.files().isEmpty)
  }

  @Test(arguments: options) func placesThatCannotBeWritten(line: String) throws {
    let directory = try TemporaryDirectory()
    try directory.write("kept", as: "file")
    let isDirectory = Self.directories.contains { line.hasSuffix($0) }
    var values = ["/proc/initscope/x", "file/below", "loop"]
    values += isDirectory ? ["file"] : [".", "missing/below", "new/"]
    try FileManager.default.createSymbolicLink(atPath: "\(directory.path)/loop", withDestinationPath: "loop")
    for value in values {
      let command = try run(line, value, in: directory)
      #expect(command.status == 2, "\(value)")
      #expect(command.message.hasPrefix("Error: cannot write \(value): "), "\(command.message)")
      #expect(command.message.split(separator: "\n").count == 1)
    }
    #expect(try directory.files() == ["file"] || directory.files() == ["file", "loop"])
    #expect(try directory.text(of: "file") == "kept")
  }

  @Test func twoOptionsWithOneFile() throws {
    let directory = try TemporaryDirectory()
    let command = try run("check \(Self.long) --junit same --sarif", "same", in: directory)
    #expect(command.status == 64 && command.message.hasPrefix("Error: --junit and --sarif name one file, 'same'."))
  }

  /// Links stay, what they lead to is written, by every option.
  @Test func linksOfEveryOption() throws {
    let directory = try TemporaryDirectory()
    let small = "--depth 2 --width 4 --batch 8 --seeds 2 --init he_normal --quiet"
    let lines = [
      "audit \(small) --no-png --csv", "check \(small) --junit", "check \(small) --sarif", "check \(small) --markdown",
      "check \(small) --init-bounds", "theory --activation tanh --maps",
    ]
    try FileManager.default.createDirectory(atPath: "\(directory.path)/below", withIntermediateDirectories: true)
    for (index, line) in lines.enumerated() {
      let name = "link\(index)", target = "below/result\(index)"
      try FileManager.default.createSymbolicLink(atPath: "\(directory.path)/\(name)", withDestinationPath: target)
      for _ in 0..<2 {
        let command = try Command.shell("$initscope \(line) \(name)", in: directory)
        #expect(command.status <= 1, "\(line): \(command.message)")
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: "\(directory.path)/\(name)") == target)
        #expect(try !directory.data(of: target).isEmpty)
      }
    }
  }

  /// `/dev/stdout` is what the shell made of it: what comes later stands behind.
  @Test func standardOutputAsAFile() throws {
    let directory = try TemporaryDirectory()
    let command = try Command.shell(
      "$initscope audit --depth 2 --width 4 --batch 8 --seeds 2 --init he_normal --no-png --csv /dev/stdout > all",
      in: directory)
    #expect(command.status == 0)
    let text = try directory.text(of: "all")
    #expect(text.hasPrefix("initializer,") && text.contains("\nmlp: 2 hidden layers"))
    #expect(try directory.files() == ["all"])
  }
}
