import Glibc
import NumberText
import TensorFiles

/// The formula that most matrices of a stack share, and the one among them that follows another: for files of which no
/// published scheme is known.
///
/// A stack is the matrices, four or more, whose names differ in numbers alone: `net.0.weight`, `net.2.weight`, or
/// `conv1.weight`, `conv2.weight`. A formula is a law's shape and what its variance is divided by; its constant is the
/// stack's own middle one, so that any gain may be meant. Three in four must follow it, and at most one in ten may not.
struct CommonFormula {
  /// What the variance is divided by.
  enum Divisor: CaseIterable {
    case fanIn, fanOut, fanSum, nothing
  }

  struct Formula {
    var divisor: Divisor
    var isUniform: Bool
    /// The variance times the divisor.
    var constant: Double
  }

  /// Why a tensor is not like the others of its stack.
  struct Odd {
    var index: Int
    var rule: any WeightRule.Type
    var sentence: String
    var expected: Double
  }

  let j: Judgement

  /// One finding for each tensor that its stack does not explain.
  var odd: [Odd] {
    stacks.compactMap { members in
      // Of orthogonal matrices rows have one length, whatever the fan.
      members.count { j.statistics($0).isOrthogonal } * 4 >= members.count * 3 ? orthogonal(members) : scaled(members)
    }
  }

  private var stacks: [[Int]] {
    var order: [String] = [], members: [String: [Int]] = [:]
    for index in j.open {
      let s = j.statistics(index), role = j.role(index), name = j.context.names[index]
      guard [.linear, .convolution, .transposedConvolution].contains(role.kind), role.experts == 1, s.count >= 64,
        s.nonFinite == 0, !s.isConstant, !s.isIdentity, !name.contains("lora", "adapter")
      else { continue }
      let key = Self.stack(name) + " " + role.kind.rawValue
      if members[key] == nil { order.append(key) }
      members[key, default: []].append(index)
    }
    return order.compactMap { members[$0] }.filter { $0.count >= 4 }.map { own in
      own.sorted { j.context.names[$0].numbersEverywhere.lexicographicallyPrecedes(j.context.names[$1].numbersEverywhere) }
    }
  }

  /// The name without the numbers at the ends of its parts.
  static func stack(_ name: TensorName) -> String {
    name.tokens.map { String($0.reversed().drop(while: \.isNumber).reversed()) }.joined(separator: ".")
  }

  /// Whether so many of the stack may be an exception; the last matrix, often drawn by a law of its own, is none.
  private func isException(_ odd: [Int], _ members: [Int]) -> Bool {
    odd.count == 1 && odd[0] != members.last || odd.count > 1 && odd.count * 10 <= members.count
  }

  // MARK: Orthogonal

  private func orthogonal(_ members: [Int]) -> Odd? {
    let odd = members.filter { !j.statistics($0).isOrthogonal }
    guard odd.count == 1, isException(odd, members) else { return nil }
    let s = j.statistics(odd[0])
    // Rows of fewer than eight values are not summed, and of tall matrices orthogonality shows only where all values were
    // kept.
    guard s.rows > 1, s.columns >= 8, s.rows <= s.columns || s.count <= TensorMeasurer.headSize else { return nil }
    return Odd(
      index: odd[0], rule: OutlierTensor.self,
      sentence: "is not orthogonal, as the \(members.count - 1) other matrices of its stack are.",
      expected: s.standardDeviation)
  }

  // MARK: Normal and uniform

  /// The divisor by the fans of the tensor's layout, or as PyTorch counts them.
  private func divisor(_ kind: Divisor, _ index: Int, byStoredShape: Bool = false) -> Double? {
    let role = j.role(index), torch = j.context.torchFans(index)
    let fanIn = byStoredShape ? torch?.fanIn : role.fanIn, fanOut = byStoredShape ? torch?.fanOut : role.fanOut
    switch kind {
    case .fanIn: return fanIn.map(Double.init)
    case .fanOut: return fanOut.map(Double.init)
    case .fanSum: return fanIn.flatMap { a in fanOut.map { Double(a + $0) } }
    case .nothing: return 1
    }
  }

  private func law(_ formula: Formula, _ divisor: Double) -> TensorLaw {
    let std = (formula.constant / divisor).squareRoot(), bound = std * 3.0.squareRoot()
    return formula.isUniform ? .uniform(low: -bound, high: bound) : .normal(mean: 0, std: std)
  }

  /// Whether the formula fits with the fan of the layout, or as PyTorch counts it. Where `hasGroups` is set, convolutions
  /// with a window sum fewer channels than they have outputs since they are grouped, and their fan_out divided by the groups
  /// is their fan_in.
  private func follows(_ formula: Formula, _ index: Int, _ test: LawTest, hasGroups: Bool = false) -> Bool {
    if hasGroups, formula.divisor == .fanOut, isGrouped(index), let fan = j.role(index).fanIn,
      fits(index, law(formula, Double(fan)), test)
    {
      return true
    }
    return [false, true].contains { byStoredShape in
      guard let divisor = divisor(formula.divisor, index, byStoredShape: byStoredShape), divisor > 0 else { return false }
      return fits(index, law(formula, divisor), test)
    }
  }

  /// Whether a law fits whose constant is the stack's: the ends of a flat law are then no better known than its deviation.
  private func fits(_ index: Int, _ law: TensorLaw, _ test: LawTest) -> Bool {
    test.differences(j.statistics(index), law, j.entry(index).type).allSatisfy {
      if case .support(let farthest) = $0 { farthest < 1.1 } else { false }
    }
  }

