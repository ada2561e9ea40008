import InitScope
import NumberText
import Rainbow
import Spelling

/// The table of a file's tensors, one line for all tensors of one name and one kind of values, then what was found.
struct WeightTable {
  let report: WeightReport
  let everyTensor: Bool
  /// Whether marks and columns are explained.
  let legend: Bool
  let columns: Int
  let color: Bool

  init(_ report: WeightReport, everyTensor: Bool, legend: Bool = false, columns: Int, color: Bool) {
    (self.report, self.everyTensor, self.legend, self.columns, self.color) = (report, everyTensor, legend, columns, color)
  }

  var text: String {
    let table = TextTable.fitting(columns, Layout.all, make: table)
    return header + "\n" + table.render(color: color) + wholeNumbersNote + (legend ? "\n" + explanation : "") + findings
      + closing
  }

  private struct Layout {
    var gap: Int
    var name: Int
    var isFull = false
    /// Columns of a law or formula.
    var law = Int.max

    // Wide terminals keep names whole. What was declared says more than the beginning of a name.
    static let all = [
      Layout(gap: 2, name: .max, isFull: true), Layout(gap: 2, name: 44, isFull: true),
      Layout(gap: 2, name: 34, isFull: true),
      Layout(gap: 2, name: 40), Layout(gap: 2, name: 36), Layout(gap: 1, name: 32), Layout(gap: 1, name: 28),
      Layout(gap: 1, name: 24), Layout(gap: 1, name: 32, law: 21), Layout(gap: 1, name: 20),
      Layout(gap: 1, name: 28, law: 21),
      Layout(gap: 1, name: 24, law: 21), Layout(gap: 1, name: 20, law: 21), Layout(gap: 1, name: 16, law: 17),
    ]
  }

  // MARK: Lines

  /// Tensors that one line stands for.
  private struct Line {
    var tensors: [TensorReport]
    var first: TensorReport { tensors[0] }
  }

  /// Tensors with a line: counters of whole numbers have none, unless they are all there is or each was asked for.
  private var shown: [TensorReport] {
    let floats = report.tensors.filter(\.entry.type.isFloat)
    return everyTensor || floats.isEmpty ? report.tensors : floats
  }

  private var wholeNumbersNote: String {
    let left = report.tensors.count - shown.count
    guard left > 0, let first = report.tensors.first(where: { !$0.entry.type.isFloat }) else { return "" }
    let tensors = left == 1 ? "1 tensor of whole numbers is" : "\(groupedNumber(left)) tensors of whole numbers are"
    return Paragraph.wrap(
      "\(tensors) not judged: \(TerminalText.safe(first.pattern))\(left == 1 ? "" : " and the like")", columns: columns,
      indent: 0)
  }

  private var lines: [Line] {
    var order: [String] = [], members: [String: [TensorReport]] = [:]
    for (place, tensor) in shown.enumerated() {
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

  private func table(_ layout: Layout) -> TextTable {
    var table = TextTable(
      layout.isFull
        ? [
          .init("", .left), .init("tensor", .left), .init("shape", .left), .init("role", .left), .init("mean"), .init("std"),
          .init("looks like", .left), .init("declared", .left),
        ]
        : [
          .init("", .left), .init("tensor", .left), .init("shape", .left), .init("std"), .init("looks like", .left),
          .init("declared", .left),
        ])
    table.gap = layout.gap
    let lines = lines
    let counts = Dictionary(grouping: lines, by: \.first.pattern).mapValues(\.count)
    for line in lines {
      let tensor = line.first, s = tensor.statistics
      let mark = tensor.severity.map { Self.mark($0) } ?? ("", nil)
      let name = TerminalText.safe(
        everyTensor || line.tensors.count == 1
          ? tensor.entry.name
          : (counts[tensor.pattern] == 1 ? tensor.pattern : Self.numbered(line)) + " x\(line.tensors.count)")
      let shape = tensor.entry.shape.isEmpty ? "-" : tensor.entry.shape.map(String.init).joined(separator: "x")
      let law = Self.law(line.tensors.map(\.statistics))
      let declared = tensor.expected.map { Self.declared($0) } ?? (tensor.formula.map { "fits \($0)" } ?? "")
      let std = s.finite == 0 ? "-" : Self.range(line.tensors.map(\.statistics.standardDeviation))
      var cells: [TextTable.Cell] = [.init(mark.0, mark.1), .init(Self.fit(name, layout.name), mark.1), .init(shape)]
      if layout.isFull {
        cells += [.init(tensor.role.kind.rawValue), .init(s.finite == 0 ? "-" : TableNumber.significant(s.mean))]
      }
      cells += [
        .init(std), .init(TextTable.fit(end: law, layout.law)), .init(TextTable.fit(end: declared, layout.law)),
      ]
      table.add(cells)
    }
    return table
  }

  /// The name with the blocks of these tensors in place of the first #, `layers.1,3.mlp.down_proj`: other lines have the
  /// same name for others.
  private static func numbered(_ line: Line) -> String {
    let pattern = line.first.pattern, blocks = line.tensors.compactMap(\.role.block)
    guard blocks.count == line.tensors.count, let place = pattern.firstIndex(of: "#") else { return pattern }
    return pattern[..<place] + NumberRanges.text(blocks) + pattern[pattern.index(after: place)...]
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
    // Whole numbers are not compared with laws, and may still be all alike.
    if s.isConstant { return TensorLaw.constant(s.least).description }
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
        + "\(groupedNumber(report.parameterCount)) values, \(size)" + (legend ? "" : ". --legend explains the columns."),
      columns: columns, indent: 0)
    if report.parts.isEmpty {
      if let scheme = report.scheme { text += described(scheme) }
    } else {
      for part in report.parts {
        let name = TerminalText.safe(part.name.isEmpty ? "the rest" : part.name)
        text +=
          part.scheme.map { described($0, of: "\(name), ") }
          ?? Paragraph.wrap("\(name): no scheme was recognized.", columns: columns, indent: 0)
      }
    }
    for note in report.notes { text += Paragraph.wrap(TerminalText.safe(note), columns: columns, indent: 0) }
    return text
  }

  private func described(_ scheme: SchemeUse, of part: String = "") -> String {
    let parameters = scheme.parameters.map { parameter in
      "\(parameter.name) \(MessageNumber.number(parameter.value))"
        + (parameter.from == "file" ? " (from the file)" : parameter.from == "scheme" ? "" : " (\(parameter.from))")
    }.joined(separator: ", ")
    let origin = scheme.origin == .chosen ? "scheme" : scheme.origin.rawValue
    return Paragraph.wrap(
      "\(part)\(origin): \(scheme.name)\(parameters.isEmpty ? "" : ", " + parameters). \(scheme.summary)",
      columns: columns, indent: 0)
  }

  private var explanation: String {
    [
      "!: an error. ?: a warning. .: a note.",
      "tensor: # stands for the number of a block, x4 for four tensors of that name. std: standard deviation; of several "
        + "tensors the least and the largest where they differ.",
      "looks like: the law that the values fit best; normal (87%): how probable it is among the laws that were compared. "
        + "other: none fits.",
      "declared: what the scheme above declares. fits: a published formula that gives this deviation, where no scheme does.",
    ].map { Paragraph.wrap($0, columns: columns, indent: 0) }.joined()
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
      "At most 1 correctly initialized file in \(groupedNumber(Int((1 / report.falseAlarmRate).rounded()))) gets an "
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
