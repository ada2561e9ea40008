import Foundation
import TestSupport
import Testing

/// Tables that a person can read on a terminal of 80 columns: nothing breaks, names are told apart, and what is meant to be
/// zero does not look like a fault.
@Suite struct ReadableTableTests {
  private static func run(_ line: String, columns: Int = 80, in directory: TemporaryDirectory? = nil) throws -> Command {
    // An initializer's parentheses are the shell's own otherwise.
    try Command.shell("$initscope \(line)", in: directory, environment: ["COLUMNS": "\(columns)"])
  }

  /// An exported model of Fixtures/models, unpacked into the directory.
  private static func model(_ name: String, in directory: TemporaryDirectory) throws {
    let packed = Repository.fixtures.appending(path: "models/\(name)/noopt.onnx.gz").path
    #expect(try Command.shell("gzip -dc '\(packed)' > \(name).onnx", in: directory).status == 0)
  }

  private static let table = "--no-png --no-verdict --seeds 2 --batch 32"

  // MARK: Width

  @Test(arguments: [
    "audit --depth 10 --width 128 --init 'normal(std=0.5)' \(table)",
    "audit --depth 10 --width 128 --activation tanh --init 'normal(std=0.01)' \(table)",
    "audit --depth 30 --width 64 --residual --init he_normal \(table)",
    "audit --depth 6 --width 64 --activation sigmoid --init he_normal \(table)",
    "audit --depth 8 --width 64 --init 'uniform(low=-0.05,high=0.1)' \(table)",
    "audit resnet-mlp --width 16 --init fixup --layers all \(table)",
    "describe transformer-block", "describe lenet", "describe resnet-20",
    "reproduce weight-histograms --quick --no-png", "reproduce iris --quick --no-png", "list",
  ]) func noLineBreaks(line: String) throws {
    let command = try Self.run(line)
    #expect(command.status == 0, "\(command.message)")
    let long = command.output.split(separator: "\n").filter { $0.count > 80 }
    #expect(long.isEmpty, "\(long.joined(separator: "\n"))")
  }

  @Test(arguments: ["bert", "llama", "resnet18", "vit"], [80, 100]) func noLineOfAModelBreaks(name: String, columns: Int)
    throws
  {
    let directory = try TemporaryDirectory()
    try Self.model(name, in: directory)
    for line in ["audit \(name).onnx --no-png --no-verdict --seeds 2", "describe \(name).onnx"] {
      let command = try Self.run(line, columns: columns, in: directory)
      #expect(command.status == 0, "\(command.message)")
      let long = command.output.split(separator: "\n").filter { $0.count > columns }
      #expect(long.isEmpty, "\(long.joined(separator: "\n"))")
    }
  }

  /// What says least goes first, and the legend explains what is left.
  @Test func narrowTerminalsDropColumns() throws {
    let command = try Self.run("audit --depth 10 --width 128 --init 'normal(std=0.5)' --legend \(Self.table)")
    let header = try #require(command.output.split(separator: "\n").first { $0.hasPrefix("layer ") })
    #expect(!header.contains("flat") && header.contains("E[z²]") && header.contains("cos"), "\(header)")
    #expect(!command.output.contains("flat: ") && command.output.contains("dead: units"))
    // A column in which nothing stands is left out of wide tables, too.
    let residual = try Self.run("audit --depth 4 --width 16 --residual --init he_normal \(Self.table)", columns: 200)
    let wide = try #require(residual.output.split(separator: "\n").first { $0.hasPrefix("layer ") })
    #expect(wide.contains("theory") && !wide.contains("vs theory") && wide.contains("flat"), "\(wide)")
  }

  // MARK: Names and rows

