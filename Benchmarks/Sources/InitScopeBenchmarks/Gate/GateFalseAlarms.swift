import ArgumentParser
import Foundation
import InitScope

/// Measures how often `check` fails by chance: healthy networks against the bounds that theory sets.
struct GateFalseAlarms: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "gate-false-alarms",
    abstract:
      "Independent healthy networks of many sizes against automatic bounds: the share that fails, with its interval.",
    discussion: "The exit status is 1 where the share's 95% interval lies above the stated rate.")

  /// Activations, each with an initializer that suits it.
  static let methods = [("relu", "he_normal"), ("tanh", "lecun_uniform"), ("gelu", "he_uniform"), ("selu", "lecun_normal")]
  static let widths = [32, 64, 128, 256, 512, 1024]
  static let depths = [2, 5, 10, 20, 50, 100]

  @Option(help: "False-alarm rate of one check.") var rate = 0.01
  @Option var batch = 16
  @Option var replicas = 4
  @Option(help: "Weights to draw in each cell of width, depth and activation.") var budget = 1.3e7
  @Option(help: "Least and most networks a cell.") var least = 2
  @Option var most = 32
  @Option var threads = 2
  @Option(help: "Seeds count from there; those from 1 on served to find where first-order theory ends.")
  var seed: UInt64 = 1_000_000
  @Option(help: "Puts the table there, in place of an earlier one.") var output: String?

  func run() throws {
    var cells: [Cell] = []
    var next = seed
    let start = ContinuousClock.now
    for (activation, initializer) in Self.methods {
      for width in Self.widths {
        for depth in Self.depths {
          let weights = Double(width * width * depth * replicas)
          let draws = min(most, max(least, Int(budget / weights)))
          cells.append(try cell(activation, initializer, width, depth, draws: draws, seed: &next))
        }
        let done = cells.reduce(0) { $0 + $1.draws }, failed = cells.reduce(0) { $0 + $1.failures.count }
        FileHandle.standardError.write(Data("\(activation) \(width): \(failed) of \(done)\n".utf8))
      }
    }
    let elapsed = Int((ContinuousClock.now - start).components.seconds)
    let text = section(cells, seconds: elapsed)
    print(text)
    if let output { try GateReport.replace(.falseAlarms, with: text, in: output) }
    let draws = cells.reduce(0) { $0 + $1.draws }, failures = cells.reduce(0) { $0 + $1.failures.count }
    if Estimators.clopperPearson(successes: failures, trials: draws).low > rate { throw ExitCode(1) }
  }

  private struct Cell {
    var activation: String
    var width: Int
    var depth: Int
    var draws: Int
    var comparisons: Int
    /// What the first violation of each failed network is about.
    var failures: [String]
  }

  private func cell(
    _ activation: String, _ initializer: String, _ width: Int, _ depth: Int, draws: Int, seed: inout UInt64
  ) throws -> Cell {
    let f = try Activation(parsing: activation)
    let network = try Network(input: .features(width)) {
      Dense(width, activation: f).repeated(depth)
      Dense(10)
    }
    var bounds = GateBounds.automatic
    bounds.falseAlarmRate = rate
    bounds.rules = [RuleThreshold(NamePattern("*"), nil)]
    bounds.judgesVerdict = false
    var cell = Cell(activation: activation, width: width, depth: depth, draws: draws, comparisons: 0, failures: [])
    for _ in 0..<draws {
      // Different seeds give independent streams.
      seed += 1
      let configuration = AuditConfiguration(
        network: network, initializers: [try Initializer(parsing: initializer)], batch: batch, replicas: replicas,
        seed: seed,
        threads: threads, histograms: false)
      let result = try Gate(bounds, configuration: configuration).evaluate(
        Diagnosis(of: configuration).examine(Audit(configuration).run()))
      cell.comparisons += result.comparisons
      if let violation = result.violations.first {
        cell.failures.append(violation.subject)
        FileHandle.standardError.write(Data("  \(width) x \(depth) \(activation) seed \(seed): \(violation.message)\n".utf8))
      }
    }
    return cell
  }

  private func section(_ cells: [Cell], seconds: Int) -> String {
    func row(_ name: String, _ chosen: [Cell]) -> String {
      let draws = chosen.reduce(0) { $0 + $1.draws }, failures = chosen.reduce(0) { $0 + $1.failures.count }
      let interval = Estimators.clopperPearson(successes: failures, trials: draws)
      return String(
        format: "| %@ | %d | %d | %.2f%% | %.2f%% to %.2f%% |", name, draws, failures,
        100 * Double(failures) / Double(draws),
        100 * interval.low, 100 * interval.high)
    }
    var rows = [row("all", cells)]
    rows += Self.widths.map { width in row("width \(width)", cells.filter { $0.width == width }) }
    rows += Self.depths.map { depth in row("depth \(depth)", cells.filter { $0.depth == depth }) }
    rows += Self.methods.map { method in row("\(method.0), \(method.1)", cells.filter { $0.activation == method.0 }) }
    let comparisons = cells.reduce(0) { $0 + $1.comparisons }
    // Six in every layer, except for the gradient from which the backward pass starts, and two of growth from three layers
    // on.
    let possible = cells.reduce(0) { $0 + $1.draws * (6 * ($1.depth + 1) - 1 + ($1.depth >= 3 ? 2 : 0)) }
    let subjects = Dictionary(grouping: cells.flatMap(\.failures)) { $0 }.mapValues(\.count).sorted { $0.value > $1.value }
    let about =
      subjects.isEmpty
      ? "" : "\nFailures are about: " + subjects.map { "\($0.key) (\($0.value))" }.joined(separator: ", ") + ".\n"
    return """
      `make gate-false-alarms`: healthy networks, each drawn with a seed of its own, against `GateBounds.automatic`: second
      moments of four tensors in every layer, growth, weight variances and means. A check may fail by chance at a rate of
      \(rate). Batch \(batch), \(replicas) replicas, seeds from \(seed), \(seconds) s on \(threads) threads. Of \(possible)
      comparisons \(comparisons) were made; the others are noted as beyond first-order theory. Intervals are Clopper and
      Pearson's, 95%.

      | networks | checks | failures | share | interval |
      |---|---:|---:|---:|---:|
      \(rows.joined(separator: "\n"))
      \(about)
      """
  }
}
