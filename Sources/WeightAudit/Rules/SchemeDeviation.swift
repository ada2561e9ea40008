import Glibc
import NumberText
import TensorFiles

/// Finds tensors that are not as the scheme declares, and says why where the reason shows.
struct SchemeDeviation: WeightRule {
  static let name = "scheme-deviation"
  static let summary = "A tensor's values do not follow the law that the scheme declares."
  static let explanation =
    "Variance (chi-square, with the law's kurtosis), mean, ends and shape (Kolmogorov) of each tensor are compared with its "
    + "law. All comparisons of a file share one false-alarm rate, 0.001, by Bonferroni's inequality. Deviations below 2% "
    + "(1% of a scheme that was asked for) do not matter. A scheme that was named is held to its documented deviation, such "
    + "as 0.02, unless a configuration gives another; where one factor explains all weights, it is told once. "
    + "Without --scheme or --config the best-fitting scheme of the "
    + "family is taken, its deviation from the file itself, and only where at least half of the tensors follow it and no "
    + "other published law explains the matrices; what another program of the family does is a note."
  static let remedy =
    "Initialize the tensor as the scheme says, or write a scheme file that says what is meant (--scheme FILE.yaml)."

  /// Why a tensor differs; tensors of one cause are told together.
  private struct Cause: Hashable {
    var rule: String
    var severity: WeightFinding.Severity
    var sentence: String
  }

  func judge(_ j: inout Judgement) {
    j.recognize()
    guard j.demandsFit, var fit = j.fit else { return }
    if let scaled = commonFactor(&j, fit) { fit = scaled }
    var causes: [(cause: Cause, members: [Int])] = []
    var found: [(index: Int, cause: Cause)] = []
    for index in j.open {
      guard fit.fits[index] == false, let declared = fit.laws[index].first else { continue }
      let s = j.statistics(index)
      // Told by its own rule already, or with nothing to compare.
      if s.nonFinite > 0 || s.count == 0 { continue }
      let differences = j.test.differences(s, declared.law, j.entry(index).type)
      guard let cause = cause(j, index, declared, differences, fit) else { continue }
      found.append((index, cause))
    }
    for (index, cause) in agreed(j, found) {
      if let place = causes.firstIndex(where: { $0.cause == cause }) {
        causes[place].members.append(index)
      } else {
        causes.append((cause, [index]))
      }
    }
    for (cause, members) in causes {
      guard let rule = WeightRules.rule(named: cause.rule) else { continue }
      let first = members[0], s = j.statistics(first)
      let declared = fit.laws[first][0]
      var text = "\(j.list(members)): \(cause.sentence)"
      let mean = cause.rule == ShiftedMean.name ? "mean \(MessageNumber.number(s.mean)) and " : ""
      let number =
        s.isConstant
        ? "all \(MessageNumber.number(s.least))" : "\(mean)deviation \(MessageNumber.number(s.standardDeviation))"
      text += " \(members.count == 1 ? "It has" : "\(j.entry(first).name) has") \(number)"
      if let looks = s.looksLike, !s.isConstant { text += " (looks like \(looks.law))" }
      text += ", where \(fit.scheme.name) declares \(Self.described(declared, fit.scheme))."
      var evidence: [(name: String, value: WeightFinding.Evidence)] = [
        ("standardDeviation", .number(s.standardDeviation)), ("declared", .text(declared.law.description)),
        ("scheme", .text(fit.scheme.name)),
      ]
      if let variance = declared.law.variance(rows: s.rows, columns: s.columns), variance > 0 {
        evidence.append(("ratio", .number((s.variance / variance).squareRoot())))
      }
      j.add(rule, cause.severity, members, text, evidence: evidence)
    }
  }

