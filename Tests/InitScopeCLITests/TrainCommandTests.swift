import Foundation
import Testing

/// What `initscope train` prints for a person, and what it leaves on disk.
@Suite struct TrainCommandTests {
  /// Runs `train` on 240 separable rows in a directory of its own.
  static func train(
    _ arguments: String..., in directory: TemporaryDirectory? = nil, environment: [String: String] = [:]
  ) throws -> Command {
    let directory = try directory ?? TemporaryDirectory()
    try directory.write(TrainingTable.separable(240), as: "rows.csv")
    return try Command.run(
      Command.program, ["train", "--data", "rows.csv", "--width", "8", "--epochs", "3", "--batch", "16"] + arguments,
      in: directory, input: "", environment: environment)
  }

  @Test(arguments: [80, 100]) func theTableHasARowForEachInitializerAndFits(columns: Int) throws {
    let command = try Self.train(
      "--no-png", "--init", "zeros,he_normal,variance_scaling(scale=2.25,mode=fan_out)", "--optimizer", "sgd(lr=0.2)",
      "--target", "0.8", "--legend", environment: ["COLUMNS": "\(columns)"])
    #expect(command.status == 0)
    #expect(command.message.isEmpty)
    let lines = command.output.split(separator: "\n", omittingEmptySubsequences: false)
    #expect(lines.allSatisfy { $0.count <= columns })
    // 4 * 8 + 8 + 8 * 8 + 8 + 8 * 2 + 2: the table decides inputs and outputs.
    #expect(lines[0] == "mlp: 3 layers, 130 parameters, trained on rows.csv")
    // A sixth of 240 for the test, a tenth of the other 200 for validation.
    #expect(command.output.contains("180 training, 20 validation, 40 test"))
    let header = try #require(lines.firstIndex { $0.hasPrefix("initializer") })
    #expect(
      lines[header].split(separator: " ")
        == ["initializer", "curve", "loss", "val", "test", "to", "p", "E[a²]", "E[g²]", "dead", "loss0"])
    let rows = lines[(header + 1)...(header + 3)]
    #expect(zip(rows, ["zeros", "he_normal", "varia"]).allSatisfy { $0.hasPrefix($1) })
    // The loss of a network of zeros is the logarithm of two; it has no signal.
    #expect(rows[header + 1].contains(" zero ") && rows[header + 1].hasSuffix("0.693"))
    #expect(rows.filter { $0.contains(" best ") }.count == 1 && !rows[header + 1].contains("best"))
    // Every column has its explanation.
    for name in ["curve:", "val, test:", "to:", "p:", "E[a²], E[g²]:", "dead:", "loss0:"] {
      #expect(command.output.contains(name), "\(name)")
    }
  }

  /// What rules find at step 0 carries the rule's name, for `initscope explain`.
  @Test func findingsNameTheirRule() throws {
    let command = try Command.run(
      "train", "--data", "digits", "--init", "zeros", "--epochs", "1", "--seeds", "1", "--steps-per-epoch", "3", "--no-png",
      "--no-verdict")
    #expect(command.status == 0, "\(command.message)")
    let words = command.output.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    #expect(
      words.contains("Found at step 0, before training error: ") && words.contains(" [symmetric-units]"), "\(command.output)"
    )
  }

  @Test func aDeepNetworkShowsGrowth() throws {
    let command = try Self.train(
      "--no-png", "--depth", "6", "--init", "he_normal", "--seeds", "1", "--epochs", "1", "--legend")
    #expect(command.output.contains(" fwd ") && command.output.contains(" bwd "))
    #expect(command.output.contains("growth of the mean square per layer"))
    // One initializer is not compared with itself.
    #expect(!command.output.split(separator: "\n").contains { $0.hasPrefix("he_normal") && $0.contains("best") })
  }

  @Test func divergenceIsAResult() throws {
    let directory = try TemporaryDirectory()
    let command = try Self.train(
      "--init", "he_normal,zeros", "--activation", "leaky_relu(slope=0.5)", "--optimizer", "sgd(lr=1e6)", "--output", "out",
      in: directory)
    #expect(command.status == 0)
    #expect(command.output.contains("he_normal: 3 of 3 diverged, step "))
    let row = try #require(command.output.split(separator: "\n").first { $0.hasPrefix("he_normal ") })
    #expect(row.contains(" diverged ") && !command.output.contains("nan"))
    #expect(try directory.files().count == 6)
  }

  /// The prediction, what came of it, and in what this training is another one than was predicted.
  @Test func theVerdictStandsBesideWhatCameOfIt() throws {
    // 30 epochs of 12 steps.
    let command = try Self.train(
      "--no-png", "--init", "zeros,he_normal", "--optimizer", "sgd(lr=0.2)", "--epochs", "30", "--legend")
    #expect(command.status == 0)
    let lines = command.output.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    let title = try #require(lines.firstIndex(of: "What the verdict predicted, and what came of it"))
    func words(_ line: Int) -> [String] { lines[line].split(separator: " ").map(String.init) }
    #expect(
      words(title + 1)
        == ["initializer", "verdict", "trains", "sure", "best", "rate", "expected", "at", "0.2", "reached", "learned"])
    let zeros = words(title + 2), he = words(title + 3)
    // Zero weights stay as they are: nothing but the output's biases moves, and one class of two is named always.
    #expect(Array(zeros.prefix(5)) == ["zeros", "symmetric", "no", "99%", "-"] && zeros.last == "no")
    #expect(Array(he.prefix(3)) == ["he_normal", "healthy", "yes"] && he.last == "yes")
    // 91 of the 180 training samples are of one class: 0.506 + 5/9 (1 - 0.506) = 0.780.
    let notes = lines[(title + 4)...].prefix { !$0.isEmpty }.joined(separator: "\n")
    #expect(
      notes == """
          trains: whether plain SGD with batches of 128 is predicted to reach a training
          accuracy of 78% in 300 steps, at the best of the learning rates 0.001, 0.01,
          0.1 and 1; sure: how likely that is to be right; best rate, expected: that
          rate, and the accuracy expected there; at 0.2: at the rate of this training.
          reached: training accuracy of this training after 300 steps; learned: whether
          that is 78% or more.
          This training differs from what the verdict is about: batches of 16 in place
          of 128.
        """)
  }

  /// As `audit` does: columns are explained on request, and what is said of this training alone in any case.
  @Test func theLegendIsPrintedOnRequest() throws {
    func text(_ more: String...) throws -> [String] {
      let command = try Command.run(
        Command.program,
        ["train", "--data", "rows.csv", "--width", "8", "--epochs", "30", "--batch", "16", "--seeds", "2", "--no-png"]
          + more,
        in: directory, input: "", environment: ["COLUMNS": "100"])
      #expect(command.status == 0)
      return command.output.split(separator: "\n").map(String.init)
    }
    let directory = try TemporaryDirectory()
    try directory.write(TrainingTable.separable(240), as: "rows.csv")
    let (plain, explained) = (try text(), try text("--legend"))
    #expect(plain[3].hasSuffix(". --legend explains the columns.") && !explained.contains { $0.contains("--legend") })
    for beginning in ["curve: ", "val, test: ", "p: ", "At step 0, as audited: ", "  trains: whether ", "  reached: "] {
      #expect(explained.contains { $0.hasPrefix(beginning) } && !plain.contains { $0.hasPrefix(beginning) }, "\(beginning)")
    }
    #expect(plain.contains("  This training differs from what the verdict is about: batches of 16 in place of 128."))
    #expect(plain.count <= 24, "\(plain.joined(separator: "\n"))")
  }

  @Test func aTrainingThatSaysNothingOfTheVerdictSaysSo() throws {
    let short = try Self.train("--no-png", "--init", "he_normal", "--seeds", "1", environment: ["COLUMNS": "200"])
    #expect(
      short.output.contains("  This training has 36 steps, too few to compare: the verdict is about 300.\n"),
      "\(short.output)")
    #expect(!short.output.contains("reached"))
    let adam = try Self.train(
      "--no-png", "--init", "he_normal", "--seeds", "1", "--batch", "128", "--optimizer", "adam", "--clip", "norm(limit=1)",
      "--schedule", "cosine", environment: ["COLUMNS": "200"])
    #expect(
      adam.output.contains(
        "  This training differs from what the verdict is about: adam in place of plain SGD, a cosine learning rate in "
          + "place of a constant one, and clipped gradients.\n"), "\(adam.output)")
    #expect(!adam.output.contains(" at 0.001"))
    let silent = try Self.train("--no-png", "--init", "he_normal", "--seeds", "1", "--no-verdict")
    #expect(silent.status == 0 && !silent.output.contains("verdict"))
  }

  /// Two seeds have no interval: Student's factor for two, 12.7, would make a number of it that nobody believes.
  @Test func twoSeedsAreShownAsTheyAre() throws {
    let command = try Self.train(
      "--no-png", "--init", "he_normal", "--seeds", "2", "--legend", environment: ["COLUMNS": "200"])
    #expect(!command.output.contains("±"))
    let row = try #require(command.output.split(separator: "\n").first { $0.hasPrefix("he_normal ") })
    #expect(row.contains("%, "), "\(row)")
    #expect(command.output.contains("; of test both seeds' values, too few for an interval.\n"))
  }

  @Test func filesAppearWhereTheyAreAskedFor() throws {
    let directory = try TemporaryDirectory()
    let command = try Self.train("--init", "he_normal", "--output", "a/b", "--csv", "epochs.csv", in: directory)
    #expect(command.status == 0)
    let pictures = ["curves", "gradients-heatmap", "updates-heatmap", "weights"].map { "a/b/\($0).png" }
    #expect(try directory.files() == Set(pictures + ["a/b/train.json", "epochs.csv", "rows.csv"]))
    for picture in pictures { #expect(try directory.data(of: picture).starts(with: [0x89, 0x50, 0x4E, 0x47])) }
    #expect(command.message.hasPrefix("wrote 5 files to a/b: ") && command.message.hasSuffix("wrote epochs.csv\n"))
    // A header, and three epochs of three seeds.
    let table = try directory.text(of: "epochs.csv").split(whereSeparator: \.isNewline)
    #expect(table.count == 10)
    #expect(table[0].hasPrefix("initializer,seed,epoch,loss,accuracy,"))
    #expect(table[9].hasPrefix("he_normal,2,3,"))
  }

  @Test func quietPrintsNothing() throws {
    let directory = try TemporaryDirectory()
    let command = try Self.train("--quiet", "--no-png", "--init", "he_normal", in: directory)
    #expect(command.status == 0 && command.output.isEmpty && command.message.isEmpty)
    #expect(try directory.files() == ["rows.csv"])
  }

  @Test func penaltiesAndLossAreSaid() throws {
    let command = try Self.train(
      "--no-png", "--init", "he_normal", "--loss", "binary_cross_entropy", "--penalty", "l2(0.001)", "--penalty",
      "dense_1=l1l2(l1=1e-5,l2=1e-4)", "--clip", "norm(limit=2)", "--schedule", "cosine", "--steps-per-epoch", "4",
      environment: ["COLUMNS": "400"])
    #expect(command.status == 0)
    // One output for two classes: 8 + 1 in place of 16 + 2.
    #expect(command.output.hasPrefix("mlp: 3 layers, 121 parameters"))
    for part in [
      "binary_cross_entropy", "cosine rate", "clipped by norm(limit=2)", "4 steps per epoch", "l2(l2=0.001) on every layer",
      "l1l2(l1=1e-05,l2=0.0001) on dense_1",
    ] {
      #expect(command.output.contains(part), "\(part)")
    }
  }
}

