import Foundation
import TestSupport
import Testing

/// Attention of many heads over many steps: its weights, heads x steps^2 per sample, outgrow every signal.
@Suite struct AttentionMemoryTests {
  private static let network = """
    input: [512, 64]
    layers:
      - self_attention: {heads: 64}
      - global_average_pool
      - dense: 2
    """

  private static func run(_ arguments: String...) throws -> Command {
    let directory = try TemporaryDirectory()
    try Data(network.utf8).write(to: URL(filePath: directory.path).appending(path: "heads.yaml"))
    return try Command.run(
      Command.program,
      ["audit", "heads.yaml", "--init", "he_normal", "--seeds", "2", "--batch", "4", "--no-png"] + arguments,
      in: directory, input: "", environment: [:])
  }

  /// 4 x 64 x 512^2 floats are 256 MiB.
  @Test func whatDoesNotFitIsRefusedBeforeItRuns() throws {
    let run = try Self.run("--memory", "150M")
    #expect(run.status == 2 && run.message.contains("may use 150 MiB"), "\(run.status) \(run.message)")
  }

  /// What the refusal names suffices, the process's peak stays below the limit, and a verdict that does not fit is named.
  @Test func whatFitsStaysBelowTheLimit() throws {
    let refused = try Self.run("--memory", "150M")
    let named = refused.message.components(separatedBy: "needs about ").last ?? ""
    let needed = try #require(Int(named.prefix(while: \.isNumber)))
    #expect(needed > 256)
    let limit = "\(needed + 1)M"
    let table = try Self.run("--memory", limit)
    #expect(table.message.contains("No verdict: measuring the network's gradients takes"), "\(table.message)")
    let run = try Self.run("--memory", limit, "--json")
    #expect(run.status == 0, "\(run.message)")
    let environment = try #require(try run.json()["environment"] as? [String: Any])
    let peak = try #require(environment["peakMemoryBytes"] as? Int)
    #expect(peak > 256 << 20 && peak <= (needed + 1) << 20)
  }
}
