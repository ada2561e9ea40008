import Foundation
import InitScope

/// The networks that README shows: its YAML files, and what its command lines audit, check or train.
enum ReadmeNetworks {
  /// What `initscope audit` and `initscope train` compare where `--init` is not given.
  static let defaults = [
    "audit": "zeros,normal(std=0.01),normal,glorot_uniform,glorot_normal,he_uniform,he_normal,orthogonal(gain=1.4142),lsuv",
    "train": "normal(std=0.01),glorot_uniform,he_normal",
  ]
  /// Above so many parameters a network is trained at half the width, and half again: it would take minutes.
  static let mostParameters = 1_500_000

  /// YAML by the network's name.
  static func files(_ readme: String) -> [String: String] {
    var files: [String: String] = [:]
    for block in blocks(readme) where block.contains(where: { $0.hasPrefix("layers:") }) {
      guard let line = block.first(where: { $0.hasPrefix("name:") }) else { continue }
      files[line.dropFirst("name:".count).trimmingCharacters(in: .whitespaces)] = block.joined(separator: "\n")
    }
    return files
  }

  /// A row for each network and initializer, in README's order; a file is held under a bad initializer, too.
  static func rows(_ readme: String) throws -> [TrainedNetwork] {
    let files = files(readme)
    var rows: [TrainedNetwork] = []
    for words in commands(readme) {
      guard let read = try Command(words, files: files) else { continue }
      for initializer in try Initializer.list(parsing: read.initializers) {
        rows.append(
          TrainedNetwork(
            network: read.network, kind: "README", initializer: initializer.description, data: read.data, flags: read.flags))
      }
    }
    for name in files.keys.sorted() {
      for initializer in ["he_normal", "normal(std=0.01)"] {
        rows.append(
          TrainedNetwork(
            network: "README.md#\(name)", kind: "README", initializer: initializer, data: "fashion-mnist", flags: ""))
      }
    }
    var seen: Set<[String]> = []
    return rows.filter { seen.insert($0.identity).inserted }
  }

  /// The lines of each fenced block.
  private static func blocks(_ text: String) -> [[String]] {
    var blocks: [[String]] = [], isInside = false
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      if line.hasPrefix("```") {
        isInside.toggle()
        if isInside { blocks.append([]) }
      } else if isInside {
        blocks[blocks.count - 1].append(String(line))
      }
    }
    return blocks
  }

  /// The words of each line that runs `initscope`, lines that a backslash continues as one.
  private static func commands(_ text: String) -> [[String]] {
    blocks(text).flatMap { block in
      block.joined(separator: "\n").replacingOccurrences(of: "\\\n", with: " ").split(separator: "\n").compactMap { line in
        let words = words(line.hasPrefix("$ ") ? line.dropFirst(2) : line)
        return words.first == "initscope" ? Array(words.dropFirst()) : nil
      }
    }
  }

  private static func words(_ line: Substring) -> [String] {
    var words: [String] = [], word = "", isQuoted = false
    for character in line + " " {
      switch character {
      case "\"": isQuoted.toggle()
      case " " where !isQuoted:
        // The rest is a comment.
        if word == "#" { return words }
        if !word.isEmpty { words.append(word) }
        word = ""
      default: word.append(character)
      }
    }
    return words
  }

  /// What of a command line matters to training.
  private struct Command {
    var network = "mlp"
    var initializers: String
    var data = "fashion-mnist"
    var flags = ""

    /// nil where the line trains or audits no network that README shows.
    init?(_ words: [String], files: [String: String]) throws {
      guard let verb = words.first, ["audit", "check", "train"].contains(verb) else { return nil }
      let bare = [
        "--residual", "--branch-gain", "--no-png", "--json", "--quiet", "--strict", "--no-verdict", "--no-remedies",
      ]
      var named: [String: String] = [:], given: String?, rest = words.dropFirst()
      while let word = rest.popFirst() {
        if bare.contains(word) {
          named[word] = ""
        } else if word.hasPrefix("--") {
          named[word] = rest.popFirst()
        } else {
          given = given ?? word
        }
      }
      guard let initializers = named["--init"] ?? ReadmeNetworks.defaults[verb] else { return nil }
      self.initializers = initializers
      if let source = named["--input"] ?? named["--data"], source != "gaussian", source != "uniform" { data = source }
      guard let given, Preset.named(given) == nil else {
        network = given ?? network
        let sizes = verb == "train" ? ("2", "64") : ("20", "256")
        if Preset.named(network)?.options.contains(.depth) == true {
          named["--depth"] = named["--depth"] ?? sizes.0
          named["--width"] = named["--width"] ?? sizes.1
        }
        try shrink(&named)
        return
      }
      guard given.hasSuffix(".yaml"), files[String(given.dropLast(5))] != nil else { return nil }
      network = "README.md#\(given.dropLast(5))"
    }

    private mutating func shrink(_ named: inout [String: String]) throws {
      let known = [
        "--activation", "--depth", "--width", "--outputs", "--output-init", "--bias-std", "--residual", "--norm",
        "--branch-gain",
      ]
      func text(_ named: [String: String]) -> String {
        known.compactMap { name in named[name].map { $0.isEmpty ? name : "\(name) \($0)" } }.joined(separator: " ")
      }
      flags = text(named)
      while let width = named["--width"].flatMap({ Int($0) }), width > 16, let preset = Preset.named(network),
        try preset.make(try TrainedNetwork.options(flags, shape: [784])).parameterCount > ReadmeNetworks.mostParameters
      {
        named["--width"] = "\(width / 2)"
        flags = text(named)
      }
    }
  }
}
