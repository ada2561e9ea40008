import TensorFiles

/// How well a scheme fits a file.
struct SchemeFit: Sendable {
  var scheme: WeightScheme
  var parameters: [String: Double]
  /// Where each parameter comes from: `scheme`, `config.json`, `file`.
  var origins: [String: String] = [:]
  /// By tensor: the laws that it may have, evaluated, with their texts; empty where the scheme says nothing.
  var laws: [[(law: TensorLaw, text: String)]]
  /// By tensor: whether any of its laws fits; nil where there is none.
  var fits: [Bool?]
  /// Of groups of tensors with one pattern, the mean share that fits.
  var share: Double
  /// The same of groups of weights that vary alone.
  var weightShare: Double

  /// - Parameters:
  ///   - scheme: To try.
  ///   - context: The file.
  ///   - test: How laws are compared.
  ///   - leftOut: Tensors that say nothing about the scheme, such as those that are known to be wrong.
  ///   - isWhole: Whether the scheme is for the whole file, and not only for the module in which its signs are.
  ///   - isHeld: Whether a free parameter that no configuration gives keeps its default, whatever the file has.
  init(
    _ scheme: WeightScheme, _ context: FileContext, _ test: LawTest, leftOut: Set<Int> = [], isWhole: Bool = false,
    isHeld: Bool = false
  ) {
    self.scheme = scheme
    parameters = scheme.parameters
    for name in scheme.parameters.keys { origins[name] = "scheme" }
    if let free = scheme.free {
      if let range = context.configuration?.initializerRange, free == "std" {
        (parameters[free], origins[free]) = (range, "config.json")
      } else if let own = context.configuration?.number("initializer_factor"), free == "factor" {
        (parameters[free], origins[free]) = (own, "config.json")
      } else if !isHeld, let estimate = Self.estimate(free, scheme, context, test, leftOut) {
        (parameters[free], origins[free]) = (estimate.value, estimate.isDefault ? "scheme" : "file")
      }
    }
    let parameters = parameters
    // What stands beside a known backbone, such as a detector's neck, is drawn by a law of its own; tables and heads belong
    // to a model even where they stand outside.
    let root = isWhole ? "" : Self.root(scheme, context)
    let laws = context.entries.indices.map { index in
      let isInside =
        context.names[index].plain.hasPrefix(root) || [.head, .embedding].contains(context.roles[index].kind)
      return isInside ? Self.laws(scheme, context, index, parameters) : []
    }
    let fits: [Bool?] = context.entries.indices.map { index in
      let s = context.statistics[index], type = context.entries[index].type
      guard !laws[index].isEmpty, type.isFloat else { return nil }
      return laws[index].contains { test.fits(s, $0.law, type) }
    }
    var shares: [Double] = [], weights: [Double] = []
    for group in context.groups {
      let own = group.filter { !leftOut.contains($0) && fits[$0] != nil }
      guard let first = own.first else { continue }
      let share = Double(own.count { fits[$0] == true }) / Double(own.count)
      shares.append(share)
      if context.roles[first].kind.isWeight, !context.statistics[first].isConstant { weights.append(share) }
    }
    share = shares.isEmpty ? 0 : shares.reduce(0, +) / Double(shares.count)
    weightShare = weights.isEmpty ? 0 : weights.reduce(0, +) / Double(weights.count)
    (self.laws, self.fits) = (laws, fits)
  }

  /// Of the kinds of these tensors of which the scheme says something, the mean share that follows it.
  func share(of indices: [Int], _ context: FileContext) -> Double {
    var kinds: [String: (right: Int, all: Int)] = [:]
    for index in indices {
      guard let fits = fits[index] else { continue }
      kinds[context.names[index].pattern, default: (0, 0)].all += 1
      if fits { kinds[context.names[index].pattern, default: (0, 0)].right += 1 }
    }
    return kinds.isEmpty ? 0 : kinds.values.reduce(0) { $0 + Double($1.right) / Double($1.all) } / Double(kinds.count)
  }

  static func laws(
    _ scheme: WeightScheme, _ context: FileContext, _ index: Int, _ parameters: [String: Double]
  ) -> [(law: TensorLaw, text: String)] {
    guard let rule = scheme.rule(context.names[index], context.roles[index], original: context.entries[index].name) else {
      return []
    }
    if scheme.leavesConvolutions {
      let weight =
        context.roles[index].kind == .bias ? context.sibling(index, "weight") ?? context.sibling(index, "kernel") : index
      let isPatch = rule.pattern.text.contains("patch_embed")
      if let weight, [.convolution, .transposedConvolution].contains(context.roles[weight].kind), !isPatch { return [] }
    }
    // A mixer of states beside attention, as in Jamba, is drawn by a program of its own but for its matrices.
    if rule.line == nil, !scheme.signs.isEmpty, context.roles[index].kind != .linear, isInStateMixer(context, index),
      !scheme.rules.contains(where: { $0.pattern.text.contains("@state") })
    {
      return []
    }
    // `any` among the laws says that nothing is demanded.
    if rule.laws.contains(where: { $0.kind == .any }) { return [] }
    return rule.laws.compactMap { law in
      law.evaluated { context.value($0, at: index, scheme, parameters) }.map { ($0, law.text) }
    }
  }

