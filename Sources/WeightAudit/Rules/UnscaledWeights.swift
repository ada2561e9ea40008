import Glibc
import NumberText

/// Finds kernels that were drawn without regard to the number of inputs that they sum.
struct UnscaledWeights: WeightRule {
  static let name = "unscaled-weights"
  static let summary = "A kernel's deviation does not follow from its number of inputs, and is far too large for it."
  static let explanation =
    "A kernel of Keras or Flax that looks normal or uniform, with more than four times the deviation 1/sqrt(fan_in), from "
    + "16 inputs on; He's scheme has 1.41 times as much. One whose bias has moved from zero is left out: it was trained. "
    + "Of PyTorch's weights, those of recurrent layers and of layers with a bias count from a deviation of 0.25 on, and "
    + "only where most other matrices of the file keep the bound: networks that scale at run time draw all from N(0, 1). "
    + "Where all matrices of a file share one deviation, or one multiple of 1/sqrt(fan_in), that is more than three times "
    + "1/sqrt(fan) by either fan, they are told together, in a note where the deviation is 1: networks that scale "
    + "at run time draw so. Matrices of a known family that share one deviation above 0.2, whatever their fans, are a "
    + "warning, too. Codebooks "
    + "are left out, whose entries are compared and not summed. "
    + "Where a scheme declares the kernel, scheme-deviation judges it. Chance plays no part: a deviation of "
    + "64 values does not double."
  static let remedy =
    "Draw the kernel by its fans, as with glorot_uniform or he_normal, in place of a fixed deviation such as 1."

  func judge(_ j: inout Judgement) {
    guard j.chosen == nil, !j.looksTrained else { return }
    j.recognize()
    judgeCommon(&j)
    judgeAll(&j)
    let matrices = j.open.filter { index in
      let kinds: [TensorRole.Kind] = [.linear, .convolution, .transposedConvolution, .recurrent, .head]
      let s = j.statistics(index)
      return kinds.contains(j.role(index).kind) && s.nonFinite == 0 && s.count >= 64 && (j.role(index).fanIn ?? 0) >= 16
    }
    // By either fan: Kaiming's by fan_out is large beside few outputs, as of a squeeze.
    // Matrices of one shape and one law are judged alike: next to the limit chance would name some of them.
    let middles = Dictionary(grouping: matrices) { j.entry($0).shape }.mapValues { own in
      own.map { j.statistics($0).variance }.sorted()[own.count / 2]
    }
    func isLarge(_ index: Int) -> Bool {
      let role = j.role(index), own = j.statistics(index).variance
      let middle = middles[j.entry(index).shape] ?? own
      let variance = abs(own / middle - 1) < 0.2 ? middle : own
      return variance * Double(role.fanIn ?? 0) > 16 && variance * Double(max(role.fanOut ?? 0, role.outputs)) > 16
    }
    let areMostSmall = matrices.count { isLarge($0) } * 2 < matrices.count
    let own = j.open.filter { index in
      let s = j.statistics(index), role = j.role(index), name = j.context.names[index]
      let isKernel = name.leaf.hasSuffix("kernel")
      // A matrix without a bias may be a table, of which each output sums nothing.
      let isLayer = role.kind == .recurrent || j.context.sibling(index, "bias") != nil
      guard
        isKernel && role.kind.isWeight
          || isLayer && !isCodebook(name) && areMostSmall && matrices.contains(index) && s.standardDeviation >= 0.25
            && !name.contains("patch", "embed"),
        s.nonFinite == 0, s.count >= 64, let fan = role.fanIn, fan >= 16, isLarge(index), j.fit?.fits[index] != true,
        isDrawn(s.looksLike?.law)
      else { return false }
      // What its own file or a published family declares is compared with that.
      if let fit = j.fit, fit.scheme.isOfFile || fit.scheme.isDemanded && role.kind != .recurrent, !fit.laws[index].isEmpty {
        return false
      }
      if !isKernel { return true }
      return j.context.sibling(index, "bias").map { j.statistics($0).isZero || j.statistics($0).isForgetGateOnes } ?? true
    }
    guard let first = own.first, let fan = j.role(first).fanIn else { return }
    let deviation = j.statistics(first).standardDeviation, he = (2 / Double(fan)).squareRoot()
    j.add(
      Self.self, .warning, own,
      "\(j.list(own)) \(own.count == 1 ? "has" : "have") deviation \(MessageNumber.number(deviation)), and each output sums "
        + "\(groupedNumber(fan)) inputs, for which He's scheme draws \(MessageNumber.number(he)): values grow by a factor "
        + "of about \(MessageNumber.number(deviation * Double(fan).squareRoot())) there.",
      evidence: [("standardDeviation", .number(deviation)), ("fanIn", .number(Double(fan)))])
  }

  /// Whether the matrix chooses or holds the entries of a codebook, which are compared and not summed: N(0, 1) by design.
  private func isCodebook(_ name: TensorName) -> Bool { name.contains("quantiz", "codebook", "codevector", "vq_") }

