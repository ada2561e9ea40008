import CTrainability
import Diagnosis
import Foundation
import TestSupport
import Testing
import TrainingRuns

/// Whether Sources/CTrainability/coefficients.inc belongs to the tables under Reports/verdict that its first line names:
/// whoever changes one of them runs `make verdict-fit`.
@Suite struct CoefficientsTests {
  static let parts = ["development", "kinds-development"]

  /// The rows of a table whose first line names its columns.
  static func rows(_ name: String) throws -> [[String: String]] {
    let url = Repository.root.appending(path: "Reports/verdict/\(name).csv")
    let lines = try String(contentsOf: url, encoding: .utf8).split(separator: "\n", omittingEmptySubsequences: true)
    let columns = lines[0].split(separator: ",").map(String.init)
    return lines.dropFirst().map { line in
      // Columns behind a quoted one are not looked at.
      let fields = line.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
      return Dictionary(zip(columns, fields), uniquingKeysWith: { first, _ in first })
    }
  }

  /// Readings of the networks that the coefficients were fitted to, chosen as fit.py does: trained, and not decided
  /// beforehand. Each network has one for each of two batches.
  static func readings() throws -> [(network: String, reading: TangentReading)] {
    let names = [
      "loss", "signal", "noise", "gradient", "output_size", "output_spread", "readout_signal", "readout_noise",
      "largest_update", "smallest_update", "minority", "zeros",
    ]
    return try parts.flatMap { part in
      let trained = Set(try rows(part).compactMap { $0["index"] })
      return try rows("\(part)-readings").compactMap { row -> (network: String, reading: TangentReading)? in
        guard let index = row["index"], trained.contains(index), row["symmetric"] != "1" else { return nil }
        let values = try names.map { try #require(Double(row[$0] ?? ""), "\(part), row \(index), \($0)") }
        guard values[0].isFinite, values[1].isFinite, values[3].isFinite else { return nil }
        return ("\(part) \(index)", TrainabilityModelTests.reading(values))
      }
    }
  }

  @Test func theyAreOfTheTablesThatTheyName() throws {
    let path = Repository.root.appending(path: "Sources/CTrainability/coefficients.inc")
    let head = try #require(String(contentsOf: path, encoding: .utf8).split(separator: "\n").first)
    let count = try #require(head.firstMatch(of: /from (\d+) trained networks/)).1
    for part in Self.parts { #expect(head.contains("\(part).csv")) }
    let readings = try Self.readings()
    #expect(Int(count) == Set(readings.map(\.network)).count, "run make verdict-fit")

    // fit.py writes the mean of each feature to five digits, over the readings that have it.
    let means = trainability_means()
    let features = readings.map { TrainabilityModel.features($0.reading) }
    for place in features[0].indices {
      let known = features.compactMap { $0[place].map(Double.init) }
      let mean = known.reduce(0, +) / Double(known.count), written = Double(means[place])
      // Half a unit of the fifth digit, and as much again for features that are Float here and float64 there.
      #expect(abs(mean - written) <= 1e-4 * max(abs(written), 1e-3), "feature \(place): \(mean), \(written) was written")
    }
  }
}
