import Glibc
import NumberText

/// Finds weights that the library drew and the program did not.
struct LibraryDefault: WeightRule {
  static let name = "library-default"
  static let summary = "PyTorch's own initialization was left in place where the rest of the model follows another scheme."
  static let explanation =
    "A tensor deviates from the file's scheme and fits PyTorch's default: uniform to 1/sqrt(fan_in), or N(0, 1) for tables. "
    + "In a file of no known family, matrices of blocks are held against the others: where most are normal with one "
    + "common deviation, a group that is exactly PyTorch's default is a warning, and so is one in a stack of another "
    + "formula, and a block's matrix where the same matrix of other blocks is normal."
  static let remedy = "The initialization skips these modules: look at the class or the name by which it chooses."

  /// PyTorch's default in words, whatever the catalogue calls it.
  static func described(_ text: String) -> String { text == "torch_default" ? "uniform to 1/sqrt(fan_in)" : text }

  func judge(_ j: inout Judgement) {
    guard j.chosen == nil, j.fit?.scheme.isDemanded != true || !j.demandsFit, !j.looksTrained else { return }
    if let own = j.ownLaw { judgeOwnLaw(&j, own) }
    let strict = LawTest(rate: 1e-3, tolerance: 0.02)
    judgeBlocks(&j, strict)
    let own = j.open.filter {
      j.role($0).kind == .linear && j.role($0).experts == 1 && !j.context.names[$0].numbers.isEmpty
        && !j.statistics($0).isConstant
        && j.statistics($0).count >= 256 && j.statistics($0).nonFinite == 0
        && !j.context.names[$0].contains("lora", "mixer", "ssm", "patch", "adapter") && !j.context.isLastOfStack($0)
    }
    let uniform = own.filter { index in
      guard let fan = j.role(index).fanIn, j.role(index).layout == .outputsFirst else { return false }
      let bound = 1 / Double(fan).squareRoot()
      return strict.fits(j.statistics(index), .uniform(low: -bound, high: bound), j.entry(index).type)
    }
    let normal = own.filter { if case .normal? = j.statistics($0).looksLike?.law { true } else { false } }
    guard !uniform.isEmpty, uniform.count * 2 < own.count, normal.count >= 2 * uniform.count else { return }
    let middle = normal.map { j.statistics($0).standardDeviation }.sorted()[normal.count / 2]
    let agreeing = normal.count { abs(j.statistics($0).standardDeviation / middle - 1) < 0.05 }
    guard agreeing * 5 >= normal.count * 4 else { return }
    let s = j.statistics(uniform[0])
    j.add(
      Self.self, .warning, uniform,
      "\(j.list(uniform)) \(uniform.count == 1 ? "is" : "are") uniform to 1/sqrt(fan_in) (deviation "
        + "\(MessageNumber.number(s.standardDeviation))), PyTorch's default, where the other matrices are normal with "
        + "deviation \(MessageNumber.number(middle)): the initialization skipped \(uniform.count == 1 ? "it" : "them").",
      evidence: [("standardDeviation", .number(s.standardDeviation)), ("others", .number(middle))])
  }

  /// Matrices that are exactly PyTorch's default, where the file's others follow another published law.
  private func judgeOwnLaw(_ j: inout Judgement, _ own: OwnLaw) {
    let open = Set(j.open), strict = LawTest(rate: 1e-3, tolerance: 0.02)
    let left = own.matrices.filter { index in
      // Some programs leave convolutions as they are and initialize matrices alone.
      guard open.contains(index), j.role(index).kind == .linear, !own.following.contains(index),
        !j.context.isLastOfStack(index), let usual = SchemeFit.laws(SchemeCatalogue.torch, j.context, index, [:]).first
      else { return false }
      return strict.fits(j.statistics(index), usual.law, j.entry(index).type)
    }
    guard let first = left.first else { return }
    let deviation = j.statistics(first).standardDeviation
    j.add(
      Self.self, .warning, left,
      "\(j.list(left)) \(left.count == 1 ? "is" : "are") uniform to 1/sqrt(fan_in) (deviation "
        + "\(MessageNumber.number(deviation))), PyTorch's default, where the other matrices follow \(own.label): the "
        + "initialization skipped \(left.count == 1 ? "it" : "them").",
      evidence: [("standardDeviation", .number(deviation)), ("others", .text(own.label))])
  }

