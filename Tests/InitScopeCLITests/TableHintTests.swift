import Foundation
import Testing

/// Tables as people have them, with an id and an answer under a name of its own: what a command advises can be done.
@Suite struct TableHintTests {
  /// 60 rows of two features between an id and an answer.
  private static func table(_ header: String, id: (Int) -> String, answer: (Int) -> String) -> String {
    let rows = (0..<60).map { "\(id($0)),\(Double($0 % 7) / 3),\(Double(($0 * 5) % 11)),\(answer($0))\n" }
    return header + "\n" + rows.joined()
  }

  private static func file(inputs: Int, outputs: Int = 2) -> String {
    "input: \(inputs)\nlayers:\n  - dense: {units: 4, activation: relu}\n  - dense: \(outputs)\n"
  }

  private static func run(_ command: String, _ network: [String], _ more: [String] = [], in directory: TemporaryDirectory)
    throws -> Command
  {
    let data =
      command == "train"
      ? ["--data", "t.csv", "--epochs", "1", "--no-verdict"] : ["--input", "t.csv", "--backward", "cross_entropy"]
    let own = ["--init", "he_normal", "--seeds", "1", "--batch", "16"] + (command == "check" ? [] : ["--no-png"])
    return try Command.run(
      Command.program, [command] + network + data + own + more, in: directory, input: "", environment: [:])
  }

