import SignalPropagation

/// Writes the documentation's page of rules from what each rule says about itself.
///
/// `make rule-catalogue` writes it to Documentation.docc/Rules.md; a test fails where that file is stale.
public enum RuleDocumentation {
  public static var markdown: String {
    let types = RuleCatalogue.rules.map { type(of: $0) }
    let rows = types.map { "| \($0.name) | \($0.status?.rawValue ?? "-") | \($0.summary) |\n" }
    return """
      # Rules

      What an audit's findings say, rule by rule, in the order in which they are reported.

      A finding is an *error* where the network will not train as it is, a *warning* where something is not as declared or \
      training will suffer, and a *note* where something is worth knowing. `initscope explain RULE` prints a rule's text. \
      This page is generated from the rules by `make rule-catalogue`.

      | rule | status of its errors | what it sees |
      |---|---|---|
      \(rows.joined())
      \(types.map(section).joined(separator: "\n"))
      """
  }

  private static func section(_ rule: any Rule.Type) -> String {
    let severities = rule.severities.map { "- \($0.severity.rawValue): \($0.condition)\n" }.joined()
    return """
      ## \(rule.name)

      \(rule.summary)

      **Remedy.** \(rule.remedy)

      \(severities.isEmpty ? "" : severities + "\n")**How it is judged.** \(rule.explanation)
      \(rule.derivation.map { "\n**Where the bound comes from.** \($0)\n" } ?? "")
      """
  }
}
