import Glibc
import NumberText

/// Finds weights that the library drew and the program did not.
struct LibraryDefault: WeightRule {
  static let name = "library-default"
  static let summary = "PyTorch's own initialization was left in place where the rest of the model follows another scheme."
  static let explanation =
    "A tensor deviates from the file's scheme and fits PyTorch's default: uniform to 1/sqrt(fan_in), or N(0, 1) for tables. "
    + "In a file of no known family, matrices of blocks are held against the others: where most are normal with one "
    + "common deviation, a group that is exactly PyTorch's default is a warning."
  static let remedy = "The initialization skips these modules: look at the class or the name by which it chooses."

  func judge(_ j: inout Judgement) {
    guard j.chosen == nil, j.fit?.scheme.isDemanded != true || !j.demandsFit, !j.looksTrained else { return }
    let strict = LawTest(rate: 1e-3, tolerance: 0.02)
    let own = j.open.filter {
      j.role($0).kind == .linear && j.role($0).experts == 1 && !j.context.names[$0].numbers.isEmpty
        && !j.statistics($0).isConstant
        && j.statistics($0).count >= 256 && j.statistics($0).nonFinite == 0
        && !j.context.names[$0].contains("lora", "mixer", "ssm", "patch", "adapter")
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
    guard j.chosen == nil, let fit = j.fit, fit.scheme.free == "std", let std = fit.parameters["std"],
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
    + "file's shared false-alarm rate; differences below 10% do not matter. Where the others do not agree among "
    + "themselves, as where deviations shrink from block to block, nothing is said."
  static let remedy = "Look what is special about the block: a seed, a rank, a module that was added or loaded later."

  func judge(_ j: inout Judgement) {
    guard !j.looksTrained else { return }
    let open = Set(j.open)
    for group in j.context.groups {
      let own = group.filter {
        open.contains($0) && j.role($0).kind.isWeight && j.statistics($0).nonFinite == 0 && j.statistics($0).variance > 0
          && j.statistics($0).count >= 64
      }
      for (_, members) in Dictionary(grouping: own, by: { j.entry($0).shape }).sorted(by: { $0.value[0] < $1.value[0] })
      where members.count >= 4 {
        let middle = members.map { j.statistics($0).variance }.sorted()[members.count / 2]
        let odd = members.filter { index in
          let ratio = j.statistics(index).variance / middle
          return abs(ratio.squareRoot() - 1) > 0.1
            && Chance.ofRatio(ratio, j.statistics(index).count, j.statistics(index).count) < j.test.rate
        }
        guard !odd.isEmpty, odd.count * 4 <= members.count else { continue }
        let s = j.statistics(odd[0])
        j.add(
          Self.self, .error, odd,
          "\(j.list(odd)) \(odd.count == 1 ? "has" : "have") deviation \(MessageNumber.number(s.standardDeviation)), where "
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
    "Looked at only where a scheme has `tied:` or a configuration tie_word_embeddings. Both tensors must hold the same "
    + "values; where only one is stored, they are one."
  static let remedy = "Tie the tensors again after initializing them, or initialize before tying."

  func judge(_ j: inout Judgement) {
    var groups = j.chosen?.tied ?? []
    if j.context.configuration?.tiesEmbeddings == true {
      let tables = j.context.entries.indices.filter { j.role($0).kind == .embedding }.prefix(1)
      let heads = j.context.entries.indices.filter {
        ["lm_head", "output", "embed_out"].contains(j.context.names[$0].parent)
      }.prefix(1)
      groups.append((Array(tables) + Array(heads)).map { j.entry($0).name })
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
    + "nn.Embedding(padding_idx=...) leaves it."
  static let remedy = "Set the row to zero after initializing the table."

  func judge(_ j: inout Judgement) {
    for (index, row) in PaddingRows.rows(j.context, j.chosen).sorted(by: { ($0.key, $0.value) < ($1.key, $1.value) }) {
      guard let size = j.statistics(index).watchedRows[row], size > 0 else { continue }
      j.add(
        Self.self, .warning, [index],
        "Row \(row) of \(j.entry(index).name) stands for padding and is not zero (root mean square "
          + "\(MessageNumber.number(size))): padded places enter the model as if they were words.",
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
      if let row = configuration?.paddingRow, roles[index].kind == .embedding, rows[index] == nil,
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
    + "drawn by another scheme. They are then not compared with any."
  static let remedy = "Name the scheme that is meant: --scheme NAME or a file of your own."

  func judge(_ j: inout Judgement) {
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
}
