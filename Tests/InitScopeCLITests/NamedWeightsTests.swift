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

  @Test func biasInitializersAreListed() throws {
    let text = try Command.run("list", "initializers").output.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    for entry in InitializerCatalogue.biases.entries { #expect(text.contains(entry.name), "\(entry.name)") }
    #expect(text.contains("version=3.14 means all before"))
  }
}
