import Foundation
import Testing

/// `initscope reproduce`: every experiment from end to end, small, and what it says of itself.
@Suite(.serialized) struct ReproduceCommandTests {
  /// Names with the pictures that each draws.
  static let experiments: [(name: String, pictures: Set<String>)] = [
    ("keras-mnist", ["curves.png", "accuracy.png"]), ("torch-mnist", ["curves.png"]), ("iris", ["accuracy.png"]),
    ("weight-histograms", ["histograms.png"]), ("std-sweep", ["sweep.png"]), ("methods", ["loss.png"]),
    ("cifar-cnn", ["curves.png"]), ("imdb-rnn", ["curves.png"]), ("self-normalizing", ["depth.png"]),
    ("remedies", ["remedies.png"]), ("trainability", ["trainability.png"]),
  ]

  static let nothingFollows =
    "Too little was run for any conclusion: a quick run only shows that the experiment works. Leave --quick out for the "
    + "experiment itself."

  @Test func theListNamesEveryExperiment() throws {
    let command = try Command.run("reproduce", "--list")
    #expect(command.status == 0)
    let names = command.output.split(separator: "\n").filter { !$0.hasPrefix(" ") }.map(String.init)
    #expect(names == Self.experiments.map(\.name))
  }

  @Test(arguments: experiments.indices) func anExperimentRuns(index: Int) throws {
    let (name, pictures) = Self.experiments[index]
    let directory = try TemporaryDirectory()
    let command = try Command.run("reproduce", name, "--quick", "--json", "--output", "out", in: directory)
    #expect(command.status == 0, "\(command.message)")
    #expect(try directory.files() == Set((pictures.union(["output.txt"])).map { "out/\($0)" }))
    for picture in pictures {
      // PNG's signature, and more than an empty page.
      let bytes = try directory.data(of: "out/\(picture)")
      #expect(Array(bytes.prefix(8)) == [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
      #expect(bytes.count > 5_000)
    }
    let document = try command.json()
    #expect(document["schemaVersion"] as? Int == 1)
    #expect(document["experiment"] as? String == name)
    #expect(document["quick"] as? Bool == true)
    #expect(document["conclusions"] as? [String] == [Self.nothingFollows])
    let scores = try #require(document["scores"] as? [[String: Any]])
    #expect(!scores.isEmpty)
    for score in scores {
      let values = try #require(score["values"] as? [Any]).compactMap { $0 as? Double }
      guard !values.isEmpty, let mean = score["mean"] as? Double else { continue }
      #expect(abs(mean - values.reduce(0, +) / Double(values.count)) <= 1e-9 * max(1, abs(mean)))
    }
    let text = try directory.text(of: "out/output.txt")
    #expect(text.hasPrefix("\(name): "))
    #expect(text.contains("QUICK RUN"))
    // What too few runs show is not to be read as a result, and what is no number is said in words.
    #expect(!text.contains("What follows") && !text.contains("A difference counts as shown"))
    #expect(text.hasSuffix("\n\n\(Self.nothingFollows.wrapped(100))\n"))
    let words = text.split { !$0.isLetter && !$0.isNumber }
    #expect(!words.contains("nan") && !words.contains("NaN"), "\(text)")
  }

  /// Pairs, orders and draws are keyed by the seed, so that nothing may depend on the number of threads.
  @Test(arguments: ["iris", "methods", "std-sweep"]) func threadsDoNotMatter(name: String) throws {
    let outputs = try ["1", "3"].map {
      try Command.run("reproduce", name, "--quick", "--no-png", "--threads", $0).output
    }
    #expect(outputs[0] == outputs[1])
    let other = try Command.run("reproduce", name, "--quick", "--no-png", "--seed", "1").output
    #expect(other != outputs[0])
  }

  @Test func withoutPicturesNothingIsWritten() throws {
    let directory = try TemporaryDirectory()
    let command = try Command.run("reproduce", "methods", "--quick", "--no-png", in: directory)
    #expect(command.status == 0)
    #expect(command.output.hasSuffix("\n\n\(Self.nothingFollows.wrapped(80))\n"))
    #expect(try directory.files().isEmpty)
  }

  @Test func imagesOfAnotherSetAreTaken() throws {
    let command = try Command.run("reproduce", "keras-mnist", "--quick", "--json", "--no-png", "--data", "digits")
    #expect(command.status == 0, "\(command.message)")
    #expect((try command.json()["data"] as? String)?.hasPrefix("digits, in place of the original's MNIST") == true)
  }

  static let mistakes: [(arguments: [String], status: Int32, message: String)] = [
    (
      ["iriss"], 64,
      "There is no experiment 'iriss'. Did you mean 'iris'? Valid: \(experiments.map(\.name).joined(separator: ", "))."
    ),
    ([], 64, "Name an experiment, or ask for them with --list."),
    (["iris", "--seeds", "0"], 64, "--seeds must lie in 1...1000, got 0."),
    (["iris", "--threads", "0"], 64, "--threads must lie in 1...256, got 0."),
    (["iris", "--data", "digits"], 64, "--data does not apply to iris, which runs on the irises."),
    (["keras-mnist", "--data", "gaussian"], 64, "--data gaussian has no answers to learn. Choose labelled data."),
    (
      ["keras-mnist", "--data", "synthetic:regression", "--no-png"], 2,
      "this experiment classifies images, and synthetic:regression has none with classes. "
        + "Choose fashion-mnist, mnist:DIR or cifar10:DIR"
    ),
    (
      ["cifar-cnn", "--data", "iris", "--no-png"], 2,
      "a convolutional network needs images of channels, height and width, and iris has [4]. "
        + "Choose fashion-mnist, mnist:DIR or cifar10:DIR"
    ),
    (
      ["imdb-rnn", "--data", "digits", "--no-png"], 2,
      "this experiment reads token sequences of two classes, at most 10000 different ones, with a test set. "
        + "Choose imdb:FILE.npz, or leave --data out"
    ),
  ]

  @Test(arguments: mistakes.indices) func aMistake(index: Int) throws {
    let (arguments, status, message) = Self.mistakes[index]
    let directory = try TemporaryDirectory()
    let command = try Command.run(Command.program, ["reproduce"] + arguments, in: directory, input: "", environment: [:])
    #expect(command.status == status)
    #expect(command.output.isEmpty)
    #expect(command.message.split(separator: "\n").first == "Error: \(message)")
    #expect(try directory.files().isEmpty)
  }
}

extension String {
  /// Broken at spaces, as prose on a terminal of that many columns.
  fileprivate func wrapped(_ columns: Int) -> String {
    var lines = [""]
    for word in split(separator: " ") {
      let last = lines[lines.count - 1]
      if !last.isEmpty, last.count + 1 + word.count > columns {
        lines.append(String(word))
      } else {
        lines[lines.count - 1] = last.isEmpty ? String(word) : "\(last) \(word)"
      }
    }
    return lines.joined(separator: "\n")
  }
}