/// Training that cannot be done: one line that says why, and what to do.
@Suite struct TrainingErrorTests {
  static let mistakes: [(arguments: [String], message: String)] = [
    (["--data", "gaussian"], "--data gaussian has no answers to learn. Choose labelled data such as fashion-mnist."),
    (["--init", "he_normal,he_normal"], "--init names he_normal twice. Raise --seeds for more runs of it."),
    (["--epochs", "0"], "--epochs must lie in 1...100000, got 0."),
    (["--batch", "-1"], "--batch must lie in 1...65536, got -1."),
    (["--seeds", "0"], "--seeds must lie in 1...10000, got 0."),
    (["--threads", "0"], "--threads must lie in 1...256, got 0."),
    (["--steps-per-epoch", "0"], "--steps-per-epoch must lie in 1...1000000000, got 0."),
    (["--target", "85"], "--target must be an accuracy above 0 and up to 1, got 85.0."),
    (["--target", "nan"], "--target must be an accuracy above 0 and up to 1, got nan."),
    (["--validation", "1.5"], "The value '1.5' is invalid for '--validation <n>'"),
    (["--validation", "-3"], "The value '-3' is invalid for '--validation <n>'"),
    (
      ["--optimizer", "sgdd"],
      "The value 'sgdd' is invalid for '--optimizer <spec>': there is no optimizer `sgdd`. Did you mean `sgd`?"
    ),
    (
      ["--optimizer", "sgd(rate=1)"],
      "The value 'sgd(rate=1)' is invalid for '--optimizer <spec>': "
        + "sgd has no parameter `rate`."
    ),
    (["--schedule", "cosin"], "The value 'cosin' is invalid for '--schedule <spec>'"),
    (["--clip", "nrom"], "The value 'nrom' is invalid for '--clip <spec>'"),
    (["--penalty", "dense_1=l3"], "The value 'dense_1=l3' is invalid for '--penalty <spec>'"),
    (["--loss", "hinge"], "The value 'hinge' is invalid for '--loss <loss>'."),
  ]

