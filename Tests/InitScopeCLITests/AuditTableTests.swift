import Foundation
import Testing

/// What `initscope audit` prints for a person.
@Suite struct AuditTableTests {
  static let small = ["audit", "--depth", "4", "--width", "16", "--batch", "32", "--seeds", "3"]

  private func audit(_ arguments: String..., in directory: TemporaryDirectory? = nil, environment: [String: String] = [:])
    throws -> Command
  {
    try Command.run(Command.program, Self.small + arguments, in: directory, input: "", environment: environment)
  }

  @Test(arguments: [80, 100]) func theComparisonHasARowForEachInitializerAndFits(columns: Int) throws {
    let command = try audit("--no-png", environment: ["COLUMNS": "\(columns)"])
    #expect(command.status == 0)
    #expect(command.message.isEmpty)
    let lines = command.output.split(separator: "\n", omittingEmptySubsequences: false)
    #expect(lines.allSatisfy { $0.count <= columns })
    // 4 * (16 * 16 + 16) + 16 * 10 + 10.
    #expect(lines[0] == "mlp: 4 hidden layers x 16, relu, 1,258 parameters")
    #expect(lines[1] == "input gaussian (standardized), batch 32, 3 replicas, seed 0, backward gaussian")
    #expect(lines[2].contains(" threads, peak memory ") && lines[2].hasSuffix(" MiB. --legend explains the columns."))
    #expect(
      lines[4].split(separator: " ").joined(separator: " ")
        == (columns >= 100
          ? "initializer forward last per layer backward first per layer dead cosine vs theory"
          // Narrow terminals get short titles.
          : "initializer forward last growth backward first growth dead cos off"))
    let names = lines[5..<14].map { String($0.prefix { $0 != " " && $0 != "…" }) }
    for (name, full) in zip(
      names,
      [
        "zeros", "normal(std=0.01)", "normal", "glorot_uniform", "glorot_normal", "he_uniform", "he_normal",
        "orthogonal(gain=1.4142)", "lsuv",
      ]
    ) {
      #expect(full.hasPrefix(name))
    }
    // Zeros have no signal, no growth and no cosine, in either direction.
    #expect(lines[5].split(separator: " ") == ["zeros", "····", "zero", "-", "····", "zero", "-", "100%", "-", "0.1"])
    #expect(lines[14].isEmpty)
    // Columns are aligned: the growth of every row begins where its header does.
    let growth = try #require(
      lines[4].range(of: columns >= 100 ? "per layer" : "growth")?.lowerBound.utf16Offset(in: lines[4]))
    #expect(lines[6..<14].allSatisfy { Array($0)[growth] == "x" && Array($0)[growth - 1] == " " })
  }

  @Test func oneInitializerShowsEveryLayer() throws {
    let command = try audit("--no-png", "--init", "he_normal", environment: ["COLUMNS": "120"])
    let lines = command.output.split(separator: "\n")
    let header = try #require(lines.firstIndex { $0.hasPrefix("layer") })
    #expect(
      lines[header].split(separator: " ")
        == [
          "layer", "units", "E[z²]", "E[a²]", "theory", "E[g²]", "theory", "vs", "theory", "grad/W", "var/law", "dead",
          "flat", "cosine",
        ])
    #expect(
      lines[(header + 1)...(header + 5)].map { String($0.prefix { $0 != " " }) }
        == ["dense_1", "dense_2", "dense_3", "dense_4", "output"])
    #expect(lines.allSatisfy { $0.count <= 120 })
    // A narrow terminal gets short names, and nothing is cut off.
    let narrow = try audit("--no-png", "--init", "he_normal", environment: ["COLUMNS": "80"]).output.split(separator: "\n")
    #expect(narrow.allSatisfy { $0.count <= 80 })
    #expect(narrow.contains { $0.split(separator: " ").prefix(3) == ["layer", "units", "E[z²]"] })
  }

  @Test func aDeepNetworkShowsASelection() throws {
    let command = try Command.run(
      "audit", "--depth", "100", "--width", "4", "--batch", "4", "--seeds", "1", "--init", "he_normal", "--no-png")
    #expect(command.output.contains("\n32 of 101 layers; --json has all.\n"))
    #expect(command.output.contains("\ndense_1 ") && command.output.contains("\noutput "))
  }

  @Test func nothingIsColouredWithoutATerminal() throws {
    #expect(try !audit("--no-png").output.contains("\u{1B}"))
  }

  /// `script` gives the program a terminal, where the system has pseudo-terminals to give.
  @Test(.enabled(if: FileManager.default.fileExists(atPath: "/dev/pts/ptmx")))
  func aTerminalIsColouredUnlessNoColorIsSet() throws {
    let line = "script -qec \"$initscope \(Self.small.joined(separator: " ")) --no-png\" /dev/null"
    let plain = try Command.shell(line, environment: ["NO_COLOR": "1"])
    let dumb = try Command.shell(line, environment: ["TERM": "dumb"])
    let coloured = try Command.shell(line)
    try #require(coloured.status == 0)
    // Green for what keeps its size, red for what is lost.
    #expect(coloured.output.contains("\u{1B}[32m") && coloured.output.contains("\u{1B}[31m"))
    #expect(!plain.output.contains("\u{1B}[3") && plain.output.contains("he_normal"))
    #expect(!dumb.output.contains("\u{1B}[3") && dumb.output.contains("he_normal"))
    // An empty NO_COLOR does not count (no-color.org).
    #expect(try Command.shell(line, environment: ["NO_COLOR": ""]).output.contains("\u{1B}[32m"))
  }

  @Test func quietPrintsNothing() throws {
    let directory = try TemporaryDirectory()
    let command = try audit("--quiet", "--output", "out", in: directory)
    #expect(command.status == 0)
    #expect(command.output.isEmpty && command.message.isEmpty)
    #expect(try directory.files().contains("out/audit.json"))
  }

  @Test func filesAppearWhereTheyAreAskedFor() throws {
    let directory = try TemporaryDirectory()
    let command = try audit("--init", "he_normal,zeros", "--output", "a/b", "--csv", "layers.csv", in: directory)
    #expect(command.status == 0)
    let files = try directory.files()
    let pictures = files.filter { $0.hasSuffix(".png") }
    #expect(pictures.count >= 5)
    #expect(files == pictures.union(["a/b/audit.json", "layers.csv"]))
    for picture in pictures { #expect(try directory.data(of: picture).starts(with: [0x89, 0x50, 0x4E, 0x47])) }
    #expect(command.message.hasPrefix("wrote \(pictures.count + 1) files to a/b: "))
    #expect(command.message.hasSuffix("wrote layers.csv\n"))
    let table = try directory.text(of: "layers.csv").split(whereSeparator: \.isNewline)
    let columns = try #require(table.first).split(separator: ",").count
    #expect(columns > 20)
    #expect(Set(table.dropFirst().map { $0.prefix { $0 != "," } }) == ["he_normal", "zeros"])
  }

  @Test func theDefaultPlaceIsReportsAudit() throws {
    let directory = try TemporaryDirectory()
    #expect(try audit("--init", "he_normal", in: directory).status == 0)
    #expect(try directory.files().contains("Reports/audit/audit.json"))
  }

  @Test func withoutPicturesNothingIsWrittenUnlessAsked() throws {
    let directory = try TemporaryDirectory()
    #expect(try audit("--no-png", in: directory).status == 0)
    #expect(try directory.files().isEmpty)
    #expect(try audit("--no-png", "--output", "out", in: directory).status == 0)
    #expect(try directory.files() == ["out/audit.json"])
  }

  @Test func aReaderThatGoesAwayIsNoCrash() throws {
    // Far more than a pipe holds, so that the program is still writing when head ends.
    let command = try Command.shell("$initscope describe --depth 10000 --width 1 | head -1; echo ${PIPESTATUS[0]}")
    #expect(command.output.hasPrefix("mlp: input 1, output 10"))
    #expect(command.output.hasSuffix("\n0\n"), "\(command.output.suffix(20))")
    #expect(command.message.isEmpty)
  }
}
