import NumberText

/// Finds files in which everything is zero.
struct AllZero: WeightRule {
  static let name = "all-zero"
  static let summary = "Every parameter of the file is zero."
  static let explanation =
    "All floating-point tensors that are not buffers are exactly zero, norm gains included. No comparison with chance is "
    + "needed. Nothing else is said of such a file."
  static let remedy =
    "Call the model's own initialization after its tensors were made. A model built on the meta device "
    + "holds nothing until then."

  func judge(_ j: inout Judgement) {
    let own = j.open.filter {
      ![.runningMean, .runningVariance, .frequencies, .mask].contains(j.role($0).kind) && j.entry($0).count > 0
    }
    guard own.count > 1, own.allSatisfy({ j.statistics($0).isZero }), own.contains(where: { j.role($0).kind.isWeight })
    else { return }
    j.add(
      Self.self, .error, own,
      "All \(own.count) parameters are zero: the model was never initialized. Every gradient is zero, too, and the "
        + "loss stays where it starts.", evidence: [("tensors", .number(Double(own.count)))])
  }
}

/// Finds values that are no numbers.
struct NonFiniteValues: WeightRule {
  static let name = "nonfinite-values"
  static let summary = "A tensor holds NaN or infinities."
  static let explanation =
    "Every value of every floating-point tensor is looked at. Masks, and "
    + "single numbers, may be infinite."
  static let remedy =
    "Find what filled the tensor: memory that was never written, a division by zero, or a number format that is too small."

  func judge(_ j: inout Judgement) {
    // A single infinity is a bound that is open, as of a quantizer's range.
    let own = j.open.filter {
      let s = j.statistics($0)
      return s.nonFinite > 0 && j.role($0).kind != .mask && !(s.count == 1 && s.infinities == 1)
    }
    guard !own.isEmpty else { return }
    let values = own.reduce(0) { $0 + j.statistics($1).nonFinite }
    j.add(
      Self.self, .error, own,
      "\(j.list(own)) hold\(own.count == 1 ? "s" : "") \(groupedNumber(values)) values that are NaN or infinite. One of "
        + "them makes every output NaN. Such tensors were often never filled.",
      evidence: [("nonFinite", .number(Double(values)))])
  }
}

/// Finds tensors whose bits were never written.
struct UninitializedMemory: WeightRule {
  static let name = "uninitialized-memory"
  static let summary = "A tensor holds what was in memory before, not drawn values."
  static let explanation =
    "The magnitudes of a tensor's values other than zero span more than 25 powers of ten, or reach beyond 1e15. Draws of "
    + "published laws span fewer than 12 in a billion values."
  static let remedy =
    "A module that was made on the meta device, or by to_empty, must be initialized afterwards, its buffers included."

  func judge(_ j: inout Judgement) {
    let own = j.open.filter { index in
      let s = j.statistics(index), role = j.role(index)
      guard role.kind != .mask, s.nonFinite == 0, s.count > 1, let least = s.leastMagnitude else { return false }
      return s.largestMagnitude > 1e15 || s.largestMagnitude / least > 1e25 && s.largestMagnitude > 1e-30
        || least < 1e-30 && role.kind != .token && s.largestMagnitude < 1e-25
    }
    guard !own.isEmpty else { return }
    let widest = own.map { j.statistics($0).largestMagnitude }.max() ?? 0
    j.add(
      Self.self, .error, own,
      "\(j.list(own)) hold\(own.count == 1 ? "s" : "") values of all magnitudes, up to \(MessageNumber.number(widest)), as "
        + "memory does that was never filled.", evidence: [("largestMagnitude", .number(widest))])
  }
}

/// Finds weights that are zero and should not be.
struct ZeroTensor: WeightRule {
  static let name = "zero-tensor"
  static let summary = "A weight tensor, or a large part of one, is zero where a draw was to be expected."
  static let explanation =
    "A tensor of weights is exactly zero. That is by design where the scheme says so, for the last matrix of every residual "
    + "branch, for an output head (by its name, or since no other tensor reads what it makes) or the last layer of a stack, "
    + "for routers and gates, for tables of positions and others "
    + "beside that of tokens, for adapters (LoRA's B), for modulations (adaLN) and for offsets of deformable layers; "
    + "then it is a note. It is an error "
    + "where tensors of the same name in other blocks are not zero, or where nothing makes it likely. More than 2% zeros "
    + "in a tensor of float32, float16 or bfloat16 are an error, too, "
    + "where they are whole rows, whole columns or one run: part of it was never filled. Scattered zeros, as sparse "
    + "initialization leaves, and zero rows of embeddings are a note. Draws hold no such zeros by chance."
  static let remedy = "Fill the tensor. If it is zero by design, say so in a scheme: \"NAME\": zeros."