  /// Layers of a model stand below the name of their module where a terminal cuts their names.
  @Test func layersOfAModelAreToldApart() throws {
    let directory = try TemporaryDirectory()
    try Self.model("bert", in: directory)
    let lines = try Self.run("audit bert.onnx --no-png --no-verdict --seeds 2", in: directory).output.split(separator: "\n")
    let header = try #require(lines.firstIndex { $0.hasPrefix("layer ") })
    let rows = lines[(header + 1)...].prefix { !$0.contains(": ") }
    #expect(
      rows.contains("bert.encoder.layer.0") && rows.contains("bert.encoder.layer.1"), "\(rows.joined(separator: "\n"))")
    var names: Set<String> = [], module = ""
    for row in rows {
      let isHeading = !row.contains(" ")
      if isHeading { module = String(row) }
      if !row.hasPrefix("  "), !isHeading { module = "" }
      let name = module + "/" + row.drop { $0 == " " }.prefix { $0 != " " }
      #expect(names.insert(name).inserted, "\(name)")
    }
    // A column of nothing but - tells nobody anything.
    #expect(!lines[header].contains("theory") && !lines[header].contains("off"))
  }

  /// Of residual blocks whole ones are shown, and what is left out between them is told.
  @Test func blocksStayTogether() throws {
    let command = try Self.run("audit --depth 30 --width 16 --residual --init he_normal \(Self.table)")
    let lines = command.output.split(separator: "\n").map(String.init)
    let header = try #require(lines.firstIndex { $0.hasPrefix("layer ") })
    let rows = Array(lines[(header + 1)...].prefix { !$0.hasSuffix("--json has all.") })
    #expect(rows.contains { $0.hasPrefix("… ") && $0.hasSuffix(" rows left out …") }, "\(rows)")
    let names = rows.map { $0.prefix { $0 != " " } }
    #expect(names.contains("dense_1") && names.contains("output"))
    for (place, name) in names.enumerated() where name.hasPrefix("add_") {
      // dense_3 goes into add_2.
      let dense = "dense_\((Int(name.dropFirst(4)) ?? 0) + 1)"
      #expect(place > 0 && names[place - 1] == dense, "\(name) after \(names[max(0, place - 1)])")
    }
    #expect(rows.count <= 36)
  }

  // MARK: Zeros by design

  @Test func zerosByDesignAreNoFault() throws {
    let directory = try TemporaryDirectory()
    try directory.write(
      """
      name: branch
      input: 32
      layers:
        - dense: {units: 32, activation: relu, repeat: 3}
        - residual:
            - dense: {units: 32, activation: relu}
            - dense: {units: 32, weights: zeros}
        - dense: 4
      """, as: "net.yaml")
    let compared = try Self.run("audit net.yaml --init he_normal,lsuv \(Self.table)", in: directory)
    #expect(
      compared.status == 0 && !compared.output.contains("100%") && !compared.output.contains("·"), "\(compared.output)")
    #expect(compared.output.components(separatedBy: "* starts at zero by design").count == 2)
    let alone = try Self.run("audit net.yaml --init he_normal \(Self.table)", in: directory)
    let row = try #require(alone.output.split(separator: "\n").first { $0.hasPrefix("dense_5 ") })
    #expect(row.contains(" 0* ") && row.contains(" * "), "\(row)")
    #expect(alone.output.components(separatedBy: "* starts at zero by design").count == 2)
    // A layer that dies is a fault all the same.
    let dead = try Self.run("audit --depth 3 --width 8 --init zeros \(Self.table)")
    #expect(dead.output.contains("100%") && !dead.output.contains("by design"))
  }

  // MARK: What stands last

  /// The reason for no verdict stands where the verdict would.
  @Test func noVerdictStandsLast() throws {
    let directory = try TemporaryDirectory()
    try Self.model("bert", in: directory)
    let command = try Self.run("audit bert.onnx --no-png --seeds 2", in: directory)
    let paragraphs = command.output.components(separatedBy: "\n\n")
    #expect(paragraphs.last?.hasPrefix("No verdict: ") == true && !command.message.contains("No verdict"))
    let json = try Self.run("audit bert.onnx --no-png --seeds 2 --json", in: directory)
    #expect(json.message.contains("No verdict") && !json.output.contains("No verdict"))
  }

  /// A model that trains gets its learning rate, alone as in a comparison.
  @Test func aModelAloneHasALearningRate() throws {
    let chain = Repository.fixtures.appending(path: "models/small/chain.onnx").path
    let alone = try Self.run("audit '\(chain)' --no-png")
    let rate = try #require(alone.output.firstMatch(of: /Begin plain SGD with a learning rate of\s+about ([0-9.]+)\./)).1
    let compared = try Self.run("audit '\(chain)' --init file,he_normal --no-png")
    let row = try #require(compared.output.split(separator: "\n").first { $0.hasSuffix(" file") || $0.contains(" file,") })
    #expect(row.contains(" \(rate) "), "\(row), \(rate)")
  }

  // MARK: What counts as learned

  /// `audit` and `train` name one accuracy: 1/3 + 5/9 (1 - 1/3) of three equal classes.
  @Test func auditAndTrainNameOneAccuracy() throws {
    let words = { (command: Command) in
      command.output.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }
    let audit = try Self.run("audit --input iris --depth 2 --width 8 --init he_normal --seeds 2 --no-png --legend")
    #expect(words(audit).contains("reaches 70% training accuracy (with 3 equal classes) in 300 steps"), "\(audit.output)")
    let train = try Self.run("train --data iris --depth 2 --width 8 --init he_normal --seeds 1 --epochs 1 --no-png --legend")
    #expect(words(train).contains("a training accuracy of 70% in 300 steps"), "\(train.output)")
  }
}
