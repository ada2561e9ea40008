import Foundation
import Testing

/// Where standard output is full or its reader goes away.
@Suite struct StandardOutputTests {
  private static let small = "--depth 2 --width 4 --batch 8 --seeds 2 --init he_normal"
  static let lines = [
    "", "--help", "--version", "help", "help audit", "audit --help", "check --help", "theory --help", "train --help",
    "reproduce --help", "describe --help", "list --help", "explain --help", "--generate-completion-script bash",
    "list", "list initializers", "list rules", "explain", "explain dead-units", "explain --markdown", "describe",
    "reproduce --list", "theory --activation tanh", "theory --activation tanh --json",
    "theory --activation tanh --moments", "theory --activation tanh --moments --json", "audit \(small) --no-png",
    "audit \(small) --no-png --json", "check \(small)", "check \(small) --json", "check \(small) --init-bounds -",
    "train --data iris --epochs 1 --seeds 1 --init he_normal --no-png",
    "train --data iris --epochs 1 --seeds 1 --init he_normal --no-png --json",
  ]

  @Test(arguments: lines) func aFullDevice(line: String) throws {
    let command = try Command.shell("exec $initscope \(line) > /dev/full")
    #expect(command.status == 2 && command.signal == nil)
    #expect(command.message == "Error: cannot write to standard output: No space left on device\n", "\(line)")
  }

  /// What the command would have ended with, and nothing said.
  @Test(arguments: lines) func aReaderThatGoesAway(line: String) throws {
    let plain = try Command.shell("$initscope \(line) 2>/dev/null")
    // `true` reads nothing: the first write already finds the pipe closed.
    let command = try Command.shell("$initscope \(line) 2>message | true; echo ${PIPESTATUS[0]}; cat message")
    #expect(command.output == "\(plain.status)\n", "\(line)")
  }

  @Test func aViolationBehindAClosedPipeIsStillOne() throws {
    let line = "$initscope check --depth 30 --width 16 --batch 16 --seeds 3 --init 'normal(std=0.01)'"
    let command = try Command.shell("\(line) | head -1; echo ${PIPESTATUS[0]}")
    #expect(command.output.hasSuffix("\n1\n") && command.message.isEmpty)
  }

  @Test func errorsIntoAFullDevice() throws {
    #expect(try Command.shell("$initscope audit missing.yaml 2>/dev/full").status == 2)
    #expect(try Command.shell("$initscope --wrong 2>/dev/full").status == 2)
  }
}
