import Glibc
import NumberText
import TensorFiles

/// Puts a report together from what the rules found in each part of a file.
struct ReportMaker {
  let context: FileContext
  let judged: [(part: FilePart, judgement: Judgement)]
  /// What was found across parts.
  let across: [WeightFinding]
  let file: any TensorFile
  let configuration: WeightAuditConfiguration

  init(
    _ context: FileContext, _ judged: [(part: FilePart, judgement: Judgement)], _ across: [WeightFinding],
    _ file: any TensorFile, _ configuration: WeightAuditConfiguration
  ) {
    (self.context, self.judged, self.across) = (context, judged, across)
    (self.file, self.configuration) = (file, configuration)
  }

  func report(comparisons: Int) -> WeightReport {
    let parts = Dictionary(zip(context.entries.map(\.name), context.names), uniquingKeysWith: { first, _ in first })
    let found = FindingGroups.merged(judged.flatMap(\.judgement.findings) + across, parts)
    let findings = WeightFinding.Severity.allCases.flatMap { severity in found.filter { $0.severity == severity } }
    var rules: [String: [(rule: String, severity: WeightFinding.Severity)]] = [:]
    for finding in findings {
      for name in finding.tensors { rules[name, default: []].append((finding.rule, finding.severity)) }
    }
    var expected: [Int: TensorReport.Expected] = [:], formulas: [Int: String] = [:]
    for (part, judgement) in judged {
      for (place, index) in part.members.enumerated() {
        expected[index] = Self.expected(judgement, place)
        formulas[index] = FormulaNames.name(judgement.context, place)
      }
    }
    let tensors = context.entries.indices.map { index in
      let entry = context.entries[index], own = rules[entry.name] ?? []
      return TensorReport(
        entry: entry, role: context.roles[index], statistics: context.statistics[index], expected: expected[index],
        formula: formulas[index], findings: own.map(\.rule), pattern: context.names[index].pattern,
        severity: WeightFinding.Severity.allCases.first { severity in own.contains { $0.severity == severity } })
    }
    let reports = judged.map {
      PartReport(name: $0.part.name, tensors: $0.part.members.count, scheme: Self.schemeUse($0.judgement))
    }
    let largest = reports.filter { $0.scheme != nil }.max { $0.tensors < $1.tensors }
    var report = WeightReport(
      file: configuration.path, format: file.format, tensors: tensors, findings: findings, scheme: largest?.scheme,
      falseAlarmRate: configuration.falseAlarmRate, comparisons: comparisons, compared: nil, notes: file.notes, summary: "")
    report.parts = reports.count > 1 ? reports : []
    report.byteCount = zip(context.entries.indices, context.entries).reduce(0) {
      $0 + (file.sharing[$1.0] == $1.0 ? $1.1.byteCount : 0)
    }
    return report
  }

  /// What the scheme declares; of a library's only where it fits, since nobody asked for it.
  private static func expected(_ judgement: Judgement, _ index: Int) -> TensorReport.Expected? {
    guard let fit = judgement.fit, let first = fit.laws[index].first, let fits = fit.fits[index] else { return nil }
    guard judgement.demandsFit || fits else { return nil }
    let test = judgement.test
    let fitting =
      fit.laws[index].first { test.fits(judgement.statistics(index), $0.law, judgement.entry(index).type) } ?? first
    return TensorReport.Expected(scheme: fit.scheme.name, law: fitting.law, text: fitting.text, fits: fits)
  }

  private static func schemeUse(_ judgement: Judgement) -> SchemeUse? {
    guard let fit = judgement.fit, judgement.chosen != nil || fit.share >= 0.5 && judgement.ownLaw == nil else { return nil }
    let parameters = fit.parameters.sorted { $0.key < $1.key }.filter { name, _ in
      fit.scheme.rules.contains { $0.laws.contains { $0.names.contains(name) } }
    }
    return SchemeUse(
      name: fit.scheme.name, summary: fit.scheme.summary, source: fit.scheme.source,
      origin: judgement.chosen != nil ? .chosen : fit.scheme.isOfFile ? .declared : .recognized,
      share: fit.share, parameters: parameters.map { ($0.key, $0.value, fit.origins[$0.key] ?? "scheme") })
  }

  /// What came out, in a sentence.
  static func summary(_ report: WeightReport) -> String {
    func count(_ severity: WeightFinding.Severity, _ word: String) -> String? {
      let count = report.findings.count { $0.severity == severity }
      return count == 0 ? nil : "\(count) \(word)\(count == 1 ? "" : "s")"
    }
    guard !report.tensors.isEmpty else { return "the file holds no tensors" }
    let counts = [count(.error, "error"), count(.warning, "warning"), count(.note, "note")].compactMap(\.self)
    let scheme = report.scheme.map { use in
      switch use.origin {
      case .chosen:
        report.tensors.contains { $0.expected != nil }
          ? "compared with \(use.name)" : "no tensor was compared with \(use.name), which says nothing of any of them"
      case .declared: "compared with what \(use.name) declares"
      case .recognized: "the names and most values are those of \(use.name)"
      }
    }
    let found = counts.isEmpty ? "nothing is wrong" : counts.joined(separator: ", ")
    let floats = report.tensors.count { $0.entry.type.isFloat }
    guard floats > 0 else {
      let whole = groupedNumber(report.tensors.count)
      return "the file holds no tensors of floating-point numbers; \(whole) of whole numbers were not judged"
    }
    if !report.parts.isEmpty {
      let parts = report.parts.map { part in
        "\(part.name.isEmpty ? "the rest" : part.name) with \(part.scheme?.name ?? "no scheme")"
      }
      return "\(found) in \(groupedNumber(floats)) tensors; each part was compared by itself: "
        + parts.joined(separator: ", ")
    }
    return "\(found) in \(groupedNumber(floats)) tensor\(floats == 1 ? "" : "s"); "
      + (scheme ?? "no published scheme was recognized")
  }
}

/// Names the published formula that a deviation fits.
enum FormulaNames {
  private static let formulas = [
    "0.02", "0.02/sqrt(2*L)", "0.02/sqrt(2*(l+1))", "1/sqrt(fan_in)", "sqrt(2/fan_in)", "sqrt(2/(fan_in+fan_out))",
    "1/sqrt(3*fan_in)",
    "sqrt(2/fan_out)", "1/sqrt(d)", "sqrt(2/(5*d))", "2/(L*sqrt(d))", "1/sqrt(hidden)/sqrt(3)", "1", "0.01", "0.05", "0.1",
    "1/fan_in",
  ]

  /// The first formula whose value the deviation fits by chi-square at one in a thousand and to 2%; nil where none does,
  /// and for tensors that do not vary.
  static func name(_ context: FileContext, _ index: Int) -> String? {
    let s = context.statistics[index]
    guard context.roles[index].kind.isWeight, s.nonFinite == 0, s.variance > 0, s.count >= 16 else { return nil }
    let test = LawTest(rate: 1e-3, tolerance: 0.005)
    for (place, formula) in parsed.enumerated() {
      guard let value = formula.value({ context.value($0, at: index, SchemeCatalogue.torch, [:]) }), value > 0 else {
        continue
      }
      let differences = test.differences(s, .normal(mean: 0, std: value), context.entries[index].type)
      if abs(s.standardDeviation / value - 1) < 0.05,
        !differences.contains(where: { if case .deviation = $0 { true } else { false } })
      {
        return formulas[place]
      }
    }
    return nil
  }

  private static let parsed: [Expression] = formulas.compactMap {
    var scanner = LawScanner($0)
    return try? scanner.expression()
  }
}