  /// The causes with one for all tensors of a name whose deviations agree: of single ones chance may decide between two
  /// formulas whose values are close, such as sqrt(2/fan_out) and the root of what was declared.
  private func agreed(_ j: Judgement, _ found: [(index: Int, cause: Cause)]) -> [(index: Int, cause: Cause)] {
    let groups = Dictionary(grouping: found.indices) { j.context.names[found[$0].index].pattern }
    var result = found
    for places in groups.values where places.count > 2 && Set(places.map { found[$0].cause }).count > 1 {
      let deviations = places.map { j.statistics(found[$0].index).standardDeviation }
      guard let least = deviations.min(), let greatest = deviations.max(), least > 0, greatest < 1.05 * least else {
        continue
      }
      let counts = Dictionary(grouping: places) { found[$0].cause }.mapValues(\.count)
      guard let most = counts.max(by: { ($0.value, $1.key.sentence) < ($1.value, $0.key.sentence) }),
        most.value * 2 > places.count
      else { continue }
      for place in places { result[place].cause = most.key }
    }
    return result
  }

  /// One factor that explains why the weights differ from a scheme that was named: told once, and taken out of what is
  /// compared afterwards. Returns the fit with that factor; nil where there is none.
  private func commonFactor(_ j: inout Judgement, _ fit: SchemeFit) -> SchemeFit? {
    guard j.isNamed, let free = fit.scheme.free, fit.origins[free] == "scheme", let usual = fit.parameters[free] else {
      return nil
    }
    let scaled = SchemeFit(fit.scheme, j.context, j.test, leftOut: j.claimed, isWhole: true)
    guard scaled.origins[free] == "file", let own = scaled.parameters[free],
      scaled.weightShare >= 0.75, scaled.weightShare > fit.weightShare + 0.25
    else { return nil }
    let members = j.open.filter { j.role($0).kind.isWeight && fit.fits[$0] == false && scaled.fits[$0] == true }
    guard !members.isEmpty else { return nil }
    func text(_ value: Double) -> String { MessageNumber.number(value) }
    var reason = "\(text(own / usual)) times as much"
    var rule: any WeightRule.Type = Self.self
    if free == "std", abs(own / usual.squareRoot() - 1) < 0.02 {
      (rule, reason) = (DeviationAsVariance.self, "its square root: a deviation was taken for a variance")
    } else if free == "std", abs(own / (usual * usual) - 1) < 0.02 {
      (rule, reason) = (DeviationAsVariance.self, "its square: a variance was taken for a deviation")
    }
    let key = free == "std" ? "initializer_range" : "initializer_factor"
    j.add(
      rule, .error, members,
      "\(j.list(members)): one factor explains all of them. They follow \(fit.scheme.name) with \(free) = \(text(own)) in "
        + "place of \(text(usual)), \(reason). If the model is meant to have another \(key), give its config.json with "
        + "--config.",
      evidence: [("ratio", .number(own / usual)), ("declared", .number(usual)), ("scheme", .text(fit.scheme.name))])
    return scaled
  }

  private static func described(_ declared: (law: TensorLaw, text: String), _ scheme: WeightScheme) -> String {
    let value = declared.law.description
    if scheme.isOfFile { return value == declared.text ? value : "\(declared.text) = \(value)" }
    // A formula that only names a parameter says less than its value.
    let isPlain =
      !declared.text.contains { "/*^".contains($0) } && !declared.text.contains("fan") && !declared.text.contains("default")
    return value == declared.text || isPlain ? value : "\(declared.text) = \(value)"
  }

  /// What follows where a table that others draw so is much larger than its own scheme has it; empty elsewhere.
  private static func question(_ role: TensorRole, _ std: Double, _ wanted: Double?, _ fit: SchemeFit) -> String {
    guard role.kind == .embedding, let wanted, wanted > 0, std > largeTable * wanted else { return "" }
    let ratio = MessageNumber.number((std / wanted).rounded(toDigits: 2))
    return
      " That is \(ratio) times what \(fit.scheme.name) declares: if the head is tied to it, logits are \(ratio) times too "
      + "large. Is it meant?"
  }

  /// Logits so many times too large make a softmax sure of one class from the start.
  private static let largeTable = 4.0

