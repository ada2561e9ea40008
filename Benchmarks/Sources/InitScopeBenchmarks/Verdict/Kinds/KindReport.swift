import ArgumentParser
import Foundation
import InitScope

/// Asks for the verdict of held-out networks of every kind, and compares it with their training.
struct KindReport: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verdict-kinds-report",
    abstract: "Verdicts of held-out networks of every kind against their training, into Reports/verdict/kinds.md.")

  @Option(help: "Directory of the evidence.") var directory = "Reports/verdict"
  @Option(help: "The table of trained networks, in that directory.") var table = "kinds-held-out"

  /// One network with its verdict and its training.
  struct Row {
    var kind: String
    var network: String
    var initializer: String
    var task: String
    /// How far the best rate came on the way from the commonest class's share to 1.
    var closed: Double
    var bestRate: Double
    var verdict: Verdict

    /// Whether it trains; nil for a slow one.
    var label: Bool? { closed >= 5.0 / 9 ? true : closed <= 5.0 / 18 ? false : nil }
  }

  func run() throws {
    let lines = try String(contentsOfFile: "\(directory)/\(table).csv", encoding: .utf8).split(separator: "\n").dropFirst()
    var rows: [Row] = []
    for line in lines {
      let head = line.split(separator: ",")
      guard let index = Int(head[1]) else { continue }
      rows.append(
        try row(part: String(head[0]), index: index, numbers: line.split(separator: ",").suffix(5).map { Double($0) ?? 0 }))
    }
    let text = KindDocument(rows: rows, table: table).text
    try Data(text.utf8).write(to: URL(fileURLWithPath: "\(directory)/kinds.md"))
    print(text)
  }

  private func row(part: String, index: Int, numbers: [Double]) throws -> Row {
    let evidence = try EvidenceArchitecture.draw(part: part, index: index), samples = try evidence.task.table()
    // As the command does, without the remedies and on a smaller batch.
    var configuration = AuditConfiguration(
      network: evidence.network, initializers: [try Initializer(parsing: evidence.initializer)],
      input: .samples(TableSamples(samples, name: evidence.task.name, input: evidence.network.input), .raw), batch: 64,
      replicas: 3,
      threads: 2)
    configuration.histograms = false
    let report = try Audit(configuration).diagnose(recommends: false)
    guard let verdict = report.runs[0].verdict else { preconditionFailure("a network of this size has a verdict") }
    let majority = numbers[0], closed = numbers.dropFirst().map { max(0, ($0 - majority) / (1 - majority)) }
    let best = closed.indices.max { closed[$0] < closed[$1] } ?? 0
    return Row(
      kind: evidence.kind, network: evidence.summary, initializer: evidence.initializer, task: evidence.task.name,
      closed: closed[best], bestRate: EvidenceTraining.learningRates[best], verdict: verdict)
  }
}

/// A table of the evidence as samples of an audit.
struct TableSamples: SampleSet {
  let table: SampleTable
  let name: String
  let shape: [Int]
  private let values: [Float]

  init(_ table: SampleTable, name: String, input: Shape) {
    self.table = table
    self.name = name
    shape = input.dimensions
    values = table.sampleValues
  }

  var count: Int { table.count }
  var labels: [Int]? { table.labels.map { Int($0) } }
  var classCount: Int? { table.classCount }
  var standardization: Standardization? { nil }

  func fill(_ destination: UnsafeMutableBufferPointer<Float>, indices: some Collection<Int>, scaling: Scaling) {
    for (row, index) in indices.enumerated() {
      for feature in 0..<table.features {
        destination[row * table.features + feature] = values[index * table.features + feature]
      }
    }
  }
}
