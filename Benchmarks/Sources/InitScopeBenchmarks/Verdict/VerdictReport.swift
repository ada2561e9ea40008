import ArgumentParser
import Foundation
import InitScope
import Synchronization

/// Asks for the verdict of every held-out network as `initscope audit` would give it, and compares it with training.
struct VerdictReport: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verdict-report", abstract: "Verdicts of the held-out networks against training, into Reports/verdict.")

  @Option(help: "Directory of the evidence.") var directory = "Reports/verdict"
  @Flag(help: "Train the convolutional, recurrent and attention networks, too (about ten minutes).") var architectures =
    false

  /// One network with its verdict and its training.
  struct Row: Sendable {
    var fields: String
    /// The accuracy at the best learning rate.
    var accuracy: Double
    var bestRate: Double
    /// The same of another training, from other weights.
    var again: Double?
    var verdict: Verdict
    var seconds: Double
    var depth: Int
    var width: Int
    var group: String

    var isScored: Bool { Self.label(accuracy) != nil }
    var trains: Bool { Self.label(accuracy) == true }
    var isRight: Bool { verdict.trains == trains }

    /// Whether a network with that accuracy trains; nil for a slow one.
    static func label(_ accuracy: Double) -> Bool? {
      accuracy >= PredictionFigure.trains ? true : accuracy <= PredictionFigure.fails ? false : nil
    }
    /// The probability that it trains; nil where the verdict cannot know.
    var probability: Double? {
      verdict.trains.flatMap { trains in verdict.confidence.map { trains ? $0 : 1 - $0 } }
    }
  }

  func run() throws {
    let set = try FashionMNIST.load(limit: 10_000)
    let rows = try heldOut(set)
    var text =
      "part,index,activation,depth,width,init,bias_std,residual,norm,accuracy,best_rate,"
      + "trains,confidence,status,learning_rate\n"
    for row in rows { text += line(row) }
    try Data(text.utf8).write(to: URL(fileURLWithPath: "\(directory)/held-out-verdicts.csv"))
    var others: [Row] = []
    let path = "\(directory)/architectures.csv"
    if architectures { try trainArchitectures(set, path) }
    if FileManager.default.fileExists(atPath: path) { others = try readArchitectures(set, path) }
    let command = "make verdict"
    let document = VerdictDocument(rows: rows, others: others, directory: directory, command: command)
    try Data(document.text.utf8).write(to: URL(fileURLWithPath: "\(directory)/README.md"))
    let picture = PredictionFigure(
      "What the verdict said, and what training did",
      lines: document.caption,
      networks: rows.map { PredictionFigure.Network(probability: $0.probability, accuracy: $0.accuracy) }
        + others.map { PredictionFigure.Network(probability: $0.probability, accuracy: $0.accuracy, isOther: true) })
    let bytes = try picture.render(PictureOrigin(software: "initscope \(InitScopeVersion.current)", command: command))
    try Data(bytes).write(to: URL(fileURLWithPath: "\(directory)/predicted.png"))
    print(document.text)
  }

  private func line(_ row: Row) -> String {
    let v = row.verdict
    let trains = v.trains.map { "\($0)" } ?? "", confidence = v.confidence.map { "\($0)" } ?? ""
    let rate = v.learningRate.map { "\($0)" } ?? ""
    return "\(row.fields),\(row.accuracy),\(row.bestRate),\(trains),\(confidence),\(v.status.rawValue),\(rate)\n"
  }

  /// As the command does: five replicas, batches of 256.
  private func audit(_ network: Network, _ initializer: Initializer, _ set: any SampleSet) throws -> (Verdict, Double) {
    let configuration = AuditConfiguration(
      network: network, initializers: [initializer], input: .samples(set, .standardized), threads: 2)
    let clock = ContinuousClock.now
    let report = try Audit(configuration).diagnose(recommends: false)
    guard let verdict = report.runs[0].verdict else { preconditionFailure("a network of this size has a verdict") }
    return (verdict, (ContinuousClock.now - clock) / .seconds(1))
  }

  /// The networks, with the accuracy that each learning rate reached.
  private func trained(_ file: String) throws -> [(network: EvidenceNetwork, reached: [Double])] {
    let lines = try String(contentsOfFile: "\(directory)/\(file)", encoding: .utf8).split(separator: "\n").dropFirst()
    return lines.map { line in
      // The initializer's commas are between quotes.
      let parts = line.split(separator: "\"", omittingEmptySubsequences: false)
      let head = parts[0].split(separator: ","), tail = parts[2].split(separator: ",")
      guard let index = Int(head[1]) else { preconditionFailure("no number in \(line)") }
      return (
        EvidenceNetwork.draw(part: String(head[0]), index: index),
        tail.suffix(EvidenceTraining.learningRates.count).map { Double($0) ?? 0 }
      )
    }
  }

  private func heldOut(_ set: any SampleSet) throws -> [Row] {
    let again = Dictionary(
      uniqueKeysWithValues: try trained("held-out-again.csv").map { ($0.network.index, $0.reached.max()) })
    return try trained("held-out.csv").map { evidence, reached in
      let best = reached.indices.max { reached[$0] < reached[$1] } ?? 0
      let (verdict, seconds) = try audit(try evidence.network(), try Initializer(parsing: evidence.initializer), set)
      let group =
        (evidence.residual ? "residual" : "plain")
        + (evidence.normalization == .none ? "" : ", \(evidence.normalization.rawValue) norm")
      return Row(
        fields: evidence.fields.joined(separator: ","), accuracy: reached[best],
        bestRate: EvidenceTraining.learningRates[best],
        again: again[evidence.index] ?? nil, verdict: verdict, seconds: seconds, depth: evidence.depth,
        width: evidence.width, group: group)
    }
  }

  // MARK: Other architectures

  private func trainArchitectures(_ set: any SampleSet, _ path: String) throws {
    let table = SampleTable(set, scaling: .standardized)
    let data = TrainingData(name: "fashion-mnist", training: table, test: table)
    let waiting = Mutex(Array(OtherArchitecture.all.indices))
    let lines = Mutex([Int: String]())
    DispatchQueue.concurrentPerform(iterations: 2) { _ in
      while let index = waiting.withLock({ $0.isEmpty ? nil : $0.removeFirst() }) {
        let other = OtherArchitecture.all[index]
        do {
          let reached = try EvidenceTraining.accuracies(
            try other.make(), try Initializer(parsing: other.initializer), data, seed: UInt64(3000 + index))
          let line = "\"\(other.name)\",\"\(other.initializer)\"," + reached.after.joined(separator: ",")
          lines.withLock { $0[index] = line }
        } catch {
          print("\(other.name) \(other.initializer): \(error)")
        }
      }
    }
    let rates = EvidenceTraining.learningRates.map { "end_\($0)" }.joined(separator: ",")
    let text =
      "network,init,\(rates)\n"
      + lines.withLock { all in all.keys.sorted().compactMap { all[$0] }.map { $0 + "\n" }.joined() }
    try Data(text.utf8).write(to: URL(fileURLWithPath: path))
  }

  private func readArchitectures(_ set: any SampleSet, _ path: String) throws -> [Row] {
    let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").dropFirst()
    return try lines.compactMap { line -> Row? in
      let parts = line.split(separator: "\"", omittingEmptySubsequences: false)
      let (name, initializer) = (String(parts[1]), String(parts[3]))
      guard let other = OtherArchitecture.all.first(where: { $0.name == name && $0.initializer == initializer }) else {
        return nil
      }
      let reached = parts[4].split(separator: ",").map { Double($0) ?? 0 }
      let best = reached.indices.max { reached[$0] < reached[$1] } ?? 0
      let (verdict, seconds) = try audit(try other.make(), try Initializer(parsing: initializer), set)
      return Row(
        fields: "\(name) | \(initializer)", accuracy: reached[best], bestRate: EvidenceTraining.learningRates[best],
        verdict: verdict,
        seconds: seconds, depth: 0, width: 0, group: name)
    }
  }
}
