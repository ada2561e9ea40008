import NumberText

/// Tells findings once that are the same of the same tensor in several blocks.
enum FindingGroups {
  /// The findings with those of one kind made one, at the place of the first.
  ///
  /// Two are of one kind where rule, severity and the patterns of their tensors agree, and their messages but for the names
  /// and numbers in them.
  ///
  /// - Parameters:
  ///   - findings: To merge.
  ///   - names: The names of all tensors, taken apart, by the name in the file.
  static func merged(_ findings: [WeightFinding], _ names: [String: TensorName]) -> [WeightFinding] {
    struct Key: Hashable {
      var rule: String
      var severity: WeightFinding.Severity
      var patterns: [String]
      var words: String
    }
    var result: [WeightFinding] = [], places: [Key: Int] = [:], members: [Int: [WeightFinding]] = [:]
    for finding in findings {
      let own = finding.tensors.compactMap { names[$0] }
      // What lists several blocks already, or none, is told as it is.
      guard !own.isEmpty, own.count <= 2, own.count == finding.tensors.count, !own[0].numbers.isEmpty else {
        result.append(finding)
        continue
      }
      var words = finding.message
      for (name, parts) in zip(finding.tensors, own) { words = words.replacing(name, with: parts.pattern) }
      let key = Key(
        rule: finding.rule, severity: finding.severity, patterns: own.map(\.pattern), words: withoutNumbers(words))
      if let place = places[key] {
        members[place, default: []].append(finding)
      } else {
        places[key] = result.count
        result.append(finding)
      }
    }
    for (place, others) in members { add(others, to: &result[place], names) }
    return result
  }

  private static func add(_ others: [WeightFinding], to finding: inout WeightFinding, _ names: [String: TensorName]) {
    let own = others.flatMap(\.tensors).filter { !finding.tensors.contains($0) }
    let known = own.compactMap { names[$0] }
    guard let first = known.first else { return }
    let blocks = known.compactMap(\.numbers.first)
    let isOfBlocks = Set(blocks).count == others.count && Set(known.map(\.pattern)).count == 1
    finding.tensors += own.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
    finding.message +=
      isOfBlocks
      ? " The same holds of \(others.count == 1 ? "one more tensor" : "\(others.count) more tensors"), "
        + "\(first.pattern) of block\(others.count == 1 ? "" : "s") \(NumberRanges.text(blocks))."
      : " The same holds of \(own.count) more tensors like it: \(own.prefix(8).joined(separator: ", "))"
        + (own.count > 8 ? " and \(own.count - 8) more." : ".")
    finding.evidence.append((name: "alike", value: .number(Double(others.count + 1))))
  }

  /// The text with a # in place of every measured number; counts and places are kept, since they say what is meant.
  private static func withoutNumbers(_ text: String) -> String {
    var result = ""
    for word in text.split(separator: " ", omittingEmptySubsequences: false) {
      let isNumber = word.contains { $0.isASCII && $0.isNumber }
      let bare = word.filter { $0.isNumber || $0.isLetter || $0 == "." || $0 == "#" }
      let isCount = Int(bare.last == "." ? bare.dropLast() : bare[...]) != nil
      result += isNumber && !isCount ? "#" : String(word)
      result += " "
    }
    return result
  }
}
