import InitScope
import NumberText
import Rainbow
import Spelling

/// The table of a file's tensors, one line for all tensors of one name and one kind of values, then what was found.
struct WeightTable {
  let report: WeightReport
  let everyTensor: Bool
  let columns: Int
  let color: Bool

  init(_ report: WeightReport, everyTensor: Bool, columns: Int, color: Bool) {
    (self.report, self.everyTensor, self.columns, self.color) = (report, everyTensor, columns, color)
  }

  var text: String {
    // Wide terminals keep names whole.
    let layouts = [
      (gap: 2, name: Int.max, isFull: true), (2, 44, true), (2, 34, true), (2, 40, false), (2, 36, false), (1, 32, false),
      (1, 28, false), (1, 24, false), (1, 20, false), (1, 16, false),
    ]
    let table = TextTable.fitting(columns, layouts) { self.table(gap: $0.0, nameWidth: $0.1, isFull: $0.2) }
    return header + "\n" + table.render(color: color) + findings + closing
  }

  // MARK: Lines

  /// Tensors that one line stands for.
  private struct Line {
    var tensors: [TensorReport]
    var first: TensorReport { tensors[0] }
  }

  private var lines: [Line] {
    var order: [String] = [], members: [String: [TensorReport]] = [:]
    for (place, tensor) in report.tensors.enumerated() {
      let key =
        everyTensor
        ? "\(place)"
        : [
          tensor.pattern, "\(tensor.entry.shape)", tensor.entry.type.rawValue, tensor.severity?.rawValue ?? "",
          tensor.statistics.isConstant ? "\(tensor.statistics.least)" : "", tensor.statistics.looksLike?.law.name ?? "",
        ].joined(separator: "|")
      if members[key] == nil { order.append(key) }
      members[key, default: []].append(tensor)
    }
    return order.compactMap { members[$0].map { Line(tensors: $0) } }
  }

  private func table(gap: Int, nameWidth: Int, isFull: Bool) -> TextTable {
    var table = TextTable(
      isFull
        ? [
          .init("", .left), .init("tensor", .left), .init("shape", .left), .init("role", .left), .init("mean"), .init("std"),
          .init("looks like", .left), .init("declared", .left),
        ]
        : [
          .init("", .left), .init("tensor", .left), .init("shape", .left), .init("std"), .init("looks like", .left),
          .init("declared", .left),
        ])
    table.gap = gap
    for line in lines {
      let tensor = line.first, s = tensor.statistics
      let mark = tensor.severity.map { Self.mark($0) } ?? ("", nil)
      let name = TerminalText.safe(
        everyTensor || line.tensors.count == 1 ? tensor.entry.name : tensor.pattern + " x\(line.tensors.count)")
      let shape = tensor.entry.shape.isEmpty ? "-" : tensor.entry.shape.map(String.init).joined(separator: "x")
      let law = Self.law(line.tensors.map(\.statistics))
      let declared = tensor.expected.map { Self.declared($0) } ?? (tensor.formula.map { "fits \($0)" } ?? "")
      let std = s.finite == 0 ? "-" : Self.range(line.tensors.map(\.statistics.standardDeviation))
      var cells: [TextTable.Cell] = [.init(mark.0, mark.1), .init(Self.fit(name, nameWidth), mark.1), .init(shape)]
      if isFull {
        cells += [.init(tensor.role.kind.rawValue), .init(s.finite == 0 ? "-" : TableNumber.significant(s.mean))]
      }
      // Where names are cut, laws are, too: their parameters stand in the JSON document.
      let most = nameWidth > 32 ? Int.max : 17
      cells += [.init(std), .init(TextTable.fit(law, most)), .init(TextTable.fit(declared, most))]
      table.add(cells)
    }
    return table
  }

  /// The end of a name says more than its beginning.
  private static func fit(_ name: String, _ width: Int) -> String {
    name.count > width ? "…" + name.suffix(max(1, width - 1)) : name
  }

  private static func mark(_ severity: WeightFinding.Severity) -> (String, NamedColor?) {
    switch severity {
    case .error: ("!", .red)
    case .warning: ("?", .yellow)
    case .note: (".", nil)
    }
  }