  /// From this growth on, sqrt(fan) times the deviation by the smaller fan, no published scheme draws all matrices: He's
  /// gives 1.41, 0.02 with fans of 16,384 gives 2.6.
  private static let greatestGrowth = 3.0

  /// All matrices of a file of no known family too large, by one law.
  private func judgeAll(_ j: inout Judgement) {
    guard j.fit?.scheme.isDemanded != true else { return }
    let kinds: [TensorRole.Kind] = [.linear, .convolution, .transposedConvolution, .recurrent, .head]
    let own = j.open.filter { index in
      let s = j.statistics(index), role = j.role(index), name = j.context.names[index]
      return kinds.contains(role.kind) && s.nonFinite == 0 && s.count >= 256 && (role.fanIn ?? 0) >= 16
        && (role.fanOut ?? 0) >= 16 && !name.leaf.hasSuffix("kernel") && !isCodebook(name) && isDrawn(s.looksLike?.law)
        // Weight normalization and spectral normalization scale their matrices themselves.
        && !["original0", "original1", "weight_g", "weight_u"].contains { j.context.sibling(index, $0) != nil }
    }
    guard own.count >= 2 else { return }
    func deviation(_ index: Int) -> Double { j.statistics(index).standardDeviation }
    func growth(_ index: Int) -> Double {
      deviation(index) * Double(min(j.role(index).fanIn ?? 0, j.role(index).fanOut ?? 0)).squareRoot()
    }
    func byInputs(_ index: Int) -> Double { deviation(index) * Double(j.role(index).fanIn ?? 0).squareRoot() }
    /// Those whose value is the middle one, if they are nine in ten: trained weights share nothing.
    func alike(_ value: (Int) -> Double) -> [Int]? {
      let middle = own.map(value).sorted()[own.count / 2]
      let alike = own.filter { abs(value($0) / middle - 1) < 0.05 }
      return alike.count * 10 >= own.count * 9 ? alike : nil
    }
    guard let members = alike(deviation) ?? alike(byInputs),
      own.map(growth).sorted()[own.count / 2] > Self.greatestGrowth,
      members.allSatisfy({ growth($0) > 0.95 * Self.greatestGrowth })
    else { return }
    let first = members[0], middle = members.map(deviation).sorted()[members.count / 2]
    let fan = j.role(first).fanIn ?? 0, isUnit = members.allSatisfy { abs(deviation($0) - 1) < 0.05 }
    let text =
      "\(j.list(members)) have deviation \(MessageNumber.number(isUnit ? middle : deviation(first))), and each output of "
      + "\(j.entry(first).name) sums \(groupedNumber(fan)) inputs, for which He's scheme draws "
      + "\(MessageNumber.number((2 / Double(fan)).squareRoot())): values grow by a factor of about "
      + "\(MessageNumber.number(byInputs(first))) in each layer"
    j.add(
      Self.self, isUnit ? .note : .warning, members,
      text
        + (isUnit
          ? ", unless they are scaled at run time (equalized learning rate, NTK parametrization), which draws from N(0, 1)."
          : ". No published scheme draws all matrices so."),
      evidence: [("standardDeviation", .number(middle)), ("fanIn", .number(Double(fan)))])
  }

  /// The greatest deviation, common to matrices of very different fans, that published schemes come near to.
  private static let greatestCommon = 0.2

  /// One large deviation for all matrices of a known family, whatever their fans.
  private func judgeCommon(_ j: inout Judgement) {
    guard let family = j.fit?.scheme, family.isDemanded, !family.isOfFile else { return }
    let own = j.open.filter { index in
      let s = j.statistics(index)
      return j.role(index).kind == .linear && !j.context.names[index].numbers.isEmpty && s.nonFinite == 0 && s.count >= 256
        && (j.role(index).fanIn ?? 0) >= 16 && isDrawn(s.looksLike?.law) && j.context.sibling(index, "original1") == nil
    }
    let fans = own.compactMap { j.role($0).fanIn }
    guard own.count >= 4, let least = fans.min(), let greatest = fans.max(), 2 * least <= greatest else { return }
    let middle = own.map { j.statistics($0).standardDeviation }.sorted()[own.count / 2]
    let alike = own.filter { abs(j.statistics($0).standardDeviation / middle - 1) < 0.05 }
    guard middle > Self.greatestCommon, alike.count * 10 >= own.count * 9 else { return }
    let growth = middle * Double(least).squareRoot()
    j.add(
      Self.self, .warning, alike,
      "\(j.list(alike)) have one deviation, \(MessageNumber.number(middle)), whether each output sums "
        + "\(groupedNumber(least)) inputs or \(groupedNumber(greatest)): no published scheme of this family draws so, and "
        + "values grow by a factor of \(MessageNumber.number(growth)) or more in each of them.",
      evidence: [("standardDeviation", .number(middle)), ("fanIn", .number(Double(least)))])
  }

  /// Whether the law is one of those that values are drawn from.
  private func isDrawn(_ law: TensorLaw?) -> Bool {
    switch law {
    case .normal, .truncatedNormal, .uniform: true
    default: false
    }
  }
}