  private func cause(
    _ j: Judgement, _ index: Int, _ declared: (law: TensorLaw, text: String), _ differences: [LawTest.Difference],
    _ fit: SchemeFit
  ) -> Cause? {
    let s = j.statistics(index), role = j.role(index), type = j.entry(index).type, std = s.standardDeviation
    let isChosen = j.chosen != nil
    // Keras's Identity writes no gain into its configuration.
    if fit.scheme.isOfFile, declared.law == .identity, s.isIdentity { return nil }
    func cause(_ rule: any WeightRule.Type, _ severity: WeightFinding.Severity, _ sentence: String) -> Cause {
      Cause(rule: rule.name, severity: isChosen ? .error : severity, sentence: sentence)
    }
    let lenient = LawTest(rate: 1e-6, tolerance: 0.02)
    let wanted = declared.law.variance(rows: s.rows, columns: s.columns).map { $0.squareRoot() }
    // What another program of the family draws here is a choice.
    if !isChosen {
      for other in j.others where other.scheme.name != fit.scheme.name && other.scheme.isDemanded && shares(other, fit, j) {
        if other.fits[index] == true, isFree(role), !fit.scheme.isOfFile {
          return cause(
            Self.self, .note,
            "as \(other.scheme.name) draws \(role.kind.rawValue)s, and the rest is as \(fit.scheme.name)."
              + Self.question(role, std, wanted, fit))
        }
      }
    }
    func near(_ value: Double) -> Bool {
      value > 0
        && lenient.differences(s, .normal(mean: 0, std: value), type).allSatisfy {
          if case .deviation = $0 { false } else { true }
        }
    }
    if !isChosen, !fit.scheme.isOfFile {
      // Zero biases go with any weights.
      if role.kind == .bias, s.isZero { return cause(Self.self, .note, "zero, as many programs start biases.") }
      if role.kind == .bias, s.isConstant, isCommonBias(j, s.least) {
        return cause(Self.self, .note, "one value, as most biases of the file have.")
      }
      if s.isIdentity || repeats(j, index) {
        return cause(Self.self, .note, "the same in all blocks: values that follow from a formula and were not drawn.")
      }
      if role.kind == .embedding, lenient.fits(s, .normal(mean: 0, std: 1), type) {
        return cause(
          Self.self, .note,
          "N(0, 1), PyTorch's default for tables, as torchtitan and T5 draw theirs."
            + Self.question(role, std, wanted, fit))
      }
      // It may be near to the square or the root of what the scheme has.
      if [.embedding, .positionEmbedding].contains(role.kind), lenient.fits(s, .normal(mean: 0, std: 0.02), type) {
        return cause(Self.self, .note, "N(0, 0.02), as most programs draw tables.")
      }
    }
    if let usual = SchemeFit.laws(SchemeCatalogue.torch, j.context, index, [:]).first, lenient.fits(s, usual.law, type),
      s.count >= 8, !s.isConstant
    {
      return cause(
        LibraryDefault.self, .error, "PyTorch's default, \(LibraryDefault.described(usual.text)), was left in place.")
    }
    if let own = biasCause(j, index, fit) { return own }
    if s.isConstant {
      if role.kind == .layerScale {
        // Any small factor is a choice of the program's.
        if !j.isNamed, s.least > 0, s.least <= 0.5 { return nil }
        return cause(LayerScaleStart.self, .warning, "not the small factor that a layer scale starts with.")
      }
      if role.kind == .gain { return cause(NormGain.self, .error, gainSentence(j, index, declared.law, fit)) }
      return cause(
        Self.self, .error,
        s.isZero ? "zero, where values were to be drawn." : "one value throughout, where another was declared.")
    }
    let formula = [.convolution, .linear].contains(role.kind) ? fanFormula(j, index, near) : nil
    if let cut = TruncationCause.find(s, declared.law, type, followsFan: formula != nil) {
      let isOpen = [.embedding, .positionEmbedding, .token].contains(role.kind)
      return cause(Self.self, isOpen || cut.mayBeMeant && isFree(role) ? .note : .warning, cut.sentence)
    }
    if let wanted, wanted > 0 {
      let depth = Double(j.context.depth(index)), factor = (2 * depth).squareRoot()
      if declared.text.contains("L"), depth > 1, role.residualEnd != nil {
        // Before the factor of the block's own number, which agrees with these in single blocks.
        if near(wanted * 2.0.squareRoot()) {
          return cause(
            ResidualScaling.self, .warning,
            "divided by sqrt(L) = \(MessageNumber.number(depth.squareRoot())), where sqrt(2L) counts both branches of a "
              + "block."
          )
        }
        if near(wanted / factor) {
          return cause(
            ResidualScaling.self, .warning, "divided by the depth, sqrt(2L) = \(MessageNumber.number(factor)), twice.")
        }
      }
      if declared.text.contains("L") || declared.text.contains("l+1"), depth > 1,
        near(wanted * factor) || near(wanted * (2 * Double((role.block ?? 0) + 1)).squareRoot())
      {
        return cause(
          ResidualScaling.self, .error,
          "the division by the depth, sqrt(2L) = \(MessageNumber.number(factor)), was not applied.")
      }
      if role.residualEnd == nil, depth > 1, near(wanted / factor) {
        return cause(
          ResidualScaling.self, .error,
          "divided by sqrt(2L) = \(MessageNumber.number(factor)) like the last matrix of a branch, which it is not.")
      }
      if let fan = wrongFan(j, index, declared, near) {
        return cause(WrongFan.self, role.kind == .transposedConvolution ? .warning : .error, fan)
      }
      if abs(wanted - 1) > 0.05 {
        // By the deviation of all blocks together, which tells the root of 0.02 from sqrt(2/96).
        let whole = wholeDeviation(j, index), margin = 0.005 + 4 / (2 * Double(whole.count)).squareRoot()
        func isWhole(_ value: Double) -> Bool {
          abs(whole.deviation / value - 1) < max(margin, (type.fractionBits ?? 52) < 7 ? 0.06 : 0)
        }
        if near(wanted.squareRoot()), isWhole(wanted.squareRoot()) {
          return cause(
            DeviationAsVariance.self, .error, "the square root of what was declared: a deviation was taken for a variance.")
        }
        if near(wanted * wanted), isWhole(wanted * wanted) {
          return cause(
            DeviationAsVariance.self, .error, "the square of what was declared: a variance was taken for a deviation.")
        }
      }
      let shift = differences.compactMap { if case .mean(let shift) = $0 { shift } else { nil } }.first
      if let shift, let mean = declared.law.mean, differences.count == 1 || mean == 0 && abs(shift) > 0.5 {
        return cause(
          ShiftedMean.self, .error,
          mean == 0 ? "the mean is not zero." : "the mean is not the \(MessageNumber.number(mean)) that was declared.")
      }
      if wanted < 0.5, near(1) {
        return cause(
          Self.self, isFree(role) && role.residualEnd == nil ? .note : .warning,
          holdsDeviationAsMean(j, index, wanted)
            ? "the deviation was passed as the mean: normal_(tensor, \(MessageNumber.number(wanted))) draws about that "
              + "mean, with deviation 1."
            : "deviation 1, which normal_ and nn.Embedding draw where none is passed.")
      }
      let onlyShape = differences.allSatisfy {
        switch $0 {
        case .shape, .support: true;
        default: false
        }
      }
      if onlyShape {
        let isCut = if case .truncatedNormal = declared.law { true } else { false }
        return cause(
          Self.self, isFree(role) && !fit.scheme.isOfFile ? .note : .error,
          isCut && s.largestMagnitude > 4 * std
            ? "the deviation is right and nothing is cut off: the bounds were given in absolute numbers, not in deviations."
            : "the deviation is right, and the law is another.")
      }
    }
    let generic = fit.parameters["std"] ?? 0.02
    if isSpecial(declared.law), near(generic) || near(0.02) {
      return cause(
        OverwrittenTensor.self, .error, "a generic draw, normal(std=\(MessageNumber.number(std))), has overwritten it.")
    }
    if case .constant = declared.law {
      if role.kind == .bias || role.kind == .shift, near(generic) || near(0.02) {
        return cause(OverwrittenTensor.self, .error, "drawn like weights, where \(declared.law) was declared.")
      }
      let isOpen = [.head, .token, .positionEmbedding, .relativeBias].contains(role.kind)
      return cause(Self.self, isOpen ? .note : .warning, "not \(declared.law).")
    }
    let siblings = j.context.groups.first { $0.contains(index) } ?? [index]
    let others = siblings.filter { $0 != index }
    let isAlone = !fit.scheme.isOfFile && !others.isEmpty && others.count { fit.fits[$0] == true } * 2 > others.count
    if isAlone {
      return cause(OutlierTensor.self, .error, "not like the same tensor of other blocks.")
    }
    if fit.scheme.isOfFile { return cause(Self.self, .error, "not the deviation that its layer declares.") }
    if let wanted, wanted > 0, differences.count == 1 || isRightShape(differences) {
      if declared.text.hasPrefix("kaiming") || declared.text.hasPrefix("orthogonal") {
        if near(wanted / 2.0.squareRoot()) {
          return cause(Self.self, .warning, "smaller by sqrt(2), as with a gain of 1 in place of sqrt(2).")
        }
        if near(wanted * 2.0.squareRoot()) {
          return cause(Self.self, .warning, "larger by sqrt(2), as with a gain of 2 in place of sqrt(2).")
        }
      }
      if let formula, !isFree(role) || std > wanted { return cause(Self.self, .warning, formula) }
    }
    // Branches are made smaller by a choice of the program's, and not larger.
    let isLarger = role.residualEnd != nil && (wanted.map { std > 1.5 * $0 } ?? false)
    return cause(
      Self.self, isFree(role) && !isLarger ? .note : .warning, "not the deviation that the scheme declares.")
  }

