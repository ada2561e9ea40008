import NumberText

/// Finds parts of one tensor that repeat each other.
struct EqualParts: WeightRule {
  static let name = "equal-parts"
  static let summary = "Parts of one tensor repeat each other: experts, shards or rows that were drawn from one seed."
  static let explanation =
    "The parts of a fused tensor are compared pairwise along the axis on which they lie. Rows are compared by their "
    + "sums and sums of squares to twelve digits, in whole blocks along the first axis, and the "
    + "first rows are compared with themselves along the last. Independent draws do not agree so far. Single rows that "
    + "occur again are an error in a matrix, and a note in a table of embeddings, where new rows are "
    + "often copies of one mean."
  static let remedy =
    "Draw each expert and each rank's shard with random numbers of its own, or draw the whole tensor and split it."

  func judge(_ j: inout Judgement) {
    experts(&j)
    parts(&j)
    for index in j.open {
      let s = j.statistics(index), role = j.role(index), name = j.entry(index).name
      // Told above, for all blocks together.
      if role.experts > 1, s.rows == role.experts, s.repetition == nil { continue }
      guard role.kind.isWeight, role.kind != .positionEmbedding, !s.isConstant, !s.isIdentity else { continue }
      if let repetition = s.repetition {
        let isExperts = role.experts > 1 && repetition.axis == 0 && repetition.count >= role.experts
        if repetition.axis == 0, repetition.count == s.rows, !isExperts {
          j.add(
            Self.self, .error, [index],
            "All \(groupedNumber(s.rows)) rows of \(name) hold the same values: its units start alike and stay alike.",
            evidence: [("parts", .number(Double(repetition.count))), ("axis", .number(0))], claims: false)
          continue
        }
        let parts = isExperts ? "\(role.experts) experts" : "\(repetition.count) equal parts along axis \(repetition.axis)"
        j.add(
          Self.self, .error, [index],
          "\(name) consists of \(parts) with the same values: "
            + (isExperts
              ? "all experts start alike, and the router cannot tell them apart."
              : "each was drawn from the same seed, as where every rank draws its own shard."),
          evidence: [("parts", .number(Double(repetition.count))), ("axis", .number(Double(repetition.axis)))], claims: false
        )
      } else if s.repeatedRows > 0, s.equalParts.isEmpty {
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

extension EqualParts {
  /// Parts of fused tensors that repeat each other: one finding for all blocks in which the same do.
  private func parts(_ j: inout Judgement) {
    var order: [String] = [], members: [String: [Int]] = [:]
    for index in j.open where j.role(index).kind.isWeight && !j.statistics(index).equalParts.isEmpty {
      let names = Self.parts(j.context.names[index], j.role(index).parts?.count ?? 0)
      let pairs = j.statistics(index).equalParts.map {
        "the \(names($0.second)) part repeats the \(names($0.first)) part"
      }.joined(separator: ", and ")
      if members[pairs] == nil { order.append(pairs) }
      members[pairs, default: []].append(index)
    }
    for pairs in order {
      guard let own = members[pairs], let first = own.first else { continue }
      j.add(
        Self.self, .error, own,
        "\(j.list(own)): \(pairs), value by value. They start alike, as where one draw was copied.",
        evidence: [("axis", .number(Double(j.role(first).parts?.axis ?? 0)))], claims: false)
    }
  }

  /// Experts that repeat another one of their tensor: one finding for all blocks.
  private func experts(_ j: inout Judgement) {
    let own = j.open.filter { index in
      let s = j.statistics(index), role = j.role(index)
      return role.kind.isWeight && role.experts > 1 && s.rows == role.experts && s.repetition == nil && !s.equalRows.isEmpty
    }
    guard let first = own.first, let pair = j.statistics(first).equalRows.first else { return }
    let isSame = own.allSatisfy { index in
      j.statistics(index).equalRows.elementsEqual(j.statistics(first).equalRows) { $0 == $1 }
    }
    let count = j.statistics(first).equalRows.count
    j.add(
      Self.self, .error, own,
      "\(j.list(own)): expert \(pair.second) repeats expert \(pair.first)"
        + (isSame ? "" : " in \(j.entry(first).name), and others elsewhere")
        + (isSame && count > 1 ? ", and \(count - 1) more are repeated" : "")
        + ". They start alike, and the router cannot tell them apart.",
      evidence: [("experts", .number(Double(count + 1)))], claims: false)
  }

  /// What the parts of a fused tensor are called, from 0.
  static func parts(_ name: TensorName, _ count: Int) -> (Int) -> String {
    let words: [String]
    switch count {
    case 3 where name.isUnderWord("qkv") || name.contains("in_proj", "c_attn", "query_key_value"):
      words = ["query", "key", "value"]
    case 2 where name.contains("gate_up"): words = ["gate", "up"]
    default: words = ["first", "second", "third", "fourth"]
    }
    return { words.indices.contains($0) ? words[$0] : "\($0 + 1)th" }
  }
}

/// Finds tables whose last rows were drawn by another law.
struct UnevenRows: WeightRule {
  static let name = "uneven-rows"
  static let summary = "The last rows of a table or a head are far larger than all rows before them."
  static let explanation =
    "Each row's mean square is compared with that of the middle row. A block of rows at the end that are all more than "
    + "three times as large, with no such row before it, is an error. Rows have 16 values or more, of which chance does not "
    + "make so much."
  static let remedy =
    "Draw rows that are added, as for new tokens, as the others were drawn. nn.Embedding's own law is N(0, 1)."

  func judge(_ j: inout Judgement) {
    guard !j.looksTrained else { return }
    for index in j.open where [.embedding, .head, .linear, .positionEmbedding].contains(j.role(index).kind) {
      let s = j.statistics(index)
      guard let wide = s.wideRows, s.nonFinite == 0, j.role(index).parts == nil else { continue }
      // The mean square of all is shared between both blocks.
      let share = Double(s.rows - wide.start) / Double(s.rows)
      let square = (s.variance + s.mean * s.mean) / (1 - share + share * wide.ratio * wide.ratio)
      let before = square.squareRoot()
      j.add(
        Self.self, .error, [index],
        "The last \(groupedNumber(s.rows - wide.start)) of \(groupedNumber(s.rows)) rows of \(j.entry(index).name) have "
          + "deviation \(MessageNumber.number(before * wide.ratio)), and those before them "
          + "\(MessageNumber.number(before)): rows that were added and drawn by another law.",
        evidence: [("row", .number(Double(wide.start))), ("ratio", .number(wide.ratio))])
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
