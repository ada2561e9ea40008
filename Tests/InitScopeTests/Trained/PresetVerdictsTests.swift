import Foundation
import InitScope
import Synchronization
import TestSupport
import Testing

/// The verdicts of presets, README's networks and some that are hard to judge, held against what training made of them.
@Suite struct PresetVerdictsTests {
  static let rows = Result {
    try TrainedNetwork.read(Repository.root.appending(path: "Reports/verdict/presets.csv"))
  }
  /// A verdict may say that it does not know, but not of more than this share of the networks.
  static let mostUnknown = 0.15

  /// The verdict as `initscope audit NETWORK --init SPEC --input DATA` gives it; nil where it does not know.
  private static func trains(_ row: TrainedNetwork) throws -> Bool? {
    let set = try TrainedFixtures.samples(row, TrainedFixtures.trained)
    let network = try row.makeNetwork(TrainedFixtures.trained, readme: TrainedFixtures.readme, shape: set.shape)
    let configuration = AuditConfiguration(
      network: network, initializers: [try Initializer(parsing: row.initializer)],
      input: .samples(set, TrainedNetwork.scaling(network)), threads: 1, histograms: false)
    return try Audit(configuration).diagnose().runs[0].verdict?.trains
  }

  /// Slow networks are neither, and are not scored.
  @Test func verdictsAgreeWithTraining() throws {
    let rows = try Self.rows.get().filter { $0.label == .trains || $0.label == .fails }
    try #require(!rows.isEmpty)
    let verdicts = Mutex([Int: Bool?]()), problems = Mutex([String]())
    DispatchQueue.concurrentPerform(iterations: rows.count) { index in
      do {
        let trains = try Self.trains(rows[index])
        verdicts.withLock { $0[index] = .some(trains) }
      } catch {
        problems.withLock { $0.append("\(rows[index]): \(error)") }
      }
    }
    let unseen = problems.withLock { $0.sorted() }
    #expect(unseen == [])
    let said = verdicts.withLock { $0 }
    let wrong = rows.indices.filter { index in
      guard let known = said[index] ?? nil else { return false }
      return known != (rows[index].label == .trains)
    }
    #expect(wrong.map { "\(rows[$0].label?.rawValue ?? "") \(rows[$0])" } == [], "\(wrong.count) of \(rows.count) are wrong")
    let unknown = rows.indices.filter { (said[$0] ?? nil) == nil }
    #expect(
      Double(unknown.count) <= Self.mostUnknown * Double(rows.count),
      "\(unknown.count) of \(rows.count) have no verdict: \(unknown.map { rows[$0].description })")
  }

  /// What README shows today is in the table, trained.
  @Test func theTableHasWhatReadmeShows() throws {
    let trained = Set(try Self.rows.get().filter { $0.label != nil }.map(\.identity))
    let shown = try ReadmeNetworks.rows(try String(contentsOf: TrainedFixtures.readme, encoding: .utf8))
    #expect(shown.contains { $0.network == "README.md#classifier" && $0.initializer == "lsuv" })
    #expect(shown.count >= 12)
    // README's first table shows the initializers that an audit compares by itself.
    let lines = try String(contentsOf: TrainedFixtures.readme, encoding: .utf8).split(separator: "\n")
    for initializer in try Initializer.list(parsing: try #require(ReadmeNetworks.defaults["audit"])) {
      #expect(lines.contains { $0.hasPrefix("\(initializer) ") }, "\(initializer)")
    }
    // `make verdict-presets` trains what is missing.
    #expect(shown.filter { !trained.contains($0.identity) }.map(\.description) == [])
  }

  /// Every preset stands there, trained under two initializers or more.
  @Test(arguments: Preset.all.map(\.name))
  func thePresetIsThere(name: String) throws {
    let rows = try Self.rows.get().filter { $0.network == name && $0.label != nil }
    #expect(Set(rows.map(\.initializer)).count >= 2)
  }

  /// A table of one label would be agreed with by a verdict that looks at nothing.
  @Test func bothLabelsAreThere() throws {
    let rows = try Self.rows.get().filter { $0.label != nil }
    for label in [TrainedNetwork.Label.trains, .fails] {
      #expect(rows.count(where: { $0.label == label }) >= rows.count / 5, "\(label)")
    }
  }
}
