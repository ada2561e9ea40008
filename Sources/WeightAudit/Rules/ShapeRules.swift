import Glibc
import NumberText
import SampleStatistics
import TensorFiles

/// Finds draws whose mean is not zero.
struct ShiftedMean: WeightRule {
  static let name = "shifted-mean"
  static let summary = "The mean of a weight tensor is not zero."
  static let explanation =
    "The mean is compared with its standard error, deviation / sqrt(n), at the file's shared false-alarm rate; shifts below "
    + "5% of the deviation do not matter. A mean of half the width says that rand was taken for randn."
  static let remedy = "Draw from a law that is symmetric about zero."

  func judge(_ j: inout Judgement) {
    let own = j.open.filter { index in
      let s = j.statistics(index)
      guard j.role(index).kind.isWeight, s.nonFinite == 0, s.count >= 16, !s.isConstant, !s.isIdentity else { return false }
      // What a scheme declares with a mean of its own is judged there.
      let shift = s.mean / s.standardDeviation
      return abs(shift) > 0.05 && Estimators.normalProbability(beyond: shift * Double(s.count).squareRoot()) < j.test.rate
    }.filter { index in
      // Positive by its law, whose values span powers of ten: rates, scales and the like.
      if case .logUniform? = j.statistics(index).looksLike?.law { return false }
      guard let declaring = j.chosen ?? j.candidates.first(where: \.isOfFile),
        let rule = declaring.rule(j.context.names[index], j.role(index), original: j.entry(index).name)
      else { return true }
      return rule.laws.isEmpty
    }
    guard !own.isEmpty else { return }
    let worst = own.max {
      abs(j.statistics($0).mean / j.statistics($0).standardDeviation)
        < abs(j.statistics($1).mean / j.statistics($1).standardDeviation)
    }
    let s = j.statistics(worst ?? own[0])
    let isPositive = s.least >= 0
    // Learned positions may begin anywhere: DETR draws them between 0 and 1.
    let areTables = own.allSatisfy { j.role($0).kind == .positionEmbedding }
    j.add(
      Self.self, areTables ? .note : .error, own,
      "The mean of \(j.list(own)) is not zero: \(MessageNumber.number(s.mean)) at a deviation of "
        + "\(MessageNumber.number(s.standardDeviation))"
        + (isPositive ? ". No value is negative, as where rand stands for randn." : "."),
      evidence: [("mean", .number(s.mean)), ("standardDeviation", .number(s.standardDeviation))])
  }
}

/// Finds values that gather at the ends of a law.
struct MassAtBounds: WeightRule {
  static let name = "mass-at-bounds"
  static let summary =
    "Many values equal the least or the greatest one, as where a cut in low precision puts them at its bounds."
  static let explanation =
    "In a sample of up to 16,384 values the share that equals the tensor's extreme is counted. A continuous law repeats "
    + "none. In coarse types, and where values lie on their grid, only extremes beyond five deviations count, which such "
    + "values cannot reach by rounding; three of them in the sample make a finding. Single values at -2 or another whole "
    + "number, more than 20 deviations out, are a note: PyTorch's trunc_normal_ leaves one in 2^24 at bounds in absolute "
    + "numbers. They are left out of all moments."
  static let remedy = "Draw in float32 and round afterwards, and give truncated_normal its bounds in deviations."

  func judge(_ j: inout Judgement) {
    single(&j)
    let own = j.open.filter { index in
      let s = j.statistics(index), bits = j.entry(index).type.fractionBits ?? 0
      guard j.role(index).kind.isWeight, s.nonFinite == 0, !s.isConstant, !s.isIdentity, s.sample.count >= 256,
        // Where rows repeat each other so do their extremes.
        s.repetition == nil
      else { return false }
      let ties = s.shareAtBounds * Double(s.sample.count)
      let reach = abs(s.tiedBound - s.mean) / s.standardDeviation
      let isFine = bits >= 23 && s.grid == nil
      return reach > 5 && ties >= 3
        || isFine && ties >= 5 && s.shareAtBounds > 1e-3 && Double(s.zeros) < 0.5 * Double(s.count)
    }
    guard !own.isEmpty else { return }
    let s = j.statistics(own[0])
    j.add(
      Self.self, .error, own,
      "\(MessageNumber.percent(s.shareAtBounds)) of the values of \(j.list(own)) lie exactly at an end, "
        + "\(MessageNumber.number(s.tiedBound)), \(MessageNumber.number(abs(s.tiedBound) / s.standardDeviation)) "
        + "deviations from zero: values were cut off there, not drawn.",
      evidence: [("share", .number(s.shareAtBounds)), ("bound", .number(s.tiedBound))])
  }

