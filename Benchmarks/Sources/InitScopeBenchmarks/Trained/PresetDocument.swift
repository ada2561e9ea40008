import Foundation

/// Reports/verdict/presets.md: the table of what trains, for people.
struct PresetDocument {
  var rows: [TrainedNetwork]

  var text: String {
    var text = """
      # Presets and README's networks, trained

      Every preset, every network that README shows and some that are hard to judge, each trained under a good and a bad
      initializer. `make verdict-presets` makes the table (presets.csv, and this page of it); `make test` holds the verdict
      of `initscope audit` against it.

      Each network was trained four times with plain SGD, 300 steps in batches of 128, at the learning rates 0.001, 0.01, 0.1
      and 1. The columns show the accuracy that each reached on its training data (the first 10,000 samples of a large set),
      0 where the loss stopped being a number. A network *trains* where the best goes at least 5/9 of the way from the share
      of the commonest class to 1 (60% for ten equal classes). It *fails* where the best goes at most 5/18 of it (35%), and
      is *slow* in between.

      Data named .npz, and network files, stand in [Fixtures/trained](../../Fixtures/trained). Networks of README with more
      than 1.5 million parameters were trained at half the width, and half again; the flags are those of the network that was
      trained.


      """
    var kinds: [String] = []
    for row in rows where !kinds.contains(row.kind) { kinds.append(row.kind) }
    let titles = ["preset": "Presets", "README": "README's networks"]
    let groups =
      [("Presets", ["preset"]), ("Hard to judge", kinds.filter { titles[$0] == nil }), ("README's networks", ["README"])]
    for (title, members) in groups {
      let isMixed = members.count > 1
      text += "## \(title)\n\n|\(isMixed ? " what it shows |" : "") network | initializer | data | commonest class | "
      text += "0.001 | 0.01 | 0.1 | 1 | |\n|\(isMixed ? "---|" : "")---|---|---|---|---|---|---|---|---|\n"
      for row in rows where members.contains(row.kind) && row.label != nil {
        let reached = row.accuracies.map { String(format: "%.3f", $0) }
        let cells =
          [[row.network, row.flags].filter { !$0.isEmpty }.joined(separator: " "), row.initializer].map { "`\($0)`" }
          + [row.data, String(format: "%.1f%%", 100 * (row.commonest ?? 0))] + reached + [row.label?.rawValue ?? ""]
        text += "| " + ((isMixed ? [row.kind] : []) + cells).joined(separator: " | ") + " |\n"
      }
      text += "\n"
    }
    return text.trimmingCharacters(in: .newlines) + "\n"
  }
}
