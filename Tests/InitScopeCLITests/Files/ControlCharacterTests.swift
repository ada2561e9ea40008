import Foundation
import Testing

/// Names and cells that hold control characters never steer the terminal.
@Suite struct ControlCharacterTests {
  /// Turn red, ring, clear the screen, a CSI of one byte, write from right to left.
  static let evil = "a\u{1B}[31mb\u{07}c\u{1B}[2Jd\u{9B}2Je\u{202E}f\u{7F}"

  private func isClean(_ text: String) -> Bool {
    text.unicodeScalars.allSatisfy { scalar in
      switch scalar.value {
      case 0x0A: true
      case 0..<0x20, 0x7F...0x9F, 0x202A...0x202E, 0x2066...0x2069, 0x200E, 0x200F, 0x061C: false
      default: true
      }
    }
  }

  private func expectClean(
    _ command: Command, _ what: String, contains part: String? = "\\u{1B}", sourceLocation: SourceLocation = #_sourceLocation
  ) {
    #expect(isClean(command.output) && isClean(command.message), "\(what)", sourceLocation: sourceLocation)
    #expect(command.signal == nil && command.status != 0 || command.status == 0, sourceLocation: sourceLocation)
    if let part {
      #expect(
        (command.output + command.message).contains(part), "\(what): \(command.message)", sourceLocation: sourceLocation)
    }
  }

  private static let small = ["--batch", "8", "--seeds", "2", "--init", "he_normal", "--no-png"]

  @Test func wordsOfTheCommandLine() throws {
    let evil = Self.evil
    for arguments in [
      ["--\(evil)"], [evil], ["audit", "--\(evil)"], ["audit", "--init", evil], ["audit", evil],
      ["audit", "./\(evil).yaml"],
      ["audit", "--activation", evil], ["audit", "--input", evil], ["audit", "--input", "\(evil).csv"],
      ["audit", "--depth", evil],
      ["check", "--bounds", evil], ["check", "--init", "he_normal", "--baseline", evil], ["explain", evil], ["list", evil],
      ["describe", evil], ["train", "--data", evil], ["train", "--data", "\(evil).csv"], ["reproduce", evil],
      ["theory", "--activation", evil], ["audit", "--no-png", "--csv", "missing/\(evil)"],
      ["audit", "--output", "/proc/\(evil)"],
      ["train", "--data", "iris", "--checkpoint", "/proc/\(evil)"], ["train", "--data", "iris", "--optimizer", evil],
    ] {
      let command = try Command.run(Command.program, arguments, in: nil, input: "", environment: [:])
      #expect(command.status != 0)
      expectClean(command, "\(arguments)")
    }
  }

  @Test func namesOfFilesThatAreWritten() throws {
    let directory = try TemporaryDirectory()
    let name = Self.evil
    expectClean(
      try Command.run(
        Command.program,
        ["audit", "--depth", "2", "--width", "4"] + Self.small + ["--csv", "\(name).csv", "--output", name],
        in: directory, input: "", environment: [:]), "audit")
    #expect(try directory.files() == ["\(name).csv", "\(name)/audit.json"])
  }

  @Test func cellsOfTables() throws {
    let directory = try TemporaryDirectory()
    let evil = Self.evil
    try directory.write("x,y\n1,2\n\(evil),3\n", as: "cell.csv")
    try directory.write("x,\(evil)\n1,2\n3,word\n", as: "header.csv")
    try directory.write(
      "x,label\n" + (0..<40).map { "\($0),\($0 % 2 == 0 ? evil : "other")" }.joined(separator: "\n") + "\n", as: "label.csv")
    try directory.write("x,\(evil)\n" + (0..<40).map { "\($0),\($0 % 2)" }.joined(separator: "\n") + "\n", as: "name.csv")
    for name in ["cell", "header", "label", "name"] {
      for command in ["audit --input", "train --epochs 1 --seeds 1 --data"] {
        expectClean(
          try Command.shell("$initscope \(command) \(name).csv --no-png --init he_normal", in: directory),
          "\(command) \(name)",
          contains: nil)
      }
    }
  }

  @Test func namesInNetworkFiles() throws {
    let directory = try TemporaryDirectory()
    // As escapes, which YAML allows in double quotes where it forbids the characters themselves.
    let evil = #"a\e[31mb\x07c\e[2Jd\x9B2Je\u202Ef\x7F"#
    try directory.write(
      """
      name: "\(evil)"
      input: 4
      layers:
        - dense: {units: 4, activation: relu, name: "\(evil)1"}
        - dense: {units: 4, activation: relu, name: "\(evil)2"}
        - dense: {units: 4, activation: relu, name: "\(evil)3"}
        - dense: {units: 2, name: "\(evil)4"}

      """, as: "net.yaml")
    let small = Self.small.joined(separator: " ").replacing("--init he_normal", with: "")
    // Network files hold no control characters: the error names the place, and writes the character out.
    for command in [
      "describe net.yaml", "audit net.yaml \(small) --init he_normal", "check net.yaml --batch 8 --seeds 2 --init he_normal",
    ] {
      let refused = try Command.shell("$initscope \(command)", in: directory)
      #expect(refused.status == 2)
      expectClean(refused, command, contains: "U+1B")
    }
    // A saved audit whose names are others.
    #expect(
      try Command.shell(
        "$initscope audit --depth 2 --width 4 \(small) --init he_normal --output base --quiet", in: directory
      ).status == 0)
    let json = try directory.text(of: "base/audit.json").replacing("he_normal", with: "\\u001b[31mother")
    try directory.write(json, as: "other.json")
    expectClean(
      try Command.shell(
        "$initscope check --depth 2 --width 4 --batch 8 --seeds 2 --init he_normal --baseline other.json", in: directory),
      "baseline", contains: nil)
  }

  @Test func keysOfFiles() throws {
    let directory = try TemporaryDirectory()
    let evil = #"a\e[31mb\x07c\x9B2Jd"#
    let files = [
      "\"\(evil)\": 3\n", "input: \"\(evil)\"\n", "input: 4\nlayers: [{\"\(evil)\": 3}]\n",
      "input: 4\nlayers: [{dense: {units: \"\(evil)\"}}]\n", "input: 4\nlayers: [{dense: {\"\(evil)\": 3}}]\n",
      "input: 4\nlayers: [{dense: {units: 3, activation: \"\(evil)\"}}]\n",
      "input: 4\nlayers: [{dense: {units: 3, weights: \"\(evil)\"}}]\n",
      "input: 4\nlayers: [{dense: {units: 3, inputs: [\"\(evil)\"]}}]\n",
    ]
    for (index, text) in files.enumerated() {
      try directory.write(text, as: "net\(index).yaml")
      expectClean(try Command.shell("$initscope describe net\(index).yaml", in: directory), text, contains: nil)
    }
    let bounds = [
      "\"\(evil)\": 3\n", "version: \"\(evil)\"\n", "version: 1\nnetwork: \"\(evil)\"\n", "version: 1\ninput: \"\(evil)\"\n",
      "version: 1\nverdict: \"\(evil)\"\n", "version: 1\nrules: {\"\(evil)\": error}\n",
      "version: 1\nrules: {dead-units: \"\(evil)\"}\n",
      "version: 1\nbounds: [{layers: \"\(evil)\", of: activations, variance: [0, 1]}]\n",
      "version: 1\noptions: {\"\(evil)\": 3}\n",
      "version: 1\noptions: {depth: \"\(evil)\"}\n", "version: 1\ninit: \"\(evil)\"\n",
    ]
    for (index, text) in bounds.enumerated() {
      try directory.write(text, as: "bounds\(index).yaml")
      expectClean(
        try Command.shell(
          "$initscope check --depth 2 --width 4 --batch 8 --seeds 2 --init he_normal --bounds bounds\(index).yaml",
          in: directory),
        text, contains: nil)
    }
  }

  /// On a terminal the table's own colours are there, and a name's are written out.
  @Test func coloursOfOurOwnStay() throws {
    let directory = try TemporaryDirectory()
    try directory.write(
      "name: \"\\e[31mred\"\ninput: 4\nlayers: [{dense: {units: 4, name: \"\\e[32mgreen\"}}, {dense: 2}]\n", as: "net.yaml")
    let command = try Command.shell(
      "script -qec \"$initscope describe net.yaml\" /dev/null < /dev/null", in: directory)
    guard command.status == 0 else { return }
    #expect(command.output.contains("\u{1B}[1m"))
    #expect(command.output.contains("\\u{1B}[31mred") && command.output.contains("\\u{1B}[32mgreen"))
    #expect(!command.output.contains("\u{1B}[31m") && !command.output.contains("\u{1B}[32m"))
  }
}
