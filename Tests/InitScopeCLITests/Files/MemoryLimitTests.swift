import Foundation
import TestSupport
import Testing

/// Under any limit on memory a command ends with its result or a message, soon.
@Suite(.disabled(if: ThreadTime.isWatched, "a sanitizer reserves terabytes of addresses")) struct MemoryLimitTests {
  static let lines = [
    "audit --depth 3 --width 64 --init he_normal,orthogonal --no-png", "check --depth 3 --width 64 --init he_normal",
    "train --data iris --epochs 2 --seeds 2 --no-png", "theory --activation tanh",
  ]

  @Test(arguments: lines) func addressSpace(line: String) throws {
    for mebibytes in [200, 300, 400, 500, 700, 1_000, 2_000] {
      try expectEnd("ulimit -v \(mebibytes * 1_024)", line)
    }
  }

  @Test(arguments: lines) func data(line: String) throws {
    for mebibytes in [30, 150, 300, 500] { try expectEnd("ulimit -d \(mebibytes * 1_024)", line) }
  }

  private func expectEnd(_ limit: String, _ line: String) throws {
    let command = try Command.shell("\(limit); exec timeout 20 $initscope \(line)")
    // 127: the loader itself found no room; it says so.
    #expect(
      command.status == 0 || (command.status == 2 && command.message.contains("Error: "))
        || command.status == 127
          && command.message.contains("error while loading shared libraries"),
      "\(limit), \(line): status \(command.status), signal \(command.signal ?? 0), \(command.message)")
  }
}