  /// Single values at bounds that were given in absolute numbers.
  private func single(_ j: inout Judgement) {
    let own = j.context.entries.indices.filter { !j.statistics($0).farValues.isEmpty }
    guard let first = own.first, let value = j.statistics(first).farValues.first else { return }
    let values = own.reduce(0) { $0 + j.statistics($1).farValues.count }
    let deviations = abs(value) / j.statistics(first).standardDeviation
    j.add(
      Self.self, .note, own,
      "\(values) value\(values == 1 ? "" : "s") of \(j.list(own)) at exactly \(MessageNumber.number(value)), "
        + "\(MessageNumber.number(deviations)) deviations out: truncation bounds in absolute numbers, at which PyTorch's "
        + "trunc_normal_ leaves one value in 2^24. It was left out of all comparisons.",
      evidence: [("values", .number(Double(values))), ("bound", .number(value))], claims: false)
  }
}

/// Says where values lie on a coarser grid than their type.
struct RoundedGrid: WeightRule {
  static let name = "rounded-grid"
  static let summary = "A float32 tensor's values all lie on the grid of bfloat16 or float16."
  static let explanation =
    "Float8 with scales in tensors beside it holds numbers of steps, of which no law is known, and is left out of all "
    + "comparisons. Of float32 the bits that any value uses are looked at: where the lowest 16 (bfloat16) or 13 "
    + "(float16) are never set, the values "
    + "were rounded. A note: it says where they were drawn."
  static let remedy =
    "Nothing, where that is meant. Draws in low precision have coarser tails; draw in float32 to avoid them."

  func judge(_ j: inout Judgement) {
    let scaled = j.context.entries.indices.filter { j.role($0).kind == .scaled }
    if !scaled.isEmpty {
      j.add(
        Self.self, .note, scaled,
        "\(j.list(scaled)) \(scaled.count == 1 ? "is" : "are") float8 with scales in tensors beside "
          + "\(scaled.count == 1 ? "it" : "them"): the values are numbers of steps, and were compared with no law.",
        evidence: [("tensors", .number(Double(scaled.count)))], claims: false)
    }
    for (type, label) in [(TensorElementType.bfloat16, "bfloat16"), (.float16, "float16")] {
      let own = j.context.entries.indices.filter { j.statistics($0).grid == type && j.role($0).kind.isWeight }
      guard !own.isEmpty else { continue }
      j.add(
        Self.self, .note, own,
        "\(j.list(own)) \(own.count == 1 ? "is" : "are") float32, and all values lie on \(label)'s grid: "
          + "drawn or rounded in \(label).",
        claims: false)
    }
  }
}

/// Finds fans that were counted along the wrong axes.
struct WrongFan: WeightRule {
  static let name = "wrong-fan"
  static let summary = "A deviation follows a published formula with a fan that was counted wrongly."
  static let explanation =
    "Transposed convolutions store [in, out, ...], and tensors of experts have a first axis that is no output: counting "
    + "fans as for a convolution gives other numbers. A finding needs that Kaiming's or Glorot's formula fits with the "
    + "wrong fan, by chi-square and by shape, and with the right one not. The stride of a transposed convolution is taken "
    + "to be 2 for windows of 2 and 4. PyTorch's own default counts this way and is not blamed. A matrix that has PyTorch's "
    + "default with fan_out, beside a bias that has it with fan_in, is a warning."
  static let remedy =
    "Give the initializer the fan of one output: in * k * k / stride^2 for a transposed convolution, "
    + "the inputs of one expert."

  private struct Formula {
    var label: String
    var numerator: Double
    var isUniform: Bool
  }
  private static let glorot = Formula(label: "Glorot uniform", numerator: 2, isUniform: true)
  private static let formulas = [
    Formula(label: "Kaiming normal", numerator: 2, isUniform: false),
    Formula(label: "Kaiming uniform", numerator: 2, isUniform: true),
    Formula(label: "LeCun normal", numerator: 1, isUniform: false),
    Formula(label: "LeCun uniform", numerator: 1, isUniform: true),
  ]

