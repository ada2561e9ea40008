import Foundation
import Glibc
import Testing

/// What a training that is ended from outside leaves behind.
@Suite struct InterruptedTrainingTests {
  /// Tens of thousands of epochs of a millisecond, each of which saves a checkpoint: at any moment one is being written.
  private static let arguments = [
    "train", "--data", "rows.csv", "--width", "64", "--epochs", "90000", "--batch", "64", "--init", "he_normal,zeros",
    "--seeds", "2",
    "--no-png", "--quiet", "--checkpoint", "kept",
  ]

  private func start(_ directory: TemporaryDirectory, _ scratch: TemporaryDirectory, after delay: UInt32) throws -> Process {
    try directory.write(TrainingTable.separable(240), as: "rows.csv")
    let process = try Command.start(Command.program, Self.arguments, in: directory, scratch: scratch)
    let limit = Date(timeIntervalSinceNow: 60)
    while try !directory.files().contains(where: { $0.hasSuffix(".checkpoint") }), Date() < limit { usleep(2_000) }
    usleep(delay)
    return process
  }

  private func end(_ process: Process, _ signal: Int32) {
    kill(process.processIdentifier, signal)
    let limit = Date(timeIntervalSinceNow: 30)
    while process.isRunning, Date() < limit { usleep(1_000) }
    // A test that fails is better than one that hangs.
    if process.isRunning { kill(process.processIdentifier, SIGKILL) }
    process.waitUntilExit()
  }

  private func temporaries(_ directory: TemporaryDirectory) throws -> [String] {
    try directory.files().filter { $0.contains(".initscope-") }
  }

  @Test(arguments: [(SIGTERM, 143), (SIGINT, 130), (SIGHUP, 129)] as [(Int32, Int32)])
  func signalsLeaveNoTemporaryFiles(signal: Int32, status: Int32) throws {
    for round in 0..<8 {
      let directory = try TemporaryDirectory(), scratch = try TemporaryDirectory()
      let process = try start(directory, scratch, after: UInt32(round * 1_700))
      end(process, signal)
      let command = try Command.finished(process, scratch)
      #expect(command.signal == nil && command.status == status && command.message.isEmpty)
      #expect(try temporaries(directory) == [])
      #expect(try directory.files().contains { $0.hasSuffix(".checkpoint") })
    }
  }

  /// `kill -9` leaves them, and the next start removes them; a process that lives keeps its own, even where it is stopped.
  @Test func theNextStartRemovesThoseOfTheDead() throws {
    let directory = try TemporaryDirectory(), scratch = try TemporaryDirectory()
    var left: [String] = []
    for round in 0..<40 where left.isEmpty {
      let process = try start(directory, scratch, after: UInt32(250_000 + round * 1_300))
      end(process, SIGKILL)
      left = try temporaries(directory)
    }
    try #require(!left.isEmpty, "no kill came while a file was being written")

    let living = try TemporaryDirectory()
    var stopped: Process?
    defer {
      if let stopped {
        kill(stopped.processIdentifier, SIGKILL)
        stopped.waitUntilExit()
      }
    }
    var held: [String] = []
    for round in 0..<40 where held.isEmpty {
      if let stopped { end(stopped, SIGKILL) }
      let process = try start(directory, living, after: UInt32(250_000 + round * 1_300))
      kill(process.processIdentifier, SIGSTOP)
      usleep(20_000)
      stopped = process
      // A file with contents is locked; one that was just made may not be yet, and may be taken for abandoned.
      held = try temporaries(directory).filter {
        let isEmpty = try directory.data(of: $0).isEmpty
        return $0.contains("-\(process.processIdentifier)-") && !isEmpty
      }
    }
    try #require(!held.isEmpty)
    // Another command that writes beside it.
    let audit = try Command.run(
      "audit", "--depth", "2", "--width", "4", "--batch", "8", "--seeds", "2", "--init", "he_normal", "--no-png", "--quiet",
      "--csv",
      "kept/layers.csv", in: directory)
    #expect(audit.status == 0, "\(audit.message)")
    #expect(Set(held).isSubset(of: try temporaries(directory)))
    if let stopped { end(stopped, SIGKILL) }
    _ = try Command.run(
      "audit", "--depth", "2", "--width", "4", "--batch", "8", "--seeds", "2", "--init", "he_normal", "--no-png", "--quiet",
      "--csv",
      "kept/layers.csv", in: directory)
    #expect(try temporaries(directory) == [])
  }

  /// `nohup` has the program ignore that the terminal hangs up.
  @Test func anIgnoredHangupStaysIgnored() throws {
    let directory = try TemporaryDirectory()
    let command = try Command.shell(
      "trap '' HUP; $initscope audit --depth 200 --width 128 --seeds 4 --init he_normal --no-png --quiet & p=$!; sleep 0.3; "
        + "kill -HUP $p; wait $p; echo $?", in: directory)
    #expect(command.output == "0\n")
  }
}
