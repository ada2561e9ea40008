import Foundation
import InitScope
import TestSupport
import Testing

/// `audit --json`: one document, the whole contract, and the same runs for the same seed.
@Suite struct AuditJSONTests {
  static let small = ["audit", "--depth", "3", "--width", "16", "--batch", "32", "--seeds", "2", "--no-png", "--json"]

  private func audit(_ arguments: String..., in directory: TemporaryDirectory? = nil, environment: [String: String] = [:])
    throws -> Command
  {
    let command = try Command.run(
      Command.program, Self.small + arguments, in: directory, input: "", environment: environment)
    try #require(command.status == 0, "\(command.message)")
    return command
  }

  private func object(_ value: Any?) throws -> [String: Any] { try #require(value as? [String: Any]) }

  private func list(_ value: Any?) throws -> [[String: Any]] { try #require(value as? [[String: Any]]) }

  private func expect(_ keys: [String], in object: [String: Any], _ place: String) {
    for key in keys { #expect(object[key] != nil, "\(place) lacks \(key)") }
  }

  static let signalKeys = [
    "count", "mean", "variance", "secondMoment", "log10SecondMoment", "interval", "theory", "theoryLog10", "skewness",
    "kurtosis", "min", "max", "nonFinite", "cosineSimilarity", "histogram", "magnitudes", "scatter",
  ]

  @Test func theDocumentKeepsTheContract() throws {
    let command = try audit("--init", "he_normal,zeros,lsuv", "--seed", "7")
    #expect(command.message.isEmpty)
    let document = try command.json()
    expect(
      ["schemaVersion", "tool", "environment", "network", "input", "seed", "seeds", "runs"], in: document, "the document")
    #expect(document["schemaVersion"] as? Int == 1)
    #expect(document["seed"] as? Int == 7)
    #expect(document["seeds"] as? Int == 2)
    #expect(try object(document["tool"])["name"] as? String == "initscope")
    #expect(try object(document["tool"])["version"] as? String == InitScopeVersion.current)
    expect(["threads", "blas", "peakMemoryBytes"], in: try object(document["environment"]), "environment")
    #expect(try #require(try object(document["environment"])["peakMemoryBytes"] as? Int) > 1 << 20)
    let network = try object(document["network"])
    // 3 * (16 * 16 + 16) + 16 * 10 + 10.
    #expect(network["parameters"] as? Int == 986)
    #expect(try list(network["layers"]).count == 4)
    let input = try object(document["input"])
    #expect(input["source"] as? String == "gaussian")
    #expect(input["scaling"] as? String == "standardized")
    #expect(input["batch"] as? Int == 32)
    let runs = try list(document["runs"])
    #expect(runs.map { $0["initializer"] as? String } == ["he_normal", "zeros", "lsuv"])
    for run in runs { try check(run) }
  }

  private func check(_ run: [String: Any]) throws {
    expect(["initializer", "activation", "layers", "growth", "verdict", "findings"], in: run, "a run")
    #expect(run["activation"] as? String == "relu")
    let verdict = try object(run["verdict"])
    expect(["status", "trains", "confidence", "learningRate", "summary", "recommendation"], in: verdict, "the verdict")
    let rules = try list(run["findings"]).map { $0["rule"] as? String }
    #expect(rules == (run["initializer"] as? String == "zeros" ? ["symmetric-units", "dead-units"] : []))
    let growth = try object(run["growth"])
    expect(["forwardPerLayer", "backwardPerLayer"], in: growth, "growth")
    let silent = run["initializer"] as? String == "zeros"
    for direction in growth.values {
      if silent { #expect(direction is NSNull); continue }
      expect(["log10", "interval"], in: try object(direction), "growth per layer")
    }
    let layers = try list(run["layers"])
    #expect(layers.map { $0["index"] as? Int } == [1, 2, 3, 4])
    #expect(layers.map { $0["name"] as? String } == ["dense_1", "dense_2", "dense_3", "output"])
    for layer in layers {
      expect(
        [
          "index", "name", "kind", "units", "fanIn", "fanOut", "weights", "bias", "preactivation", "activation", "gradient",
          "preactivationGradient", "weightGradient",
        ], in: layer, "a layer")
      expect(
        [
          "mean", "variance", "expectedVariance", "orthogonalityDefect", "outliers", "min", "max", "nonFinite", "sharedWith",
        ], in: try object(layer["weights"]), "weights")
      expect(["mean", "variance", "min", "max", "nonFinite"], in: try object(layer["bias"]), "bias")
      for name in ["preactivation", "activation", "gradient", "preactivationGradient", "weightGradient"] {
        let signal = try object(layer[name])
        expect(Self.signalKeys, in: signal, name)
        // Of a weight gradient theory says nothing.
        if name == "weightGradient" { #expect(signal["theory"] is NSNull && signal["theoryLog10"] is NSNull) }
        if run["initializer"] as? String == "he_normal", name != "weightGradient" {
          #expect(signal["theory"] is Double && signal["theoryLog10"] is Double)
        }
        let histogram = try object(signal["histogram"] is NSNull ? ["edges": [0], "counts": []] : signal["histogram"])
        #expect((histogram["edges"] as? [Any])?.count == ((histogram["counts"] as? [Any])?.count ?? 0) + 1)
        if silent, name == "activation" {
          #expect(signal["log10SecondMoment"] is NSNull && signal["cosineSimilarity"] is NSNull)
        }
      }
      expect(
        ["deadFraction", "saturatedFraction", "duplicateFraction", "spread"], in: try object(layer["activation"]),
        "activation")
      expect(["toWeightRatio"], in: try object(layer["weightGradient"]), "weightGradient")
    }
  }

  @Test func theFileIsTheDocument() throws {
    let directory = try TemporaryDirectory()
    let command = try audit("--output", ".", "--init", "he_normal", in: directory)
    #expect(try directory.text(of: "audit.json") == command.output)
  }

  @Test func theSameSeedGivesTheSameRunsForAnyNumberOfThreads() throws {
    let first = try audit("--threads", "1", "--seed", "3")
    let second = try audit("--threads", "2", "--seed", "3")
    let third = try audit("--threads", "2", "--seed", "3")
    let other = try audit("--threads", "2", "--seed", "4")
    // Byte for byte: shortest decimals that read back as the same Double.
    #expect(try first.runs() == second.runs())
    #expect(try second.runs() == third.runs())
    #expect(try first.runs() != other.runs())
  }

  @Test func specificationsMayHoldCommas() throws {
    let command = try audit(
      "--init", "variance_scaling(scale=2.25,mode=fan_in,distribution=normal), he_normal,torch.kaiming_uniform(a=2.236)")
    #expect(
      try list(try command.json()["runs"]).map { $0["initializer"] as? String }
        == ["variance_scaling(scale=2.25)", "he_normal", "torch.kaiming_uniform(a=2.236)"])
  }

  @Test func aliasesAreTheirInitializers() throws {
    let aliases = try audit("--init", "kaiming_normal_,he-normal,xavier_uniform")
    let names = try audit("--init", "he_normal,he_normal,glorot_uniform")
    #expect(try aliases.runs() == names.runs())
  }

  @Test func biasAndOutputInitializerReachTheNetwork() throws {
    let plain = try layers(of: try audit("--init", "zeros"))
    let biased = try layers(of: try audit("--init", "zeros", "--bias-std", "0.5", "--output-init", "normal(std=0.25)"))
    func moment(_ layer: [String: Any], _ signal: String) throws -> Double {
      try #require(try object(layer[signal])["secondMoment"] as? Double)
    }
    // With zero weights the pre-activation is the bias alone: two replicas of 16 draws from N(0, 0.25), whose mean square is
    // 0.25 chi2(32) / 32, in 0.04...0.75 at a false-alarm rate of 1e-6.
    for layer in biased[..<3] { #expect((0.04...0.75).contains(try moment(layer, "preactivation"))) }
    #expect(try moment(plain[0], "preactivation") == 0)
    #expect(try object(plain[3]["weights"])["variance"] as? Double == 0)
    #expect(try object(biased[3]["weights"])["expectedVariance"] as? Double == 0.0625)
    // The output's own bias stays zero: its pre-activation is what its weights make of the last activation.
    #expect(try moment(biased[3], "preactivation") > 0)
  }

  @Test(arguments: ["standardized", "unit", "symmetric", "raw"]) func tablesAreRead(scaling: String) throws {
    let directory = try TemporaryDirectory()
    try directory.write("a,b,label\n" + (0..<40).map { "\($0),\(40 - $0),\($0 % 2)\n" }.joined(), as: "table.csv")
    let command = try audit(
      "--input", "table.csv", "--scaling", scaling, "--backward", "cross_entropy", "--init", "he_normal", in: directory)
    let document = try command.json()
    let input = try object(document["input"])
    #expect(input["source"] as? String == "table.csv")
    #expect(input["scaling"] as? String == scaling)
    #expect(input["backward"] as? String == "cross_entropy")
    // A table is standardized column by column: no one mean stands for all.
    #expect(input["mean"] is NSNull && input["standardDeviation"] is NSNull)
    #expect(try layers(of: command)[0]["fanIn"] as? Int == 2)
    let loss = try #require(try list(document["runs"])[0]["lossAtInitialization"] as? Double)
    #expect(loss > 0)
  }

  @Test func arraysAreRead() throws {
    let path = Repository.fixtures.appending(path: "reference/arrays/f4.npy").path
    let document = try audit("--input", path, "--init", "he_normal").json()
    #expect(try object(document["input"])["source"] as? String == path)
  }

  @Test func uniformInputsAreDrawn() throws {
    let command = try audit("--input", "uniform", "--scaling", "raw", "--init", "identity")
    let first = try object(try layers(of: command)[0]["preactivation"])
    // The identity passes uniforms on [0, 1): two replicas of 512 of them.
    #expect(try #require(first["min"] as? Double) >= 0)
    #expect(try #require(first["max"] as? Double) < 1)
    #expect(try #require(first["max"] as? Double) > 0.9)
  }

  @Test(
    .enabled(
      if: FileManager.default.fileExists(atPath: FashionMNIST.packageDirectory), "needs Debian's dataset-fashion-mnist"))
  func fashionMNISTIsLabelledAndStandardized() throws {
    let document = try audit("--input", "fashion-mnist", "--backward", "cross_entropy", "--init", "zeros").json()
    let input = try object(document["input"])
    #expect(input["source"] as? String == "fashion-mnist")
    #expect(try #require(input["mean"] as? Double) > 70)
    // Zero weights predict every class alike: the loss is log 10.
    let loss = try #require(try list(document["runs"])[0]["lossAtInitialization"] as? Double)
    #expect(abs(loss - log(10)) < 1e-6)
  }

  private func layers(of command: Command) throws -> [[String: Any]] {
    try list(try list(try command.json()["runs"])[0]["layers"])
  }
}