  /// The same matrix of several blocks: normal in most, and exactly PyTorch's default in others.
  private func judgeBlocks(_ j: inout Judgement, _ strict: LawTest) {
    let open = Set(j.open)
    for group in j.context.groups {
      // Numbers of blocks stand before a module's name; stacks of layers often end in a layer of another kind.
      let own = group.filter { index in
        let s = j.statistics(index), name = j.context.names[index]
        return open.contains(index) && [.linear, .convolution].contains(j.role(index).kind) && j.role(index).experts == 1
          && Int(name.parent) == nil && s.nonFinite == 0 && !s.isConstant && s.count >= 256
      }
      guard own.count > 1, Set(own.map { j.entry($0).shape }).count == 1 else { continue }
      let left = own.filter { index in
        guard case .uniform? = j.statistics(index).looksLike?.law,
          let usual = SchemeFit.laws(SchemeCatalogue.torch, j.context, index, [:]).first
        else { return false }
        return strict.fits(j.statistics(index), usual.law, j.entry(index).type)
      }
      let others = own.filter { index in
        if left.contains(index) { return false }
        switch j.statistics(index).looksLike?.law {
        case .normal, .truncatedNormal: return true
        default: return false
        }
      }
      guard !left.isEmpty, left.count <= others.count, left.count + others.count == own.count else { continue }
      let s = j.statistics(left[0]), other = j.statistics(others[0]).standardDeviation
      j.add(
        Self.self, .warning, left,
        "\(j.list(left)) \(left.count == 1 ? "is" : "are") uniform to 1/sqrt(fan_in) (deviation "
          + "\(MessageNumber.number(s.standardDeviation))), PyTorch's default, where the same matrix of other blocks is "
          + "normal with deviation \(MessageNumber.number(other)): the initialization skipped "
          + "\(left.count == 1 ? "it" : "them").",
        evidence: [("standardDeviation", .number(s.standardDeviation)), ("others", .number(other))])
    }
  }
}

/// Names tensors with a law of their own that a generic draw has overwritten; found by the comparison with the scheme.
struct OverwrittenTensor: WeightRule {
  static let name = "overwritten-tensor"
  static let summary = "A tensor that needs values of its own was drawn like any other weight."
  static let explanation =
    "A tensor deviates from the file's scheme, and fits the normal law of its ordinary weights. "
    + "Judged as scheme-deviation is."
  static let remedy = "Initialize such tensors after the generic sweep over all parameters, or leave them out of it."

  func judge(_ j: inout Judgement) {}
}

/// Finds deviations that are squares or roots of what was meant.
struct DeviationAsVariance: WeightRule {
  static let name = "deviation-as-variance"
  static let summary = "A standard deviation was passed where a variance belongs, or the other way round."
  static let explanation =
    "A tensor's deviation is the root or the square of the declared one, by chi-square. Without a scheme that says so, it "
    + "is a warning where the matrices of a file share the deviation sqrt(0.02) = 0.1414 or 0.02^2 = 0.0004."
  static let remedy = "normal_(std=...) of PyTorch takes the deviation; check what your function takes."

