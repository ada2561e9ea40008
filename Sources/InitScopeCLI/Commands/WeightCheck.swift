import ArgumentParser
import InitScope
import Spelling

/// `initscope check --weights FILE`: a file of weights against bounds by name and the rules of `initscope weights`.
struct WeightCheck {
  let file: String
  let bounds: String?
  let junit: String?
  let sarif: String?
  let json: Bool
  let quiet: Bool

  func run() throws {
    let limits = try bounds.map { try WeightBoundsFile.read(path: $0) } ?? WeightBounds()
    let scheme = try limits.scheme.map { name in try SchemeCatalogue.scheme(named: name) ?? SchemeFile.read(path: name) }
    let progress = ProgressLine("reading", quiet: quiet)
    defer { progress.finish() }
    var configuration = WeightAuditConfiguration(
      path: file, scheme: scheme, falseAlarmRate: limits.falseAlarmRate
    ).readingModels
    configuration.declared = DeclaredWeights.scheme(path: file)
    let report = try WeightAudit.run(configuration) { progress.update($0 >> 20, of: max(1, $1 >> 20)) }
    progress.finish()
    let result = limits.check(report)
    var contents: [AtomicFile.Content] = []
    if let junit { contents.append(.init(path: junit, bytes: WeightJUnit.encode(result))) }
    if let sarif {
      contents.append(
        .init(
          path: sarif,
          bytes: WeightSARIF.encode(result, bounds: bounds == "-" ? nil : bounds, version: InitScopeVersion.current)))
    }
    if !contents.isEmpty {
      try Interruption.deferred { [contents] in try AtomicFile.write(contents) }
      if !quiet { Console.message("wrote \(contents.map(\.path).joined(separator: ", "))") }
    }
    if json {
      Console.output(WeightJSON.encode(report, version: InitScopeVersion.current))
    } else if !quiet {
      Console.output(text(result, report))
    }
    if !result.passes { throw ExitCode(1) }
  }

  private func text(_ result: WeightCheckResult, _ report: WeightReport) -> String {
    let columns = Console.columns ?? Console.defaultColumns
    var text = ""
    for violation in result.violations {
      // Findings name their tensors themselves.
      let name = violation.tensors.isEmpty ? violation.tensor : nil
      text += Paragraph.wrap(
        TerminalText.safe("\(name.map { "\($0): " } ?? "")\(violation.message) [\(violation.identifier)]"), columns: columns,
        indent: 2)
    }
    let count = result.violations.count
    let end = result.passes ? "passes" : "fails: \(count) violation\(count == 1 ? "" : "s")"
    return text
      + Paragraph.wrap(
        "\(result.file) \(end). \(report.summary.prefix(1).uppercased() + report.summary.dropFirst()).", columns: columns,
        indent: 0)
  }
}