  /// The deviation of the tensors of this name whose own deviations agree with this one's, and how many values they have.
  private func wholeDeviation(_ j: Judgement, _ index: Int) -> (deviation: Double, count: Int) {
    let own = j.statistics(index)
    let group = (j.context.groups.first { $0.contains(index) } ?? [index]).filter {
      let other = j.statistics($0)
      return other.nonFinite == 0 && abs((other.variance / own.variance).squareRoot() - 1) < 0.05
    }
    let count = group.reduce(0) { $0 + j.statistics($1).count }
    let sum = group.reduce(0.0) { $0 + j.statistics($1).variance * Double(j.statistics($1).count) }
    return ((sum / Double(max(1, count))).squareRoot(), count)
  }

  /// Whether the mean of all tensors of this name is the deviation that was declared: of one alone its error is too large.
  private func holdsDeviationAsMean(_ j: Judgement, _ index: Int, _ wanted: Double) -> Bool {
    let group = (j.context.groups.first { $0.contains(index) } ?? [index]).filter {
      j.statistics($0).nonFinite == 0 && abs(j.statistics($0).standardDeviation - 1) < 0.05
    }
    let count = Double(group.reduce(0) { $0 + j.statistics($1).count })
    guard count > 0 else { return false }
    let mean = group.reduce(0) { $0 + j.statistics($1).mean * Double(j.statistics($1).count) } / count
    let error = 1 / count.squareRoot()
    return mean > 3.5 * error && abs(mean - wanted) < 3.5 * error
  }

