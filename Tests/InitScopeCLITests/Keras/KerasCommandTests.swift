import Foundation
import InitScope
import TestSupport
import Testing

/// Keras models on the command line.
@Suite struct KerasCommandTests {
  private static func path(_ name: String) -> String { Repository.fixtures.appending(path: "keras/\(name)").path }

  @Test func auditsTheDeclaredInitializers() throws {
    let command = try Command.run(
      "audit", Self.path("mlp.keras"), "--json", "--no-png", "--no-verdict", "--batch", "16", "--seeds", "2")
    #expect(command.status == 0, "\(command.message)")
    let runs = try #require(command.json()["runs"] as? [[String: Any]])
    #expect(runs.map { $0["initializer"] as? String } == ["keras"])
    let parameters = try #require(runs[0]["parameters"] as? [[String: Any]])
    let kernel = try #require(parameters.first { $0["name"] as? String == "hidden1/weight" })
    #expect(kernel["initializer"] as? String == "keras.he_normal")
    #expect(command.message.contains("Note: batch normalization uses the moments of the batch"))
  }

  @Test func comparesThemWithOthersAndTheFile() throws {
    let command = try Command.run(
      "audit", Self.path("lenet.keras"), "--init", "keras,file,he_normal", "--json", "--no-png", "--no-verdict", "--batch",
      "8",
      "--seeds", "2", "--quiet")
    #expect(command.status == 0, "\(command.message)")
    let runs = try #require(command.json()["runs"] as? [[String: Any]])
    #expect(runs.map { $0["initializer"] as? String } == ["keras", "file", "he_normal"])
    let variances = try runs.map { run in
      try #require(((run["layers"] as? [[String: Any]])?[0]["weights"] as? [String: Any])?["variance"] as? Double)
    }
    #expect(Set(variances).count == 3)
  }

  @Test func weightsAreAuditedAsTheyAre() throws {
    let command = try Command.run(
      "audit", Self.path("mlp.keras"), "--weights", Self.path("mlp.keras"), "--json", "--no-png", "--batch", "16", "--seeds",
      "2")
    #expect(command.status == 0, "\(command.message)")
    let run = try #require((command.json()["runs"] as? [[String: Any]])?.first)
    #expect(run["initializer"] as? String == "file")
    // Nothing was declared of them, so that nothing is held against a law.
    let rules = (run["findings"] as? [[String: Any]])?.compactMap { $0["rule"] as? String } ?? []
    #expect(!rules.contains { ["weight-variance", "weight-mean", "bias"].contains($0) }, "\(rules)")
  }

  @Test func describesChecksAndTrains() throws {
    let describe = try Command.run("describe", Self.path("mobile.keras"))
    #expect(describe.status == 0 && describe.output.contains("mobile: input 3 x 8 x 8, output 4, 1,140 parameters"))
    let check = try Command.run("check", Self.path("transformer.keras"), "--batch", "16", "--seeds", "3", "--quiet")
    #expect(check.status == 0, "\(check.message)")
    let configuration =
      Data(
        #"{"class_name": "Sequential", "config": {"name": "digits", "layers": [{"class_name": "Dense", "config":"#
          .utf8) + Data(#" {"name": "a", "batch_input_shape": [null, 64], "units": 10}}]}, "keras_version": "2.15.0"}"#.utf8)
    let directory = try TemporaryDirectory()
    try directory.write(String(decoding: configuration, as: UTF8.self), as: "model.json")
    let train = try Command.run(
      "train", "model.json", "--data", "digits", "--epochs", "1", "--seeds", "1", "--no-png", "--no-verdict", "--json",
      in: directory)
    #expect(train.status == 0, "\(train.message)")
    #expect((try train.json()["runs"] as? [[String: Any]])?.first?["initializer"] as? String == "keras")
  }

  @Test func listsWhatHasNoCounterpart() throws {
    let directory = try TemporaryDirectory()
    try directory.write(
      #"{"class_name": "Sequential", "config": {"layers": [{"class_name": "InputLayer", "config": {"batch_shape": "#
        + #"[null, 8, 8, 3]}},"#
        + #" {"class_name": "ConvLSTM2D", "config": {"name": "up"}}, {"class_name": "Lambda", "config": {"name": "f"}}]}}"#,
      as: "model.json")
    let command = try Command.run("audit", "model.json", in: directory)
    #expect(command.status == 2)
    #expect(
      command.message.hasPrefix(
        """
        Error: model.json: 2 layers have no counterpart here:
          up (ConvLSTM2D): convolutional recurrence is not known here
          f (Lambda): it runs a function of the model's own program
        Replace them, or audit the model as ONNX, of which more is known: model.export('model.onnx', format='onnx')
        """), "\(command.message)")
  }

