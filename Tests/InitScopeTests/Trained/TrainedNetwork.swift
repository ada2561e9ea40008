import Foundation
import InitScope

/// A network that was really trained: one row of Fixtures/healthy/table.csv or Reports/verdict/presets.csv.
///
/// Plain SGD, batches of 128, 300 steps, at each of four learning rates; accuracies are those of the trained network on its
/// training data (the first 10,000 samples of a large set). Of one output with numbers to predict, the accuracy is the share
/// of their variance that the network explains.
struct TrainedNetwork: Hashable, Sendable, CustomStringConvertible {
  /// A preset, `README.md#NAME` for a YAML block of README, or a file of the table's directory without its ending.
  var network: String
  var kind: String
  var initializer: String
  /// A source as on the command line; an .npz file stands in the table's directory.
  var data: String
  /// A preset's options, as on the command line.
  var flags: String
  /// At each of `learningRates`, 0 where the loss stopped being a number; empty before training.
  var accuracies: [Double] = []
  /// Share of the commonest class, 0 for numbers.
  var commonest: Double?

  static let learningRates = [0.001, 0.01, 0.1, 1]
  static let header =
    (["network", "kind", "init", "data", "flags"] + ["0.001", "0.01", "0.1", "1"] + ["best", "commonest", "label"])
    .joined(separator: ",")

  enum Label: String, Sendable { case trains, slow, fails }

  var best: Double? { accuracies.max() }

  /// By the part of the way from the commonest class's share to 1: at least 5/9 trains, at most 5/18 fails. For ten equal
  /// classes these are accuracies of 60% and 35%.
  var label: Label? {
    guard let best, let commonest else { return nil }
    // Rounding may lie a little below: shares are given to four digits.
    let way = (best - commonest) / max(1e-9, 1 - commonest)
    return way >= 5.0 / 9 - 1e-9 ? .trains : way <= 5.0 / 18 + 1e-9 ? .fails : .slow
  }

  /// What is trained, whatever came of it.
  var identity: [String] { [network, initializer, data, flags] }
  var description: String {
    [network, flags, "--init \(initializer)", "on \(data)"].filter { !$0.isEmpty }.joined(separator: " ")
  }

  // MARK: Tables

  static func read(_ file: URL) throws -> [TrainedNetwork] {
    try String(contentsOf: file, encoding: .utf8).split(separator: "\n").dropFirst().map { line in
      let cells = cells(of: line)
      guard cells.count == 12 else { throw TableProblem(description: "\(file.lastPathComponent): not 12 cells: \(line)") }
      return TrainedNetwork(
        network: cells[0], kind: cells[1], initializer: cells[2], data: cells[3], flags: cells[4],
        accuracies: cells[5..<9].compactMap { Double($0) }, commonest: Double(cells[10]))
    }
  }

  /// The row; `cells` that hold commas stand in quotes.
  var line: String {
    func number(_ x: Double?) -> String { x.map { String(format: "%.4f", $0) } ?? "" }
    let reached = accuracies.isEmpty ? ["", "", "", ""] : accuracies.map { number($0) }
    let cells =
      [network, kind, initializer, data, flags] + reached + [number(best), number(commonest), label?.rawValue ?? ""]
    return cells.map { $0.contains(",") ? "\"\($0)\"" : $0 }.joined(separator: ",")
  }

  private static func cells(of line: Substring) -> [String] {
    var cells = [""], isQuoted = false
    for character in line {
      switch character {
      case "\"": isQuoted.toggle()
      case "," where !isQuoted: cells.append("")
      default: cells[cells.count - 1].append(character)
      }
    }
    return cells
  }

  // MARK: What it names

  /// The samples that it was trained on, and how they are scaled: token ids not at all.
  func samples(_ directory: URL) throws -> any SampleSet {
    let source = data.hasSuffix(".npz") ? directory.appending(path: data).path : data
    guard let set = try DataSource(parsing: source).load() else {
      throw TableProblem(description: "\(data) has nothing to learn")
    }
    return set
  }

  static func scaling(_ network: Network) -> Scaling { network.tokenVocabulary == nil ? .standardized : .raw }

  /// The network for samples of that shape.
  func makeNetwork(_ directory: URL, readme: URL, shape: [Int]) throws -> Network {
    if let preset = Preset.named(network) { return try preset.make(try Self.options(flags, shape: shape)) }
    if let name = network.split(separator: "#").dropFirst().first.map(String.init) {
      guard let block = ReadmeNetworks.files(try String(contentsOf: readme, encoding: .utf8))[name] else {
        throw TableProblem(description: "README shows no network \(name) any more")
      }
      return try NetworkYAML.read(block, path: network)
    }
    return try NetworkFile.read(path: directory.appending(path: network + ".yaml").path)
  }

  /// A preset's options, read as the command reads them.
  static func options(_ flags: String, shape: [Int]) throws -> PresetOptions {
    var options = PresetOptions(inputs: shape.reduce(1, *))
    options.image = shape.count == 3 ? try Shape(dimensions: shape) : nil
    options.tokens = shape.count == 1 ? shape[0] : nil
    var words = flags.split(separator: " ").map(String.init)[...]
    while let flag = words.popFirst() {
      switch flag {
      case "--residual": options.residual = true
      case "--branch-gain": options.branchGain = true
      default:
        guard let value = words.popFirst() else { throw TableProblem(description: "\(flag) has no value in '\(flags)'") }
        switch flag {
        case "--depth": options.depth = Int(value) ?? options.depth
        case "--width": options.width = Int(value) ?? options.width
        case "--outputs": options.outputs = Int(value) ?? options.outputs
        case "--bias-std": options.biasStandardDeviation = Double(value) ?? 0
        case "--activation": options.activation = try Activation(parsing: value)
        case "--output-init": options.outputInitializer = try Initializer(parsing: value)
        case "--norm": options.normalization = PresetOptions.Normalizing(rawValue: value) ?? .none
        default: throw TableProblem(description: "unknown option \(flag) in '\(flags)'")
        }
      }
    }
    return options
  }
}

struct TableProblem: Error, CustomStringConvertible { var description: String }
