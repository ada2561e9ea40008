import TrainingRuns

/// The result of a textbook experiment: scores by condition, and the conclusions drawn from them.
package struct ExperimentReport: Sendable {
  package static let schemaVersion = 1

  /// The results of one condition, one per seed; nil where a run diverged.
  package struct Score: Sendable {
    package var group: String
    package var name: String
    package var quantity: String
    package var values: [Double?]
    package init(group: String = "", name: String, quantity: String, values: [Double?]) {
      self.group = group
      self.name = name
      self.quantity = quantity
      self.values = values
    }

    /// Mean and interval over the runs that did not diverge; nil where all did.
    package var estimate: Estimate? { Estimate(values.compactMap(\.self), within: range) }

    /// What the quantity can be, so that no interval leaves it; nil for any number.
    private var range: ClosedRange<Double>? {
      quantity.contains("accuracy")
        ? Estimate.accuracies : quantity.contains("loss") || quantity.contains("variance") ? Estimate.losses : nil
    }
    package typealias Estimate = TrainingReport.Estimate
  }

  package struct Table: Sendable {
    package var title: String
    package var columns: [String]
    package var rows: [[String]]
    package init(_ title: String, _ columns: [String], _ rows: [[String]]) {
      self.title = title
      self.columns = columns
      self.rows = rows
    }
  }

  package var name: String
  package var summary: String
  package var source: String
  package var original: String
  package var isQuick: Bool
  package var data: String
  package var seed: UInt64
  package var seeds: Int
  package var notes: [String] = []
  package var tables: [Table] = []
  package var scores: [Score] = []
  package var conclusions: [String] = []

  package init(
    name: String, summary: String, source: String, original: String, isQuick: Bool, data: String, seed: UInt64, seeds: Int
  ) {
    self.name = name
    self.summary = summary
    self.source = source
    self.original = original
    self.isQuick = isQuick
    self.data = data
    self.seed = seed
    self.seeds = seeds
  }

  /// Encodes the report as one JSON document.
  package func encoded(tool: String, version: String, command: String) -> [UInt8] {
    var writer = JSONWriter(capacity: 1 << 14)
    writer.object(nil) { w in
      w.member("schemaVersion", Self.schemaVersion)
      w.object("tool") { w in
        w.member("name", tool)
        w.member("version", version)
        w.member("command", command)
      }
      w.member("experiment", name)
      w.member("summary", summary)
      w.member("source", source)
      w.member("original", original)
      w.member("quick", isQuick)
      w.member("data", data)
      w.member("seed", seed)
      w.member("seeds", seeds)
      w.line("notes", notes)
      w.array("tables", tables) { w, table in
        w.object(nil) { w in
          w.member("title", table.title)
          w.line("columns", table.columns)
          w.array("rows", table.rows) { w, row in
            w.object(nil) { w in w.line("cells", row) }
          }
        }
      }
      w.array("scores", scores) { w, score in
        w.object(nil) { w in
          w.member("group", score.group)
          w.member("name", score.name)
          w.member("quantity", score.quantity)
          w.line("values", score.values)
          w.member("mean", score.estimate?.mean)
          if let interval = score.estimate?.interval { w.line("interval", interval) } else { w.null("interval") }
        }
      }
      w.line("conclusions", conclusions)
    }
    return writer.finish()
  }
}