  // MARK: Models as graphs

  private static func graph(_ name: String) -> String { path("graphs/\(name)") }

  /// The first run of an audit of one replica, as JSON has it.
  private static func firstRun(
    _ model: String, _ options: [String], in directory: TemporaryDirectory? = nil
  ) throws -> [String: Any] {
    let command = try Command.run(
      Command.program, ["audit", model, "--seeds", "1", "--json", "--no-png", "--no-verdict"] + options, in: directory,
      input: "", environment: [:])
    #expect(command.status == 0, "\(command.message)")
    return try #require((command.json()["runs"] as? [[String: Any]])?.first)
  }

  @Test func auditsModelsThatRunAsGraphs() throws {
    let command = try Command.run(
      "audit", Self.graph("autoencoder.keras"), "--init", "keras,file,he_normal", "--batch", "6", "--seeds", "2", "--json",
      "--no-png", "--no-verdict")
    #expect(command.status == 0, "\(command.message)")
    let runs = try #require(command.json()["runs"] as? [[String: Any]])
    #expect(runs.map { $0["initializer"] as? String } == ["keras", "file", "he_normal"])
    let layers = try #require(runs[0]["layers"] as? [[String: Any]])
    #expect(layers.map { $0["name"] as? String } == ["e1", "e2", "d1", "d2", "out"])
    #expect(layers[2]["kind"] as? String == "transposed_convolution")
    let parameters = try runs.map { try #require($0["parameters"] as? [[String: Any]]) }
    #expect(parameters[0][4]["name"] as? String == "d1/kernel")
    // Biases are what the file declares, or holds.
    let biases = parameters.map { $0[5]["secondMoment"] as? Double ?? -1 }
    #expect(biases[0] == 0 && biases[1] > 0 && biases[2] == 0, "\(biases)")
  }

  @Test func describesAndChecksGraphs() throws {
    let describe = try Command.run("describe", Self.graph("siamese.keras"))
    #expect(describe.status == 0 && describe.output.contains("encoder#2.h1"), "\(describe.output)\(describe.message)")
    let check = try Command.run("check", Self.graph("volume.keras"), "--batch", "4", "--seeds", "3", "--quiet")
    #expect(check.status == 0, "\(check.message)")
    let train = try Command.run("train", Self.graph("volume.keras"), "--data", "digits")
    #expect(train.status == 2 && train.message.contains("Conv3D"), "\(train.message)")
  }

  @Test func movingMomentsAreUsedWhereAsked() throws {
    func variance(_ options: String...) throws -> Double {
      let run = try Self.firstRun(Self.path("lenet.keras"), ["--init", "file"] + options)
      let layer = try #require((run["layers"] as? [[String: Any]])?.first { $0["kind"] as? String == "batch_norm" })
      return try #require((layer["preactivation"] as? [String: Any])?["variance"] as? Double)
    }
    let batch = try variance("--every-value", "--batch", "8"), file = try variance("--batch-norm", "file", "--batch", "8")
    // A new file's moving moments are 0 and 1, which change nothing; the batch's own make gains of one.
    #expect(abs(batch - file) > 0.01, "\(batch) \(file)")
  }

  /// What fix writes is a file of weights of the model: it holds the drawn kernels, and all else as it was.
  @Test(arguments: ["autoencoder", "gru_before", "squeeze_excite", "conv1d"])
  func fixWritesWeightsThatTheModelTakes(_ name: String) throws {
    let directory = try TemporaryDirectory()
    let fix = try Command.run(
      "fix", Self.graph("\(name).keras"), "--init", "he_normal", "--output", "new.weights.h5", in: directory)
    #expect(fix.status == 0, "\(fix.message)")
    func tensors(_ options: [String]) throws -> [[String: Any]] {
      let run = try Self.firstRun(Self.graph("\(name).keras"), ["--batch", "2"] + options, in: directory)
      return try #require(run["parameters"] as? [[String: Any]])
    }
    let old = try tensors(["--init", "file"]), new = try tensors(["--weights", "new.weights.h5"])
    #expect(old.count == new.count)
    for (before, after) in zip(old, new) {
      let size = before["secondMoment"] as? Double, other = after["secondMoment"] as? Double
      // Offsets of gates are added and taken away again, in Float.
      let isSame = abs((size ?? 0) - (other ?? 1)) <= 1e-6 * (size ?? 0)
      #expect(isSame == (before["role"] as? String != "weight"), "\(before["name"] ?? "")")
    }
    let kept = try Command.run(
      "fix", Self.graph("\(name).keras"), "--init", "file", "--output", "same.weights.h5", in: directory)
    #expect(kept.status == 0, "\(kept.message)")
    let same = try tensors(["--weights", "same.weights.h5"])
    for (before, after) in zip(old, same) {
      #expect(
        abs((before["secondMoment"] as? Double ?? 0) - (after["secondMoment"] as? Double ?? 1))
          <= 1e-6 * (before["secondMoment"] as? Double ?? 0))
    }
  }

