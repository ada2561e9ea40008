import Foundation
import Testing

/// The contract of `train --json`, its figures recomputed from its own runs, and resumption.
@Suite struct TrainingJSONTests {
  private static func document(_ arguments: String...) throws -> [String: Any] { try train(arguments).json() }

  private static func train(_ arguments: String...) throws -> Command { try train(arguments) }

  private static func train(_ arguments: [String]) throws -> Command {
    let directory = try TemporaryDirectory()
    try directory.write(TrainingTable.separable(240), as: "rows.csv")
    let command = try Command.run(
      Command.program,
      ["train", "--data", "rows.csv", "--width", "8", "--epochs", "4", "--batch", "16", "--no-png", "--json"] + arguments,
      in: directory, input: "", environment: [:])
    try #require(command.status == 0 && command.message.isEmpty)
    return command
  }

  @Test func everyKeyIsPresent() throws {
    let document = try Self.document("--init", "zeros,he_normal", "--penalty", "dense_1=l2(0.01)", "--seed", "5")
    #expect(
      Set(document.keys) == [
        "schemaVersion", "tool", "environment", "network", "data", "configuration", "seed", "seeds", "runs", "summary",
        "differencesFromVerdict", "audit",
      ])
    #expect(document["schemaVersion"] as? Int == 1 && document["seed"] as? Int == 5 && document["seeds"] as? Int == 3)
    let configuration = try #require(document["configuration"] as? [String: Any])
    #expect(
      Set(configuration.keys) == [
        "loss", "optimizer", "schedule", "clipping", "penalties", "epochs", "batch", "stepsPerEpoch", "target",
      ])
    #expect(configuration["target"] is NSNull && configuration["clipping"] is NSNull)
    let data = try #require(document["data"] as? [String: Any])
    #expect([data["training"], data["validation"], data["test"], data["classes"]].map { $0 as? Int } == [180, 20, 40, 2])
    let runs = try #require(document["runs"] as? [[String: Any]])
    #expect(runs.map { $0["initializer"] as? String } == ["zeros", "zeros", "zeros", "he_normal", "he_normal", "he_normal"])
    #expect(runs.map { $0["seed"] as? Int } == [0, 1, 2, 0, 1, 2])
    for run in runs {
      #expect(
        Set(run.keys) == [
          "initializer", "seed", "epochs", "testLoss", "testAccuracy", "trainingAccuracyAt300Steps", "verdict",
          "epochsToTarget", "divergence", "layers",
        ])
      let epochs = try #require(run["epochs"] as? [[String: Any]])
      #expect(epochs.count == 4)
      for epoch in epochs {
        #expect(
          Set(epoch.keys) == ["loss", "accuracy", "validationLoss", "validationAccuracy", "seconds", "learningRate"])
      }
      let layers = try #require(run["layers"] as? [[String: Any]])
      #expect(layers.map { $0["name"] as? String } == ["dense_1", "dense_2", "output"])
      for layer in layers {
        #expect(Set(layer.keys) == ["name", "steps", "gradientNorm", "updateRatio", "before", "after"])
        #expect((layer["steps"] as? [Int])?.count == (layer["gradientNorm"] as? [Double])?.count)
      }
    }
    let summary = try #require(document["summary"] as? [[String: Any]])
    for row in summary {
      #expect(
        Set(row.keys) == [
          "initializer", "testAccuracy", "validationAccuracy", "trainingAccuracyAt300Steps", "loss", "diverged",
          "epochsToTarget", "reachedTarget", "best", "difference", "pValue",
        ])
    }
    let audit = try #require(document["audit"] as? [String: Any])
    #expect((audit["runs"] as? [[String: Any]])?.map { $0["initializer"] as? String } == ["zeros", "he_normal"])
  }

  /// Means, Student intervals and the paired test against closed forms for three seeds: with 2 degrees of freedom
  /// P(|T| > t) = 1 - t / sqrt(2 + t^2), hence the 97.5% quantile 0.95 sqrt(2 / (1 - 0.95^2)) = 4.302652729911275.
  @Test func theSummaryFollowsFromTheRuns() throws {
    let document = try Self.document(
      "--init", "normal(std=0.05),glorot_uniform,he_normal", "--optimizer", "sgd(lr=0.1)", "--target", "0.75")
    let runs = try #require(document["runs"] as? [[String: Any]])
    let summary = try #require(document["summary"] as? [[String: Any]])
    let scores = try runs.map { try #require($0["testAccuracy"] as? Double) }
    let best = try #require(summary.firstIndex { $0["best"] as? Bool == true })
    var tested = 0
    for (index, row) in summary.enumerated() {
      let own = Array(scores[(3 * index)..<(3 * index + 3)])
      let mean = own.reduce(0, +) / 3
      let estimate = try #require(row["testAccuracy"] as? [String: Any])
      // Accuracies are of order 1: sums in another order differ by rounding.
      #expect(abs(try #require(estimate["mean"] as? Double) - mean) < 1e-12)
      let deviation = (own.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 2).squareRoot()
      let interval = try #require(estimate["interval"] as? [Double])
      // Cut where an accuracy cannot be.
      let half = 4.302652729911275 * deviation / 3.0.squareRoot()
      #expect(abs(interval[0] - max(0, mean - half)) < 1e-9 && abs(interval[1] - min(1, mean + half)) < 1e-9)
      #expect(estimate["lowest"] as? Double == own.min() && estimate["highest"] as? Double == own.max())
      #expect(mean <= scores[(3 * best)..<(3 * best + 3)].reduce(0, +) / 3 + 1e-12)
      let reached = try runs[(3 * index)..<(3 * index + 3)].compactMap { run -> Int? in
        let epochs = try #require(run["epochs"] as? [[String: Any]])
        let first = epochs.firstIndex { ($0["validationAccuracy"] as? Double ?? 0) >= 0.75 }.map { $0 + 1 }
        #expect(run["epochsToTarget"] as? Int == first)
        return first
      }
      #expect(row["reachedTarget"] as? Int == reached.count)
      guard index != best else {
        #expect(row["pValue"] is NSNull)
        continue
      }
      let differences = (0..<3).map { own[$0] - scores[3 * best + $0] }
      let shift = differences.reduce(0, +) / 3
      let spread = (differences.reduce(0) { $0 + ($1 - shift) * ($1 - shift) } / 2).squareRoot()
      guard spread > 1e-12 else { continue }
      let t = abs(shift) / spread * 3.0.squareRoot()
      #expect(abs(try #require(row["pValue"] as? Double) - (1 - t / (2 + t * t).squareRoot())) < 1e-9)
      tested += 1
    }
    #expect(tested > 0)
  }

  /// What the verdict expects at the training's own rate lies between its neighbours, on a line over the rate's logarithm.
  @Test func theVerdictIsBesideEachRun() throws {
    for (optimizer, share) in [("sgd(lr=0.01)", 0.0), ("sgd(lr=0.0316227766016838)", 0.5), ("sgd(lr=0.1)", 1)] {
      let document = try Self.document("--init", "he_normal", "--optimizer", optimizer, "--seeds", "1", "--epochs", "30")
      let run = try #require((document["runs"] as? [[String: Any]])?.first)
      let verdict = try #require(run["verdict"] as? [String: Any])
      #expect(
        Set(verdict.keys) == [
          "status", "trains", "confidence", "inEvidence", "learningRate", "summary", "recommendation", "expectedAccuracies",
          "trainsWithAdam", "learningRateWithAdam", "evidence", "expectedAccuracyAtLearningRate", "learnedAccuracy",
        ])
      let rows = try #require(verdict["expectedAccuracies"] as? [[String: Double]])
      let ends = try [0.01, 0.1].map { rate in try #require(rows.first { $0["learningRate"] == rate }?["accuracy"]) }
      let expected = try #require(verdict["expectedAccuracyAtLearningRate"] as? Double)
      // The rate between is given to 15 digits.
      #expect(abs(expected - (ends[0] + share * (ends[1] - ends[0]))) < 1e-12)
      let accuracy = try #require(run["trainingAccuracyAt300Steps"] as? Double)
      #expect(accuracy > 0 && accuracy <= 1)
      let summary = try #require(
        (document["summary"] as? [[String: Any]])?.first?["trainingAccuracyAt300Steps"] as? [String: Any])
      #expect(summary["mean"] as? Double == accuracy && summary["interval"] is NSNull)
      #expect(document["differencesFromVerdict"] as? [String] == ["batches of 16 in place of 128"])
    }
    let adam = try Self.document("--init", "he_normal", "--optimizer", "adam", "--seeds", "1")
    let run = try #require((adam["runs"] as? [[String: Any]])?.first)
    #expect((run["verdict"] as? [String: Any])?["expectedAccuracyAtLearningRate"] is NSNull)
    // 4 epochs of 12 steps.
    #expect(run["trainingAccuracyAt300Steps"] is NSNull)
    #expect(
      adam["differencesFromVerdict"] as? [String] == ["adam in place of plain SGD", "batches of 16 in place of 128"])
    let silent = try Self.document("--init", "he_normal", "--seeds", "1", "--no-verdict")
    #expect((silent["runs"] as? [[String: Any]])?.first?["verdict"] is NSNull)
  }

  @Test func divergenceIsWrittenAsText() throws {
    // A slope on both sides: no unit dies and saves the run.
    let document = try Self.document(
      "--init", "he_normal", "--optimizer", "sgd(lr=1e6)", "--activation", "leaky_relu(slope=0.5)")
    for run in try #require(document["runs"] as? [[String: Any]]) {
      let end = try #require(run["divergence"] as? [String: Int])
      let epochs = try #require(run["epochs"] as? [[String: Any]])
      #expect(end["epoch"] == epochs.count)
      #expect(["NaN", "Infinity"].contains(epochs.last?["loss"] as? String))
      #expect(run["testAccuracy"] is NSNull)
    }
    let row = try #require((document["summary"] as? [[String: Any]])?.first)
    #expect(row["diverged"] as? Int == 3 && row["loss"] is NSNull && row["best"] as? Bool == false)
  }

  @Test func threadsChangeNothing() throws {
    let one = try Self.train("--init", "he_normal,lsuv", "--threads", "1")
    let three = try Self.train("--init", "he_normal,lsuv", "--threads", "3")
    #expect(try Self.withoutClock(one) == Self.withoutClock(three))
  }

  /// kill -9 in the middle: what was saved is taken up, not trained again, and the end is the same to the last bit.
  @Test func aKilledTrainingGoesOn() throws {
    let directory = try TemporaryDirectory(), scratch = try TemporaryDirectory()
    try directory.write(TrainingTable.separable(600), as: "rows.csv")
    let arguments = [
      "train", "--data", "rows.csv", "--init", "he_normal,glorot_uniform", "--optimizer", "adam", "--width", "32",
      "--epochs", "400", "--batch", "4", "--seeds", "2", "--no-png", "--json",
    ]
    let process = try Command.start(
      Command.program, arguments + ["--checkpoint", "kept"], in: directory, scratch: scratch)
    let limit = Date(timeIntervalSinceNow: 60)
    while try !directory.files().contains(where: { $0.hasSuffix(".checkpoint") }), Date() < limit { usleep(2_000) }
    usleep(50_000)
    kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
    let killed = try Command.finished(process, scratch)
    try #require(killed.signal == SIGKILL && killed.output.isEmpty)
    let saved = try Self.savedSeconds(directory)
    try #require(!saved.isEmpty && saved.contains { !$0.value.isEmpty && $0.value.count < 400 })

    let resumed = try Command.run(
      Command.program, arguments + ["--checkpoint", "kept"], in: directory, input: "", environment: [:])
    let whole = try Command.run(Command.program, arguments, in: directory, input: "", environment: [:])
    try #require(resumed.status == 0 && whole.status == 0)
    #expect(try Self.withoutClock(resumed) == Self.withoutClock(whole))
    // Seconds are what an epoch took when it was trained: those of saved epochs are the killed process's own.
    let document = try JSONDecoder().decode(Timed.self, from: Data(resumed.output.utf8))
    for run in document.runs {
      let seconds = run.epochs.map(\.seconds)
      #expect(seconds.count == 400)
      if let before = saved[run.key] { #expect(Array(seconds.prefix(before.count)) == before) }
    }
  }

  /// From the runs to the end, to the last digit, without lines that a clock made.
  private static func withoutClock(_ command: Command) throws -> [Substring] {
    try command.runs().split(separator: "\n").filter { !$0.contains("\"seconds\": ") }
  }

  private struct Timed: Decodable {
    struct Run: Decodable {
      struct Epoch: Decodable { var seconds: Double }
      var initializer: String
      var seed: Int
      var epochs: [Epoch]
      var key: String { "\(initializer) \(seed)" }
    }
    var runs: [Run]
  }

  /// By initializer and seed, the seconds of each saved epoch: a line, the header's length in eight bytes, the header.
  private static func savedSeconds(_ directory: TemporaryDirectory) throws -> [String: [Double]] {
    struct Header: Decodable { var run: Timed.Run }
    var result: [String: [Double]] = [:]
    for name in try directory.files() where name.hasSuffix(".checkpoint") {
      let bytes = [UInt8](try directory.data(of: name))
      let start = try #require(bytes.firstIndex(of: 10)) + 1
      let length = bytes[start..<(start + 8)].reversed().reduce(0) { $0 << 8 | Int($1) }
      let header = try JSONDecoder().decode(Header.self, from: Data(bytes[(start + 8)..<(start + 8 + length)]))
      result[header.run.key] = header.run.epochs.map(\.seconds)
    }
    return result
  }
}