  /// What is advised for a network in a file names no option that such a network refuses, and doing it helps.
  @Test(arguments: ["audit", "check", "train"]) func aNetworkFileIsAdvisedWhatItCanDo(command: String) throws {
    let directory = try TemporaryDirectory()
    try directory.write(Self.table("id,a,b,y", id: { "\($0)" }, answer: { "\($0 % 2)" }), as: "t.csv")
    try directory.write(Self.file(inputs: 2), as: "net.yaml")
    let asked = try Self.run(command, ["net.yaml"], in: directory)
    #expect(asked.status == 2)
    let error = try #require(asked.message.split(separator: "\n").last)
    #expect(
      error
        == "Error: t.csv: has samples of 4 values, the network takes 2; 'id' looks like an id, 'y' looks like the answer. "
        + "Give --leave-out id and --label-column y")
    let done = try Self.run(command, ["net.yaml"], ["--leave-out", "id", "--label-column", "y"], in: directory)
    #expect(done.status != 2 && done.message.split(separator: "\n").allSatisfy { !$0.hasPrefix("Error") }, "\(done.message)")
    // Columns whose names say nothing: the file's input, or columns to leave out.
    try directory.write(Self.table("p,a,b,label", id: { "\($0 % 3)" }, answer: { "\($0 % 2)" }), as: "t.csv")
    let plain = try Self.run(command, ["net.yaml"], in: directory)
    #expect(plain.status == 2 && !plain.message.contains("--inputs"))
    #expect(
      plain.message.hasSuffix(
        "has samples of 3 values, the network takes 2. Write input: 3 in the network's file, or leave columns out "
          + "(--leave-out NAME,NAME)\n"), "\(plain.message)")
    try directory.write(Self.file(inputs: 3), as: "net.yaml")
    #expect(try Self.run(command, ["net.yaml"], in: directory).message.contains("Error") == false)
  }

  /// A column of whole numbers beside others may be the answer, whatever it is called; several may be its code.
  @Test func wholeNumbersAreAskedAbout() throws {
    let directory = try TemporaryDirectory()
    try directory.write(Self.file(inputs: 2), as: "net.yaml")
    func message(_ lines: [String]) throws -> String {
      try directory.write(lines.joined(separator: "\n") + "\n", as: "t.csv")
      let run = try Self.run("audit", ["net.yaml"], in: directory)
      #expect(run.status == 2)
      return run.message
    }
    let values = (0..<40).map { "0.\($0),-1.\($0)" }
    let bare = try message(values.enumerated().map { "\($1),\($0 % 2)" })
    #expect(bare.contains("only the last holds whole numbers") && bare.contains("give --label-column 3."), "\(bare)")
    let code = try message(["a,b,is_x,is_y"] + values.enumerated().map { "\($1),\($0 % 2),\(1 - $0 % 2)" })
    #expect(code.contains("only 'is_x', 'is_y' hold whole numbers, as codes of classes do"), "\(code)")
    #expect(code.contains("--label-column is_x,is_y if that is the answer, else --leave-out is_x,is_y"), "\(code)")
  }

  /// A preset takes what the table has: an answer among the features is asked about before it is fed to the network.
  @Test func aPresetAsksAboutAnswersAmongTheFeatures() throws {
    let directory = try TemporaryDirectory()
    try directory.write(Self.table("id,a,b,y", id: { "\($0)" }, answer: { "\($0 % 2)" }), as: "t.csv")
    let audit = try Command.run(
      "audit", "--depth", "1", "--width", "4", "--init", "he_normal", "--input", "t.csv", "--seeds", "1", "--no-png",
      in: directory)
    #expect(audit.status == 0)
    #expect(
      audit.message == "Note: in t.csv 'id' looks like an id, 'y' looks like the answer, and all count as features. If they "
        + "are none, give --leave-out id and --label-column y\n")
    let train = try Self.run("train", ["--depth", "1", "--width", "4"], in: directory)
    #expect(train.status == 2 && train.message.contains("--label-column y\n"), "\(train.message)")
    #expect(train.message.contains("Error: t.csv has no labels."), "\(train.message)")
    let known = try Self.run(
      "train", ["--depth", "1", "--width", "4"], ["--leave-out", "id", "--label-column", "y"], in: directory)
    #expect(known.status == 0 && !known.message.contains("Note"), "\(known.message)")
  }

  /// pandas writes its index under no name; it goes by the name that pandas gives it when it reads the file again.
  @Test func anIndexWithoutANameCanBeLeftOut() throws {
    let directory = try TemporaryDirectory()
    try directory.write(Self.table(",a,b,label", id: { "\($0)" }, answer: { "\($0 % 2)" }), as: "t.csv")
    try directory.write(Self.file(inputs: 2), as: "net.yaml")
    let asked = try Self.run("train", ["net.yaml"], in: directory)
    #expect(asked.status == 2 && asked.message.hasSuffix("Give --leave-out 'Unnamed: 0'\n"), "\(asked.message)")
    let done = try Self.run("train", ["net.yaml"], ["--leave-out", "Unnamed: 0"], in: directory)
    #expect(done.status == 0, "\(done.message)")
  }

  /// Columns of a one-hot code are one answer, whatever it is called.
  @Test(arguments: ["train", "audit"]) func aOneHotCodeIsOneAnswer(command: String) throws {
    let directory = try TemporaryDirectory()
    let code = { ["1,0,0", "0,1,0", "0,0,1"][$0 % 3] }
    try directory.write(Self.table("k,a,b,y_cat,y_dog,y_emu", id: { "\($0 % 5)" }, answer: code), as: "t.csv")
    try directory.write(Self.file(inputs: 3, outputs: 3), as: "net.yaml")
    let asked = try Self.run(command, ["net.yaml"], in: directory)
    #expect(
      asked.message == "Error: t.csv: has samples of 6 values, the network takes 3; 'y_cat', 'y_dog', 'y_emu' look like a "
        + "one-hot code of the answer. Give --label-column y_cat,y_dog,y_emu\n")
    let done = try Self.run(command, ["net.yaml"], ["--label-column", "y_cat,y_dog,y_emu"], in: directory)
    #expect(done.status == 0 && !done.message.contains("look"), "\(done.message)")
  }

  /// Where the network takes more than the table has, no column is to be left out.
  @Test func aTableWithTooFewColumnsIsNotCutFurther() throws {
    let directory = try TemporaryDirectory()
    try directory.write(Self.table("id,a,b,label", id: { "\($0)" }, answer: { "\($0 % 2)" }), as: "t.csv")
    try directory.write(Self.file(inputs: 5), as: "net.yaml")
    let asked = try Self.run("train", ["net.yaml"], in: directory)
    #expect(
      asked.message
        == "Error: t.csv: has samples of 3 values, the network takes 5. Write input: 3 in the network's file\n")
  }

  // MARK: Losses

  /// Answers as files have them: classes as numbers, words, truth values and one-hot codes, quantities, both, none.
  static let answers: [(name: String, header: String, row: @Sendable (Int) -> String)] = [
    ("two classes", "label", { "\($0 % 2)" }), ("three classes", "label", { "\($0 % 3)" }),
    ("words", "class", { ["cat", "dog", "emu"][$0 % 3] }), ("truth values", "target", { $0 % 2 == 0 ? "true" : "false" }),
    ("one-hot", "class_a,class_b,class_c", { ["1,0,0", "0,1,0", "0,0,1"][$0 % 3] }),
    ("shares", "response", { "\(Double($0 % 5) / 4)" }), ("quantities", "response", { "\(Double($0 % 5) - 7.5)" }),
    ("whole numbers", "response", { "\($0 % 3)" }),
    ("both", "label,response", { "\($0 % 3),\(Double($0) / 2)" }), ("none", "more", { "\($0)" }),
  ]

  /// `--backward` takes the losses that `train` takes on the same data, and refuses the others.
  @Test(arguments: answers.indices) func theBackwardPassTakesTheLossesOfTraining(_ index: Int) throws {
    let (name, header, row) = Self.answers[index]
    let directory = try TemporaryDirectory()
    try directory.write(
      "a,b,\(header)\n" + (0..<60).map { "\(Double($0 % 7) / 3),\(Double(($0 * 5) % 11)),\(row($0))\n" }.joined(),
      as: "t.csv")
    for outputs in 1...3 {
      try directory.write(Self.file(inputs: name == "none" ? 3 : 2, outputs: outputs), as: "net.yaml")
      for loss in ["cross_entropy", "binary_cross_entropy", "mean_squared_error"] {
        let common = ["net.yaml", "--init", "he_normal", "--seeds", "1", "--no-png", "--no-verdict"]
        let train = try Command.run(
          Command.program, ["train", "--data", "t.csv", "--epochs", "1", "--loss", loss] + common, in: directory, input: "",
          environment: [:])
        let audit = try Command.run(
          Command.program, ["audit", "--input", "t.csv", "--backward", loss] + common.filter { $0 != "--no-verdict" },
          in: directory, input: "", environment: [:])
        #expect([0, 2].contains(train.status))
        #expect(
          audit.status == train.status, "\(name), \(outputs) outputs, \(loss): \(train.message) \(audit.message)")
      }
    }
  }
}