  func judge(_ j: inout Judgement) {
    guard j.chosen == nil, j.ownLaw == nil, let fit = j.fit, fit.scheme.free == "std", let std = fit.parameters["std"],
      let usual = fit.scheme.parameters["std"],
      fit.origins["std"] == "file", fit.share >= 0.5
    else { return }
    let isRoot = abs(std / usual.squareRoot() - 1) < 0.02, isSquare = abs(std / (usual * usual) - 1) < 0.02
    guard isRoot || isSquare else { return }
    let own = j.open.filter { fit.fits[$0] == true && j.role($0).kind.isWeight && !j.statistics($0).isConstant }
    guard !own.isEmpty else { return }
    j.add(
      Self.self, .warning, own,
      "\(j.list(own)) have deviation \(MessageNumber.number(std)), the \(isRoot ? "root" : "square") of "
        + "\(MessageNumber.number(usual)), which \(fit.scheme.name) usually has: "
        + "\(isRoot ? "a deviation was taken for a variance" : "a variance was taken for a deviation").",
      evidence: [("standardDeviation", .number(std)), ("usual", .number(usual))])
  }
}

/// Finds tensors that differ from the same tensor of other blocks.
struct OutlierTensor: WeightRule {
  static let name = "outlier-tensor"
  static let summary = "A tensor's deviation is not that of the tensors with the same name and shape in other blocks."
  static let explanation =
    "Among four or more tensors of one name, shape and law the deviation of each is compared with the middle one, at the "
    + "file's shared false-alarm rate; differences below 10% do not matter. Of three, two must agree and the third differ "
    + "by 25%. Where the others do not agree among themselves, as where deviations shrink from block to block, nothing "
    + "is said. In a file of no known family the matrices of a stack, whose names differ in numbers alone, are held "
    + "against the formula that three in four of them share, and biases against others that are zero. The last of a "
    + "stack, which often has a law of its own, is left out."
  static let remedy = "Look what is special about the block: a seed, a rank, a module that was added or loaded later."

  func judge(_ j: inout Judgement) {
    guard !j.looksTrained else { return }
    // Causes first: what a stack's formula explains needs no second finding.
    if j.chosen == nil, !j.demandsFit { judgeStacks(&j) }
    judgeBlocks(&j)
  }

  private func judgeStacks(_ j: inout Judgement) {
    for odd in CommonFormula(j: j).odd {
      j.add(
        odd.rule, .warning, [odd.index], "\(j.entry(odd.index).name) \(odd.sentence)",
        evidence: [
          ("standardDeviation", .number(j.statistics(odd.index).standardDeviation)), ("expected", .number(odd.expected)),
        ])
    }
    judgeBiases(&j)
  }

  /// A bias that was drawn, where three or more others of its stack are zero.
  private func judgeBiases(_ j: inout Judgement) {
    let biases = j.open.filter { j.role($0).kind == .bias && j.context.names[$0].leaf == "bias" }
    for own in Dictionary(grouping: biases, by: { CommonFormula.stack(j.context.names[$0]) }).values.sorted(by: {
      $0[0] < $1[0]
    }) {
      let drawn = own.filter { !j.statistics($0).isConstant && j.statistics($0).nonFinite == 0 }
      let last = own.max {
        j.context.names[$0].numbersEverywhere.lexicographicallyPrecedes(j.context.names[$1].numbersEverywhere)
      }
      guard drawn.count == 1, drawn[0] != last, own.count >= 4, own.allSatisfy({ $0 == drawn[0] || j.statistics($0).isZero })
      else { continue }
      let s = j.statistics(drawn[0])
      j.add(
        Self.self, .warning, drawn,
        "\(j.entry(drawn[0]).name) was drawn (deviation \(MessageNumber.number(s.standardDeviation))), where the "
          + "\(own.count - 1) other biases of its stack are zero.",
        evidence: [("standardDeviation", .number(s.standardDeviation)), ("others", .number(0))])
    }
  }

