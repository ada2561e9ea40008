import Foundation
import InitScope
import TestSupport
import Testing

/// Networks of nine kinds that really train, as people write them: `check` with its own bounds must let every one pass.
///
/// The list was made and trained before `check` was run on any of them (Fixtures/healthy/README.md).
@Suite struct HealthyNetworksTests {
  static let networks = Result { try TrainedNetwork.read(TrainedFixtures.healthy.appending(path: "table.csv")) }

  /// Four or more of each kind, each shown to train.
  @Test func theListIsWhatItSays() throws {
    let rows = try Self.networks.get()
    #expect(rows.count == 40 && Set(rows.map(\.network)).count == 40)
    #expect(rows.filter { $0.label != .trains }.map(\.description) == [])
    let kinds = Dictionary(grouping: rows, by: \.kind).mapValues(\.count)
    #expect(kinds.count == 9 && kinds.values.allSatisfy { $0 >= 4 }, "\(kinds)")
  }

  /// As `initscope check NETWORK --init SPEC --input DATA` does it: exit status 0.
  @Test(arguments: try HealthyNetworksTests.networks.get())
  func checkPassesOnItsData(row: TrainedNetwork) throws {
    try expectKept(row) { .samples($0, TrainedNetwork.scaling($1)) }
  }

  /// As `initscope check NETWORK --init SPEC`: normal inputs, token ids where the network reads them.
  @Test(arguments: try HealthyNetworksTests.networks.get())
  func checkPassesOnDrawnInputs(row: TrainedNetwork) throws {
    try expectKept(row) { _, _ in .gaussian }
  }

  /// Weights that the data scale, and branches that start at zero.
  @Test(arguments: [("krahenbuhl", false), ("lsuv", false), ("zero_last", true)])
  func checkPassesSchemesThatTheDataScale(initializer: String, isResidual: Bool) throws {
    var options = PresetOptions(depth: 20, width: 256, inputs: 256, outputs: 10)
    options.residual = isResidual
    for seed in 0..<3 as Range<UInt64> {
      let configuration = AuditConfiguration(
        network: try Preset.mlp.make(options), initializers: [try Initializer(parsing: initializer)], seed: seed,
        histograms: false)
      let report = try Audit(configuration).diagnose()
      let result = try Gate(.automatic, configuration: configuration).evaluate(report)
      #expect(result.violations.map { "\($0.subject): \($0.message)" } == [], "seed \(seed)")
    }
  }

  private func expectKept(_ row: TrainedNetwork, _ input: (any SampleSet, Network) -> AuditInput) throws {
    let set = try TrainedFixtures.samples(row, TrainedFixtures.healthy)
    let network = try row.makeNetwork(TrainedFixtures.healthy, readme: TrainedFixtures.readme, shape: set.shape)
    let configuration = AuditConfiguration(
      network: network, initializers: [try Initializer(parsing: row.initializer)], input: input(set, network),
      histograms: false)
    let result = try Gate(.automatic, configuration: configuration).evaluate(try Audit(configuration).diagnose())
    #expect(result.violations.map { "\($0.subject): \($0.message)" } == [], "\(row)")
  }
}

/// Where the tables of trained networks stand.
enum TrainedFixtures {
  static let healthy = Repository.fixtures.appending(path: "healthy")
  static let trained = Repository.fixtures.appending(path: "trained")
  static let readme = Repository.root.appending(path: "README.md")

  /// Read once: reading 10,000 images for each of dozens of networks would take longer than auditing them.
  private static let fashion = Result { try FashionMNIST.load(limit: DataSource.auditLimit) }

  static func samples(_ row: TrainedNetwork, _ directory: URL) throws -> any SampleSet {
    try row.data == "fashion-mnist" ? fashion.get() : row.samples(directory)
  }
}