  func judge(_ j: inout Judgement) {
    if j.chosen != nil { return }
    transposed(&j)
    experts(&j)
    fused(&j)
    pairs(&j)
  }

  /// PyTorch's default with fan_out for a matrix, beside a bias that has it with fan_in: the two are drawn by one fan.
  private func pairs(_ j: inout Judgement) {
    guard !j.looksTrained else { return }
    let test = LawTest(rate: 1e-3, tolerance: 0.02)
    let own = j.open.filter { index in
      let s = j.statistics(index), type = j.entry(index).type
      guard [.linear, .convolution].contains(j.role(index).kind), j.role(index).experts == 1, s.count >= 1024,
        let fans = j.context.torchFans(index), abs(Double(fans.fanIn) / Double(fans.fanOut) - 1) > 0.2,
        let bias = j.context.sibling(index, "bias"), j.statistics(bias).count >= 32
      else { return false }
      func isDefault(_ s: TensorStatistics, _ fan: Int) -> Bool {
        let bound = 1 / Double(fan).squareRoot()
        return test.fits(s, .uniform(low: -bound, high: bound), type)
      }
      let biases = j.statistics(bias)
      return isDefault(s, fans.fanOut) && !isDefault(s, fans.fanIn) && isDefault(biases, fans.fanIn)
        && !isDefault(biases, fans.fanOut)
    }
    guard let first = own.first, let fans = j.context.torchFans(first) else { return }
    j.add(
      Self.self, .warning, own,
      "\(j.list(own)): PyTorch's default with fan_out, \(groupedNumber(fans.fanOut)), where the bias beside it was drawn "
        + "with fan_in, \(groupedNumber(fans.fanIn)): the deviation is "
        + "\(MessageNumber.number((Double(fans.fanIn) / Double(fans.fanOut)).squareRoot())) times what it should be.",
      evidence: [("fan", .number(Double(fans.fanOut))), ("rightFan", .number(Double(fans.fanIn)))])
  }

  /// Glorot's sum of fans over all outputs of query, key and value together, as MAE and DiT have it: a note.
  private func fused(_ j: inout Judgement) {
    let test = LawTest(rate: 1e-3, tolerance: 0.04)
    let own = j.open.filter { index in
      let role = j.role(index), s = j.statistics(index), type = j.entry(index).type
      guard role.kind == .linear, role.experts == 1, role.parts?.count == 3, j.context.names[index].parent.contains("qkv"),
        !s.isConstant, s.count >= 256, let fanIn = role.fanIn, let fanOut = role.fanOut
      else { return false }
      return test.fits(s, law(Self.glorot, Double(fanIn + role.outputs)), type)
        && !test.fits(s, law(Self.glorot, Double(fanIn + fanOut)), type)
    }
    guard let first = own.first, let fanIn = j.role(first).fanIn, let fanOut = j.role(first).fanOut else { return }
    let whole = j.role(first).outputs
    let ratio = (Double(fanIn + fanOut) / Double(fanIn + whole)).squareRoot()
    j.add(
      Self.self, .note, own,
      "\(j.list(own)): Glorot uniform with the outputs of the whole fused tensor, \(groupedNumber(whole)), in place of "
        + "those of one part, \(groupedNumber(fanOut)): \(MessageNumber.number(ratio)) times the deviation that three "
        + "matrices would have. Some programs mean it so.",
      evidence: [("fan", .number(Double(whole))), ("rightFan", .number(Double(fanOut)))], claims: false)
  }

  private func law(_ formula: Formula, _ fan: Double) -> TensorLaw {
    let std = (formula.numerator / fan).squareRoot()
    return formula.isUniform
      ? .uniform(low: -std * 3.0.squareRoot(), high: std * 3.0.squareRoot()) : .normal(mean: 0, std: std)
  }

