import Foundation
import InitScope
import Synchronization
import Testing

/// Random networks, flags, initializers and data against the built program: the same cases every time. `make soak` runs
/// thousands of them.
@Suite struct RandomCommandTests {
  /// Cases 1 to 80 take a few seconds; a minute is long for any of them, even on a machine with other work.
  static let cases = 80

  @Test func noRandomCommandCrashesHangsOrPrintsWhatCannotBe() throws {
    let faults = Mutex<[String]>([]), count = Mutex(0)
    DispatchQueue.concurrentPerform(iterations: Self.cases) { index in
      let seed = UInt64(index + 1)
      let command = RandomCommand(seed: seed)
      do {
        let directory = try TemporaryDirectory()
        for (name, data) in command.files { try data.write(to: URL(filePath: directory.path).appending(path: name)) }
        for arguments in command.steps {
          let outcome = try CommandOutcome.of(
            Command.program, arguments, in: directory.path, seconds: 60, megabytes: 8192)
          let found = CommandFault.all(in: outcome, of: arguments)
          count.withLock { $0 += 1 }
          faults.withLock { $0 += found.map { "case \(seed): \(arguments.joined(separator: " ")): \($0.text)" } }
          if outcome.status != 0 { break }
        }
      } catch {
        faults.withLock { $0.append("case \(seed): \(error)") }
      }
    }
    let found = faults.withLock { $0.sorted() }
    #expect(found.isEmpty, "\(found.prefix(5).joined(separator: "\n"))")
    // No case is lost.
    #expect(count.withLock { $0 } >= Self.cases)
  }

  @Test func aSeedRepeatsItsCaseToTheByte() {
    for seed in UInt64(1)...20 {
      let first = RandomCommand(seed: seed), second = RandomCommand(seed: seed)
      #expect(first.steps == second.steps)
      #expect(first.files == second.files)
    }
  }

  /// Most cases must get as far as computing: a generator that is refused tests nothing.
  @Test func mostRandomNetworksAreValid() throws {
    let networks = (UInt64(1)...400).compactMap { seed in
      RandomCommand(seed: seed).files["network.yaml"].map { String(decoding: $0, as: UTF8.self) }
    }
    let refused = networks.filter { (try? NetworkYAML.read($0, path: "network.yaml")) == nil }
    #expect(networks.count > 100)
    #expect(Double(refused.count) < 0.2 * Double(networks.count), "\(refused.first ?? "")")
    let valid = networks.compactMap { try? NetworkYAML.read($0, path: "network.yaml") }
    let kinds = Set(valid.flatMap { $0.nodes.map(\.layer.kind) })
    #expect(kinds == Set(LayerCatalogue.entries.map(\.kind)))
  }
}
