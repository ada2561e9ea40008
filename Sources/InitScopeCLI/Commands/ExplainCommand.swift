import ArgumentParser
import InitScope
import Rainbow
import Spelling

struct ExplainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain", abstract: "Say what a rule looks at, how it judges and what to do about its findings.")

  @Argument(help: "A rule's name, as findings show it; all rules in a line or two each if left out.")
  var rule: String?

  // For `make rule-catalogue`.
  @Flag(help: .hidden)
  var markdown = false

  /// The rule that was named: of an audit, or of a file of weights.
  private enum Chosen {
    case audit(any Rule.Type)
    case weights(any WeightRule.Type)
  }

  private var chosen: Chosen? {
    get throws {
      guard let rule else { return nil }
      let folded = foldedName(rule)
      if let name = RuleCatalogue.names.first(where: { foldedName($0) == folded }) {
        return RuleCatalogue.rule(named: name).map { .audit($0) }
      }
      if let name = WeightRules.names.first(where: { foldedName($0) == folded }) {
        return WeightRules.rule(named: name).map { .weights($0) }
      }
      let remedy =
        nearestName(to: rule, among: RuleCatalogue.names + WeightRules.names).map { "Did you mean `\($0)`?" }
        ?? "`initscope explain` lists them."
      throw ValidationError("There is no rule `\(rule)`. \(remedy)")
    }
  }

  func validate() throws { _ = try chosen }

  func run() throws {
    let columns = min(Console.columns ?? Console.defaultColumns, 120)
    if markdown {
      Console.output(RuleDocumentation.markdown)
    } else if let rule = try chosen {
      switch rule {
      case .audit(let rule): Console.output(Self.text(rule, columns: columns, color: Console.usesColor))
      case .weights(let rule): Console.output(Self.text(rule, columns: columns, color: Console.usesColor))
      }
    } else {
      Console.output(ListCommand.section(.rules))
    }
  }

  static func text(_ rule: any WeightRule.Type, columns: Int, color: Bool) -> String {
    func heading(_ text: String) -> String { (color ? text.bold : text) + "\n" }
    func body(_ text: String) -> String { Paragraph.wrap(text, columns: columns, indent: 2) }
    return [
      heading(rule.name) + body("\(rule.summary) A rule of `initscope weights`."),
      heading("Remedy") + body(rule.remedy), heading("How it is judged") + body(rule.explanation),
    ].joined(separator: "\n")
  }

  static func text(_ rule: any Rule.Type, columns: Int, color: Bool) -> String {
    func heading(_ text: String) -> String { (color ? text.bold : text) + "\n" }
    func body(_ text: String) -> String { Paragraph.wrap(text, columns: columns, indent: 2) }
    // What to do comes first: who wants the statistics reads on.
    var sections = [heading(rule.name) + body(rule.summary), heading("Remedy") + body(rule.remedy)]
    if !rule.severities.isEmpty {
      sections.append(
        heading("Severities") + rule.severities.map { body("\($0.severity.rawValue): \($0.condition).") }.joined())
    }
    if let status = rule.status {
      let text = "An error makes the run's status \(status.rawValue), unless another is worse."
      sections.append(heading("Verdict") + body(text))
    }
    sections.append(heading("How it is judged") + body(rule.explanation))
    return sections.joined(separator: "\n")
  }
}
