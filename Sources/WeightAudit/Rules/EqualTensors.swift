import NumberText

/// Finds tensors that were drawn from the same random numbers.
struct EqualTensors: WeightRule {
  static let name = "equal-tensors"
  static let summary = "Two tensors hold the same values, or multiples of them: one stream of random numbers was used twice."
  static let explanation =
    "The signs of the first 64 values of every drawn tensor are compared with all others; where they agree, 256 values must "
    + "be proportional to a thousandth. Two independent draws agree so with a probability below 2^-60. Tied embeddings "
    + "and heads, tensors that share storage, and copies by design (ema, target, teacher, or a whole network that another "
    + "one repeats under its own name, as encoder_k does encoder_q) are not reported. Equal vectors "
    + "beside matrices that differ, as nn.Transformer copies its biases, are a note. A matrix that holds the values of "
    + "another one of its name transposed or in another order (extremes equal, moments to ten digits) is an error, of "
    + "another name a note, since decoders may be tied so. Formats but PyTorch's cannot store one tensor under two "
    + "names: there equal modules are a warning, since they may be one, and an error where only a part of them agrees."
  static let remedy =
    "Give every tensor random numbers of its own: do not seed again before each layer or rank, and "
    + "draw clones of a layer anew."

  func judge(_ j: inout Judgement) {
    var byKey: [UInt64: [Int]] = [:]
    for index in j.open {
      guard isDrawn(j, index), let key = key(j.statistics(index).beginning) else { continue }
      byKey[key, default: []].append(index)
    }
    var copies: [String: Bool] = [:]
    var equal: [[Int]] = [], proportional: [[Int]] = [], overlapping: [[Int]] = []
    for members in byKey.values.sorted(by: { $0[0] < $1[0] }) where members.count > 1 {
      let first = members[0], a = j.statistics(first)
      var same = [first], scaled = [first], partly = [first]
      for other in members.dropFirst() {
        let b = j.statistics(other)
        guard let factor = factor(a.beginning, b.beginning) else { continue }
        let isWhole = a.count == b.count && matches(a, b, factor)
        if isWhole, abs(factor - 1) < 1e-6 {
          same.append(other)
        } else if isWhole {
          scaled.append(other)
        } else {
          partly.append(other)
        }
      }
      for (list, kind) in [(same, 0), (scaled, 1), (partly, 2)]
      where list.count > 1 && !isByDesign(j, list, isEqual: kind == 0, &copies) {
        if kind == 0 { equal.append(list) } else if kind == 1 { proportional.append(list) } else { overlapping.append(list) }
      }
    }
    // Units differ by their weights: what copies biases alone harms nothing.
    let matrices = Set((equal + proportional).flatMap { $0 }.filter { isMatrix(j, $0) }.map { module(j, $0) })
    let harmless = equal.filter { list in list.allSatisfy { !isMatrix(j, $0) && !matrices.contains(module(j, $0)) } }
    equal.removeAll { harmless.contains($0) }
    report(
      &j, harmless, "have the values of another one", severity: .note,
      ending: "Their matrices differ, so units do not stay alike.")
    reordered(&j)
    // What could be one tensor is no certain mistake where the file cannot say so.
    var shareable = j.storesSharing ? [] : equal.filter { list in list.allSatisfy { isWholeModule(j, $0, list) } }
    equal.removeAll { shareable.contains($0) }
    // One module that is reached by paths of several lengths, as where blocks are handed a layer of their stage: copies that
    // a seed makes stand at one depth.
    let referred = shareable.filter { list in Set(list.map { j.context.names[$0].tokens.count }).count > 1 }
    shareable.removeAll { referred.contains($0) }
    report(
      &j, referred, "have the values of another one", severity: .note,
      ending: "Whole modules are equal, at several depths of the model, as where one is shared between places.")
    report(&j, equal, "have the values of another one")
    // One layer of each block, and the others not: no module that is used in several places.
    let single = shareable.filter { list in list.allSatisfy { isAloneInBlock(j, $0, list) } }
    shareable.removeAll { single.contains($0) }
    report(
      &j, single, "have the values of another one", severity: .warning,
      ending: "Single layers are equal, and the other layers of their blocks are not: a layer was copied, or its seed set "
        + "again. A layer that blocks share by design would be equal in all of them.")
    report(
      &j, shareable, "have the values of another one", severity: .warning,
      ending: "Whole modules are equal. Either they are one by design, shared between places, which a file of this format "
        + "cannot say, or the same random numbers were used twice (a seed set again, or a layer that was copied).")
    report(&j, proportional, "have the values of another one times a factor")
    report(&j, overlapping, "begin with the values of another one, up to a factor")
  }