  @Test func fixSaysWhereKerassWeightsGo() throws {
    let command = try Command.run("fix", Self.path("mlp.keras"), "--init", "he_normal", "--output", "new.npz")
    #expect(command.status == 64 && command.message.contains(".weights.h5"), "\(command.message)")
  }

  @Test func refusesFilesOfWeightsThatDoNotFit() throws {
    let directory = try TemporaryDirectory()
    try directory.write("no HDF5", as: "model.weights.h5")
    let damaged = try Command.run("audit", Self.path("mlp.keras"), "--weights", "model.weights.h5", in: directory)
    #expect(damaged.status == 2)
    #expect(damaged.message.contains("model.weights.h5: cannot be read as HDF5: it is no HDF5 file, or a damaged one"))
    let other = try Command.run("audit", Self.path("mlp.keras"), "--weights", Self.path("lenet.keras"))
    #expect(other.status == 2 && other.message.contains("lenet.keras(model.weights.h5)"), "\(other.message)")
    let none = try Command.run("audit", "mlp", "--init", "file")
    #expect(none.status == 64, "\(none.message)")
    let unlisted = try Command.run("audit", Self.path("mlp.keras"), "--weights", "x.h5", "--init", "he_normal")
    #expect(unlisted.status == 64, "\(unlisted.message)")
    let own = try Command.run("audit", "mlp", "--init", "keras")
    #expect(own.status == 2 && own.message.contains("keras means the initializers that a Keras model declares"))
  }

  /// The process that reads HDF5 is a command of its own, which no one calls by hand.
  @Test func theReaderOfHDF5EndsWithoutARequest() throws {
    let command = try Command.run("__read-hdf5")
    #expect(command.status == 1 && command.output.isEmpty)
  }

  @Test func saysThatTheCommandIsMissing() throws {
    let model = try ModelFile.read(path: Self.path("mlp.keras"))
    let error = #expect(throws: NetworkFileError.self) {
      try model.weights(path: nil, reader: HDF5Reader(command: "/nonexistent/initscope"))
    }
    #expect(error?.message.contains("the command /nonexistent/initscope does not start") == true, "\(error?.message ?? "")")
    // Another program than this one.
    let strange = #expect(throws: NetworkFileError.self) {
      try model.weights(path: nil, reader: HDF5Reader(command: "/bin/true"))
    }
    #expect(strange?.message.contains("the process that reads it ended with status 0") == true, "\(strange?.message ?? "")")
    // One that never answers.
    let directory = try TemporaryDirectory()
    try directory.write("#!/bin/sh\nexec sleep 60\n", as: "slow")
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: directory.path + "/slow")
    let slow = #expect(throws: NetworkFileError.self) {
      try model.weights(path: nil, reader: HDF5Reader(command: directory.path + "/slow", seconds: 1))
    }
    #expect(slow?.message.contains("it did not answer within 1 s") == true, "\(slow?.message ?? "")")
  }
}