  /// Whether a convolution may have groups: its stored inputs are a part of its outputs.
  private func isGrouped(_ index: Int) -> Bool {
    let role = j.role(index)
    return role.kind == .convolution && role.window > 1 && role.inputs < role.outputs && role.outputs % role.inputs == 0
  }

  private func scaled(_ members: [Int]) -> Odd? {
    let test = LawTest(rate: 1e-6, tolerance: 0.04)
    // By one shared count of inputs, as of RegNet's groups: a single one is no sign of groups.
    let hasGroups = members.count(where: isGrouped) >= 3
    var best: [(formula: Formula, odd: [Int])] = []
    for divisor in Divisor.allCases {
      let constants = members.compactMap { index in
        self.divisor(divisor, index).map { j.statistics(index).variance * $0 }
      }.sorted()
      guard constants.count == members.count else { continue }
      for isUniform in [false, true] {
        let formula = Formula(divisor: divisor, isUniform: isUniform, constant: constants[constants.count / 2])
        let odd = members.filter { !follows(formula, $0, test, hasGroups: hasGroups) }
        // Where formulas explain equally many, a tensor is odd that all of them leave.
        if odd.count < best.first?.odd.count ?? Int.max { best = [] }
        if odd.count <= best.first?.odd.count ?? Int.max { best.append((formula, odd)) }
      }
    }
    guard let first = best.first, isException(first.odd, members), best.allSatisfy({ $0.odd == first.odd }) else {
      return nil
    }
    // Of several the first whose difference matters.
    let clear = LawTest(rate: j.test.rate, tolerance: 0.1)
    for index in first.odd {
      guard let divisor = divisor(first.formula.divisor, index),
        !fits(index, law(first.formula, divisor), clear)
      else { continue }
      // The first, whose inputs are data, may have a law of its own, as in SIREN.
      return cause(index, first.formula, divisor, members.count - first.odd.count, isFirst: index == members.first)
    }
    return nil
  }

  private func cause(_ index: Int, _ formula: Formula, _ divisor: Double, _ others: Int, isFirst: Bool) -> Odd? {
    let s = j.statistics(index), role = j.role(index), type = j.entry(index).type
    let expected = (formula.constant / divisor).squareRoot()
    let test = LawTest(rate: 1e-4, tolerance: 0.03)
    func odd(_ rule: any WeightRule.Type, _ reason: String) -> Odd {
      Odd(
        index: index, rule: rule,
        sentence: "has deviation \(MessageNumber.number(s.standardDeviation)), where the formula of the \(others) other "
          + "matrices of its stack\(label(formula)) gives \(MessageNumber.number(expected)): \(reason)",
        expected: expected)
    }
    if let usual = SchemeFit.laws(SchemeCatalogue.torch, j.context, index, [:]).first, test.fits(s, usual.law, type) {
      return odd(LibraryDefault.self, "PyTorch's default, \(LibraryDefault.described(usual.text)), was left in place.")
    }
    // Another fan under the same constant.
    if formula.divisor != .nothing, let torch = j.context.torchFans(index) {
      let fans: [(label: String, fan: Int)] = [
        ("fan_in", role.fanIn ?? 0), ("fan_out", role.fanOut ?? 0), ("fan_in", torch.fanIn), ("fan_out", torch.fanOut),
        ("the inputs without the window of \(role.window)", role.inputs),
        ("the outputs without the window of \(role.window)", role.outputs), ("all values of the tensor", s.count),
      ]
      for (label, fan) in fans
      where fan > 0 && Double(fan) != divisor && fits(index, law(formula, Double(fan)), test) {
        return odd(
          WrongFan.self, "it fits with \(label), \(groupedNumber(fan)), in place of \(groupedNumber(Int(divisor))).")
      }
    }
    let ratio = s.standardDeviation / expected
    if abs(expected - 1) > 0.05 {
      if abs(s.standardDeviation / expected.squareRoot() - 1) < 0.03 {
        return odd(DeviationAsVariance.self, "this is its root, so a deviation was taken for a variance.")
      }
      if abs(s.standardDeviation / (expected * expected) - 1) < 0.03 {
        return odd(DeviationAsVariance.self, "this is its square, so a variance was taken for a deviation.")
      }
    }
    if role.window > 1, abs(ratio / Double(role.window).squareRoot() - 1) < 0.03 {
      return odd(WrongFan.self, "larger by sqrt(\(role.window)), as where the window is left out of the fan.")
    }
    // Without a cause the difference must be large.
    guard abs(ratio - 1) > 0.25, !isFirst else { return nil }
    return odd(OutlierTensor.self, "\(MessageNumber.number(ratio)) times as much.")
  }

  /// The formula's usual name, where its constant is a usual one.
  private func label(_ formula: Formula) -> String {
    func near(_ value: Double) -> Bool { abs(formula.constant / value - 1) < 0.05 }
    switch formula.divisor {
    case .fanIn where near(2): return ", Kaiming's sqrt(2/fan_in),"
    case .fanIn where near(1): return ", LeCun's 1/sqrt(fan_in),"
    case .fanIn where near(1.0 / 3) && formula.isUniform: return ", PyTorch's default,"
    case .fanOut where near(2): return ", Kaiming's sqrt(2/fan_out),"
    case .fanSum where near(2): return ", Glorot's sqrt(2/(fan_in+fan_out)),"
    default: return ""
    }
  }
}

extension TensorName {
  /// All numbers of the name in their order, those at the ends of words, too.
  var numbersEverywhere: [Int] {
    tokens.map { token in Int(String(token.reversed().prefix { $0.isASCII && $0.isNumber }.reversed())) ?? 0 }
  }
}
