import NumberText

/// Finds parts of one tensor that repeat each other.
struct EqualParts: WeightRule {
  static let name = "equal-parts"
  static let summary = "Parts of one tensor repeat each other: experts, shards or rows that were drawn from one seed."
  static let explanation =
    "Rows are compared by their sums and sums of squares to twelve digits, in whole blocks along the first axis, and the "
    + "first rows are compared with themselves along the last. Independent draws do not agree so far. Single rows that "
    + "occur again are an error in a matrix, and a note in a table of embeddings, where new rows are "
    + "often copies of one mean."
  static let remedy =
    "Draw each expert and each rank's shard with random numbers of its own, or draw the whole tensor and split it."

  func judge(_ j: inout Judgement) {
    for index in j.open {
      let s = j.statistics(index), role = j.role(index), name = j.entry(index).name
      guard role.kind.isWeight, role.kind != .positionEmbedding, !s.isConstant, !s.isIdentity else { continue }
      if let repetition = s.repetition {
        let isExperts = role.experts > 1 && repetition.axis == 0 && repetition.count >= role.experts
        let parts = isExperts ? "\(role.experts) experts" : "\(repetition.count) equal parts along axis \(repetition.axis)"
        j.add(
          Self.self, .error, [index],
          "\(name) consists of \(parts) with the same values: "
            + (isExperts
              ? "all experts start alike, and the router cannot tell them apart."
              : "each was drawn from the same seed, as where every rank draws its own shard."),
          evidence: [("parts", .number(Double(repetition.count))), ("axis", .number(Double(repetition.axis)))], claims: false
        )
      } else if s.repeatedRows > 0 {
        let isTable = role.layout == .table
        j.add(
          Self.self, isTable ? .note : .error, [index],
          "\(groupedNumber(s.repeatedRows)) of \(groupedNumber(s.rows)) rows of \(name) occur more than once"
            + (isTable
              ? ", as where new rows were copied from others or from their mean."
              : ": such units start alike and stay alike."),
          evidence: [("rows", .number(Double(s.repeatedRows)))], claims: false)
      }
    }
  }
}

/// Finds fused tensors whose parts differ.
struct UnequalParts: WeightRule {
  static let name = "unequal-parts"
  static let summary = "The parts of a fused tensor, such as query, key and value, or experts, have different deviations."
  static let explanation =
    "The deviation of each part is compared with that of all others together, by chi-square at the file's shared "
    + "false-alarm rate. Differences below 10% do not matter."
  static let remedy = "Initialize all parts by the same law, or split the tensor if they are meant to differ."

  func judge(_ j: inout Judgement) {
    for index in j.open {
      let s = j.statistics(index)
      guard s.parts.count > 1, s.nonFinite == 0, s.repetition == nil, j.role(index).kind.isWeight else { continue }
      let middle = s.parts.map(\.variance).sorted()[s.parts.count / 2]
      // A part of zeros is its own finding, by name, for the reader.
      guard middle > 0 else { continue }
      let wrong = s.parts.enumerated().filter { _, part in
        let ratio = part.variance / middle
        return abs(ratio.squareRoot() - 1) > 0.1 && Chance.ofRatio(ratio, part.count, s.count / s.parts.count) < j.test.rate
      }
      guard !wrong.isEmpty else { continue }
      let worst = wrong.max { abs($0.element.variance / middle - 1) < abs($1.element.variance / middle - 1) }
      let ratio = ((worst?.element.variance ?? middle) / middle).squareRoot()
      let what = j.role(index).experts > 1 ? "expert" : "part"
      j.add(
        Self.self, wrong.count == 1 || j.role(index).experts > 1 ? .error : .warning, [index],
        "\(j.entry(index).name): \(what) \((worst?.offset ?? 0) + 1) of \(s.parts.count) has \(MessageNumber.number(ratio)) "
          + "times the deviation of the others.",
        evidence: [("ratio", .number(ratio)), ("part", .number(Double((worst?.offset ?? 0) + 1)))], claims: false)
    }
  }
}
