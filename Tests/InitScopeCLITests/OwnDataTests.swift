import Foundation
import Testing

/// One's own data through `audit`, `check` and `train`: token ids, axes, labels, losses.
@Suite struct OwnDataTests {
  static let reader = """
    input: 8
    layers:
      - embedding: {vocabulary: 200, dimension: 16}
      - flatten
      - dense: 2

    """

  /// Rows of eight ids; the class says whether most of them lie in the lower half of the table.
  private static func ids(_ rows: Int, edit: (_ row: Int, _ place: Int, _ id: Int) -> String = { "\($2)" }) -> String {
    var state: UInt64 = 12345
    func next() -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int((state >> 33) % 200)
    }
    let header = (0..<8).map { "t\($0)" }.joined(separator: ",") + ",label\n"
    return header
      + (0..<rows).map { row in
        let ids = (0..<8).map { _ in next() }
        let label = ids.count { $0 < 100 } > 4 ? "low" : "high"
        return ids.enumerated().map { edit(row, $0, $1) }.joined(separator: ",") + ",\(label)\n"
      }.joined()
  }

  /// Quantities are no classes: the option that is advised for a column of them is one that works.
  @Test func answersThatAreNumbersAreResponses() throws {
    let directory = try TemporaryDirectory()
    let rows = (0..<300).map { row in
      let (a, b) = (Double(row % 17) / 8 - 1, Double(row % 23) / 11 - 1)
      return "\(a),\(b),\(0.7 * a - 0.3 * b + 0.01)\n"
    }
    try directory.write("a,b,y\n" + rows.joined(), as: "reg.csv")
    let asked = try Command.run("train", "--data", "reg.csv", "--no-png", in: directory)
    #expect(asked.status == 2)
    #expect(
      asked.message.contains(
        "'y' looks like the answer, and counts as a feature. If it is none, give --response-column y\n"), "\(asked.message)")
    let train = try Command.run(
      "train", "--data", "reg.csv", "--response-column", "y", "--epochs", "2", "--seeds", "1", "--init", "he_normal",
      "--no-png", in: directory)
    #expect(train.status == 0, "\(train.message)")
    // An accuracy is expected of classes only.
    let lines = train.output.split(separator: "\n").map(String.init)
    let header = try #require(lines.firstIndex { $0.contains(" expected") })
    let cells = lines[header + 1].split(separator: " ")
    #expect(cells.first == "he_normal" && cells.last == "-", "\(lines[header...])")
    #expect(!lines[header].contains("at 0.01"))
    try directory.write("a,b,y\n" + (0..<300).map { "\($0 % 7),\($0 % 5),\($0 % 2)\n" }.joined(), as: "cls.csv")
    let classes = try Command.run("train", "--data", "cls.csv", "--no-png", in: directory)
    #expect(classes.message.contains("give --label-column y\n"))
  }

  @Test func tokenIDsAreNeverScaled() throws {
    let directory = try TemporaryDirectory()
    try directory.write(Self.reader, as: "net.yaml")
    try directory.write(Self.ids(2400), as: "ids.csv")
    let audit = try Command.run(
      "audit", "net.yaml", "--init", "normal(std=1)", "--input", "ids.csv", "--backward", "cross_entropy", "--batch", "256",
      "--seeds", "2", "--no-png", "--json", in: directory)
    #expect(audit.status == 0)
    let report = try audit.json(), input = try #require(report["input"] as? [String: Any])
    #expect(input["scaling"] as? String == "raw")
    #expect(input["classNames"] as? [String] == ["high", "low"])
    let run = try #require((report["runs"] as? [[String: Any]])?.first)
    let layers = try #require(run["layers"] as? [[String: Any]])
    let cosine = try #require((layers[0]["activation"] as? [String: Any])?["cosineSimilarity"] as? Double)
    // Two samples share an id at a place with a probability of 1/200, where 16 of 128 products agree: a mean cosine of 0.005
    // and its deviation, over 2 x 32,640 pairs of 256 rows, below 0.01.
    #expect(abs(cosine) < 0.05)
    let train = try Command.run(
      "train", "net.yaml", "--init", "normal(std=0.5)", "--data", "ids.csv", "--epochs", "30", "--seeds", "1", "--optimizer",
      "adam(lr=0.01)", "--no-png", "--json", in: directory)
    #expect(train.status == 0)
    let training = try train.json()
    #expect((training["data"] as? [String: Any])?["scaling"] as? String == "raw")
    let accuracy = try #require((training["runs"] as? [[String: Any]])?.first?["testAccuracy"] as? Double)
    // 400 test samples: chance, 0.64 for the commoner class, reaches 0.64 + 4.9 * 0.024 with a probability of 1e-6.
    #expect(accuracy > 0.76, "\(accuracy)")
  }

  @Test(arguments: ["audit", "check", "train"]) func idsThatAreNoneAreRefused(command: String) throws {
    let directory = try TemporaryDirectory()
    try directory.write(Self.reader, as: "net.yaml")
    for (bad, words) in [
      ("1.5", "is 1.5, which is no token id"), ("-1", "is -1, which is no token id"), ("200", "is 200, beyond"),
    ] {
      try directory.write(Self.ids(100) { $0 == 41 && $1 == 6 ? bad : "\($2)" }, as: "ids.csv")
      let source = command == "train" ? "--data" : "--input"
      let result = try Command.run("\(command)", "net.yaml", "--init", "he_normal", source, "ids.csv", in: directory)
      #expect(result.status == 2)
      #expect(
        result.message.contains("ids.csv: sample 41, position 6 (both counted from 0) \(words)"), "\(result.message)")
    }
  }

  /// 300 x 4 x 4 x 3 as NumPy writes it, for a network on 3 x 4 x 4.
  @Test(arguments: ["audit", "check", "train"]) func axesInAnotherOrderAreRefused(command: String) throws {
    let directory = try TemporaryDirectory()
    try directory.write("input: [3, 4, 4]\nlayers:\n  - flatten\n  - dense: 2\n", as: "net.yaml")
    try Self.array([30, 4, 4, 3]).write(to: URL(filePath: directory.path).appending(path: "x.npy"))
    let source = command == "train" ? "--data" : "--input"
    let result = try Command.run(command, "net.yaml", "--init", "he_normal", source, "x.npy", in: directory)
    #expect(result.status == 2)
    #expect(
      result.message.contains("x.npy: holds 4 x 4 x 3, the network takes 3 x 4 x 4. Transpose with x.transpose(0, 3, 1, 2)"),
      "\(result.message)")
    // A preset would take the first axis for channels.
    try Self.array([4, 28, 28, 3]).write(to: URL(filePath: directory.path).appending(path: "images.npy"))
    let preset = try Command.run(command, "lenet", "--init", "he_normal", source, "images.npy", in: directory)
    #expect(preset.status == 2 && preset.message.contains("x.transpose(0, 3, 1, 2)"), "\(preset.message)")
  }

  private static func array(_ shape: [Int]) -> Data {
    let header = "{'descr': '<f4', 'fortran_order': False, 'shape': (\(shape.map { "\($0)," }.joined()))}"
    var data = Data([0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(header.utf8.count), 0] + Array(header.utf8))
    for index in 0..<shape.reduce(1, *) {
      withUnsafeBytes(of: Float(index % 17).bitPattern.littleEndian) { data.append(contentsOf: $0) }
    }
    return data
  }

  // MARK: Labels

  @Test(arguments: ["audit", "train"]) func wordsAndIdsAreNamed(command: String) throws {
    let directory = try TemporaryDirectory()
    let rows = (0..<60).map { "r\($0),\(Double($0 % 7) / 3),\(Double($0 % 5)),\(["setosa", "virginica"][$0 % 2])\n" }
    try directory.write("id,a,b,species\n" + rows.joined(), as: "t.csv")
    let source =
      command == "train" ? ["--data", "t.csv", "--epochs", "1"] : ["--input", "t.csv", "--backward", "cross_entropy"]
    let own = ["--depth", "1", "--width", "4", "--init", "he_normal", "--seeds", "1", "--no-png"]
    let result = try Command.run(
      Command.program, [command] + source + own + ["--label-column", "species", "--leave-out", "id"], in: directory,
      input: "",
      environment: [:])
    #expect(result.status == 0, "\(result.message)")
    #expect(
      result.output.replacing("\n", with: " ").contains("2 classes (setosa, virginica)"), "\(result.output)")
    let without = try Command.run(Command.program, [command] + source + own, in: directory, input: "", environment: [:])
    #expect(without.status == 2 && without.message.contains("--leave-out id"), "\(without.message)")
  }

  /// A 0/1 column and one output are two classes: the loss starts near log 2, under the loss's own name in both commands.
  @Test func oneOutputHasTwoClasses() throws {
    let directory = try TemporaryDirectory()
    try directory.write("input: 2\nlayers:\n  - dense: {units: 1, activation: sigmoid}\n", as: "net.yaml")
    let rows = (0..<120).map { "\(Double($0 % 7) / 3),\(Double($0 % 5)),\($0 % 2 == 0)\n" }
    try directory.write("a,b,label\n" + rows.joined(), as: "t.csv")
    let train = try Command.run(
      "train", "net.yaml", "--data", "t.csv", "--init", "zeros", "--epochs", "1", "--seeds", "1", "--no-png", "--json",
      in: directory)
    let document = try train.json()
    #expect((document["configuration"] as? [String: Any])?["loss"] as? String == "binary_cross_entropy")
    let audit = try Command.run(
      "audit", "net.yaml", "--input", "t.csv", "--init", "zeros", "--seeds", "1", "--no-png", "--json", "--backward",
      "binary_cross_entropy", in: directory)
    let run = try #require((try audit.json()["runs"] as? [[String: Any]])?.first)
    #expect(abs(try #require(run["lossAtInitialization"] as? Double) - log(2)) < 1e-12)
    // A mean over replicas rounds once each.
    #expect(abs(try #require(run["lossOfGuess"] as? Double) - log(2)) < 1e-15)
  }

  /// The audit at step 0 has the loss that training starts with: one batch of all samples, and no step taken.
  @Test(arguments: ["  - softmax\n", ""]) func trainingStartsWhereTheAuditSays(ending: String) throws {
    let directory = try TemporaryDirectory()
    try directory.write(
      "input: 2\nlayers:\n  - dense: {units: 8, activation: relu}\n  - dense: 3\n\(ending)", as: "net.yaml")
    let rows = (0..<256).map { "\(Double(($0 * 37) % 101) / 10),\(Double(($0 * 53) % 97) / 10),\($0 % 3)\n" }
    try directory.write("a,b,label\n" + rows.joined(), as: "t.csv")
    let command = try Command.run(
      "train", "net.yaml", "--data", "t.csv", "--init", "normal(std=3)", "--epochs", "1", "--seeds", "3", "--batch", "256",
      "--validation", "0", "--optimizer", "sgd(lr=1e-30)", "--scaling", "raw", "--no-png", "--json", in: directory)
    #expect(command.status == 0, "\(command.message)")
    let document = try command.json()
    let runs = try #require(document["runs"] as? [[String: Any]])
    let losses = runs.compactMap { (($0["epochs"] as? [[String: Any]])?.first?["loss"] as? Double) }
    let audit = try #require((document["audit"] as? [String: Any])?["runs"] as? [[String: Any]])
    let start = try #require(audit.first?["lossAtInitialization"] as? Double)
    // The same weights and nearly the same samples: 213 of the 256 are trained on.
    let mean = losses.reduce(0, +) / 3
    #expect(start > 20 && abs(start / mean - 1) < 0.2, "\(start) \(losses)")
  }

  @Test func aBoundsFileKeepsHowDataAreRead() throws {
    let directory = try TemporaryDirectory()
    let rows = (0..<60).map { "r\($0),\(Double($0 % 7) / 3),\(Double($0 % 5)),\(["x", "y"][$0 % 2])\n" }
    try directory.write("id,a,b,kind\n" + rows.joined(), as: "t.csv")
    let written = try Command.run(
      "check", "--depth", "2", "--width", "8", "--init", "he_normal", "--seeds", "3", "--input", "t.csv", "--label-column",
      "kind",
      "--leave-out", "id", "--init-bounds", "b.yaml", in: directory)
    #expect(written.status == 0, "\(written.message)")
    #expect(try directory.text(of: "b.yaml").contains("data: {label-column: kind, leave-out: id}"))
    let checked = try Command.run("check", "--bounds", "b.yaml", in: directory)
    #expect(checked.status == 0, "\(checked.message)\(checked.output)")
  }

  @Test func escapesInATableNeverReachTheTerminal() throws {
    let directory = try TemporaryDirectory()
    let escape = "\u{1B}]0;owned\u{7}"
    try directory.write(
      "a,b,label\n" + (0..<60).map { "\($0 % 7),\($0 % 5),\(["x\(escape)", "y\u{9B}31m"][$0 % 2])\n" }.joined(), as: "t.csv")
    let network = ["--depth", "1", "--width", "4", "--init", "he_normal", "--seeds", "1", "--no-png"]
    for command in [
      ["audit", "--input", "t.csv"], ["audit", "--input", "t.csv", "--json"], ["train", "--data", "t.csv", "--epochs", "1"],
      ["train", "--data", "t.csv", "--epochs", "1", "--json"], ["audit", "--input", "t.csv", "--leave-out", escape],
    ] {
      let result = try Command.run(Command.program, command + network, in: directory, input: "", environment: [:])
      for text in [result.output, result.message] {
        let controls = text.unicodeScalars.filter { ($0.value < 0x20 && $0 != "\n") || (0x7F..<0xA0).contains($0.value) }
        #expect(controls.isEmpty, "\(command)")
      }
    }
  }
}
