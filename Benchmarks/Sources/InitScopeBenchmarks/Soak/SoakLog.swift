import Synchronization

/// Hands out the numbers of cases.
final class SoakQueue: Sendable {
  private let taken = Mutex(0)
  private let count: Int

  init(count: Int) { self.count = count }

  func next() -> Int? {
    taken.withLock { taken in
      guard taken < count else { return nil }
      taken += 1
      return taken - 1
    }
  }
}

/// What became of each command; of one that kept to the rules only its name, status and time.
final class SoakLog: Sendable {
  struct Entry: Sendable {
    var seed: UInt64
    var arguments: [String]
    var outcome: CommandOutcome?
    var faults: [CommandFault]
  }

  private let entries = Mutex<[Entry]>([])

  func add(_ entry: Entry) {
    var entry = entry
    entry.outcome?.output = ""
    entry.outcome?.message = ""
    entries.withLock { $0.append(entry) }
  }

  var all: [Entry] { entries.withLock { $0 }.sorted { $0.seed < $1.seed } }
  var hasFaults: Bool { all.contains { !$0.faults.isEmpty } }
}