  private func judgeBlocks(_ j: inout Judgement) {
    let open = Set(j.open)
    for group in j.context.groups {
      let own = group.filter {
        open.contains($0) && j.role($0).kind.isWeight && j.statistics($0).nonFinite == 0 && j.statistics($0).variance > 0
          && j.statistics($0).count >= 64
      }
      for (_, members) in Dictionary(grouping: own, by: { j.entry($0).shape }).sorted(by: { $0.value[0] < $1.value[0] })
      where members.count >= 3 {
        let middle = members.map { j.statistics($0).variance }.sorted()[members.count / 2]
        func chance(_ ratio: Double, _ index: Int) -> Double {
          Chance.ofRatio(ratio, j.statistics(index).count, j.statistics(index).count)
        }
        let isFew = members.count == 3
        let odd = members.filter { index in
          let ratio = j.statistics(index).variance / middle
          return abs(ratio.squareRoot() - 1) > (isFew ? 0.25 : 0.1) && chance(ratio, index) < j.test.rate
        }
        guard !odd.isEmpty, odd.count * (isFew ? 3 : 4) <= members.count else { continue }
        // Of three, the other two must agree: else deviations may change from block to block.
        let agree = members.allSatisfy { index in
          odd.contains(index) || abs((j.statistics(index).variance / middle).squareRoot() - 1) < 0.05
        }
        guard !isFew || agree else { continue }
        // A stack of layers, whose number stands last, may begin and end by laws of their own; blocks may not.
        let numbers = members.compactMap { Int(j.context.names[$0].parent) }
        let stacked = odd.filter { index in
          guard let number = Int(j.context.names[index].parent) else { return true }
          return number != numbers.min() && number != numbers.max()
        }
        guard let first = stacked.first else { continue }
        let s = j.statistics(first)
        j.add(
          Self.self, isFew ? .warning : .error, stacked,
          "\(j.list(stacked)) \(stacked.count == 1 ? "has" : "have") deviation "
            + "\(MessageNumber.number(s.standardDeviation)), where "
            + "the same tensor of \(members.count - odd.count) other blocks has "
            + "\(MessageNumber.number(middle.squareRoot())).",
          evidence: [("standardDeviation", .number(s.standardDeviation)), ("others", .number(middle.squareRoot()))])
      }
    }
  }
}

/// Looks whether tensors that must be one are equal.
struct BrokenTie: WeightRule {
  static let name = "broken-tie"
  static let summary = "Tensors that the scheme or the configuration ties together differ."
  static let explanation =
    "Looked at only where a scheme has `tied:` or a configuration tie_word_embeddings, which ties the table of tokens "
    + "and an output head of the same shape. Both tensors must hold the same values; where only one is stored, they are one."
  static let remedy = "Tie the tensors again after initializing them, or initialize before tying."

  func judge(_ j: inout Judgement) {
    var groups = j.chosen?.tied ?? []
    if j.context.configuration?.tiesEmbeddings == true {
      // Of several tables, as of token types, the one of words is the largest.
      let table = j.context.entries.indices.filter { j.role($0).kind == .embedding }
        .max { (j.entry($0).count, $1) < (j.entry($1).count, $0) }
      if let table {
        let heads = j.context.entries.indices.filter {
          j.role($0).kind == .head && j.entry($0).shape == j.entry(table).shape
        }
        groups += heads.map { [j.entry(table).name, j.entry($0).name] }
      }
    }
    for names in groups {
      let indices = names.compactMap { j.context.index(named: $0) }
      guard indices.count > 1 else { continue }
      let first = j.statistics(indices[0])
      let isBroken = indices.dropFirst().contains { other in
        let s = j.statistics(other)
        return s.beginning != first.beginning || s.count != first.count
          || s.mean != first.mean && j.sharing[other] != indices[0]
      }
      guard isBroken else { continue }
      let deviations = indices.map { MessageNumber.number(j.statistics($0).standardDeviation) }.joined(separator: " and ")
      j.add(
        Self.self, .error, indices,
        "\(j.list(indices)) are meant to be one tensor and differ (deviations \(deviations)): the tie is broken, and one of "
          + "them will be lost where the model is loaded.", claims: false)
    }
  }
}