  private func isMatrix(_ j: Judgement, _ index: Int) -> Bool { j.entry(index).shape.count { $0 > 1 } > 1 }

  /// The name without its last part.
  private func module(_ j: Judgement, _ index: Int) -> String {
    j.context.names[index].tokens.dropLast().joined(separator: ".")
  }

  /// Matrices of the same values in another order: transposed, as where one was copied into the wrong place.
  private func reordered(_ j: inout Judgement) {
    struct Key: Hashable {
      var count: Int
      var least: Double
      var greatest: Double
    }
    var byKey: [Key: [Int]] = [:]
    for index in j.open where j.role(index).kind.isWeight && isDrawn(j, index) && isMatrix(j, index) {
      let s = j.statistics(index)
      byKey[Key(count: s.count, least: s.least, greatest: s.greatest), default: []].append(index)
    }
    for members in byKey.values.sorted(by: { $0[0] < $1[0] }) where members.count > 1 {
      let first = members[0], a = j.statistics(first)
      for other in members.dropFirst() {
        let b = j.statistics(other)
        // Sums of the same values in another order agree but for rounding.
        guard a.count >= 64, a.beginning != b.beginning, abs(a.variance / b.variance - 1) < 1e-10,
          abs(a.mean - b.mean) < 1e-10 * a.standardDeviation, abs(a.kurtosis / b.kurtosis - 1) < 1e-9,
          ![j.role(first).kind, j.role(other).kind].contains(.embedding)
        else { continue }
        let isSibling = j.context.names[first].pattern == j.context.names[other].pattern
        let isTransposed = Array(j.entry(first).shape.reversed()) == j.entry(other).shape
        j.add(
          Self.self, isSibling ? .error : .note, [first, other],
          "\(j.entry(other).name) holds the values of \(j.entry(first).name) "
            + (isTransposed ? "transposed" : "in another order")
            + (isSibling ? ": it is a copy, and no draw of its own." : ": a tie by design, or a copy."),
          evidence: [("tensors", .number(2))], claims: false)
      }
    }
  }

  /// Whether all tensors of a tensor's module are equal to those of the others' modules, as where one module is used in
  /// several places.
  private func isWholeModule(_ j: Judgement, _ index: Int, _ list: [Int]) -> Bool {
    let leaf = j.context.names[index].leaf
    return list.allSatisfy { other in
      guard j.context.names[other].leaf == leaf, j.entry(other).shape == j.entry(index).shape else { return false }
      return ["weight", "bias", "kernel"].allSatisfy { part in
        guard let own = j.context.sibling(index, part), let its = j.context.sibling(other, part) else {
          return j.context.sibling(index, part) == nil && j.context.sibling(other, part) == nil
        }
        return j.statistics(own).beginning == j.statistics(its).beginning
      }
    }
  }