  /// Whether the deviation alone differs.
  private func isRightShape(_ differences: [LawTest.Difference]) -> Bool {
    differences.allSatisfy { if case .deviation = $0 { true } else { false } }
  }

  /// The formula of fans that fits a deviation in place of one that knows no fans.
  private func fanFormula(_ j: Judgement, _ index: Int, _ near: (Double) -> Bool) -> String? {
    let role = j.role(index)
    guard let fanIn = role.fanIn, let fanOut = role.fanOut, fanIn > 0, fanOut > 0 else { return nil }
    let isDepthwise = role.kind == .convolution && role.inputs == 1 && role.window > 1
    let formulas: [(label: String, value: Double)] = [
      ("sqrt(2/fan_in)", 2 / Double(fanIn)), ("sqrt(2/fan_out)", 2 / Double(fanOut)), ("1/sqrt(fan_in)", 1 / Double(fanIn)),
      ("1/sqrt(fan_out)", 1 / Double(fanOut)), ("sqrt(2/(fan_in+fan_out))", 2 / Double(fanIn + fanOut)),
    ]
    // Where two fans are equal the first of them says it.
    guard let found = formulas.first(where: { near($0.value.squareRoot()) }) else {
      // The whole of query, key and value as the outputs of one matrix.
      guard role.parts != nil, near((2 / Double(fanIn + role.outputs)).squareRoot()) else { return nil }
      return
        "not the deviation that the scheme declares; sqrt(2/(fan_in+fan_out)) fits, with the outputs of the whole fused "
        + "tensor, \(groupedNumber(role.outputs)), as fan_out."
    }
    return "not the deviation that the scheme declares; \(found.label) fits"
      + (isDepthwise && found.label.contains("fan_out")
        ? ", with all channels counted as outputs of each filter, as where groups are ignored." : ".")
  }