/// Looks at rows that stand for padding.
struct PaddingRows: WeightRule {
  static let name = "padding-row"
  static let summary = "The row of an embedding that stands for padding is not zero."
  static let explanation =
    "Looked at only where a scheme has `padding:` or a configuration pad_token_id. The row must be exactly zero, as "
    + "nn.Embedding(padding_idx=...) leaves it. A configuration does not say whether a table has such a row: it is a "
    + "warning where another drawn table of the file has it, and else a note."
  static let remedy = "Set the row to zero after initializing the table."

  func judge(_ j: inout Judgement) {
    for (index, row) in PaddingRows.rows(j.context, j.chosen).sorted(by: { ($0.key, $0.value) < ($1.key, $1.value) }) {
      guard let size = j.statistics(index).watchedRows[row], size > 0 else { continue }
      // A configuration tells what fills a batch. Whether its row is kept at zero shows beside it, if at all.
      let isDeclared =
        j.chosen?.padding.contains { $0.row == row && $0.pattern.matches(j.context.names[index].plain) } ?? false
      let others = j.context.entries.indices.filter { other in
        other != index && [.embedding, .positionEmbedding].contains(j.role(other).kind)
          && j.statistics(other).firstZeroRows.first == row && j.statistics(other).zeroRows == 1
      }
      let example = others.first.map { ", as it is in \(j.entry($0).name)" } ?? ""
      j.add(
        Self.self, isDeclared || !others.isEmpty ? .warning : .note, [index],
        "Row \(row) of \(j.entry(index).name) stands for padding and is not zero\(example) (root mean square "
          + "\(MessageNumber.number(size))): padded places enter the model as if they were words"
          + (isDeclared || !others.isEmpty ? "." : ", unless they are masked, as in many models."),
        evidence: [("row", .number(Double(row))), ("rootMeanSquare", .number(size))], claims: false)
    }
  }

  /// For each table the row that must be zero.
  static func rows(_ context: FileContext, _ scheme: WeightScheme?) -> [Int: Int] {
    rows(context.entries.map(\.name), context.names, context.roles, context.configuration, scheme)
  }

  static func rows(
    _ original: [String], _ names: [TensorName], _ roles: [TensorRole], _ configuration: ModelConfiguration?,
    _ scheme: WeightScheme?
  ) -> [Int: Int] {
    var rows: [Int: Int] = [:]
    for index in names.indices {
      for padding in scheme?.padding ?? []
      where padding.pattern.matches(names[index].plain) || padding.pattern.matches(original[index]) {
        rows[index] = padding.row
      }
      // A table of fewer rows than there are words is none of words, such as one of token types.
      let isOfWords = Double(roles[index].outputs) >= configuration?.number("vocab_size") ?? 0
      if let row = configuration?.paddingRow, roles[index].kind == .embedding, rows[index] == nil, isOfWords,
        !names[index].contains("token_type")
      {
        rows[index] = row
      }
    }
    return rows
  }
}

/// Says that a file follows no scheme that is known.
struct FollowsNoScheme: WeightRule {
  static let name = "follows-no-scheme"
  static let summary = "The names are those of a known family, and the values follow none of its published initializations."
  static let explanation =
    "A note where fewer than half of the groups of tensors fit the best scheme of the family: the weights were trained, or "
    + "drawn by another scheme. They are then not compared with any. So it is where seven in ten kinds of matrices or more "
    + "follow another published law (PyTorch's default, Glorot, LeCun, Kaiming, orthogonal, or one deviation for all, "
    + "with or without a division by the depth), and fewer the family's: that law was meant."
  static let remedy = "Name the scheme that is meant: --scheme NAME or a file of your own."