  /// Whether the layer stands in a block with other layers that the equal ones' blocks do not have in common, and blocks
  /// that take no part have one of their own.
  private func isAloneInBlock(_ j: Judgement, _ index: Int, _ list: [Int]) -> Bool {
    let name = j.context.names[index]
    let pattern = name.pattern, copies = list.count { j.context.names[$0].pattern == pattern }
    guard let place = name.tokens.dropLast().lastIndex(where: { Int($0) != nil }), copies == list.count,
      j.context.names.count(where: { $0.pattern == pattern }) > list.count
    else { return false }
    let block = name.tokens[...place].joined(separator: ".") + ".", own = module(j, index)
    // The same layers under another of the equal ones' blocks.
    let others = list.filter { $0 != index }.compactMap { other -> String? in
      let tokens = j.context.names[other].tokens
      return tokens.count > place ? tokens[...place].joined(separator: ".") + "." : nil
    }
    let layers = j.context.entries.indices.filter {
      j.context.names[$0].plain.hasPrefix(block) && isMatrix(j, $0) && module(j, $0) != own
        && !j.statistics($0).isConstant
    }
    return !layers.isEmpty
      && layers.allSatisfy { layer in
        let rest = j.context.names[layer].plain.dropFirst(block.count)
        return others.allSatisfy { other in
          guard let its = j.context.index(named: other + rest) else { return true }
          return j.statistics(layer).beginning != j.statistics(its).beginning
        }
      }
  }

  private func report(
    _ j: inout Judgement, _ lists: [[Int]], _ what: String, severity: WeightFinding.Severity = .error,
    ending: String? = nil
  ) {
    let all = lists.flatMap { $0 }
    guard let example = lists.first, let first = example.first else { return }
    let other = j.entry(example[1]).name
    let more = lists.count > 1 ? ", and \(lists.count - 1) more such groups" : ""
    let reason =
      (j.storesSharing ? "They are stored apart, so they are not tied: the" : "The")
      + " same random numbers were used twice (a seed set again, or a layer that was copied)."
    let text = "\(all.count) tensors \(what): \(j.entry(first).name) and \(other)\(more). \(ending ?? reason)"
    let evidence: [(name: String, value: WeightFinding.Evidence)] = [
      ("groups", .number(Double(lists.count))), ("tensors", .number(Double(all.count))),
    ]
    j.add(Self.self, severity, all, text, evidence: evidence, claims: false)
  }

  /// Whether the values are a draw: constants, patterns and counters repeat by design.
  private func isDrawn(_ j: Judgement, _ index: Int) -> Bool {
    let s = j.statistics(index), role = j.role(index)
    guard j.sharing[index] == index, s.count >= 16, s.nonFinite == 0, !s.isConstant, !s.isIdentity, !s.isLogarithmsOfCounts
    else { return false }
    let repeating: [TensorRole.Kind] = [
      .frequencies, .mask, .counter, .positionEmbedding, .runningMean, .runningVariance, .gain, .sinusoids, .pattern,
      // What has a name of its own is often computed, as decays of attention are.
      .other, .scalar,
    ]
    guard !repeating.contains(role.kind) else { return false }
    // A handful of values over and over is a pattern.
    return Set(s.beginning.map(\.bitPattern)).count * 4 > s.beginning.count
  }

  /// The signs of the first values, the first one's being plus.
  private func key(_ values: [Float]) -> UInt64? {
    guard values.count >= 16, let first = values.first, first != 0 else { return nil }
    var key: UInt64 = 0
    for (place, value) in values.prefix(64).enumerated() where (value < 0) != (first < 0) { key |= 1 << UInt64(place) }
    return key
  }

  /// How many times b is a, where they are proportional.
  private func factor(_ a: [Float], _ b: [Float]) -> Double? {
    let n = min(a.count, b.count)
    guard n >= 16 else { return nil }
    var dot = 0.0, square = 0.0, other = 0.0
    for place in 0..<n {
      dot += Double(a[place]) * Double(b[place])
      square += Double(a[place]) * Double(a[place])
      other += Double(b[place]) * Double(b[place])
    }
    guard square > 0, other > 0 else { return nil }
    // bfloat16 keeps a correlation of 1 - 1e-5.
    return dot * dot > (1 - 1e-4) * square * other ? dot / square : nil
  }