  private static let designed = [
    "lora_b", "zero", "adaln", "ada_ln", "modulation", "gate_mlp", "controlnet", "mm_input_projection",
  ]

  func judge(_ j: inout Judgement) {
    let zero = j.open.filter { j.role($0).kind.isWeight && j.statistics($0).isZero && j.entry($0).count > 1 }
    var wrong: [Int] = [], designed: [Int] = []
    for index in zero {
      if let laws = declared(j, index) {
        if laws { continue }
        wrong.append(index)
        continue
      }
      let pattern = j.context.names[index].pattern, role = j.role(index)
      // Of the same pattern a gain beside it is no sibling, as in a branch that is a list of norm, activation and matrix.
      let siblings = j.context.entries.indices.filter {
        j.context.names[$0].pattern == pattern && j.role($0).kind.isWeight == role.kind.isWeight
      }
      let areAllZero = siblings.allSatisfy { j.statistics($0).isZero }
      let isEnd = role.residualEnd != nil || role.kind == .head
      let isNamed = Self.designed.contains { j.context.names[index].plain.lowercased().contains($0) }
      // The last layer of a network that predicts a correction, as flows, diffusion models and box heads have it.
      let isLast =
        j.context.names[index].contains("final", "last")
        || role.kind == .convolution && j.context.names[index].contains("out")
      // Positions that begin alike are told apart by what stands there; a table that is added to another may be silent.
      let isAdded =
        role.kind == .positionEmbedding
        || role.kind != .embedding && j.context.names[index].isUnderWord("embed")
        || role.kind == .embedding
          && j.context.entries.indices.contains {
            j.role($0).kind == .embedding && !j.statistics($0).isZero && j.entry($0).count >= j.entry(index).count
          }
      // Gates that open by their biases alone, but for those that multiply a branch's own values.
      let isGate =
        role.kind == .router
        || j.context.names[index].isUnderWord("gate")
          && !["gate_proj", "gate_up_proj"].contains(j.context.names[index].parent)
      // The last of a stack within blocks is compared with that of other blocks alone.
      let counterparts = siblings.filter { j.context.names[$0].parent == j.context.names[index].parent }
      if j.context.isLastOfStack(index) && counterparts.allSatisfy({ j.statistics($0).isZero })
        || areAllZero && (isEnd || isNamed || isLast || isAdded || isGate || isQuery(j, index) || isOutput(j, index))
        || counterparts.allSatisfy({ j.statistics($0).isZero }) && endsBranch(j, index)
      {
        designed.append(index)
      } else {
        wrong.append(index)
      }
    }
    if !wrong.isEmpty {
      j.add(
        Self.self, .error, wrong,
        "\(j.list(wrong)) \(wrong.count == 1 ? "is" : "are") exactly zero, where weights were to be drawn: nothing passes, "
          + "and units that start alike stay alike.", evidence: [("tensors", .number(Double(wrong.count)))])
    }
    if !designed.isEmpty {
      j.add(
        Self.self, .note, designed,
        "\(j.list(designed)) \(designed.count == 1 ? "is zero" : "are zero in every block"), as where a branch, a gate, a "
          + "head or a table is meant to start silent. If that is not meant, it was never filled.",
        evidence: [("tensors", .number(Double(designed.count)))])
    }
    adapters(&j)
    partial(&j)
    rows(&j)
  }

  /// LoRA starts one of its two matrices at zero. With both the gradient of both is zero.
  private func adapters(_ j: inout Judgement) {
    let own = j.open.filter { index in
      guard j.role(index).kind == .adapter, j.statistics(index).isZero else { return false }
      for (first, second) in [("lora_A", "lora_B"), ("lora_embedding_A", "lora_embedding_B"), ("lora_down", "lora_up")] {
        let tokens = j.context.names[index].tokens.map(String.init)
        guard let place = tokens.firstIndex(where: { $0 == first || $0 == second }) else { continue }
        var other = tokens
        other[place] = tokens[place] == first ? second : first
        return j.context.index(named: other.joined(separator: ".")).map { j.statistics($0).isZero } ?? false
      }
      return false
    }
    guard !own.isEmpty else { return }
    j.add(
      Self.self, .error, own,
      "\(j.list(own)) are zero, both matrices of each adapter: of a product of zeros both gradients are zero, and it never "
        + "learns.", evidence: [("tensors", .number(Double(own.count)))])
  }

