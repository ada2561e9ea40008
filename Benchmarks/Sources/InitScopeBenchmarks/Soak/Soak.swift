import ArgumentParser
import Foundation
import InitScope

/// Thousands of random commands against the real program.
struct Soak: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "soak",
    abstract: "Random networks, flags, initializers and data; no command may crash, hang or contradict itself.",
    discussion: """
      The same count and seed give the same commands. The exit status is 1 where a command crashes, hangs, ends with an \
      unknown status or prints what cannot be right.
      """)

  @Option(help: "How many random cases; one in six runs two commands.") var count = 10_000
  @Option(help: "The first case's seed; those after it follow.") var seed: UInt64 = 1
  @Option(help: "The release binary.") var binary = ".build/release/initscope"
  @Option(help: "Commands that run at once.") var workers = 2
  @Option(help: "Seconds after which a command counts as hanging.") var timeout = 60.0
  @Option(help: "Address space of a command, in megabytes.") var memory = 8192
  @Option(help: "Writes the report there.") var output: String?
  @Option(help: "Keeps the files of cases that fail in this directory.") var keep: String?

  func run() throws {
    let program = URL(filePath: binary).standardizedFileURL.path
    guard FileManager.default.isExecutableFile(atPath: program) else {
      throw ValidationError("\(binary) is no program. Build it with swift build -c release --product initscope.")
    }
    let log = SoakLog()
    let start = ContinuousClock.now
    let shared = SoakQueue(count: count)
    let group = DispatchGroup()
    for _ in 0..<max(1, workers) {
      Thread.detachNewThread {
        while let index = shared.next() { run(case: seed &+ UInt64(index), program, log) }
        group.leave()
      }
      group.enter()
    }
    group.wait()
    let seconds = Double((ContinuousClock.now - start).components.seconds)
    let document = SoakDocument(log: log, cases: count, seed: seed, workers: workers, seconds: seconds)
    print(document.summary)
    if let output { try document.text.write(toFile: output, atomically: true, encoding: .utf8) }
    if log.hasFaults { throw ExitCode(1) }
  }

  private func run(case seed: UInt64, _ program: String, _ log: SoakLog) {
    let place = FileManager.default.temporaryDirectory.appending(path: "initscope-soak-\(getpid())-\(seed)").path
    let command = RandomCommand(seed: seed)
    do {
      try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
      defer { try? FileManager.default.removeItem(atPath: place) }
      for (name, data) in command.files { try data.write(to: URL(filePath: place).appending(path: name)) }
      for arguments in command.steps {
        let outcome = try CommandOutcome.of(program, arguments, in: place, seconds: timeout, megabytes: memory)
        let faults = CommandFault.all(in: outcome, of: arguments)
        log.add(SoakLog.Entry(seed: seed, arguments: arguments, outcome: outcome, faults: faults))
        if !faults.isEmpty {
          let lines = ["\(seed): \(arguments.joined(separator: " "))"] + faults.map { "    \($0.text)" }
          FileHandle.standardError.write(Data((lines.joined(separator: "\n") + "\n").utf8))
          if let keep {
            let target = "\(keep)/\(seed)"
            try? FileManager.default.createDirectory(atPath: keep, withIntermediateDirectories: true)
            try? FileManager.default.removeItem(atPath: target)
            try FileManager.default.copyItem(atPath: place, toPath: target)
          }
        }
        // What a second command would read is not there.
        if outcome.status != 0 { break }
      }
    } catch {
      log.add(
        SoakLog.Entry(
          seed: seed, arguments: command.steps.first ?? [], outcome: nil,
          faults: [
            CommandFault(kind: .status, text: "could not be run: \(error)")
          ]))
    }
  }
}
