import ArgumentParser
import Foundation
import InitScope

/// Measures times and summarizes them.
enum Measuring {
  static func seconds(_ body: () throws -> Void) rethrows -> Double {
    let start = ContinuousClock.now
    try body()
    let elapsed = (ContinuousClock.now - start).components
    return Double(elapsed.seconds) + Double(elapsed.attoseconds) * 1e-18
  }

  static func median(_ values: [Double]) -> Double { Estimators.quantile(0.5, of: values) }

  /// `84.2% (82.9%..85.0%)`: the median and the range of all.
  static func percentages(_ ratios: [Double]) -> String {
    String(
      format: "%.1f%% (%.1f%%..%.1f%%)", median(ratios) * 100, (ratios.min() ?? 0) * 100, (ratios.max() ?? 0) * 100)
  }
}

/// A multilayer perceptron as the PyTorch scripts audit it: `layers` dense layers of `units` units, ReLU but for the last,
/// on as many inputs.
func perceptron(layers: Int, units: Int) throws -> Network {
  try Network(input: .features(units)) {
    Dense(units, activation: .relu).repeated(layers - 1)
    Dense(units)
  }
}

/// The initializers of the PyTorch scripts, with the standard normal in place of zeros so that every product has work to do.
func comparedInitializers() throws -> [Initializer] {
  try Initializer.list(parsing: "normal(std=0.01),normal,glorot_uniform,glorot_normal,he_uniform,he_normal")
}

/// The size of the audit that a benchmark runs.
struct AuditSize: ParsableArguments {
  @Option var layers = 50
  @Option var units = 512
  @Option var batch = 1024
  @Option var replicas = 2
  @Option var threads = 2

  func configuration() throws -> AuditConfiguration {
    AuditConfiguration(
      network: try perceptron(layers: layers, units: units), initializers: try comparedInitializers(), batch: batch,
      replicas: replicas, seed: 1, threads: threads)
  }

  /// The floating-point operations of one product of a layer.
  var productFlops: Double { 2 * Double(batch) * Double(units) * Double(units) }

  var description: String {
    "\(layers) x \(units), batch \(batch), 6 initializers x \(replicas) replicas, \(threads) threads"
  }
}