  func judge(_ j: inout Judgement) {
    if let own = j.ownLaw, let family = j.fit?.scheme.name {
      if judgeBounds(&j, own, family) { return }
      judge(&j, own, family)
      return
    }
    guard j.chosen == nil, let best = j.others.filter({ $0.scheme.isDemanded }).max(by: { $0.share < $1.share }),
      best.share < 0.5,
      j.fit?.scheme.isDemanded == true || (j.fit?.share ?? 0) < 0.5
    else { return }
    let own = j.open.filter { j.role($0).kind.isWeight && best.fits[$0] == false }
    guard !own.isEmpty else { return }
    j.add(
      Self.self, .note, own,
      best.scheme.isOfFile
        ? "\(MessageNumber.percent(best.share)) of the groups of tensors follow what \(best.scheme.name) declares: these "
          + "weights were trained, or set afterwards. Only what needs no scheme was looked at."
        : "The names are those of \(best.scheme.name), and \(MessageNumber.percent(best.share)) of the groups of tensors "
          + "follow it: these weights were trained, or drawn by a scheme that is not known. Only what needs "
          + "no scheme was looked at.",
      claims: false)
  }

  /// The family's own deviation, cut off so near to zero that little of it is left: bounds in absolute numbers, of the size
  /// of the deviation. No published scheme cuts below two deviations.
  private func judgeBounds(_ j: inout Judgement, _ own: OwnLaw, _ family: String) -> Bool {
    guard !own.isByFan, !j.looksTrained else { return false }
    // By the deviation that each matrix has by its own formula.
    let near = own.matrices.filter { index in
      guard let declared = j.fit?.laws[index].first?.law,
        case .near? = TruncationCause.find(j.statistics(index), declared, j.entry(index).type)
      else { return false }
      return true
    }
    if near.count * 2 > own.matrices.count, j.fit?.scheme.free != "std", let first = near.first,
      let declared = j.fit?.laws[first].first?.law,
      let cause = TruncationCause.find(j.statistics(first), declared, j.entry(first).type)
    {
      j.add(
        SchemeDeviation.self, .warning, near,
        "\(j.list(near)): \(cause.sentence) \(family) declares \(declared) for \(j.entry(first).name).",
        evidence: [("bound", .number(j.statistics(first).largestMagnitude)), ("scheme", .text(family))])
      return true
    }
    guard let usual = j.fit?.scheme.parameters["std"] else { return false }
    var cuts: [(index: Int, std: Double, bound: Double)] = []
    for index in own.matrices {
      if case .truncatedNormal(_, let std, let low, let high)? = j.statistics(index).looksLike?.law {
        cuts.append((index, std, (high - low) / 2))
      }
    }
    guard cuts.count * 2 > own.matrices.count else { return false }
    let std = cuts.map(\.std).sorted()[cuts.count / 2], bound = cuts.map(\.bound).sorted()[cuts.count / 2]
    // A cut near to one deviation tells the deviation to a tenth.
    guard abs(std / usual - 1) < 0.15, bound < 1.6 * usual, bound > 0.7 * usual else { return false }
    let deviation = j.statistics(cuts[0].index).standardDeviation
    j.add(
      SchemeDeviation.self, .warning, own.matrices.filter { own.following.contains($0) },
      "\(j.list(own.matrices)) have deviation \(MessageNumber.number(deviation)): they look like the "
        + "\(MessageNumber.number(usual)) of \(family), cut off at \(MessageNumber.number(bound)), "
        + "\(MessageNumber.number(bound / usual)) deviations from zero. Such bounds are usually 2 or 3 deviations: these "
        + "were given in absolute numbers.",
      evidence: [("bound", .number(bound)), ("declared", .number(usual))])
    return true
  }

  /// The names suggest a family, and the matrices follow a law of their own.
  private func judge(_ j: inout Judgement, _ own: OwnLaw, _ family: String) {
    let deviation = own.deviation.map { ", \(MessageNumber.number($0))" } ?? ""
    let division =
      own.division == .none ? "" : ", the last matrices of branches divided by \(own.division.text.dropFirst())"
    j.add(
      Self.self, .note, own.matrices.filter { own.following.contains($0) },
      "The names are those of \(family), and \(MessageNumber.percent(own.share)) of the kinds of matrices follow another "
        + "law: \(own.label)\(deviation)\(division). They were not compared with \(family); --scheme \(family) does so.",
      evidence: [("share", .number(own.share)), ("law", .text(own.label))], claims: false)
  }
}
