import Foundation
import InitScope
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

  /// PyTorch's biases are 14% of an LSTM's gates' mean square, and more than all of its state's.
  @Test func biasesAreComparedWithTheGates() throws {
    #expect(try Self.findings(try Self.run("recurrent"))["bias"] == nil)
    #expect(try Self.findings(try Self.run("drowned"))["bias"] == "warning")
    // About 80% in each direction, whose biases act on gates of their own.
    #expect(try Self.findings(try Self.run("shared"))["bias"] == nil)
  }

  /// Ids that are cut into columns, or that are the ends of a graph's edges, lie within the smallest table that they index.
  @Test(arguments: [("tables", "token ids below 20"), ("edges", "token ids below 12")])
  func idsAreDrawnWithinTheirTables(name: String, words: String) throws {
    let model = try ONNXImport.model(path: Self.path(name))
    let input = try #require(model.inputs.last)
    guard case .identifiers(let below) = input.draw else {
      Issue.record("\(name): \(input.draw)")
      return
    }
    #expect("token ids below \(below)" == words)
  }

  /// What stands for each input is said.
  @Test func everyInputSaysWhatWasDrawn() throws {
    func input(_ name: String) throws -> [String: Any] {
      let run = try Command.run("audit", Self.path(name), "--no-png", "--no-verdict", "--json")
      return try #require(try run.json()["input"] as? [String: Any])
    }
    let two = try input("masked"), one = try input("chain")
    #expect(two["source"] as? String == "ids: token ids below 50, mask: ones" && two["isDrawn"] as? Bool == true)
    #expect(one["source"] as? String == "gaussian")
  }

  @Test func attentionIsFoundBehindAChangeOfType() throws {
    let model = try ONNXImport.model(path: Self.path("typed"))
    #expect(model.points.contains { $0.kind == "attention" })
  }

  /// Gates of standard deviation 20 lie in the flat parts of sigmoid and tanh for nine values in ten.
  @Test func saturatedGatesAreFound() throws {
    #expect(try Self.findings(try Self.run("recurrent"))["saturated-units"] == nil)
    for name in ["closed", "clipped"] { #expect(try Self.findings(try Self.run(name))["saturated-units"] != nil, "\(name)") }
  }

  /// Over 40 steps of tanh with PyTorch's weights the gradient loses more than 10^6, over 10 steps of an LSTM less.
  @Test func gradientsThatVanishThroughTimeAreFound() throws {
    #expect(try Self.findings(try Self.run("forgetful"))["recurrent-gradients"] == "warning")
    #expect(try Self.findings(try Self.run("recurrent"))["recurrent-gradients"] != "warning")
  }

  /// Weight normalization gives the drawn matrix its own lengths, as PyTorch does when one is assigned; he_normal's variance
  /// is 2 / 8.
  @Test func aNormalizedWeightIsWhatWasDrawn() throws {
    let directory = try TemporaryDirectory()
    let fixed = try Command.run(
      "fix", Self.path("normed"), "--init", "he_normal", "--output", "w.npz", in: directory)
    #expect(fixed.status == 0 && fixed.message.contains("drew 2 of 3 tensors"), "\(fixed.message)")
    let model = try ONNXImport.model(path: Self.path("normed"))
    let tensors = try #require(
      try AuditConfiguration(model: model, initializers: [.heNormal], seed: 0, threads: 1).drawnTensors())
    func values(_ name: String) throws -> [Float] {
      try #require(tensors.first { $0.parameter.name == "parametrizations.weight." + name }).values
    }
    let directions = try values("original1"), lengths = try values("original0")
    for row in 0..<8 {
      let length = directions[(row * 8)..<(row * 8 + 8)].reduce(0) { $0 + $1 * $1 }.squareRoot()
      #expect(abs(length - lengths[row]) < 1e-5)
    }
    // The mean square of 64 normal numbers lies within 5 deviations of sqrt(2 / 64) but once in a million draws.
    let variance = directions.reduce(0) { $0 + $1 * $1 } / 64
    #expect(abs(variance / 0.25 - 1) < 5 * Float(2.0 / 64).squareRoot())
  }

  /// A second draw with the same seed gives what the file has, and is no error.
  @Test func drawingTwiceIsNoError() throws {
    let directory = try TemporaryDirectory()
    let first = try Command.run(
      "fix", Self.path("single"), "--init", "he_normal", "--output", "a.onnx", in: directory)
    let second = try Command.run("fix", "a.onnx", "--init", "he_normal", "--output", "b.onnx", in: directory)
    #expect(first.status == 0 && second.status == 0, "\(second.message)")
    #expect(second.message.contains("drew 2 of 4 tensors"), "\(second.message)")
  }

  @Test func aModuleWithoutInfluenceIsNotSaidToBeFolded() throws {
    let run = try Command.run("describe", Self.path("unused"))
    #expect(run.status == 0 && run.message.contains("or the output does not depend on them"), "\(run.message)")
  }
}
