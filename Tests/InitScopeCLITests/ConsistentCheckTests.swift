import Foundation
import Testing

/// `check` without a verdict judges as with one where rules alone can know.
@Suite struct ConsistentCheckTests {
  /// Each reaches 0.95 or more on scikit-learn's digits in 300 steps of SGD, as PyTorch trains it.
  static let trainable = [
    "gains of zero, gelu": """
    input: 64
    layers:
      - dense: 64
      - layer_norm: {gain: zeros, activation: gelu}
      - dense: 10
    """,
    "gains of zero, tanh": """
    input: [1, 8, 8]
    layers:
      - conv2d: {channels: 8, kernel: 3, padding: same}
      - batch_norm: {activation: tanh, gain: zeros}
      - flatten
      - dense: 10
    """,
    "zeros with a bias": """
    input: 64
    layers:
      - dense: {units: 64, activation: relu, weights: zeros, bias: normal(std=1)}
      - dense: {units: 32, activation: relu}
      - dense: 10
    """,
    "zeros first": """
    input: 64
    layers:
      - dense: {units: 64, activation: tanh, weights: zeros}
      - dense: {units: 32, activation: tanh}
      - dense: {units: 32, activation: tanh}
      - dense: 10
    """,
  ]

  @Test(arguments: trainable.keys.sorted()) func networksThatTrainPassBothWays(name: String) throws {
    let directory = try TemporaryDirectory()
    try directory.write(try #require(Self.trainable[name]), as: "net.yaml")
    for flags in [[], ["--no-verdict"]] {
      let check = try Command.run(
        Command.program, ["check", "net.yaml", "--init", "he_normal", "--input", "digits"] + flags, in: directory, input: "",
        environment: [:])
      #expect(check.status == 0, "\(flags): \(check.output)\(check.message)")
    }
  }

  // MARK: Data that leave nothing to learn

  static let network = "input: 8\nlayers:\n  - dense: {units: 32, activation: relu}\n  - dense: 3\n"

  static func table(_ rows: Int, _ value: (_ row: Int, _ column: Int) -> Int, label: (Int) -> Int) -> String {
    let head = (0..<8).map { "f\($0)" }.joined(separator: ",") + ",label\n"
    return head
      + (0..<rows).map { row in (0..<8).map { "\(value(row, $0))" }.joined(separator: ",") + ",\(label(row))\n" }.joined()
  }

  static func varied(_ row: Int, _ column: Int) -> Int { (row * 37 + column * 101) % 17 }

  @Test func constantInputIsNamed() throws {
    let directory = try TemporaryDirectory()
    try directory.write(Self.network, as: "net.yaml")
    try directory.write(
      Self.table(40) { _, column in
        3 + column
      } label: {
        $0 % 2
      }, as: "x.csv")
    let audit = try Command.run(
      "audit", "net.yaml", "--init", "he_normal", "--input", "x.csv", "--scaling", "raw", "--no-png", in: directory)
    let text = audit.output.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    #expect(text.contains("error: All 40 samples of the data are equal"), "\(audit.output)")
    #expect(text.contains("verdict: collapsed, does not train"))
    #expect(text.contains("There is nothing to learn from these data: all 40 samples are equal"))
    #expect(!text.contains("zero for the whole batch") && !text.contains("Use fewer layers"))
  }

  @Test func oneClassIsNamed() throws {
    let directory = try TemporaryDirectory()
    try directory.write(Self.network, as: "net.yaml")
    try directory.write(Self.table(40, Self.varied) { _ in 2 }, as: "x.csv")
    let audit = try Command.run(
      "audit", "net.yaml", "--init", "he_normal", "--input", "x.csv", "--no-png", "--json", in: directory)
    let run = try #require((try audit.json()["runs"] as? [[String: Any]])?.first)
    let verdict = try #require(run["verdict"] as? [String: Any])
    #expect(verdict["trains"] as? Bool == nil && verdict["confidence"] as? Double == nil)
    #expect((verdict["summary"] as? String)?.hasPrefix("There is nothing to learn from these data") == true)
    let rules = (run["findings"] as? [[String: Any]])?.compactMap { $0["rule"] as? String } ?? []
    #expect(rules.contains("nothing-to-learn"))
  }

  // MARK: Descriptions

  @Test func cellsAreDescribedByTheirActivations() throws {
    let directory = try TemporaryDirectory()
    try directory.write(
      """
      input: [6, 4]
      layers:
        - lstm: {units: 5, return: sequence}
        - gru: {units: 5, return: sequence}
        - simple_rnn: {units: 5, return: sequence}
        - layer_norm
        - self_attention
        - last_step
        - dense: 2
      """, as: "net.yaml")
    let describe = try Command.run("describe", "net.yaml", in: directory, environment: ["COLUMNS": ""])
    #expect(describe.status == 0, "\(describe.message)")
    let rows = describe.output.split(separator: "\n").dropFirst(2)
    let last = rows.map { $0.split(separator: "  ").last.map { $0.trimmingCharacters(in: .whitespaces) } ?? "" }
    #expect(last == ["sigmoid, tanh", "sigmoid, tanh", "tanh", "-", "-", "-", "-"], "\(describe.output)")
  }

  /// Poolings and normalizations are no hidden layers with weights.
  @Test func layersWithWeightsAreCounted() throws {
    let directory = try TemporaryDirectory()
    try directory.write(
      """
      input: [1, 8, 8]
      layers:
        - conv2d: {channels: 4, kernel: 3, padding: same, activation: relu}
        - max_pool: 2
        - conv2d: {channels: 4, kernel: 3, padding: same, activation: relu}
        - max_pool: 2
        - flatten
        - dense: 10
      """, as: "net.yaml")
    let audit = try Command.run(
      "audit", "net.yaml", "--init", "he_normal", "--no-png", "--no-verdict", "--batch", "8", "--seeds", "2", in: directory)
    #expect(audit.output.hasPrefix("network: 2 hidden layers with weights, 3 without, relu"), "\(audit.output)")
    let one = try Command.run(
      "audit", "--depth", "1", "--width", "8", "--inputs", "8", "--init", "he_normal", "--no-png", "--no-verdict", "--batch",
      "8", in: directory)
    #expect(one.output.hasPrefix("mlp: 1 hidden layer x 8, relu"), "\(one.output)")
  }
}