  /// Names of the last matrix of a branch or a head, of offsets and of gates, in programs that start them at zero.
  private static let ends: Set<String> = [
    "proj_out", "out_proj", "linear_o", "to_out", "output", "out", "wo", "attn_out", "conv_out", "linear_out", "out_layers",
    "linear_g", "gating",
  ]

  /// Whether the matrix ends a branch by its name or its number, is an offset, or belongs to a block that begins with
  /// nothing but its values, as RWKV's: random layers stand before it, and its own gradient is not zero.
  private func endsBranch(_ j: Judgement, _ index: Int) -> Bool {
    let name = j.context.names[index]
    guard !name.numbers.isEmpty || j.role(index).kind == .convolution else { return false }
    // Numbers stand behind a module's name where it is a list.
    let own = name.tokens.dropLast(name.leaf == "weight" || name.leaf == "kernel" ? 1 : 0).last { Int($0) == nil }
    if let own, Self.ends.contains(own.lowercased()) { return true }
    // Deformable layers begin with a regular grid and even weights.
    if name.contains("offset") || name.parent == "attention_weights" { return true }
    // RWKV: only values are drawn.
    if ["key", "receptance", "value"].contains(name.parent), j.context.uncle(index, "receptance.weight") != nil {
      return true
    }
    return j.context.isLastOfBranch(index) ?? false
  }

  /// Whether rows stand for tokens or places, of which single ones may be zero.
  private func isTable(_ role: TensorRole) -> Bool { role.kind == .embedding || role.kind == .positionEmbedding }

  /// Tokens that were added and never filled. A single row of zeros stands for padding.
  private func rows(_ j: inout Judgement) {
    for index in j.open where isTable(j.role(index)) && !j.statistics(index).isZero {
      let s = j.statistics(index)
      guard s.zeroRows > 1 else { continue }
      let first = s.firstZeroRows.prefix(3).map(String.init).joined(separator: ", ")
      j.add(
        Self.self, .note, [index],
        "\(groupedNumber(s.zeroRows)) of \(groupedNumber(s.rows)) rows of \(j.entry(index).name) are zero (\(first)"
          + "\(s.zeroRows > 3 ? ", ..." : "")): rows for padding, or tokens that were added and never drawn.",
        evidence: [("zeroRows", .number(Double(s.zeroRows)))], claims: false)
    }
  }

  /// Whether the scheme that was chosen allows zeros; nil where it says nothing.
  private func declared(_ j: Judgement, _ index: Int) -> Bool? {
    if let chosen = j.chosen, let rule = chosen.rule(j.context.names[index], j.role(index), original: j.entry(index).name) {
      return rule.laws.contains {
        if case .constant(let value) = $0.kind { value.value { _ in nil } == 0 } else { $0.kind == .any }
      }
    }
    for candidate in j.candidates where candidate.isDemanded {
      guard let rule = candidate.rule(j.context.names[index], j.role(index), original: j.entry(index).name) else { continue }
      if rule.laws.contains(where: {
        if case .constant(let value) = $0.kind { value.value { _ in nil } == 0 } else { false }
      }) {
        return true
      }
    }
    return nil
  }

  /// Whether a matrix makes a model's answer: it stands outside of blocks, reads what another matrix makes, and no other
  /// tensor reads as many values as it makes itself.
  private func isOutput(_ j: Judgement, _ index: Int) -> Bool {
    let role = j.role(index)
    guard role.kind == .linear || role.kind == .convolution, role.block == nil else { return false }
    let hasSource = j.context.entries.indices.contains { other in
      other != index && j.role(other).kind.isWeight && j.role(other).outputs == role.inputs && !j.statistics(other).isZero
    }
    return hasSource
      && !j.context.entries.indices.contains { other in
        let reader = j.role(other)
        return other != index
          && (reader.kind.isWeight && reader.inputs == role.outputs
            || reader.kind == .gain
              && j.entry(other).count == role.outputs)
      }
  }

  /// Queries of zero are a published choice (Yang et al. 2022): attention starts even.
  private func isQuery(_ j: Judgement, _ index: Int) -> Bool {
    ["q_proj", "wq", "query", "to_q"].contains(j.context.names[index].parent)
  }