  @Test(arguments: mistakes.indices) func mistakesOnTheCommandLine(_ index: Int) throws {
    let (arguments, message) = Self.mistakes[index]
    let directory = try TemporaryDirectory()
    let data = arguments.contains("--data") ? [] : ["--data", "rows.csv"]
    let command = try Command.run(Command.program, ["train"] + data + arguments, in: directory, input: "", environment: [:])
    #expect(command.status == 64)
    #expect(command.output.isEmpty)
    #expect(command.message.hasPrefix("Error: " + message), "\(command.message)")
    #expect(try directory.files().isEmpty)
  }

  @Test func dataIsRequired() throws {
    let command = try Command.run("train")
    #expect(command.status == 64 && command.message.contains("--data"))
  }

  static let mismatches: [(arguments: [String], message: String)] = [
    (
      ["--outputs", "1", "--loss", "cross_entropy"], "cross_entropy needs an output for each class, and the network has one"
    ),
    (["--inputs", "5"], "rows.csv: has samples of 4 values, the network takes 5"),
    (["--validation", "200"], "rows.csv has 200 samples to train on, and 200 of them are to be held out for validation"),
    (["--penalty", "dense_9=l2(0.1)"], "the layer 'dense_9', which has no weights or is not there"),
  ]

  @Test(arguments: mismatches.indices) func whatDoesNotFitIsSaid(_ index: Int) throws {
    let directory = try TemporaryDirectory()
    try directory.write(TrainingTable.separable(240), as: "rows.csv")
    let command = try Command.run(
      Command.program, ["train", "--data", "rows.csv"] + Self.mismatches[index].arguments, in: directory, input: "",
      environment: [:])
    #expect(command.status == 2)
    #expect(command.output.isEmpty)
    #expect(command.message.hasPrefix("Error: ") && command.message.contains(Self.mismatches[index].message))
    #expect(command.message.split(separator: "\n").count == 1)
    #expect(try directory.files() == ["rows.csv"])
  }