  private static func isInStateMixer(_ context: FileContext, _ index: Int) -> Bool {
    ["A_log", "A_logs"].contains { context.sibling(index, $0) != nil || context.uncle(index, $0) != nil }
  }

  /// What the names have in common in which the scheme's signs are found, up to the stack of blocks: `backbone.body.` where
  /// `*layer1.*.conv1*` stands in `backbone.body.layer1.0.conv1.weight`.
  private static func root(_ scheme: WeightScheme, _ context: FileContext) -> String {
    var common: [Substring]?
    for sign in scheme.signs {
      for alternative in sign.split(separator: "|") {
        let pattern = TensorPattern(String(alternative))
        // Between the first two stars: a sign that begins anywhere.
        guard alternative.hasPrefix("*"), let literal = alternative.split(separator: "*").first else { continue }
        let first = literal.split(separator: ".").first ?? literal
        for name in context.names where pattern.matches(name.plain) {
          var path = Array(name.tokens.prefix { !$0.hasPrefix(first) })
          // Within blocks the root ends before their stack.
          if let block = path.firstIndex(where: { Int($0) != nil }) { path = Array(path.prefix(max(0, block - 1))) }
          let shared = common.map { zip($0, path).prefix { $0 == $1 }.map(\.0) } ?? path
          if shared.isEmpty { return "" }
          common = shared
        }
      }
    }
    return common.map { $0.joined(separator: ".") + "." } ?? ""
  }

  /// The value of a free parameter that most groups of tensors agree on; its default where that is as good.
  private static func estimate(
    _ free: String, _ scheme: WeightScheme, _ context: FileContext, _ test: LawTest, _ leftOut: Set<Int>
  ) -> (value: Double, isDefault: Bool)? {
    guard let standard = scheme.parameters[free], standard > 0 else { return nil }
    // By group and by each of the laws that it may have: the value that this law would need.
    var votes: [(values: [Double], error: Double)] = []
    for group in context.groups {
      var own: [[Double]] = [], count = 0
      for index in group where !leftOut.contains(index) {
        let s = context.statistics[index]
        guard s.finite == s.count, !s.isConstant, s.count >= 16,
          let rule = scheme.rule(context.names[index], context.roles[index], original: context.entries[index].name),
          let first = rule.laws.first, first.names.contains(free)
        else { continue }
        let needed = rule.laws.compactMap { law -> Double? in
          guard law.names.contains(free),
            let evaluated = law.evaluated({ context.value($0, at: index, scheme, scheme.parameters) }),
            let variance = evaluated.variance(rows: s.rows, columns: s.columns), variance > 0
          else { return nil }
          return standard * (s.variance / variance).squareRoot()
        }
        guard !needed.isEmpty, own.isEmpty || own[0].count == needed.count else { continue }
        own.append(needed)
        count += s.count
      }
      guard let laws = own.first?.count else { continue }
      let middles = (0..<laws).map { law in own.map { $0[law] }.sorted()[own.count / 2] }
      votes.append((middles, 1 / (2 * Double(count)).squareRoot()))
    }
    guard !votes.isEmpty else { return nil }
    func nearest(_ vote: (values: [Double], error: Double), _ value: Double) -> Double? {
      vote.values.first { abs($0 / value - 1) < 0.02 + 3 * vote.error }
    }
    func agreeing(_ value: Double) -> Int { votes.count { nearest($0, value) != nil } }
    let best = votes.compactMap(\.values.first).map { ($0, agreeing($0)) }.max { $0.1 < $1.1 }
    guard let best else { return nil }
    // Two values that one kind has under its first law and others under their second may agree by coincidence: 0.0231 flat,
    // and 0.0227 cut at two deviations, which leaves 0.02.
    func agreeing(_ value: Double, law: Int) -> Int {
      votes.count { vote in vote.values.count > law && abs(vote.values[law] / value - 1) < 0.02 + 3 * vote.error }
    }
    let laws = votes.map(\.values.count).max() ?? 1
    let byOneLaw = (0..<laws).map { agreeing(best.0, law: $0) }.max() ?? 0
    if agreeing(standard) >= min(best.1, byOneLaw) { return (standard, true) }
    // The mean of those that agree, each by its precision.
    let kept = votes.compactMap { vote in nearest(vote, best.0).map { (value: $0, error: vote.error) } }
    let weight = kept.reduce(0) { $0 + 1 / ($1.error * $1.error) }
    return (kept.reduce(0) { $0 + $1.value / ($1.error * $1.error) } / weight, false)
  }
}
