import NumberText
import SampleStatistics

/// Looks at the gains of normalization layers.
struct NormGain: WeightRule {
  static let name = "norm-gain"
  static let summary = "A normalization's gain does not start at one, nor at zero where that is by design."
  static let explanation =
    "Gains of exactly one are neutral. All gains zero, or all of most kinds of norms with that behind the last block, is "
    + "right for norms that multiply by 1 + w, and a note, since the file does not say which kind they are; in a "
    + "family that declares ones, where norms have shifts beside their gains, it is an error. Zero for the last norm of "
    + "residual branches, told by its number (conv3.bn), by being zero in all blocks alike, or by a block all of whose "
    + "norms are zero, and for a global response norm is by design, but not in a few of many blocks without a pattern. "
    + "A zero gain elsewhere, or gains that "
    + "were drawn around zero, are an error: they silence their layer."
  static let remedy = "Leave norm gains at one. A sweep over all parameters must leave them out."

  func judge(_ j: inout Judgement) {
    let gains = j.open.filter { j.role($0).kind == .gain && j.statistics($0).nonFinite == 0 }
    if let chosen = j.chosen,
      chosen.rules.contains(where: {
        $0.pattern.text.contains("gain") || $0.pattern.text.contains("norm") || $0.pattern.text.contains("ln_")
      })
    {
      return
    }
    let drawn = gains.filter { index in
      let s = j.statistics(index)
      return !s.isConstant && s.count >= 4 && abs(s.mean) < 0.3 && s.standardDeviation < 0.5 * max(1, abs(s.mean) * 3)
    }
    if !drawn.isEmpty, areAboutValue(j, drawn), drawn.count * 4 >= gains.count * 3 {
      let s = j.statistics(drawn[0])
      j.add(
        Self.self, .note, drawn,
        "\(drawn.count) of \(gains.count) norm gains were drawn about \(MessageNumber.number(s.mean)), where one is "
          + "neutral: a choice, as of RepVGG, whose branches are added up.",
        evidence: [("mean", .number(s.mean)), ("standardDeviation", .number(s.standardDeviation))])
    } else if !drawn.isEmpty {
      let s = j.statistics(drawn[0])
      j.add(
        Self.self, .error, drawn,
        "\(j.list(drawn)) \(drawn.count == 1 ? "is a gain that was" : "are gains that were") drawn (mean "
          + "\(MessageNumber.number(s.mean)), deviation \(MessageNumber.number(s.standardDeviation))) where one is neutral: "
          + "a generic draw has overwritten \(drawn.count == 1 ? "it" : "them"), and the layer passes next to nothing.",
        evidence: [("mean", .number(s.mean)), ("standardDeviation", .number(s.standardDeviation))])
    }
    let zero = gains.filter { j.statistics($0).isZero && j.entry($0).count > 1 && !isDeclaredZero(j, $0) }
    guard !zero.isEmpty else { return }
    if zero.count == gains.count - drawn.count, zero.count > 1, declaresOnes(j, zero) {
      j.add(
        Self.self, .error, zero,
        "All \(zero.count) norm gains are zero, where every scheme of this family declares ones: the model is silent.")
      return
    }
    // A part of a file, such as a projector between two towers, may have a single norm.
    if zero.count == gains.count - drawn.count, zero.count > 1 || j.isPart {
      j.add(
        Self.self, .note, zero,
        (zero.count == 1 ? "The only norm gain, \(j.list(zero)), is zero" : "All \(zero.count) norm gains are zero")
          + "\(j.isPart ? " in this part of the file" : ""). That is right for norms that multiply by 1 + w, such as "
          + "Gemma's, and silences the model for all others.")
      return
    }
    // The last norms of branches: in each block at the same place, and others of the block are not zero.
    let patterns = Set(zero.map { j.context.names[$0].pattern })
    // A model with two kinds of norms: most kinds are zero throughout, and with them the one outside of the blocks.
    let groups = Dictionary(grouping: gains) { j.context.names[$0].pattern }
    let isZeroThroughout = patterns.allSatisfy { groups[$0]?.allSatisfy { j.statistics($0).isZero } ?? false }
    let outside = gains.filter { j.context.names[$0].numbers.isEmpty }
    if drawn.isEmpty, isZeroThroughout, patterns.count > 2, patterns.count * 2 > groups.count, !outside.isEmpty,
      outside.allSatisfy({ j.statistics($0).isZero })
    {
      j.add(
        Self.self, .note, zero,
        "\(zero.count) of \(gains.count) norm gains are zero, in all blocks alike. That is right for norms that multiply by "
          + "1 + w, and silences the model for all others.")
      return
    }
    let designed = zero.filter { index in
      // A single block among many is no design, whatever its place.
      if isLonely(j, index, gains) { return false }
      // Silent by its place in the block: a branch ends there.
      if j.role(index).isLastNorm { return true }
      if isFirst(j, index) { return isPostNorm(j, index, gains) }
      if let isLast = j.context.isLastOfBranch(index), isLast || !isPostNorm(j, index, gains) { return isLast }
      let pattern = j.context.names[index].pattern
      // In all blocks alike, and not where the layers of other blocks, or others of the same, are known to end their branch.
      return !j.context.names[index].numbers.isEmpty
        && gains.allSatisfy { j.context.names[$0].pattern != pattern || j.statistics($0).isZero }
        && !gains.contains { j.role($0).isLastNorm && j.statistics($0).isZero }
    }
    let known = Set(designed), wrong = zero.filter { !known.contains($0) }
    // Left open, so that a scheme that declares them is shown to fit; one that does not must not blame them.
    let unusual = designed.filter { !j.role($0).isLastNorm }
    if !unusual.isEmpty {
      j.add(
        Self.self, .note, unusual,
        "\(j.list(unusual)) \(unusual.count == 1 ? "is" : "are") zero, where other gains are not: right for the last norm "
          + "of a residual branch, which then starts silent.")
    }
    if !wrong.isEmpty {
      j.add(
        Self.self, .error, wrong,
        "\(j.list(wrong)) \(wrong.count == 1 ? "is" : "are") zero where other gains are not, "
          + (wrong.contains { isLonely(j, $0, gains) }
            ? "not even those of the same name in other blocks: the layer is silent."
            : "and not the last of a residual branch: the layer is silent.")
      )
    }
  }