  private func transposed(_ j: inout Judgement) {
    // What the file itself declares is compared with that.
    let own = j.open.filter {
      j.role($0).kind == .transposedConvolution && j.statistics($0).count >= 32 && j.declaredByFile($0) == nil
    }
    for formula in Self.formulas where formula.numerator == 2 {
      func fits(_ index: Int, _ fan: Int) -> Bool {
        LawTest(rate: 1e-3, tolerance: 0.04).fits(j.statistics(index), law(formula, Double(fan)), j.entry(index).type)
      }
      let wrong = own.filter { index in
        guard let torch = j.context.torchFans(index), let right = j.role(index).fanIn, torch.fanIn != right else {
          return false
        }
        return fits(index, torch.fanIn)
          && !LawTest(rate: j.test.rate, tolerance: 0.05).fits(
            j.statistics(index), law(formula, Double(right)), j.entry(index).type)
      }
      // Both fans may agree for one of them; another must tell.
      guard let first = wrong.first, let torch = j.context.torchFans(first), let right = j.role(first).fanIn else {
        continue
      }
      let s = j.statistics(first)
      j.add(
        Self.self, .warning, wrong,
        "\(j.list(wrong)): \(formula.label) with the fan of the stored shape, which has inputs first in a transposed "
          + "convolution. \(j.entry(first).name) has deviation \(MessageNumber.number(s.standardDeviation)) = "
          + "sqrt(2/\(torch.fanIn)); each output sums \(right) products (stride "
          + "\(RoleReader.stride(side: j.role(first).side))), which needs "
          + "\(MessageNumber.number((2 / Double(right)).squareRoot())).",
        evidence: [
          ("fan", .number(Double(torch.fanIn))), ("rightFan", .number(Double(right))),
          ("standardDeviation", .number(s.standardDeviation)),
        ])
    }
  }

  private func experts(_ j: inout Judgement) {
    let own = j.open.filter {
      j.entry($0).shape.count == 3 && j.role($0).experts > 1 && j.statistics($0).count >= 64 && !j.statistics($0).isConstant
    }
    var wrong: [Int] = [], evidence: (fan: Int, right: Int, label: String)?
    // What the other matrices have, too, is one deviation for all, whatever formula it happens to fit.
    let flat = j.open.filter { j.role($0).kind == .linear && j.role($0).experts == 1 && j.statistics($0).variance > 0 }
    let usual = flat.map { j.statistics($0).standardDeviation }.sorted()
    func isUsual(_ deviation: Double) -> Bool {
      usual.contains { abs(deviation / $0 - 1) < 0.02 } || abs(deviation / 0.02 - 1) < 0.025
    }
    for index in own where !isUsual(j.statistics(index).standardDeviation) {
      let shape = j.entry(index).shape, s = j.statistics(index), type = j.entry(index).type
      guard let right = j.role(index).fanIn, let fanOut = j.role(index).fanOut else { continue }
      let whole = shape[1] * shape[2]
      func isRight(_ numerator: Double, _ fan: Double) -> Bool {
        abs((s.variance * fan / numerator).squareRoot() - 1) < 0.05
      }
      if isRight(2, Double(right)) || isRight(1, Double(right)) || isRight(1.0 / 3, Double(right))
        || isRight(2, Double(right + fanOut))
      {
        continue
      }
      let third = Formula(label: "PyTorch's default", numerator: 1.0 / 3, isUniform: true)
      let found = (Self.formulas + [third]).first {
        LawTest(rate: 1e-3, tolerance: 0.03).fits(s, law($0, Double(whole)), type)
      }
      let glorot = [false, true].first {
        LawTest(rate: 1e-3, tolerance: 0.03).fits(
          s, law(Formula(label: "", numerator: 2, isUniform: $0), Double(whole + shape[0] * shape[2])), type)
      }
      guard found != nil || glorot != nil else { continue }
      wrong.append(index)
      evidence = evidence ?? (whole, right, found?.label ?? "Glorot's formula")
    }
    guard let evidence else { return }
    j.add(
      Self.self, .error, wrong,
      "\(j.list(wrong)): \(evidence.label) with the fan of the whole tensor of experts, \(groupedNumber(evidence.fan)), "
        + "where each output of an expert sums \(groupedNumber(evidence.right)) products: the deviation is too small by "
        + "\(MessageNumber.number((Double(evidence.fan) / Double(evidence.right)).squareRoot())).",
      evidence: [("fan", .number(Double(evidence.fan))), ("rightFan", .number(Double(evidence.right)))])
  }
}
