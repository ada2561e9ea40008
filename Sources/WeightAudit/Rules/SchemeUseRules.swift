import NumberText

/// Says which lines of a scheme of one's own are about no tensor of the file.
struct UnusedRule: WeightRule {
  static let name = "unused-rule"
  static let summary = "A line of the scheme is about no tensor of the file, or could not be compared with one."
  static let explanation =
    "Looked at for schemes from a file. A pattern that matches no name, of a rule, a tie, a padding row or a layout, is a "
    + "warning, since a misspelt name would say that all is right; one of a role (@bias) or of a last part alone (*.bias) "
    + "is a note, since not every model has such tensors. A padding row that its table does not have is a warning. "
    + "A rule all of whose tensors belong to rules above it, and one "
    + "whose formula has no value for a tensor, are told as well."
  static let remedy =
    "Compare the pattern with the names in the table of `initscope weights --every-tensor`, or take the line out."

  func judge(_ j: inout Judgement) {
    guard let scheme = j.chosen, j.isNamed, !SchemeCatalogue.isPublished(scheme) else {
      return
    }
    let first = j.context.entries.indices.map { index in
      scheme.rules.firstIndex {
        $0.matches(j.context.names[index], j.role(index), original: j.entry(index).name)
      }
    }
    let used = Set(first.compactMap(\.self))
    for (place, rule) in scheme.rules.enumerated() where rule.line != nil && !used.contains(place) {
      let line = rule.line.map { "line \($0): " } ?? ""
      let matched = j.context.entries.indices.filter {
        rule.matches(j.context.names[$0], j.role($0), original: j.entry($0).name)
      }
      if matched.isEmpty {
        j.add(
          Self.self, isGeneral(rule.pattern) ? .note : .warning, [],
          "\(scheme.name), \(line)no tensor has a name like \"\(rule.pattern)\": the rule says nothing of this file.",
          evidence: [("pattern", .text(rule.pattern.text))], claims: false)
      } else {
        j.add(
          Self.self, .note, matched,
          "\(scheme.name), \(line)every tensor of \"\(rule.pattern)\" belongs to a rule above it, and the first that "
            + "matches counts: the rule has no effect.",
          evidence: [("pattern", .text(rule.pattern.text))], claims: false)
      }
    }
    others(&j, scheme)
    missingRows(&j, scheme)
    withoutValue(&j, scheme, first)
  }

  /// Whether the pattern is of what many models do not have: a role, or the last part of a name.
  private func isGeneral(_ pattern: TensorPattern) -> Bool {
    pattern.text.split(separator: "|").allSatisfy { word in
      let word = word.filter { $0 != " " }
      return word.hasPrefix("@") || ["*bias", "*.bias", "*weight", "*.weight"].contains(word)
    }
  }

  /// Ties, padding rows and layouts.
  private func others(_ j: inout Judgement, _ scheme: WeightScheme) {
    func isMissing(_ pattern: TensorPattern) -> Bool {
      !j.context.entries.indices.contains {
        pattern.matches(j.context.names[$0].plain) || pattern.matches(j.entry($0).name)
      }
    }
    var missing: [(kind: String, pattern: String)] = []
    for names in scheme.tied {
      let unknown = names.filter { j.context.index(named: $0) == nil }
      // Of tied tensors files often hold one.
      if unknown.count == names.count { missing.append(("tied", unknown.joined(separator: ", "))) }
    }
    for row in scheme.padding where isMissing(row.pattern) { missing.append(("padding", row.pattern.text)) }
    for layout in scheme.layouts where isMissing(layout.pattern) { missing.append(("layout", layout.pattern.text)) }
    for (kind, pattern) in missing {
      j.add(
        Self.self, .warning, [], "\(scheme.name), \(kind): no tensor has the name \"\(pattern)\".",
        evidence: [("pattern", .text(pattern))], claims: false)
    }
  }

  /// Padding rows that a table does not have.
  private func missingRows(_ j: inout Judgement, _ scheme: WeightScheme) {
    for padding in scheme.padding {
      let short = j.context.entries.indices.filter { index in
        let rows = j.entry(index).shape.first ?? 0
        return (padding.pattern.matches(j.context.names[index].plain) || padding.pattern.matches(j.entry(index).name))
          && padding.row >= rows
      }
      guard let first = short.first else { continue }
      j.add(
        Self.self, .warning, short,
        "\(scheme.name), padding: row \(groupedNumber(padding.row)) was named for \(j.list(short)), and "
          + "\(j.entry(first).name) has \(groupedNumber(j.entry(first).shape.first ?? 0)) rows, counted from 0: nothing was "
          + "looked at.",
        evidence: [("pattern", .text(padding.pattern.text)), ("row", .number(Double(padding.row)))], claims: false)
    }
  }

  /// Rules whose formulas have no value at a tensor, such as one of heads that no configuration gives.
  private func withoutValue(_ j: inout Judgement, _ scheme: WeightScheme, _ first: [Int?]) {
    j.recognize()
    guard let fit = j.fit else { return }
    for (place, rule) in scheme.rules.enumerated() where rule.line != nil && !rule.laws.isEmpty {
      if rule.laws.contains(where: { $0.kind == .any }) { continue }
      let own = j.context.entries.indices.filter {
        first[$0] == place && j.entry($0).type.isFloat && fit.laws[$0].isEmpty
      }
      guard !own.isEmpty else { continue }
      let names = Set(rule.laws.flatMap(\.names)).filter { name in
        j.context.value(name, at: own[0], scheme, fit.parameters) == nil
      }.sorted()
      let reason =
        names.isEmpty
        ? "gives no law there" : "has no value for \(names.joined(separator: ", ")) there; --config or parameters: give one"
      j.add(
        Self.self, .warning, own,
        "\(j.list(own)) \(own.count == 1 ? "was" : "were") not compared: the formula of \"\(rule.pattern)\" \(reason).",
        evidence: [("pattern", .text(rule.pattern.text))], claims: false)
    }
  }
}
