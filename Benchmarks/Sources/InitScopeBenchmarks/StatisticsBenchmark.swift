import ArgumentParser
import Foundation
import InitScope

/// Measures what the statistics cost, by paired runs with and without them.
struct StatisticsBenchmark: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "statistics", abstract: "The share of an audit that its statistics take, from paired runs.")

  @OptionGroup var size: AuditSize
  @Option var rounds = 7

  func run() throws {
    let with = try size.configuration()
    var without = with
    without.measuresStatistics = false
    without.histograms = false
    _ = try Audit(with).run()
    var shares: [Double] = []
    for round in 1...rounds {
      // The order alternates, so that a drift of the machine's speed favours neither.
      var measured = 0.0, bare = 0.0
      for measuring in round % 2 == 0 ? [true, false] : [false, true] {
        let seconds = try Measuring.seconds { _ = try Audit(measuring ? with : without).run() }
        if measuring { measured = seconds } else { bare = seconds }
      }
      shares.append((measured - bare) / measured)
      print(
        String(
          format: "round %d: with %.3f s, without %.3f s, share %.1f%%", round, measured, bare,
          100 * (measured - bare) / measured))
    }
    print("\(size.description): statistics \(Measuring.percentages(shares)) of the audit, median of \(rounds) pairs")
  }
}