  private func partial(_ j: inout Judgement) {
    let own = j.open.filter { index in
      let s = j.statistics(index), role = j.role(index), bits = j.entry(index).type.fractionBits ?? 0
      guard role.kind.isWeight, !isTable(role), bits >= 7, s.count >= 64, !s.isZero, !s.isIdentity else {
        return false
      }
      let share = Double(s.zeros) / Double(s.count)
      // A whole matrix of ones and zeros, or one that is sparse by design in every column, is told apart by its own law.
      return share > 0.02 && s.least != s.greatest && !isSparse(j, index)
    }
    func worst(_ own: [Int]) -> Double {
      own.map { Double(j.statistics($0).zeros) / Double(j.statistics($0).count) }.max() ?? 0
    }
    let unfilled = own.filter { isBlock(j.statistics($0)) }, scattered = own.filter { !isBlock(j.statistics($0)) }
    if !unfilled.isEmpty {
      j.add(
        Self.self, .error, unfilled,
        "\(j.list(unfilled)) \(unfilled.count == 1 ? "is" : "are") zero in part "
          + "(up to \(MessageNumber.percent(worst(unfilled)))): a part was never filled.",
        evidence: [("zeroShare", .number(worst(unfilled)))])
    }
    if !scattered.isEmpty {
      j.add(
        Self.self, .note, scattered,
        "\(j.list(scattered)) hold\(scattered.count == 1 ? "s" : "") zeros here and there "
          + "(up to \(MessageNumber.percent(worst(scattered)))), as sparse initialization and pruning leave them.",
        evidence: [("zeroShare", .number(worst(scattered)))])
    }
  }

  /// Whether most zeros are whole rows, whole columns or one run.
  private func isBlock(_ s: TensorStatistics) -> Bool {
    let whole = s.zeroRows * s.columns + s.zeroColumns * max(0, s.rows - s.zeroRows)
    return Double(whole) >= 0.8 * Double(s.zeros) || s.longestZeroRun * 2 >= min(s.zeros, TensorMeasurer.headSize)
  }

  private func isSparse(_ j: Judgement, _ index: Int) -> Bool { j.context.names[index].contains("sparse", "mask") }
}

/// Finds matrices of one value.
struct ConstantTensor: WeightRule {
  static let name = "constant-tensor"
  static let summary = "All values of a weight tensor are equal, and not zero."
  static let explanation =
    "A tensor of weights with more than one value holds a single value. Exact equality is looked at; chance plays no part."
  static let remedy = "Draw the weights at random: units that start alike get the same gradients and stay alike."

  func judge(_ j: inout Judgement) {
    let own = j.open.filter {
      let s = j.statistics($0), role = j.role($0)
      // Positions that begin alike are told apart by what stands there.
      guard role.kind.isWeight, role.kind != .positionEmbedding, s.isConstant, !s.isZero, s.count > 1 else { return false }
      // A filter of one weight per channel, as in a box filter, is a choice.
      return role.kind != .convolution || role.window == 1 || role.inputs > 1
    }
    guard !own.isEmpty else { return }
    let value = j.statistics(own[0]).least
    j.add(
      Self.self, .error, own,
      "\(j.list(own)) \(own.count == 1 ? "has" : "have") one value throughout (\(MessageNumber.number(value))): all units "
        + "start alike, get the same gradients and stay alike.", evidence: [("value", .number(value))])
  }
}

/// Looks at tensors that are no parameters.
struct Buffers: WeightRule {
  static let name = "buffers"
  static let summary = "A buffer, such as running statistics or rotary frequencies, is not as it starts."
  static let explanation =
    "Running variances must be above zero; running means of 0 and variances of 1 are fresh, others a note: the model has "
    + "seen data. Rotary frequencies must begin with 1 and fall."
  static let remedy =
    "Buffers are lost where a module is emptied (to_empty) and only its parameters are initialized. Fill them again."

  func judge(_ j: inout Judgement) {
    let frequencies = j.open.filter {
      j.role($0).kind == .frequencies && !j.statistics($0).isFrequencies && j.entry($0).count > 1
    }
    if !frequencies.isEmpty {
      j.add(
        Self.self, .error, frequencies,
        "\(j.list(frequencies)) should hold rotary frequencies, which begin with 1 and fall; it does not.")
    }
    let variances = j.open.filter { j.role($0).kind == .runningVariance && j.statistics($0).least <= 0 }
    if !variances.isEmpty {
      j.add(
        Self.self, .error, variances,
        "\(j.list(variances)) \(variances.count == 1 ? "is" : "are") not above zero: a variance was erased.")
    }
    let isCounted = j.context.hasCountedBatches
    let moved = j.open.filter { index in
      let s = j.statistics(index)
      switch j.role(index).kind {
      case .runningMean: return s.greatest != 0 || s.least != 0
      case .runningVariance: return s.greatest != 1 || s.least != 1
      default: return false
      }
    }
    if !moved.isEmpty {
      j.add(
        Self.self, .note, moved,
        "\(j.list(moved)) \(moved.count == 1 ? "is" : "are") not 0 and 1: the model has seen "
          + "data\(isCounted ? ", and counts its batches" : "").",
        claims: false)
    }
    if isCounted { j.looksTrained = true }
  }
}
