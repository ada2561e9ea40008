import Foundation
import TestSupport
import Testing

/// Models of a few weights (Fixtures/models/scripts/small.py), each with one feature that an audit once mistook.
@Suite struct SmallModelTests {
  private static func path(_ name: String) -> String {
    Repository.fixtures.appending(path: "models/small/\(name).onnx").path
  }

  private static func run(_ name: String) throws -> [String: Any] {
    let run = try Command.run("audit", path(name), "--no-png", "--json")
    #expect(run.status == 0, "\(run.message)")
    return try #require((try run.json()["runs"] as? [[String: Any]])?.first)
  }

  private static func findings(_ run: [String: Any]) throws -> [String: String] {
    let findings = try #require(run["findings"] as? [[String: Any]])
    return Dictionary(findings.map { ($0["rule"] as? String ?? "", $0["severity"] as? String ?? "") }) { first, _ in first }
  }

  /// A tensor that starts at zero has the verdict run the graph a second time, when the mask of the first pass was freed.
  @Test func inputsBesideTheSamplesOutliveAPass() throws {
    let run = try Self.run("masked")
    #expect(run["verdict"] is [String: Any])
  }

  /// Two positive numbers always have cosine 1. The output of shape (batch) is one score per sample, which gets a verdict.
  @Test func oneNumberPerSampleHasNoDirection() throws {
    let run = try Self.run("single")
    #expect(try Self.findings(run)["collapsed-inputs"] == nil)
    #expect(run["verdict"] is [String: Any])
  }

  /// An LSTM's operator shows its state alone. PyTorch's biases are 14% of its gates' mean square, and more than all of the
  /// state's.
  @Test func biasesAreNotComparedWithAState() throws {
    #expect(try Self.findings(try Self.run("recurrent"))["bias"] == nil)
  }

  @Test func aModelWithNothingToDrawIsNotSaidToBeDrawn() throws {
    let directory = try TemporaryDirectory()
    let fixed = try Command.run(
      "fix", Self.path("normed"), "--init", "he_normal", "--output", "w.safetensors", in: directory)
    #expect(fixed.status == 2 && fixed.message.contains("has no weight that an initializer draws"), "\(fixed.message)")
    #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path).isEmpty)
    let audit = try Command.run("audit", Self.path("normed"), "--init", "he_normal", "--no-png", in: directory)
    #expect(audit.status == 0 && audit.message.contains("Under every initializer these stay as the file has them"))
    let file = try Command.run("audit", Self.path("normed"), "--no-png", in: directory)
    #expect(file.status == 0 && !file.message.contains("Under every initializer"))
  }

  @Test func aModuleWithoutInfluenceIsNotSaidToBeFolded() throws {
    let run = try Command.run("describe", Self.path("unused"))
    #expect(run.status == 0 && run.message.contains("or the output does not depend on them"), "\(run.message)")
  }
}