  /// Whether most kinds of biases hold this value throughout.
  private func isCommonBias(_ j: Judgement, _ value: Double) -> Bool {
    let kinds = j.context.groups.filter { j.role($0[0]).kind == .bias }
    let alike = kinds.count { group in group.allSatisfy { j.statistics($0).isConstant && j.statistics($0).least == value } }
    return alike * 2 > kinds.count && kinds.count > 1
  }

  /// Whether the tensor holds the same few values in all blocks.
  private func repeats(_ j: Judgement, _ index: Int) -> Bool {
    let s = j.statistics(index), group = j.context.groups.first { $0.contains(index) } ?? [index]
    return group.count > 2 && !s.isConstant && s.count <= TensorMeasurer.beginningSize
      && group.allSatisfy { j.statistics($0).beginning == s.beginning && j.statistics($0).count == s.count }
  }

  /// Tensors for which programs of one family choose freely.
  private func isFree(_ role: TensorRole) -> Bool {
    [.embedding, .head, .positionEmbedding, .token, .router, .relativeBias, .layerScale, .recurrent].contains(role.kind)
      || role.residualEnd != nil
  }

  /// What is special about biases: a prior on an output, and gates of a recurrent layer.
  private func biasCause(_ j: Judgement, _ index: Int, _ fit: SchemeFit) -> Cause? {
    let s = j.statistics(index), name = j.context.names[index]
    guard j.role(index).kind == .bias, !j.isNamed, !fit.scheme.isOfFile else { return nil }
    if name.leaf.hasPrefix("bias_ih") || name.leaf.hasPrefix("bias_hh"), s.quarters.count == 4 {
      // PyTorch stacks input, forget, cell and output gate.
      let filled = s.quarters.indices.filter { s.quarters[$0] != 0 }
      let isGRU =
        j.context.sibling(index, name.leaf.replacing("bias", with: "weight")).map {
          (j.role($0).parts?.count ?? 4) != 4
        } ?? false
      if !isGRU, filled.count == 1, filled[0] != 1, let value = s.quarters[filled[0]] {
        let gate = ["input", "forget", "cell", "output"][filled[0]]
        return Cause(
          rule: Self.name, severity: .warning,
          sentence:
            "\(MessageNumber.number(value)) for the \(gate) gate and zero elsewhere: PyTorch's order is input, forget, "
            + "cell, output, and a start of one is for the forget gate.")
      }
      return Cause(
        rule: Self.name, severity: .note,
        sentence: filled == [1] || filled == [0, 1]
          ? "the forget gate starts apart from the others." : "gates start by a choice of the program's own.")
    }
    let isOutput =
      name.numbers.isEmpty || j.context.sibling(index, "weight").map { j.role($0).kind == .head } ?? false
      || name.isUnder(["head", "classifier", "class_embed", "cls_score", "cls_logits"])
      // An offset without weights is no layer's bias.
      || ["weight", "kernel"].allSatisfy { j.context.sibling(index, $0) == nil }
    guard s.isConstant, !s.isZero, isOutput else { return nil }
    return Cause(
      rule: Self.name, severity: .note,
      sentence: "one value throughout, as a prior on what an output begins with, such as how rare a class is.")
  }

