import ArgumentParser
import Foundation
import InitScope

/// Compares wide networks of every activation with theory, in predicted standard errors.
struct TheoryCheck: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "theory-check",
    abstract: "q(l), c(l) and gradients of wide networks against theory, every activation at three points.",
    discussion: "The exit status is 1 where something deviates by more than chance allows at a rate of 1e-3.")

  @Option var width = 2048
  @Option var depth = 16
  @Option var batch = 32
  @Option var replicas = 8
  @Option var threads = 2
  @Option(help: "The first point's seed; each further one has the next.") var seed: UInt64 = 0
  @Option(help: "Only this activation.") var activation: String?
  @Option(help: "Writes the table there.") var output: String?

  func run() throws {
    let activations =
      try activation.map { [try Activation(parsing: $0)] }
      ?? ActivationCatalogue.entries.map { try Activation(parsing: $0.name) }
    let size = TheoryComparison.Size(width: width, depth: depth, batch: batch, replicas: replicas)
    var comparisons: [TheoryComparison] = []
    let seconds = try Measuring.seconds {
      for activation in activations {
        for point in try TheoryPoint.all(of: activation) {
          let comparison = try TheoryComparison(point, size: size, seed: seed + UInt64(comparisons.count), threads: threads)
          comparisons.append(comparison)
          FileHandle.standardError.write(Data("\(TheoryTable.row(comparison))\n".utf8))
        }
      }
    }
    let verdict = TheoryVerdict(comparisons: comparisons, replicas: replicas)
    print(TheoryTable.summary(verdict))
    print(String(format: "%.0f s", seconds))
    if let output {
      let command = "make theory-check"
      try TheoryTable.document(verdict, size: size, seed: seed, command: command)
        .write(toFile: output, atomically: true, encoding: .utf8)
    }
    if !verdict.failures.isEmpty { throw ExitCode(1) }
  }
}

/// Writes the comparison as Markdown.
enum TheoryTable {
  static func document(_ verdict: TheoryVerdict, size: TheoryComparison.Size, seed: UInt64, command: String) -> String {
    let left = verdict.comparisons.reduce((0, 0)) { ($0.0 + $1.beyondFirstOrder, $0.1 + $1.belowResolution) }
    return """
      # Networks against theory

      `\(command)`: every activation of the catalogue at an ordered, a critical and a chaotic point. \(size.depth) layers
      of \(size.width) units, batch \(size.batch), \(size.replicas) replicas, seeds from \(seed); Gaussian inputs, weights,
      biases and cotangents. `Audit` measures; `ChainPrediction` predicts value and standard error without drawing a weight.
      z is their difference in predicted standard errors: nothing is fitted, no error is estimated from the measurement. The
      spread is the root of the variance over replicas against the predicted one: 1 where the predicted error is right.

      \(summary(verdict))

      Left out: \(left.0) comparisons where log m varies by more than 0.3 within one replica, more than first order in
      1/width can follow (squared ReLU beyond its fixed point), and \(left.1) of cosines so near 1 that their predicted
      standard error is below 2^-19, where Float32's rounding of 2^-23 would show. What theory neglects, of second order in
      1/width, would show in the mean of z.

      Points: critical is chi1 = 1 at bias variance 0.05 where depth leads there, else the recommended point; ordered and
      chaotic have 0.6 and 1.6 times its weight variance. q* and chi1 are theory's for infinite depth; q, c (both of
      pre-activations) and the growth of squared gradients per layer are measured: the last layer's, and over all hidden
      layers. n counts comparisons; the last columns are the largest |z| of forward moments, of cosines and of gradients.

      | activation | point | sw2 | sb2 | q\\* | chi1 | q | c | gradients | n | z of q | z of c | z of gradients | |
      |---|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---|
      \(verdict.comparisons.map(row).joined(separator: "\n"))

      """
  }

  /// Counts, the largest |z| and the root mean square of each quantity, and the overall result.
  static func summary(_ verdict: TheoryVerdict) -> String {
    var lines = [
      "| quantity | comparisons | largest \\|z\\| | mean of z | rms of z | allowed | spread | allowed |",
      "|---|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for quantity in TheoryComparison.Quantity.allCases {
      let bounds = verdict.rmsBounds(quantity), wide = verdict.spreadBounds(quantity)
      let spread = verdict.spread(quantity).map {
        String(format: "%.2f | %.2f to %.2f", $0, wide.lowerBound, wide.upperBound)
      }
      lines.append(
        String(
          format: "| %@ | %d | %.2f | %.2f | %.2f | %.2f to %.2f | %@ |", quantity.rawValue,
          verdict.deviations(quantity).count, verdict.largest(quantity), verdict.mean(quantity), verdict.rms(quantity),
          bounds.lowerBound, bounds.upperBound, spread ?? "- | -"))
    }
    lines.append("")
    lines.append(
      String(
        format: "%d comparisons; |z| may reach %.2f, rms and spread what stands beside them. With a probability of %g a "
          + "right theory fails somewhere.", verdict.count, verdict.largestAllowed, TheoryVerdict.falseAlarmRate))
    let failures = verdict.failures
    lines.append(failures.isEmpty ? "Theory and networks agree." : "**They disagree:**\n")
    lines += failures.map { "- \($0)" }
    return lines.joined(separator: "\n")
  }

  static func row(_ comparison: TheoryComparison) -> String {
    let point = comparison.point
    let theory = try? point.theory()
    func last(_ quantity: TheoryComparison.Quantity) -> String {
      comparison.deviations.last { $0.quantity == quantity }.map { String(format: "%.4g", $0.measured) } ?? "-"
    }
    func largest(_ quantities: [TheoryComparison.Quantity]) -> String {
      comparison.deviations.filter { quantities.contains($0.quantity) }.map { abs($0.z) }.max()
        .map { String(format: "%.2f", $0) } ?? "-"
    }
    func text(_ format: String, _ value: Double?, or absent: String = "-") -> String {
      value.map { String(format: format, $0) } ?? absent
    }
    let q: Double? = comparison.deviations.last { $0.quantity == .preactivation }.map { pow(10, $0.measured) }
    let growth: Double? = comparison.deviations.last { $0.quantity == .backwardGrowth }.map { pow(10, $0.measured) }
    var cells: [String] = [point.activation.description, point.regime.rawValue]
    cells += [text("%.4g", point.weightVariance), text("%.4g", point.biasVariance)]
    // A critical point is its own fixed point; iteration in Double may pass a half-stable one.
    let qStar = point.critical.map(\.variance) ?? theory?.qStar
    cells += [text("%.4g", qStar, or: "none"), text("%.3f", point.critical == nil ? theory?.chi1 : 1)]
    cells += [text("%.4g", q), last(.preactivationCosine), text("x%.3f", growth), "\(comparison.deviations.count)"]
    cells += [largest([.preactivation, .activation, .forwardGrowth]), largest([.preactivationCosine, .activationCosine])]
    cells += [largest([.gradient, .preactivationGradient, .backwardGrowth]), point.note]
    return "| " + cells.joined(separator: " | ") + " |"
  }
}
