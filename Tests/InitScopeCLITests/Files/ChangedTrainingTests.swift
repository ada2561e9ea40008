import Foundation
import Testing

/// `train --checkpoint` with anything changed that its result depends on: refused, naming what, and never the old result.
@Suite struct ChangedTrainingTests {
  private static func train(_ line: String, in directory: TemporaryDirectory) throws -> Command {
    try Command.shell(
      "$initscope train --data rows.csv --width 8 --epochs 2 --batch 16 --seeds 1 --init he_normal --threads 1 --no-png "
        + "--json --checkpoint kept \(line)",
      in: directory)
  }

  private static func prepared() throws -> TemporaryDirectory {
    let directory = try TemporaryDirectory()
    try directory.write(TrainingTable.separable(240), as: "rows.csv")
    let command = try train("", in: directory)
    try #require(command.status == 0, "\(command.message)")
    return directory
  }

  @Test(arguments: [
    ("--scaling raw", "--scaling was standardized and is raw now"),
    ("--scaling unit", "--scaling was standardized and is unit now"),
    ("--seed 1", "--seed was 0 and is 1 now"), ("--validation 30", "the number of training samples was 180 and is 170 now"),
    ("--optimizer adam", "--optimizer was sgd and is adam now"),
    ("--optimizer 'sgd(lr=0.02)'", "--optimizer was sgd and is sgd(lr=0.02) now"),
    ("--schedule cosine", "--schedule was constant and is cosine now"),
    ("--clip 'norm(limit=1)'", "--clip was none and is norm now"),
    ("--penalty 'l2(0.1)'", "--penalty was none and is *=l2(l2=0.1) now"), ("--batch 8", "--batch was 16 and is 8 now"),
    ("--epochs 1", "--epochs was 2 and is 1 now"),
    ("--epochs 3 --schedule cosine", "--schedule was constant and is cosine now; --epochs was 2 and is 3 now"),
    ("--steps-per-epoch 2", "--steps-per-epoch was none and is 2 now"),
    ("--loss mean_squared_error", "--loss was cross_entropy and is mean_squared_error now"),
    ("--activation tanh", "layer dense_1 was dense(activation=relu, bias=zeros, units=8) of input and is"),
    ("--depth 3", "the number of layers was"),
    ("--norm batch", "the number of layers was"), ("--width 9", "layer dense_1 was"),
  ])
  func anOptionThatChanged(option: String, message: String) throws {
    let directory = try Self.prepared()
    let command = try Self.train(option, in: directory)
    #expect(command.status == 2 && command.output.isEmpty)
    #expect(command.message.hasPrefix("Error: checkpoint kept/he_normal-"))
    #expect(command.message.contains("belongs to another training: \(message)"), "\(command.message)")
    #expect(command.message.hasSuffix("or remove the file to train from the start\n"))
    // Nothing was changed: as before, it goes on.
    #expect(try Self.train("", in: directory).status == 0)
  }

  @Test func dataThatChanged() throws {
    let directory = try Self.prepared()
    let text = try directory.text(of: "rows.csv")
    var lines = text.split(separator: "\n").map(String.init)
    for row in [1, 57, 240] {
      let line = lines[row]
      // The last digit of one cell; then the label.
      for changed in [
        line.hasPrefix("-") ? "-9" + line.dropFirst() : "9" + line,
        String(line.dropLast()) + (line.hasSuffix("0") ? "1" : "0"),
      ] {
        lines[row] = changed
        try directory.write(lines.joined(separator: "\n") + "\n", as: "rows.csv")
        let command = try Self.train("", in: directory)
        #expect(command.status == 2 && command.output.isEmpty)
        #expect(
          command.message.contains("the contents of the ") && command.message.contains(" samples changed"),
          "row \(row): \(command.message)")
        lines[row] = line
      }
    }
    // Another name for the same contents is the same training.
    try directory.write(text, as: "rows.csv")
    try FileManager.default.copyItem(atPath: "\(directory.path)/rows.csv", toPath: "\(directory.path)/copy.csv")
    #expect(try Self.train("--data copy.csv", in: directory).status == 0)
  }

  @Test func threadsAndTargetMayChange() throws {
    let directory = try Self.prepared()
    #expect(try Self.train("--target 0.5", in: directory).status == 0)
    // As many threads for each run as before.
    #expect(try Self.train("--init he_normal,zeros --seeds 2 --threads 3", in: directory).status == 0)
  }
}
