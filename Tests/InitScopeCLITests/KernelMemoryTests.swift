import Foundation
import TestSupport
import Testing

/// Networks whose kernels hold more than their signals: `--memory` covers them, too.
@Suite(.disabled(if: ThreadTime.isWatched, "a sanitizer takes memory of its own")) struct KernelMemoryTests {
  private static let networks = [
    // Attention's weights are heads x steps^2 per sample: 4 x 64 x 512^2 floats are 256 MiB.
    "{input: [512, 64], layers: [self_attention: {heads: 64}, global_average_pool, dense: 2]}",
    "{input: [256, 64], layers: [self_attention: {heads: 16}, self_attention: {heads: 32}, global_average_pool, dense: 2]}",
    // Gates and states of all steps, each with its gradient.
    "{input: [400, 64], layers: [lstm: {units: 256, return: sequence}, lstm: {units: 256}, dense: 2]}",
    "{input: [400, 64], layers: [gru: {units: 256, return: sequence}, gru: {units: 256}, dense: 2]}",
    "{input: [400, 64], layers: [simple_rnn: {units: 512, return: sequence}, simple_rnn: {units: 512}, dense: 2]}",
    // oneDNN's layouts of signals and gradients, and the places of the largest values.
    """
    {input: [16, 64, 64], layers: [conv2d: {channels: 64, kernel: 3, padding: same, activation: relu}, max_pool: 2, \
    conv2d: {channels: 64, kernel: 3, padding: same, activation: relu}, max_pool: 2, flatten, dense: 2]}
    """,
    // Masks.
    "{input: [400, 256], layers: [dropout: 0.5, layer_norm, dropout: 0.5, global_average_pool, dense: 2]}",
  ]

  private static func run(_ network: String, _ arguments: String...) throws -> Command {
    let directory = try TemporaryDirectory()
    let path = URL(filePath: directory.path).appending(path: "network.yaml")
    try Data(network.utf8).write(to: path)
    return try Command.run(
      Command.program,
      ["audit", path.path, "--init", "he_normal", "--seeds", "2", "--batch", "4", "--no-png"] + arguments,
      in: directory, input: "", environment: [:])
  }

  /// The mebibytes that a refusal names.
  private static func named(_ network: String) throws -> Int {
    let refused = try run(network, "--memory", "50M", "--no-verdict")
    #expect(refused.status == 2 && refused.message.contains("may use 50 MiB"), "\(refused.status) \(refused.message)")
    let named = refused.message.components(separatedBy: "needs about ").last ?? ""
    return try #require(Int(named.prefix(while: \.isNumber)))
  }

  /// What the refusal names suffices, the process's peak stays below it, and it is no more than three times the peak.
  @Test(arguments: networks) func theNamedAmountSufficesAndHolds(network: String) throws {
    let limit = try Self.named(network)
    let run = try Self.run(network, "--memory", "\(limit)M", "--no-verdict", "--json")
    #expect(run.status == 0, "\(run.message)")
    let environment = try #require(try run.json()["environment"] as? [String: Any])
    let peak = try #require(environment["peakMemoryBytes"] as? Int) >> 20
    #expect(peak <= limit && limit < 3 * peak, "\(peak) of \(limit) MiB")
  }

  /// The command as it stands in README, whose many runs once left freed blocks with the process: all its initializers, its
  /// verdicts and its pictures stay below what a refusal names.
  @Test(arguments: ["mlp", "resnet-mlp"]) func allRunsStayBelowTheNamedAmount(preset: String) throws {
    let directory = try TemporaryDirectory()
    func run(_ memory: String) throws -> Command {
      try Command.run(
        Command.program, ["audit", preset, "--seeds", "4", "--output", "report", "--memory", memory, "--json"],
        in: directory,
        input: "", environment: [:])
    }
    let named = try run("30M").message.components(separatedBy: "needs about ").last ?? ""
    let limit = try #require(Int(named.prefix(while: \.isNumber)))
    let audit = try run("\(limit)M")
    let environment = try #require(try audit.json()["environment"] as? [String: Any])
    let peak = try #require(environment["peakMemoryBytes"] as? Int) >> 20
    #expect(peak <= limit, "\(peak) of \(limit) MiB")
  }

  /// The verdict takes 64 samples at a time, whatever the batch; where they do not fit, the audit says so.
  @Test func aVerdictThatDoesNotFitIsNamed() throws {
    let run = try Self.run(Self.networks[0], "--memory", "\(Self.named(Self.networks[0]))M")
    #expect(run.status == 0 && run.output.contains("\nNo verdict: measuring the network's gradients takes"), "\(run.output)")
    // What the sentence names suffices.
    let sentence = run.output.replacing("\n", with: " ")
    let enough = try #require(sentence.firstMatch(of: /--memory +(\d+M) +would do/), "\(run.output)")
    let again = try Self.run(Self.networks[0], "--memory", String(enough.1))
    #expect(again.status == 0 && !again.output.contains("No verdict:"), "\(again.output)")
  }
}