  private func matches(_ a: TensorStatistics, _ b: TensorStatistics, _ factor: Double) -> Bool {
    abs(a.standardDeviation * abs(factor) / b.standardDeviation - 1) < 1e-3
  }

  private func isByDesign(_ j: Judgement, _ indices: [Int], isEqual: Bool, _ copies: inout [String: Bool]) -> Bool {
    let kinds = Set(indices.map { j.role($0).kind })
    // A table used at both ends, or by encoder and decoder.
    if isEqual, kinds.isSubset(of: [.embedding, .head]) { return true }
    // Both ends of a model that are stored apart, by whatever names: of one shape, outside of all blocks.
    if isEqual, indices.count == 2, !kinds.isDisjoint(with: [.embedding, .head]),
      kinds.isSubset(of: [.embedding, .head, .linear]), Set(indices.map { j.entry($0).shape }).count == 1,
      indices.allSatisfy({ j.context.names[$0].numbers.isEmpty })
    {
      return true
    }
    if isEqual, isCopyOfNetwork(j, indices, &copies) { return true }
    // PEFT keeps the module that it trains a copy of.
    if isEqual, indices.contains(where: { j.context.names[$0].tokens.contains("original_module") }),
      indices.contains(where: { j.context.names[$0].tokens.contains("modules_to_save") })
    {
      return true
    }
    // One module under the name of each block that uses it, as Zamba2's shared transformer.
    let areShared = indices.allSatisfy { index in
      j.context.names[index].tokens.contains { $0.lowercased().split(separator: "_").contains("shared") }
    }
    if isEqual, areShared { return true }
    let words = [
      "ema", "target", "teacher", "momentum", "shadow", "old", "frozen", "ref", "reference", "avg", "averaged", "polyak",
      "swa",
    ]
    let marked = indices.filter { index in
      j.context.names[index].tokens.contains { token in
        words.contains { token.lowercased().split(separator: "_").contains(Substring($0)) }
      }
    }
    return isEqual && !marked.isEmpty && marked.count < indices.count
  }

  /// Whether the tensors are copies within copies of a whole network under other names, such as `encoder_q` and `encoder_k`:
  /// all that both hold is equal, and they hold several layers.
  private func isCopyOfNetwork(_ j: Judgement, _ indices: [Int], _ copies: inout [String: Bool]) -> Bool {
    let first = j.context.names[indices[0]].tokens
    for other in indices.dropFirst() {
      let second = j.context.names[other].tokens
      guard first.count == second.count else { return false }
      let differing = first.indices.filter { first[$0] != second[$0] }
      // One word differs, before any block's number and in more than a number: layers and twins differ in those.
      guard differing.count == 1, let place = differing.first, place < first.count - 2,
        first[..<place].allSatisfy({ Int($0) == nil }),
        first[place].filter({ !$0.isNumber }) != second[place].filter({ !$0.isNumber })
      else { return false }
      let (a, b) = (first[...place].joined(separator: "."), second[...place].joined(separator: "."))
      let isCopy = copies["\(a) \(b)"] ?? holdsCopy(j, a, b)
      copies["\(a) \(b)"] = isCopy
      if !isCopy { return false }
    }
    return true
  }

  /// Whether the modules have several layers in common, and all that both hold is equal.
  private func holdsCopy(_ j: Judgement, _ a: String, _ b: String) -> Bool {
    var layers: Set<String> = []
    for index in j.context.entries.indices where j.context.names[index].plain.hasPrefix(a + ".") {
      let rest = j.context.names[index].plain.dropFirst(a.count)
      guard let counterpart = j.context.index(named: b + rest) else { continue }
      let (s, t) = (j.statistics(index), j.statistics(counterpart))
      guard s.count == t.count, s.beginning == t.beginning else { return false }
      if isMatrix(j, index) { layers.insert(module(j, index)) }
    }
    return layers.count > 1
  }
}