  /// Whether the names are those of a family none of whose schemes has norms that multiply by 1 + w, and the norms have
  /// shifts, which such norms rarely have.
  private func declaresOnes(_ j: Judgement, _ zero: [Int]) -> Bool {
    let families = j.candidates.filter { $0.isDemanded && !$0.isOfFile }
    return !families.isEmpty
      && families.allSatisfy { family in !family.rules.contains { $0.laws.contains(where: \.isOnePlus) } }
      && zero.allSatisfy { index in j.context.sibling(index, "bias").map { j.role($0).kind == .shift } ?? false }
  }

  /// Whether the file's own configuration says that the gain starts at zero.
  private func isDeclaredZero(_ j: Judgement, _ index: Int) -> Bool {
    j.declaredByFile(index)?.laws.contains {
      if case .constant(let value) = $0.kind { value.value { _ in nil } == 0 } else { false }
    } ?? false
  }

  /// Whether gains vary about one value that is clearly above zero: a law of their own, and no sweep over all parameters.
  private func areAboutValue(_ j: Judgement, _ drawn: [Int]) -> Bool {
    let values = drawn.reduce(0) { $0 + j.statistics($1).count }
    let mean = drawn.reduce(0.0) { $0 + j.statistics($1).mean * Double(j.statistics($1).count) } / Double(values)
    let variance = drawn.reduce(0.0) { $0 + j.statistics($1).variance * Double(j.statistics($1).count) } / Double(values)
    return mean > 0.5 * variance.squareRoot()
      && Estimators.normalProbability(beyond: mean / (variance / Double(values)).squareRoot()) < j.test.rate
  }

