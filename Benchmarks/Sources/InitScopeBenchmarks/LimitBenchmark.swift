import ArgumentParser
import CProductLimit
import Foundation
import InitScope

/// How close a whole audit comes to the rate of its matrix products alone.
struct LimitBenchmark: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "limit", abstract: "A whole audit against the machine's rate for its three matrix products.")

  @OptionGroup var size: AuditSize
  @Option var rounds = 7

  func run() throws {
    let configuration = try size.configuration()
    // Executed: every forward product and weight gradient, and the gradient's way back to all layers but the first.
    let products = Double(configuration.initializers.count * size.replicas * (3 * size.layers - 1))
    let flops = products * size.productFlops
    var ratios: [Double] = [], rates: [Double] = [], limits: [Double] = []
    _ = try Audit(configuration).run()
    var before = try limit()
    for round in 1...rounds {
      let seconds = try Measuring.seconds { _ = try Audit(configuration).run() }
      let after = try limit()
      let limit = (before + after) / 2
      before = after
      rates.append(flops / seconds)
      limits.append(limit)
      ratios.append(flops / seconds / limit)
      print(
        String(
          format: "round %d: audit %.1f GFLOP/s, limit %.1f GFLOP/s, ratio %.1f%%", round, flops / seconds / 1e9,
          limit / 1e9,
          100 * flops / seconds / limit))
    }
    print(
      "\(size.description): \(Measuring.percentages(ratios)) of the limit, median of \(rounds)")
    print(
      String(
        format: "audit %.1f, limit %.1f GFLOP/s (medians)", Measuring.median(rates) / 1e9, Measuring.median(limits) / 1e9))
  }

  /// The FLOP-weighted rate of the three products (equal work, so the mean of their times), the better of two arrangements.
  private func limit() throws -> Double {
    var best = 0.0
    for sideBySide in [Int32(0), 1] {
      var total = 0.0
      for product in [PRODUCT_NT, PRODUCT_NN, PRODUCT_TN] {
        let seconds = product_limit_seconds(
          product, Int32(size.batch), Int32(size.units), Int32(size.threads), sideBySide, 40)
        guard seconds > 0 else { throw ValidationError("a matrix product failed") }
        total += seconds
      }
      best = max(best, 3 * size.productFlops / total)
    }
    return best
  }
}
