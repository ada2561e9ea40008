import Foundation
import Testing

/// What a comparison looks like as a whole: one screen, problems by rule, what to do last.
@Suite struct AuditScreenTests {
  private func audit(_ columns: Int, _ arguments: String...) throws -> [String] {
    let command = try Command.run(
      Command.program, ["audit", "--no-png"] + arguments, in: nil, input: "", environment: ["COLUMNS": "\(columns)"])
    #expect(command.status == 0, "\(command.message)")
    return command.output.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
  }

  /// The lines in one, with single blanks: where a terminal breaks them does not matter.
  private func joined(_ lines: some Sequence<String>) -> String {
    lines.joined(separator: " ").split(separator: " ").joined(separator: " ")
  }

  /// Nine initializers of a sigmoid network, of which none works: most findings that a comparison has.
  @Test(arguments: [(100, 40), (80, 40)]) func theWorstComparisonFitsOneScreen(columns: Int, lines most: Int) throws {
    let lines = try audit(columns, "--activation", "sigmoid")
    // The last line feed ends the last line.
    #expect(lines.count - 1 <= most, "\(lines.joined(separator: "\n"))")
    #expect(lines.allSatisfy { $0.count <= columns })
    let text = joined(lines)
    // One paragraph for each rule, with all that share it and the worst.
    let rules = ["symmetric-units", "vanishing-gradients", "collapsed-inputs"] + (columns < 100 ? [] : ["gain-mismatch"])
    for rule in rules {
      #expect(text.components(separatedBy: "[\(rule)]").count == 2, "\(rule)")
    }
    // What has no room is counted.
    #expect(!text.contains("[float16-range]"))
    #expect(
      text.contains(
        /\d+ warnings and \d+ notes are not shown, and texts are shortened\. To see all, audit one initializer, or use --json\./
      ))
    #expect(
      text.contains(
        "error: normal(std=0.01): Gradients shrink: mean square x"))
    #expect(text.contains("[vanishing-gradients] Also found in all others except zeros and normal."))
    #expect(text.contains("error: zeros: Samples become indistinguishable: "))
    #expect(text.contains("[collapsed-inputs] Also found in all others except normal."))
    // The status of each verdict is named after a finding that is told, however little room there is.
    #expect(text.contains("saturated unknown") && text.contains("[saturated-units]"))
    // The table, what was found, then the outcome, and what to do last.
    let table = try #require(
      text.range(of: columns >= 100 ? "initializer forward last per layer" : "initializer forward last growth"))
    let findings = try #require(text.range(of: "error: zeros: All units"))
    let verdict = try #require(text.range(of: "verdict trains sure learning rate initializers"))
    let advice = try #require(text.range(of: "Remedy for all 9: Use tanh"))
    #expect(table.lowerBound < findings.lowerBound && findings.lowerBound < verdict.lowerBound)
    #expect(verdict.lowerBound < advice.lowerBound)
    #expect(text.components(separatedBy: "Remedy for").count == 2)
    #expect(text.contains("symmetric no 99% - zeros "))
  }

  @Test func initializersOfOneOutcomeShareARow() throws {
    let lines = try audit(100)
    // The prompt needs a line, too.
    let narrow = try audit(80)
    #expect(narrow.count - 1 <= 40, "\(narrow.joined(separator: "\n"))")
    let header = try #require(lines.firstIndex { $0.hasPrefix("verdict") })
    let rows = lines[(header + 1)...].prefix { !$0.hasPrefix("  Remedy") && !$0.isEmpty }
    let healthy = rows.filter { $0.hasPrefix("healthy") }
    #expect(!healthy.isEmpty && healthy.allSatisfy { $0.contains(" yes ") })
    #expect(joined(rows).contains("he_normal") && rows.count < 9)
    #expect(lines.count - 1 <= 40)
    // A row says how sure its verdicts are at least and at most; a rate is written as the text below writes it.
    #expect(joined(rows).contains("vanishing no 96-99% - normal(std=0.01), glorot_uniform, glorot_normal"))
    #expect(joined(rows).contains("healthy yes 99% 0.01 he_uniform, he_normal,"))
    #expect(
      joined(lines.suffix(4)).contains(
        "Remedy for zeros, normal(std=0.01), normal, glorot_uniform and glorot_normal: Use he_normal. In this audit plain "
          + "SGD is expected to learn with it at a learning rate of about 0.01 (99% sure)."))
  }

  // MARK: Legend

  private let small = ["--depth", "3", "--width", "16", "--batch", "32", "--seeds", "2"]

  @Test func theLegendIsPrintedOnRequest() throws {
    let arguments = ["audit", "--no-png", "--init", "he_normal,zeros"] + small
    func text(_ more: String...) throws -> String {
      try Command.run(Command.program, arguments + more, in: nil, input: "", environment: ["COLUMNS": "100"]).output
    }
    let (plain, explained) = (try text(), try text("--legend"))
    #expect(plain.contains(" MiB. --legend explains the columns.\n") && !plain.contains("A replica is"))
    #expect(!explained.contains("--legend"))
    #expect(
      explained.contains(
        """
        forward: mean square of the activations, from the first hidden layer to the last; last: its value in
        the last.
        backward: mean square of the gradients, from the last hidden layer to the first; first: its value in
        the first.
        The bars run from 1e-6 to 1e+6. ▄ stands for values near 1, · for no signal.
        per layer: the mean factor from one layer to the next; ± is its 95% interval over the replicas. A
        replica is one independent drawing of weights and inputs.
        dead: units that are zero for the whole batch, in the worst layer. cosine: mean cosine between two
        samples in the last hidden layer; at 1 they cannot be told apart.
        vs theory: how far the worst layer is from what mean-field theory predicts, in standard errors; -
        where theory gives none, such as for weights that are scaled to the data.
        backward gaussian: the backward pass starts from random gradients of the outputs, N(0, 1);
        --backward names a loss.
        trains: a prediction whether plain SGD reaches 60% training accuracy (with 10 equal classes) in 300
        steps at its best learning rate; sure: how probable it is that the prediction is right.

        """))
    // Beside the legend nothing changes but the line that points to it and the time that the audit took.
    let kept = plain.split(separator: "\n").filter { !$0.hasPrefix("--legend") && !$0.contains(" threads, peak memory ") }
    let shown = Set(explained.split(separator: "\n"))
    #expect(kept.allSatisfy(shown.contains))
  }

  /// Every column that a table has is explained by the name that it has there.
  @Test(arguments: [80, 100, 140]) func everyColumnIsExplained(columns: Int) throws {
    let command = try Command.run(
      Command.program, ["audit", "--no-png", "--init", "he_normal", "--legend"] + small, in: nil, input: "",
      environment: ["COLUMNS": "\(columns)"])
    let lines = command.output.split(separator: "\n").map(String.init)
    #expect(lines.allSatisfy { $0.count <= columns })
    let text = joined(lines)
    let header = try #require(lines.first { $0.hasPrefix("layer ") })
    let isNarrow = !header.contains("vs theory")
    let names = isNarrow ? ["off", "grad/W", "var", "cos"] : ["vs theory", "grad/W", "var/law", "cosine"]
    for name in names + ["dead", "flat"] {
      #expect(
        header.contains(name) && (text.contains("\(name): ") || text.contains("\(name) (\"")), "\(name) at \(columns)")
    }
    // A short name is explained by the long one, and only what is printed is explained.
    #expect(text.contains("off (\"vs theory\" in a wider table): ") == isNarrow)
    #expect(lines.contains { $0.hasPrefix("he_normal ") && $0.contains("±") } == text.contains("± is its 95% interval"))
    for name in ["E[z²]", "E[a²]", "E[g²]"] {
      #expect(header.contains(name) && text.contains("\(name), ") || text.contains("\(name): "))
    }
  }

  // MARK: One initializer

  /// The verdict stands above the prompt, and what was found above that, in full and without the initializer's name.
  @Test func oneInitializerEndsInItsVerdict() throws {
    let lines = try audit(100, "--depth", "8", "--width", "32", "--init", "zeros")
    let verdict = try #require(lines.firstIndex { $0.hasPrefix("verdict: ") })
    let finding = try #require(lines.firstIndex { $0.hasPrefix("  error: All units of layers dense_1 to dense_8 are ") })
    let pointer = try #require(lines.firstIndex { $0.hasSuffix(" MiB. --legend explains the columns.") })
    #expect(pointer < finding && finding < verdict)
    #expect(lines[verdict...].dropFirst().allSatisfy { $0.isEmpty || $0.hasPrefix("  ") })
    #expect(!joined(lines[pointer...]).contains("audit one initializer,"))
  }
}