  /// Whether nearly all norms of the tensor's block are zero, in all blocks alike: each of them ends a branch.
  private func isPostNorm(_ j: Judgement, _ index: Int, _ gains: [Int]) -> Bool {
    let name = j.context.names[index]
    guard let place = name.tokens.lastIndex(where: { Int($0) != nil }) else { return false }
    let stack = TensorName(name.tokens[...place].joined(separator: ".") + ".x").pattern.dropLast(1)
    let inside = gains.filter { j.context.names[$0].pattern.hasPrefix(stack) }
    let kinds = Set(inside.map { j.context.names[$0].pattern })
    // Blocks of other stages, whose names differ in words such as layer2, follow the same plan.
    let alike = gains.filter { Self.withoutNumbers(j.context.names[$0]) == Self.withoutNumbers(name) }
    // A last block may have one norm more.
    return kinds.count > 1 && alike.allSatisfy { j.statistics($0).isZero }
      && !inside.contains { j.role($0).isLastNorm && j.statistics($0).isZero }
      && inside.count { j.statistics($0).isZero } * 10 >= inside.count * 9
  }

  /// Whether few of the blocks have the gain at zero, and no pattern shows: neither equal steps from block to block, nor the
  /// first or the last block of every stage.
  private func isLonely(_ j: Judgement, _ index: Int, _ gains: [Int]) -> Bool {
    let plan = Self.withoutNumbers(j.context.names[index])
    let alike = gains.filter { !j.context.names[$0].numbers.isEmpty && Self.withoutNumbers(j.context.names[$0]) == plan }
    let zero = alike.filter { j.statistics($0).isZero }
    guard alike.count >= 4, zero.count * 3 < alike.count else { return false }
    let stages = Dictionary(grouping: alike) { j.context.names[$0].pattern }.values
    let places = stages.map { stage in stage.indices.filter { j.statistics(stage[$0]).isZero } }
    if stages.count > 1 {
      let isAtStart = places.allSatisfy { $0 == [0] }
      let isAtEnd = zip(places, stages).allSatisfy { $0 == [$1.count - 1] }
      return !isAtStart && !isAtEnd
    }
    guard let own = places.first, own.count >= 3 else { return true }
    return Set(zip(own, own.dropFirst()).map { $1 - $0 }).count > 1
  }

  private static func withoutNumbers(_ name: TensorName) -> String {
    name.tokens.dropLast(2).map { $0.filter { !$0.isNumber } }.joined(separator: ".") + "."
      + name.tokens.suffix(2).joined(separator: ".")
  }

  private func isFirst(_ j: Judgement, _ index: Int) -> Bool {
    ["bn1", "norm1", "ln_1", "ln1", "input_layernorm"].contains(j.context.names[index].parent)
  }
}

/// Looks at the factors of LayerScale.
struct LayerScaleStart: WeightRule {
  static let name = "layer-scale"
  static let summary = "A layer scale, which should start small, starts at one."
  static let explanation =
    "LayerScale multiplies each residual branch by a small number, 1e-6 to 0.1, so that a deep network starts near the "
    + "identity. All of a file's factors being one is a warning: they then scale nothing. DINOv2 of transformers starts "
    + "at one by design (lambda1)."
  static let remedy = "Pass init_values on to whatever resets the parameters of LayerScale."

  func judge(_ j: inout Judgement) {
    if j.chosen != nil { return }
    let own = j.open.filter {
      j.role($0).kind == .layerScale && j.statistics($0).isConstant && j.statistics($0).least == 1
        && j.context.names[$0].leaf != "lambda1"
        && j.entry($0).count > 1
    }
    guard !own.isEmpty else { return }
    // Where others are small, and all of these names are one, the program has two kinds, as SwiftFormer has.
    let ones = Set(own), patterns = Set(own.map { j.context.names[$0].pattern })
    let scales = j.context.entries.indices.filter { j.role($0).kind == .layerScale && j.entry($0).count > 1 }
    if scales.contains(where: { !ones.contains($0) && j.statistics($0).isConstant && j.statistics($0).least > 0 }),
      scales.allSatisfy({ ones.contains($0) || !patterns.contains(j.context.names[$0].pattern) })
    {
      j.add(
        Self.self, .note, own,
        "\(j.list(own)) \(own.count == 1 ? "is" : "are") one, where layer scales of other names start small: two kinds by "
          + "design.")
      return
    }
    j.add(
      Self.self, .warning, own,
      "\(j.list(own)) \(own.count == 1 ? "is" : "are") one. A layer scale starts small, at 1e-6 to 0.1, or it scales "
        + "nothing: the value that was asked for was not used.")
  }
}
