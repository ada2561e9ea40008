import Foundation
import InitScope

/// Writes Reports/verdict/kinds.md: how often the verdict is right on networks of every kind.
struct KindDocument {
  var rows: [KindReport.Row]
  var table: String

  private func share(_ hits: Int, _ all: Int) -> String {
    guard all > 0 else { return "none" }
    let interval = Estimators.clopperPearson(successes: hits, trials: all)
    return String(
      format: "%.1f%% (%d of %d, 95%% interval %.1f%% to %.1f%%)", 100 * Double(hits) / Double(all), hits, all,
      100 * interval.low, 100 * interval.high)
  }

  private var scored: [KindReport.Row] { rows.filter { $0.label != nil } }
  private var told: [KindReport.Row] { scored.filter { $0.verdict.trains != nil } }

  private func line(_ name: String, _ part: [KindReport.Row]) -> String {
    let scored = part.filter { $0.label != nil }, told = scored.filter { $0.verdict.trains != nil }
    let fail = scored.count { $0.label == false }
    let alarms = told.count { $0.label == true && $0.verdict.trains == false }
    return
      "| \(name) | \(part.count) | \(fail) of \(scored.count) | "
      + "\(share(told.count { $0.verdict.trains == $0.label }, told.count)) | \(alarms) of "
      + "\(told.count { $0.label == true }) | \(part.count { $0.verdict.trains == nil }) |\n"
  }

  var text: String {
    let good = told.filter { $0.label == true }, bad = told.filter { $0.label == false }
    let rates = good.filter { $0.verdict.learningRate != nil }
    let near = rates.count { abs(log10(($0.verdict.learningRate ?? 1) / $0.bestRate)) < 1.01 }
    var text = """
      # The verdict on networks of every kind

      `make verdict` asks for the verdict of networks that were really trained, and makes this page. They are drawn by
      `Benchmarks/Sources/InitScopeBenchmarks/Verdict/Kinds/EvidenceArchitecture.swift`: dense networks on two classes
      (balanced or not, one output or two), on raw pixels and on columns of different units; networks with exact zeros (zero
      output layers, zero branches, gains of zero or little); convolutions with and without pooling; recurrent cells;
      attention; embeddings. Rather more than half are drawn where trouble is. `\(table).csv` holds them; no choice was made
      by them.

      A network trains where plain SGD (300 steps of batch 128, the best of the learning rates 0.001, 0.01, 0.1 and 1) closes
      at least 5/9 of the way from always naming the commonest class to naming every one right, which is 60% accuracy for ten
      equal classes. It fails at 5/18 or less (35%). Between is slow and not scored.

      | | |
      |---|---|
      | networks | \(rows.count), of which \(scored.count) scored and \(rows.count - scored.count) slow |
      | fail | \(share(scored.count { $0.label == false }, scored.count)) |
      | the verdict says that it cannot know | \(share(rows.count { $0.verdict.trains == nil }, rows.count)) |
      | right, where it says yes or no | \(share(told.count { $0.verdict.trains == $0.label }, told.count)) |
      | false alarms (trains, and the verdict says no) | \(share(good.count { $0.verdict.trains == false }, good.count)) |
      | missed (fails, and the verdict says yes) | \(share(bad.count { $0.verdict.trains == true }, bad.count)) |
      | learning rate within a factor of 10 of the best | \(share(near, rates.count)) |

      | kind | networks | fail | right, where it says yes or no | false alarms | cannot know |
      |---|---|---|---|---|---|

      """
    for kind in Set(rows.map(\.kind)).sorted() { text += line(kind, rows.filter { $0.kind == kind }) }
    text += "\n## Is the confidence what it says?\n\n| confidence | networks | right |\n|---|---|---|\n"
    for (low, high) in [(0.5, 0.7), (0.7, 0.9), (0.9, 0.97), (0.97, 0.99), (0.99, 1.01)] {
      let part = told.filter { row in row.verdict.confidence.map { $0 >= low && $0 < high } ?? false }
      text +=
        "| \(low) to \(min(high, 1)) | \(part.count) | "
        + "\(share(part.count { $0.verdict.trains == $0.label }, part.count)) |\n"
    }
    text +=
      "\n## Where it was wrong, or could not know\n\n| kind | network | initializer | samples | gap closed | verdict |\n"
    text += "|---|---|---|---|---|---|\n"
    for row in rows where row.verdict.trains == nil || row.label != nil && row.verdict.trains != row.label {
      let said = row.verdict.trains.map { trains in
        "\(trains ? "trains" : row.verdict.status.rawValue), \(row.verdict.confidence ?? 0)"
      }
      text +=
        "| \(row.kind) | \(row.network) | `\(row.initializer)` | \(row.task) | \(String(format: "%.2f", row.closed)) "
        + "| \(said ?? "cannot know") |\n"
    }
    return text
  }
}
