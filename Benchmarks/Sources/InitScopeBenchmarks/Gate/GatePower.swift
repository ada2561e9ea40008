import ArgumentParser
import Foundation
import InitScope

/// Measures how small an error `check` sees: networks whose weights are drawn with a variance that is a little too large.
struct GatePower: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "gate-power",
    abstract: "The smallest error of every layer's weight variance that automatic bounds see with a probability of 0.95.")

  static let sizes = [(5, 128), (20, 128), (50, 64)]
  static let replicas = [3, 5, 10]

  @Option(help: "False-alarm rate of one check.") var rate = 0.01
  @Option var batch = 16
  @Option(help: "Networks a point.") var draws = 200
  @Option(help: "Points of the bisection.") var points = 5
  @Option var threads = 2
  @Option var seed: UInt64 = 1
  @Option(help: "Puts the table there, in place of an earlier one.") var output: String?

  func run() throws {
    var next = seed << 32
    var rows: [String] = []
    let start = ContinuousClock.now
    for (depth, width) in Self.sizes {
      for replicas in Self.replicas {
        let signals = try smallest(depth, width, replicas, Self.signals, from: 2e-3, to: 4, seed: &next)
        let weights = try smallest(depth, width, replicas, Self.weights, from: 2e-4, to: 0.5, seed: &next)
        rows.append("| \(depth) x \(width) | \(replicas) | \(signals) | \(weights) |")
        FileHandle.standardError.write(Data((rows.last! + "\n").utf8))
      }
    }
    let elapsed = Int((ContinuousClock.now - start).components.seconds)
    let text = """
      `make gate-power`: ReLU networks declared as he_normal whose every layer is drawn with (1 + e) times that variance. The
      smallest e that a check at a false-alarm rate of \(rate) sees with a probability of 0.95: where a logistic curve in
      log e, fitted to \(points) points of \(draws) networks each found by bisection, crosses 0.95; in brackets the fit's 95%
      interval (delta method). Batch \(batch), \(elapsed) s on \(threads) threads. `signals` are second moments and growth,
      forward and backward; `weights` the variances of the weights themselves.

      | depth x width | replicas | signals | weights |
      |---|---:|---:|---:|
      \(rows.joined(separator: "\n"))
      """
    print(text)
    if let output { try GateReport.replace(.power, with: text, in: output) }
  }

  private static let signals = GateBounds.automatic.bounds.filter { $0.tensor != .weights }
  private static let weights = GateBounds.automatic.bounds.filter { $0.tensor == .weights && $0.quantity == .variance }

  /// The error at which the fitted curve crosses 0.95, as a percentage with its interval.
  private func smallest(
    _ depth: Int, _ width: Int, _ replicas: Int, _ bounds: [GateBound], from low: Double, to high: Double, seed: inout UInt64
  ) throws -> String {
    var (low, high) = (log(low), log(high))
    var outcomes: [(x: Double, successes: Int, trials: Int)] = []
    for _ in 0..<points {
      let x = (low + high) / 2
      let seen = try detections(depth, width, replicas, bounds, error: exp(x), seed: &seed)
      outcomes.append((x, seen, draws))
      if Double(seen) >= 0.95 * Double(draws) { high = x } else { low = x }
    }
    guard let fit = LogisticFit(outcomes), let crossing = fit.crossing(0.95) else {
      // All or nothing at every point: the crossing lies between the last two.
      return String(format: "%.2g%% to %.2g%%", 100 * exp(low), 100 * exp(high))
    }
    let (below, above) = (crossing.x - 1.96 * crossing.error, crossing.x + 1.96 * crossing.error)
    return String(format: "%.2g%% (%.2g%% to %.2g%%)", 100 * exp(crossing.x), 100 * exp(below), 100 * exp(above))
  }

  /// How many of the networks with that error fail.
  private func detections(
    _ depth: Int, _ width: Int, _ replicas: Int, _ bounds: [GateBound], error: Double, seed: inout UInt64
  ) throws -> Int {
    let network = try Network(input: .features(width)) {
      Dense(width, activation: .relu).repeated(depth)
      Dense(10)
    }
    let gate = GateBounds(
      falseAlarmRate: rate, bounds: bounds, rules: [RuleThreshold(NamePattern("*"), nil)], judgesVerdict: false)
    let drawn = try Initializer(
      parsing: "variance_scaling(scale=\(2 * (1 + error)),mode=fan_in,distribution=normal)")
    var seen = 0
    for _ in 0..<draws {
      seed += 1
      let declared = AuditConfiguration(
        network: network, initializers: [.heNormal], batch: batch, replicas: replicas, seed: seed, threads: threads,
        histograms: false)
      var actual = declared
      actual.initializers = [drawn]
      // Measured under one initializer and compared with the bounds of another.
      var report = try Audit(actual).run()
      for index in report.runs[0].layers.indices {
        report.runs[0].layers[index].weights?.expectedVariance = 2 / Double(width)
      }
      if try !Gate(gate, configuration: declared).evaluate(Diagnosis(of: declared).examine(report)).passes { seen += 1 }
    }
    return seen
  }
}

/// Fits a logistic curve `p(x) = 1 / (1 + exp(-(a + b x)))` by maximum likelihood, with Newton's method (McCullagh and
/// Nelder 1989, section 4.4).
struct LogisticFit {
  private var a = 0.0
  private var b = 1.0
  /// The inverse of the information matrix.
  private var covariance = (aa: 0.0, ab: 0.0, bb: 0.0)

  /// Fits the curve; nil where the outcomes are separated, so that no slope is likeliest.
  init?(_ outcomes: [(x: Double, successes: Int, trials: Int)]) {
    guard outcomes.contains(where: { $0.successes > 0 && $0.successes < $0.trials }) else { return nil }
    let centre = outcomes.reduce(0) { $0 + $1.x } / Double(outcomes.count)
    for _ in 0..<100 {
      var g = (0.0, 0.0), h = (0.0, 0.0, 0.0)
      for outcome in outcomes {
        let x = outcome.x - centre, n = Double(outcome.trials)
        let p = 1 / (1 + exp(-(a + b * x)))
        let residual = Double(outcome.successes) - n * p, weight = n * p * (1 - p)
        g = (g.0 + residual, g.1 + residual * x)
        h = (h.0 + weight, h.1 + weight * x, h.2 + weight * x * x)
      }
      let determinant = h.0 * h.2 - h.1 * h.1
      guard determinant > 1e-12 else { return nil }
      covariance = (h.2 / determinant, -h.1 / determinant, h.0 / determinant)
      let step = (covariance.aa * g.0 + covariance.ab * g.1, covariance.ab * g.0 + covariance.bb * g.1)
      // Half steps where the curve is steep keep Newton from overshooting.
      let damping = min(1, 2 / max(abs(step.0), abs(step.1), 1))
      a += damping * step.0
      b += damping * step.1
      if abs(step.0) + abs(step.1) < 1e-10 { break }
    }
    guard a.isFinite, b.isFinite, b > 0 else { return nil }
    // Undoes the centring of x.
    covariance.aa += centre * centre * covariance.bb - 2 * centre * covariance.ab
    covariance.ab -= centre * covariance.bb
    a -= b * centre
  }

  /// The point at which the curve reaches that probability, with its standard error.
  func crossing(_ probability: Double) -> (x: Double, error: Double)? {
    let x = (log(probability / (1 - probability)) - a) / b
    let variance = (covariance.aa + 2 * x * covariance.ab + x * x * covariance.bb) / (b * b)
    return x.isFinite && variance >= 0 ? (x, variance.squareRoot()) : nil
  }
}
