import NumberText

/// Looks at the gains of normalization layers.
struct NormGain: WeightRule {
  static let name = "norm-gain"
  static let summary = "A normalization's gain does not start at one, nor at zero where that is by design."
  static let explanation =
    "Gains of exactly one are neutral. All gains zero, or all of most kinds of norms with that behind the last block, is "
    + "right for norms that multiply by 1 + w, and a note, since the file does not say which kind they are. Zero for the "
    + "last norm of residual branches and for a global response norm is by design. A zero gain elsewhere, or gains that "
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
    if !drawn.isEmpty {
      let s = j.statistics(drawn[0])
      j.add(
        Self.self, .error, drawn,
        "\(j.list(drawn)) \(drawn.count == 1 ? "is a gain that was" : "are gains that were") drawn (mean "
          + "\(MessageNumber.number(s.mean)), deviation \(MessageNumber.number(s.standardDeviation))) where one is neutral: "
          + "a generic draw has overwritten \(drawn.count == 1 ? "it" : "them"), and the layer passes next to nothing.",
        evidence: [("mean", .number(s.mean)), ("standardDeviation", .number(s.standardDeviation))])
    }
    let zero = gains.filter { j.statistics($0).isZero && j.entry($0).count > 1 }
    guard !zero.isEmpty else { return }
    if zero.count == gains.count - drawn.count, zero.count > 1 {
      j.add(
        Self.self, .note, zero,
        "All \(zero.count) norm gains are zero. That is right for norms that multiply by 1 + w, such as Gemma's, and "
          + "silences the model for all others.")
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
    let wrong = zero.filter { index in
      let pattern = j.context.names[index].pattern
      let siblings = gains.filter { j.context.names[$0].pattern == pattern }
      let isConsistent = siblings.allSatisfy { j.statistics($0).isZero }
      // A block without bn3 has its last norm at bn2; what is not recognized may be last in a block of another kind.
      if j.role(index).isLastNorm { return false }
      let hasNumber = !j.context.names[index].numbers.isEmpty
      let lastIsZero = j.context.roles.indices.contains { j.role($0).isLastNorm }
      return !isConsistent || !hasNumber || lastIsZero || isFirst(j, index) || patterns.count > 2
    }
    if !wrong.isEmpty {
      j.add(
        Self.self, .error, wrong,
        "\(j.list(wrong)) \(wrong.count == 1 ? "is" : "are") zero where other gains are not, and not the last of a residual "
          + "branch: the layer is silent."
      )
    }
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
    j.add(
      Self.self, .warning, own,
      "\(j.list(own)) \(own.count == 1 ? "is" : "are") one. A layer scale starts small, at 1e-6 to 0.1, or it scales "
        + "nothing: the value that was asked for was not used.")
  }
}
