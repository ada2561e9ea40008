import Foundation
import InitScope

/// Writes Reports/verdict/README.md: how often the verdict is right, and where it is not.
struct VerdictDocument {
  var rows: [VerdictReport.Row]
  var others: [VerdictReport.Row]
  var directory: String
  var command: String

  private func share(_ hits: Int, _ all: Int) -> String {
    guard all > 0 else { return "none" }
    let interval = Estimators.clopperPearson(successes: hits, trials: all)
    return String(
      format: "%.1f%% (%d of %d, 95%% interval %.1f%% to %.1f%%)", 100 * Double(hits) / Double(all), hits, all,
      100 * interval.low,
      100 * interval.high)
  }

  private var labelled: [VerdictReport.Row] { rows.filter(\.isScored) }
  /// The labelled networks for which the verdict says yes or no.
  private var scored: [VerdictReport.Row] { labelled.filter { $0.verdict.trains != nil } }
  private var good: [VerdictReport.Row] { scored.filter(\.trains) }
  private var bad: [VerdictReport.Row] { scored.filter { !$0.trains } }
  private var rates: (near: Int, all: Int) {
    let judged = good.filter { $0.verdict.learningRate != nil }
    let near = judged.count { row in abs(log10((row.verdict.learningRate ?? 1) / row.bestRate)) < 1.01 }
    return (near, judged.count)
  }

  /// Median and range over networks of about 32 layers of 128 units that train, or do not.
  private func time(of trains: Bool) -> String {
    let seconds = rows.filter { (28...40).contains($0.depth) && $0.width == 128 && $0.verdict.trains == trains }.map(
      \.seconds)
    guard let low = seconds.min(), let high = seconds.max() else { return "-" }
    return String(
      format: "%.0f ms (%.0f to %.0f, %d networks)", 1000 * Measuring.median(seconds), 1000 * low, 1000 * high, seconds.count
    )
  }

  var caption: [String] {
    [
      "\(rows.count) networks that were not used in choosing anything: right "
        + "\(share(scored.count(where: \.isRight), scored.count)).",
      "False alarms: \(share(good.count { !$0.isRight }, good.count)). Red squares: wrong. Light, in the middle: "
        + "the verdict says that it cannot know. Diamonds: convolutional, recurrent and attention networks.",
    ]
  }

  var text: String {
    var text = """
      # The verdict against training

      `\(command)` asks for the verdict of networks that were really trained, and makes this page, `held-out-verdicts.csv`
      and the picture.

      ![Predicted against actual](predicted.png)

      A network trains where plain SGD (300 steps of batch 128 on the first 10,000 images of Fashion-MNIST, standardized)
      reaches 60% training accuracy at the best of the learning rates 0.001, 0.01, 0.1 and 1. It fails at 35% or less.
      Between is slow and not scored. `development.csv` and `kinds-development.csv` hold the networks that the coefficients
      were fitted to, `held-out.csv` those below: another draw, which no choice was made by. (It has been asked five times:
      of the first coefficients, of those for gradients that decide on symmetry, of those for dense networks alone, and of
      these.) Both are drawn by `Benchmarks/Sources/InitScopeBenchmarks/Verdict/EvidenceNetwork.swift`: 16 activations,
      depths 4 to 64, widths 32 to 256, normal, uniform and orthogonal weights, half of them near criticality, with and
      without biases, skips and normalization.

      ## Networks never seen

      | | |
      |---|---|
      | the verdict says that it cannot know | \(share(labelled.count - scored.count, labelled.count)) |
      | right, where it says yes or no | \(share(scored.count(where: \.isRight), scored.count)) |
      | false alarms (trains, and the verdict says no) | \(share(good.count { !$0.isRight }, good.count)) |
      | missed (fails, and the verdict says yes) | \(share(bad.count { !$0.isRight }, bad.count)) |
      | learning rate within a factor of 10 of the best | \(share(rates.near, rates.all)) |
      | slow, not scored | \(rows.count - labelled.count) of \(rows.count) |
      | time of an audit with its verdict at depths 28 to 40, width 128 (five replicas, two threads) | \(time(of: true)) |

      [fit.txt](fit.txt) has what `Benchmarks/verdict/fit.py` printed: the cross-validation on the development part, and what
      fixed thresholds reach there.

      | networks | right |
      |---|---|

      """
    for group in Set(rows.map(\.group)).sorted() {
      let part = scored.filter { $0.group == group }
      text += "| \(group) | \(share(part.count(where: \.isRight), part.count)) |\n"
    }
    text += """

      ## Is the confidence what it says?

      | confidence | networks | right |
      |---|---|---|

      """
    let edges = [0.5, 0.7, 0.9, 0.97, 0.99, 1.01]
    for (low, high) in zip(edges, edges.dropFirst()) {
      let part = scored.filter { ($0.verdict.confidence ?? 0) >= low && ($0.verdict.confidence ?? 0) < high }
      text += "| \(low) to \(min(high, 1)) | \(part.count) | \(share(part.count(where: \.isRight), part.count)) |\n"
    }
    let again = scored.compactMap { row in row.again.map { (row: row, label: VerdictReport.Row.label($0)) } }
    let turned = again.count { $0.label != nil && $0.label != $0.row.trains },
      stable = again.filter { $0.label == $0.row.trains }
    text += """

      ## Is the label what it seems?

      `held-out-again.csv` has the same networks trained once more, from other weights. Of \(again.count) that were scored,
      \(turned) changed sides and \(again.count { $0.label == nil }) became slow: of what the verdict gets wrong, part is
      chance that no verdict could know. Where both trainings agree it is right for
      \(share(stable.count { $0.row.isRight }, stable.count)).

      """
    if scored.contains(where: { !$0.isRight }) {
      text += "\n## Where it was wrong\n\n| network | accuracy | trained again | verdict |\n|---|---|---|---|\n"
    }
    for row in scored where !row.isRight {
      text +=
        "| `\(row.fields.replacingOccurrences(of: "\"", with: ""))` | \(row.accuracy) | \(row.again.map { "\($0)" } ?? "-") "
        + "| \(row.verdict.trains == true ? "trains" : row.verdict.status.rawValue), \(row.verdict.confidence ?? 0) |\n"
    }
    if !others.isEmpty {
      let part = others.filter(\.isScored), told = part.filter { $0.verdict.trains != nil }
      text += """

        ## Convolutional, recurrent and attention networks

        Larger than those of [kinds.md](kinds.md). The verdict says yes or no of \(told.count) of \(part.count), and is right
        for \(share(told.count(where: \.isRight), told.count)). The images' 28 rows are the steps of sequences.

        | network | initializer | accuracy | at | verdict | rate |
        |---|---|---|---|---|---|

        """
      for row in others {
        let parts = row.fields.components(separatedBy: " | ")
        let mark = !row.isScored ? "slow" : row.verdict.trains == nil ? "-" : row.isRight ? "right" : "**wrong**"
        let said = row.verdict.trains.map { trains in
          "\(trains ? "trains" : row.verdict.status.rawValue) (\(row.verdict.confidence ?? 0))"
        }
        text +=
          "| \(parts[0]) | `\(parts[1])` | \(row.accuracy) | \(row.bestRate) | \(said ?? "cannot know"): \(mark) | "
          + "\(row.verdict.learningRate.map { "\($0)" } ?? "-") |\n"
      }
    }
    return text
  }
}
