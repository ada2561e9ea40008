import InitScope
import Testing

/// `initscope explain`, and findings as the audit's table shows them.
@Suite struct ExplainCommandTests {
  @Test func aRuleIsExplained() throws {
    let command = try Command.run("explain", "non-finite")
    #expect(command.status == 0 && command.message.isEmpty)
    #expect(
      command.output == """
        non-finite
          A signal is not a number, is infinite, or leaves Float32's range.

        Remedy
          Shrink the weights: the growth per layer says by how much. Where a signal is
          not a number without being large, look for an input that is not finite or an
          activation that is not defined everywhere.

        Severities
          error: some value is not finite, or is 2^128 or more in magnitude.

        Verdict
          An error makes the run's status nonfinite, unless another is worse.

        How it is judged
          Every value of every signal is looked at, forward and backward, in all
          replicas. The audit carries a scale beside its signals and so sees magnitudes
          that plain Float32 does not hold: a signal whose largest value is 2^128
          (3.4e38) or more becomes infinite in training, and the loss not a number.
          Nothing is left to chance, so that no false-alarm rate applies.

        """)
  }

  @Test(arguments: RuleCatalogue.names) func everyRuleFitsTheTerminal(name: String) throws {
    for columns in [60, 100] {
      let command = try Command.run("explain", name, environment: ["COLUMNS": "\(columns)"])
      #expect(command.status == 0)
      #expect(command.output.hasPrefix(name + "\n"))
      #expect(command.output.split(separator: "\n").allSatisfy { $0.count <= columns })
    }
  }

  /// As everywhere, capitals and the kind of dash do not count.
  @Test func namesAreReadAsOtherNamesAre() throws {
    #expect(try Command.run("explain", "Dead_Units").output == Command.run("explain", "dead-units").output)
  }

  @Test func withoutANameTheRulesAreListed() throws {
    let list = try Command.run("explain")
    #expect(list.status == 0)
    #expect(list.output == (try Command.run("list", "rules").output))
  }

  @Test func thePageIsPrinted() throws {
    #expect(try Command.run("explain", "--markdown").output == RuleDocumentation.markdown)
  }

  @Test(arguments: [80, 100]) func findingsFitTheTerminal(columns: Int) throws {
    let command = try Command.run(
      "audit", "--no-png", "--depth", "20", "--width", "64", "--init", "zeros,glorot_normal,normal,he_normal",
      environment: ["COLUMNS": "\(columns)"])
    #expect(command.status == 0)
    let lines = command.output.split(separator: "\n", omittingEmptySubsequences: false)
    #expect(lines.allSatisfy { $0.count <= columns })
    let text = lines.joined(separator: " ").split(separator: " ").joined(separator: " ")
    for rule in ["symmetric-units", "vanishing-gradients", "exploding-activations"] { #expect(text.contains("[\(rule)]")) }
    #expect(text.contains("error: zeros: All units of layers dense_1 to dense_20 are copies"))
    // The initializers of one problem stand together: here the two that shrink or grow, and the one by itself.
    #expect(
      text.contains("error: glorot_normal: Activations shrink: ") && text.contains("error: normal: Activations grow: "))
    #expect(!text.contains("error: he_normal") && !text.contains("note: "))
  }

  /// A comparison counts its notes; an initializer by itself shows them.
  @Test func notesAreShownForOneInitializer() throws {
    let arguments = ["audit", "--no-png", "--depth", "6", "--width", "128", "--init"]
    func text(_ initializers: String) throws -> String {
      try Command.run(Command.program, arguments + [initializers], in: nil, input: "", environment: [:]).output
    }
    // Half a layer over 5 steps is a factor of 32, both ways and in theory.
    let alone = try text("glorot_normal"), compared = try text("glorot_normal,he_normal")
    #expect(alone.contains("note: Activations shrink") && alone.contains("[vanishing-gradients]"))
    #expect(!compared.contains("note: ") && !compared.contains("[vanishing-gradients]"))
    #expect(compared.contains("\n  3 notes are not shown. To see them, audit one initializer, or use --json.\n"))
  }
}