  @Test func dataWithoutAnswersIsRefused() throws {
    let directory = try TemporaryDirectory()
    try directory.write("a,b\n" + (0..<20).map { "\($0),1" }.joined(separator: "\n") + "\n", as: "plain.csv")
    let command = try Command.run("train", "--data", "plain.csv", in: directory)
    #expect(command.status == 2)
    #expect(command.message.contains("plain.csv has no labels. Choose labelled data"))
  }

  @Test func aDamagedCheckpointIsRefused() throws {
    let directory = try TemporaryDirectory()
    #expect(try TrainCommandTests.train("--no-png", "--init", "zeros", "--checkpoint", "kept", in: directory).status == 0)
    let name = try #require(try directory.files().first { $0.hasPrefix("kept/") })
    var bytes = try directory.data(of: name)
    bytes[bytes.count / 2] ^= 1
    try bytes.write(to: URL(filePath: "\(directory.path)/\(name)"))
    let command = try TrainCommandTests.train("--no-png", "--init", "zeros", "--checkpoint", "kept", in: directory)
    #expect(command.status == 2)
    #expect(command.message.contains("its checksum does not fit") && command.message.contains("Remove it"))
    // What belongs to another training is not taken for this one.
    let other = try TrainCommandTests.train("--no-png", "--init", "zeros", "--checkpoint", "other", in: directory)
    #expect(other.status == 0)
    let changed = try TrainCommandTests.train(
      "--no-png", "--init", "zeros", "--checkpoint", "other", "--optimizer", "adam", in: directory)
    #expect(changed.status == 2 && changed.message.contains("belongs to another training"))
  }
}
