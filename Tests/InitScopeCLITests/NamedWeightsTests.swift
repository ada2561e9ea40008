import InitScope
import Testing

/// Networks whose files name their weights.
@Suite struct NamedWeightsCommandTests {
  private static let options = ["--batch", "16", "--seeds", "1", "--no-png", "--json"]

  private func audit(_ yaml: String, _ arguments: String...) throws -> (names: [String], message: String) {
    let directory = try TemporaryDirectory()
    _ = try directory.write(yaml, as: "named.yaml")
    let command = try Command.run(
      Command.program, ["audit", "named.yaml"] + Self.options + arguments, in: directory, input: "", environment: [:])
    try #require(command.status == 0, "\(command.message)")
    let runs = try #require(command.json()["runs"] as? [[String: Any]])
    return (runs.compactMap { $0["initializer"] as? String }, command.message)
  }

  @Test func oneAuditStandsForAllWhereInitFillsNothing() throws {
    let yaml = """
      input: 16
      layers:
        - dense: {units: 16, activation: relu, weights: normal(std=0.01), repeat: 3}
        - dense: {units: 4, weights: normal(std=0.01)}
      """
    for arguments in [[], ["--init", "he_normal,zeros"]] {
      let directory = try TemporaryDirectory()
      _ = try directory.write(yaml, as: "named.yaml")
      let command = try Command.run(
        Command.program, ["audit", "named.yaml"] + Self.options + arguments, in: directory, input: "", environment: [:])
      let runs = try #require(command.json()["runs"] as? [[String: Any]])
      #expect(runs.compactMap { $0["initializer"] as? String } == ["normal(std=0.01)"])
      #expect(command.message.contains("--init is not used"))
    }
  }

  @Test func withoutInitAnOutputLayerIsNotCompared() throws {
    let yaml = """
      input: 16
      layers:
        - dense: {units: 16, activation: relu, weights: normal(std=0.01), repeat: 3}
        - dense: 4
      """
    let plain = try audit(yaml)
    #expect(
      plain.names == ["glorot_uniform"]
        && plain.message.contains("--init is used for dense_4/weight; the file names the initializer of 3"))
    #expect(try audit(yaml, "--init", "he_normal,zeros").names == ["he_normal", "zeros"])
  }

  private func recommendation(_ yaml: String, _ arguments: String...) throws -> String {
    let directory = try TemporaryDirectory()
    _ = try directory.write(yaml, as: "net.yaml")
    let command = try Command.run(
      Command.program, ["audit", "net.yaml", "--no-png", "--json"] + arguments, in: directory, input: "", environment: [:])
    let run = try #require((command.json()["runs"] as? [[String: Any]])?.first)
    return try #require((run["verdict"] as? [String: Any])?["recommendation"] as? String)
  }

  /// Remedies may take the place of weights that the file names.
  @Test func aRemedyReplacesNamedWeights() throws {
    let text = try recommendation(
      """
      input: 256
      layers:
        - dense: {units: 256, activation: relu, weights: normal(std=0.01), repeat: 20}
        - dense: 10
      """)
    #expect(text.hasPrefix("Use he_normal in place of the initializers that the network file names. "), "\(text)")
  }

  /// A hundred tanh convolutions (Xiao 2018) keep their signal under delta_orthogonal, and not under lecun_normal.
  @Test func deepConvolutionsGetDeltaOrthogonal() throws {
    let text = try recommendation(
      """
      input: [16, 8, 8]
      layers:
        - conv2d: {channels: 16, kernel: 3, padding: same, activation: tanh, repeat: 100}
        - flatten
        - dense: 10
      """, "--init", "lecun_normal")
    #expect(text.hasPrefix("Use delta_orthogonal. ") && text.contains("expected to learn"), "\(text)")
  }

  @Test func biasInitializersAreListed() throws {
    let text = try Command.run("list", "initializers").output.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    for entry in InitializerCatalogue.biases.entries { #expect(text.contains(entry.name), "\(entry.name)") }
    #expect(text.contains("version=3.14 means all before"))
  }
}