  /// Whether two schemes are of one family: the signs of both are in the file.
  private func shares(_ a: SchemeFit, _ b: SchemeFit, _ j: Judgement) -> Bool { a.scheme.signs == b.scheme.signs }

  private func isSpecial(_ law: TensorLaw) -> Bool {
    switch law {
    case .logarithmsOfCounts, .logarithmOfUniform, .inverseSoftplusOfLogUniform, .frequencies, .identity, .orthogonal: true
    default: false
    }
  }

  private func gainSentence(_ j: Judgement, _ index: Int, _ law: TensorLaw, _ fit: SchemeFit) -> String {
    let s = j.statistics(index)
    guard case .constant(0) = law, s.least == 1 else { return "not \(law)." }
    let rule = fit.scheme.rule(j.context.names[index], j.role(index), original: j.entry(index).name)
    if rule?.laws.contains(where: \.isOnePlus) ?? false {
      return "one where the norm multiplies by 1 + w, which doubles its output: zero is neutral there."
    }
    if j.role(index).isLastNorm {
      return "one, where the last norm of every other residual branch is zero, so that the branch starts silent."
    }
    return "one, where zero was declared."
  }

  /// Whether a law that follows a fan fits with another one.
  private func wrongFan(
    _ j: Judgement, _ index: Int, _ declared: (law: TensorLaw, text: String), _ near: (Double) -> Bool
  ) -> String? {
    let role = j.role(index), s = j.statistics(index)
    guard let fanIn = role.fanIn, let fanOut = role.fanOut, let torch = j.context.torchFans(index),
      declared.text.contains("fan") || !declared.text.contains("std"),
      let wanted = declared.law.variance(rows: s.rows, columns: s.columns), wanted > 0,
      !declared.text.hasPrefix("normal(std=0")
    else { return nil }
    let isByOutputs = declared.text.contains("fan_out")
    let own = isByOutputs ? fanOut : fanIn
    let others: [(label: String, fan: Int)] = [
      ("fan_in", fanIn), ("fan_out", fanOut), ("the fan of the stored shape", torch.fanIn),
      ("the other fan of the stored shape", torch.fanOut),
      ("all outputs of the fused tensor", role.outputs), ("the whole tensor", s.count / max(1, role.experts)),
      ("the whole tensor", s.count), ("the inputs without the window of \(role.window)", role.inputs),
      ("the outputs without the window of \(role.window)", role.outputs),
    ]
    for (label, fan) in others where fan != own && fan > 0 {
      if near((wanted * Double(own) / Double(fan)).squareRoot()) {
        return "fits with \(label) in place of \(isByOutputs ? "fan_out" : "fan_in"): the wrong fan."
      }
    }
    // Glorot's sum of a fused tensor.
    let sum = Double(fanIn + fanOut)
    if declared.text.contains("xavier") || declared.text.contains("glorot"),
      near((wanted * sum / Double(torch.fanIn + torch.fanOut)).squareRoot())
    {
      return
        "fits with the outputs of the whole fused tensor, \(groupedNumber(torch.fanOut)), in place of those of "
        + "one part: the wrong fan."
    }
    return nil
  }
}
