import ArgumentParser
import CProductLimit
import Foundation
import InitScope

/// How close a whole audit comes to the rate of its matrix products alone.
struct LimitBenchmark: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "limit", abstract: "A whole audit against the machine's rate for its three matrix products.")

  @Option var layers = 50
  @Option var units = 512
  @Option var batch = 1024
  @Option var replicas = 2
  @Option var threads = 2
  @Option var rounds = 7

  func run() throws {
    var configuration = AuditConfiguration(
      network: try perceptron(layers: layers, units: units), initializers: try comparedInitializers(), batch: batch,
      replicas: replicas, threads: threads)
    configuration.seed = 1
    // Executed: every forward product and weight gradient, and the gradient's way back to all layers but the first.
    let products = Double(configuration.initializers.count * replicas * (3 * layers - 1))
    let flops = products * 2 * Double(batch) * Double(units) * Double(units)
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
      print(String(format: "round %d: audit %.1f GFLOP/s, limit %.1f GFLOP/s, ratio %.1f%%", round, flops / seconds / 1e9, limit / 1e9, 100 * flops / seconds / limit))
    }
    print(
      "\(layers) x \(units), batch \(batch), \(configuration.initializers.count) initializers x \(replicas) replicas, "
        + "\(threads) threads: \(Measuring.percentages(ratios)) of the limit, median of \(rounds)")
    print(String(format: "audit %.1f, limit %.1f GFLOP/s (medians)", Measuring.median(rates) / 1e9, Measuring.median(limits) / 1e9))
  }

  /// The FLOP-weighted rate of the three products (equal work, so the mean of their times), the better of two arrangements.
  private func limit() throws -> Double {
    let work = 2 * Double(batch) * Double(units) * Double(units)
    var best = 0.0
    for sideBySide in [Int32(0), 1] {
      var total = 0.0
      for product in [PRODUCT_NT, PRODUCT_NN, PRODUCT_TN] {
        let seconds = product_limit_seconds(product, Int32(batch), Int32(units), Int32(threads), sideBySide, 40)
        guard seconds > 0 else { throw ValidationError("a matrix product failed") }
        total += seconds
      }
      best = max(best, 3 * work / total)
    }
    return best
  }
}