  /// One deviation, or the least and the largest of several that differ by more than a tenth.
  private static func range(_ values: [Double]) -> String {
    let finite = values.filter(\.isFinite)
    guard let low = finite.min(), let high = finite.max() else { return "-" }
    return high <= low * 1.1
      ? TableNumber.significant(finite[0]) : "\(TableNumber.significant(low))..\(TableNumber.significant(high))"
  }

  private static func law(_ all: [TensorStatistics]) -> String {
    guard let s = all.first else { return "" }
    if s.nonFinite > 0 { return "\(groupedNumber(s.nonFinite)) not finite" }
    guard let looks = s.looksLike else { return s.count == 0 ? "empty" : "other" }
    // Digits of a single draw say nothing of the others.
    let text: String
    switch looks.law {
    case .normal: text = "normal"
    case .uniform(let low, let high):
      text = abs(low + high) < 0.02 * (high - low) ? "uniform ±\(MessageNumber.number(high))" : "uniform"
    case .truncatedNormal(let mean, let std, _, let high):
      text = "normal cut at \(TableNumber.fixed((high - mean) / std, 1)) sigma"
    default: text = looks.law.description
    }
    return looks.probability < 0.95 ? "\(text) (\(TableNumber.percent(looks.probability)))" : text
  }

  private static func declared(_ expected: TensorReport.Expected) -> String {
    switch expected.law {
    case .normal(let mean, let std) where abs(mean) < 1e-9 * std: "normal \(MessageNumber.number(std))"
    case .truncatedNormal(_, let std, _, _): "cut normal \(MessageNumber.number(std))"
    default: expected.law.description
    }
  }

  // MARK: Around the table

  private var header: String {
    let size =
      report.byteCount >= 1 << 30
      ? "\(TableNumber.fixed(Double(report.byteCount) / Double(1 << 30), 1)) GiB"
      : "\(TableNumber.fixed(Double(report.byteCount) / Double(1 << 20), 1)) MiB"
    var text = Paragraph.wrap(
      "\(report.file): \(report.format), \(groupedNumber(report.tensors.count)) tensors, "
        + "\(groupedNumber(report.parameterCount)) values, \(size)",
      columns: columns, indent: 0)
    if let scheme = report.scheme {
      let parameters = scheme.parameters.map { parameter in
        "\(parameter.name) \(MessageNumber.number(parameter.value))"
          + (parameter.from == "file" ? " (from the file)" : parameter.from == "scheme" ? "" : " (\(parameter.from))")
      }.joined(separator: ", ")
      let origin = scheme.origin == .chosen ? "scheme" : scheme.origin.rawValue
      text += Paragraph.wrap(
        "\(origin): \(scheme.name)\(parameters.isEmpty ? "" : ", " + parameters). \(scheme.summary)", columns: columns,
        indent: 0)
    }
    for note in report.notes { text += Paragraph.wrap(TerminalText.safe(note), columns: columns, indent: 0) }
    return text
  }

  private var findings: String {
    guard !report.findings.isEmpty else { return "" }
    return "\n"
      + report.findings.map { finding in
        let text = Paragraph.wrap(
          "\(finding.severity.rawValue): \(TerminalText.safe(finding.message)) [\(finding.rule)]", columns: columns,
          indent: 2)
        guard color else { return text }
        return finding.severity == .error ? text.red : finding.severity == .warning ? text.yellow : text
      }.joined()
  }

  private var closing: String {
    var text = ""
    if let compared = report.compared {
      text += Paragraph.wrap(
        "against \(compared.file): \(compared.equal.count) tensors equal, \(compared.alike.count) of the same law, "
          + "\(compared.different.count) different.",
        columns: columns, indent: 0)
    }
    let rate =
      "At most 1 right file in \(groupedNumber(Int((1 / report.falseAlarmRate).rounded()))) gets an "
      + "error or a warning by chance."
    // Of a file without anything to judge there is nothing that chance could blame.
    guard report.tensors.contains(where: \.entry.type.isFloat) else {
      return "\n" + text
        + Paragraph.wrap(
          "\(report.summary.prefix(1).uppercased() + report.summary.dropFirst()).", columns: columns, indent: 0)
    }
    let head = report.summary.prefix(1).uppercased() + report.summary.dropFirst()
    return "\n" + text + Paragraph.wrap("\(head). \(rate)", columns: columns, indent: 0)
  }
}
