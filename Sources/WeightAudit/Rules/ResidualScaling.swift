import NumberText

/// Finds residual branches whose last matrices lack the division by the depth, and others that have it.
struct ResidualScaling: WeightRule {
  static let name = "residual-scaling"
  static let summary =
    "The division by sqrt(2L) is missing from the last matrix of residual branches, or stands on another matrix."
  static let explanation =
    "With L blocks, GPT-2's scheme divides the last matrix of attention and of the MLP by sqrt(2L); torchtitan and OLMo "
    + "divide by sqrt(2(l+1)) in block l. Each tensor is compared with the deviation that most matrices of the file "
    + "share, and with that divided. A kind of matrix is divided where most of its blocks are, and by the block's number "
    + "only where two or more blocks differ in it: one may agree by coincidence. It is an error where the scheme demands "
    + "the division and it is missing, where only one of the two matrices has it, and where another matrix has it and the "
    + "last ones do not. Dividing the up projection (w3) as well, as torchtitan does, is right. Where one law of fans, such "
    + "as PyTorch's default, explains all matrices, nothing is said: a wider matrix is then smaller without any division."
  static let remedy =
    "Look whether the initialization finds these tensors by name: it is often called for each module, with "
    + "names that are not whole."

  private enum Scale { case plain, dividedByDepth, dividedByBlock, other }

  func judge(_ j: inout Judgement) {
    guard j.chosen == nil, let family = j.candidates.first(where: { $0.isDemanded && $0.free == "std" }),
      j.context.depth >= 2
    else { return }
    let lenient = LawTest(rate: 1e-6, tolerance: 0.03)
    let first = SchemeFit(family, j.context, lenient, leftOut: j.claimed)
    guard let std = first.parameters["std"] else { return }
    let matrices = j.open.filter {
      j.role($0).kind == .linear && !j.statistics($0).isConstant && j.statistics($0).nonFinite == 0
        && !j.context.names[$0].numbers.isEmpty
    }
    // What a law of fans explains is no matter of the depth.
    if let own = OwnLaw.find(j.context, leftOut: j.claimed, byFansOnly: true), own.share > Self.nearlyAll { return }
    let scales = scales(j, matrices, std, lenient)
    func isDivided(_ index: Int) -> Bool { [.dividedByDepth, .dividedByBlock].contains(scales[index]) }
    // Mamba's outputs have scales of their own.
    let ends = matrices.filter { ![nil, .mixer].contains(j.role($0).residualEnd) },
      inner = matrices.filter { j.role($0).residualEnd == nil }
    guard !ends.isEmpty, inner.contains(where: { scales[$0] == .plain }) else { return }
    let isDemanded = family.rules.contains { $0.laws.contains { $0.names.contains("L") } } && family.name == "gpt2"
    // All divided alike by another number: scheme-deviation says by which.
    if isDemanded, ends.allSatisfy({ hasScale(j, $0, std / Double(j.context.depth($0)).squareRoot(), lenient) }) { return }
    let divided = ends.filter(isDivided), plain = ends.filter { scales[$0] == .plain }
    let depth = j.context.depth, factor = (2 * Double(depth)).squareRoot()
    if isDemanded || !divided.isEmpty, !plain.isEmpty, divided.count + plain.count > ends.count / 2 {
      // The deviation of all of them together.
      let values = plain.reduce(0.0) { $0 + Double(j.statistics($1).count) }
      let realised = (plain.reduce(0.0) { $0 + j.statistics($1).variance * Double(j.statistics($1).count) } / values)
        .squareRoot()
      let wanted = std / factor
      j.add(
        Self.self, .error, plain,
        "\(j.list(plain)) \(plain.count == 1 ? "has" : "have") deviation \(MessageNumber.number(realised)), where "
          + (divided.isEmpty
            ? "\(family.name) wants \(MessageNumber.number(std))/sqrt(2*\(depth)) = \(MessageNumber.number(wanted)) "
              + "(\(MessageNumber.number(realised / wanted)) times as much): the division by sqrt(2L) was never applied."
            : "\(j.list(divided, most: 2)) \(divided.count == 1 ? "is" : "are") divided by the depth: the "
              + "division is missing here."),
        evidence: [
          ("standardDeviation", .number(realised)), ("expected", .number(wanted)), ("blocks", .number(Double(depth))),
        ])
    }
    // torchtitan divides w3 beside w2: right where the last matrices of the MLP are divided, too.
    let feedForwardIsDivided = divided.contains { j.role($0).residualEnd == .feedForward }
    let wrong = inner.filter { index in
      guard isDivided(index) else { return false }
      let isUp = ["w3", "up_proj"].contains(j.context.names[index].parent)
      return !(isUp && feedForwardIsDivided)
    }
    // All matrices of a model may be divided by a number of its own.
    guard !wrong.isEmpty, wrong.count < inner.count / 2 + 1 else { return }
    let s = j.statistics(wrong[0])
    j.add(
      Self.self, .error, wrong,
      "\(j.list(wrong)) \(wrong.count == 1 ? "has" : "have") deviation \(MessageNumber.number(s.standardDeviation)), "
        + "divided by the depth like the last matrix of a branch, and \(wrong.count == 1 ? "is" : "are") none: the division "
        + "stands on the wrong matrix.",
      evidence: [
        ("standardDeviation", .number(s.standardDeviation)), ("expected", .number(std)), ("blocks", .number(Double(depth))),
      ])
  }

  /// The share of kinds of matrices from which on a law of fans explains all of them.
  private static let nearlyAll = 0.9

  /// By matrix its scale, where enough blocks of its kind show it.
  private func scales(_ j: Judgement, _ matrices: [Int], _ std: Double, _ test: LawTest) -> [Int: Scale] {
    var scales = Dictionary(uniqueKeysWithValues: matrices.map { ($0, scale(j, $0, std, test)) })
    for members in Dictionary(grouping: matrices, by: { j.context.names[$0].pattern }).values {
      let divided = members.filter { scales[$0] == .dividedByDepth || scales[$0] == .dividedByBlock }
      let byBlock = members.filter { scales[$0] == .dividedByBlock }
      // Factors of the block's number agree with other laws in single blocks.
      let isShown = byBlock.isEmpty || Set(divided.compactMap { j.role($0).block }).count > 1
      if divided.count * 2 < members.count || !isShown { for index in divided { scales[index] = .other } }
    }
    return scales
  }

  private func scale(_ j: Judgement, _ index: Int, _ std: Double, _ test: LawTest) -> Scale {
    func has(_ deviation: Double) -> Bool { hasScale(j, index, deviation, test) }
    if has(std) { return .plain }
    if has(std / (2 * Double(j.context.depth(index))).squareRoot()) { return .dividedByDepth }
    if let block = j.role(index).block, has(std / (2 * Double(block + 1)).squareRoot()) { return .dividedByBlock }
    return .other
  }

  private func hasScale(_ j: Judgement, _ index: Int, _ deviation: Double, _ test: LawTest) -> Bool {
    test.differences(j.statistics(index), .normal(mean: 0, std: deviation), j.entry(index).type).allSatisfy {
      if case .deviation = $0 { false } else { true }
    }
  }
}
