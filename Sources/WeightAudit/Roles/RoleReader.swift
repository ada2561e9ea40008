import TensorFiles

/// Tells the role of every tensor of a file from names and shapes, which explain each other: the length of a bias says which
/// axis of its weights are outputs.
package struct RoleReader {
  let entries: [TensorEntry]
  let names: [TensorName]
  private let byName: [String: Int]
  /// Whether GPT-2's matrices are stored [in, out].
  private let hasConv1D: Bool

  package init(_ entries: [TensorEntry], names: [TensorName]) {
    (self.entries, self.names) = (entries, names)
    byName = Dictionary(names.enumerated().map { ($1.plain, $0) }, uniquingKeysWith: { first, _ in first })
    hasConv1D = zip(entries, names).contains { entry, name in
      guard entry.shape.count == 2, name.leaf == "weight" else { return false }
      if name.parent == "c_attn" { return entry.shape[1] == 3 * entry.shape[0] }
      if name.parent == "c_fc" { return entry.shape[1] > entry.shape[0] && entry.shape[1] % entry.shape[0] == 0 }
      return false
    }
  }

  package var roles: [TensorRole] {
    entries.indices.map { index in
      var role = role(index)
      role.block = names[index].numbers.first
      return role
    }
  }

  /// The length of the tensor beside this one with another leaf; nil where there is none.
  func sibling(_ index: Int, _ leaf: String) -> TensorEntry? {
    let path = names[index].tokens.dropLast().joined(separator: ".")
    return byName[path.isEmpty ? leaf : "\(path).\(leaf)"].map { entries[$0] }
  }

  private static let normWords = ["norm", "ln_", "ln1", "ln2", "ln3", "bn", "layernorm", "_ln", "groupnorm"]

  private func isNorm(_ index: Int) -> Bool {
    let name = names[index]
    if sibling(index, "running_mean") != nil || sibling(index, "moving_mean") != nil { return true }
    let parent = name.parent
    if Self.normWords.contains(where: parent.contains) || parent == "ln" || parent == "gn" { return true }
    return false
  }

  private func role(_ index: Int) -> TensorRole {
    let entry = entries[index], name = names[index], leaf = name.leaf
    if let buffer = buffer(entry, name) { return TensorRole(kind: buffer) }
    if let origin = entry.keras, let role = kerasRole(index, origin) { return role }
    guard entry.type.isFloat else { return TensorRole(kind: entry.count == 1 ? .counter : .mask) }
    if isMagnitude(index) { return TensorRole(kind: .magnitude) }
    if name.isOfAdapter { return adapter(entry) }
    // Moments of an optimizer that was saved with the model.
    if name.tokens.contains(where: { ["exp_avg", "exp_avg_sq", "momentum_buffer"].contains($0) }) {
      return TensorRole(kind: .other)
    }
    if isScaled(index) { return TensorRole(kind: .scaled) }
    switch leaf {
    case "a_log", "a_logs": return TensorRole(kind: .stateMatrix)
    // Other layers of states draw a D of their own.
    case "d" where hasStateMatrix(index), "ds" where hasStateMatrix(index): return TensorRole(kind: .skip)
    case "dt_bias": return TensorRole(kind: .stepBias)
    case "relative_position_bias_table": return table(.relativeBias, entry)
    case "logit_scale", "logit_bias", "temperature": return TensorRole(kind: .scalar)
    default: break
    }
    if leaf == "bias", name.parent == "dt_proj" { return TensorRole(kind: .stepBias) }
    if (name.parent == "grn" || name.contains("global_response")) && (leaf == "weight" || leaf == "gamma") {
      return TensorRole(kind: .responseGain)
    }
    if [
      "gamma", "lambda1", "lambda", "layer_scale", "layer_scale_parameter", "gamma_1", "gamma_2", "layer_scale_1",
      "layer_scale_2",
    ]
    .contains(leaf), !isNorm(index) {
      return TensorRole(kind: .layerScale)
    }
    if leaf.contains("token") || leaf == "class_embedding" { return TensorRole(kind: .token) }
    if leaf == "beta", !isNorm(index), !["gamma", "scale", "weight"].contains(where: { sibling(index, $0) != nil }) {
      return TensorRole(kind: .other)
    }
    if leaf.hasPrefix("bias") || leaf.hasSuffix("_bias") || leaf == "beta" || leaf.hasSuffix(".bias") {
      return TensorRole(kind: isNorm(index) || leaf == "beta" ? .shift : .bias)
    }
    if leaf.hasPrefix("rel_pos") { return table(.relativeBias, entry) }
    if entry.shape.count <= 1 {
      // Other vectors of a norm's module, such as the ranges of quantization, are no gains.
      if leaf == "weight" || leaf == "gamma" || ["scale", "g", "gain", "w"].contains(leaf) && isNorm(index) {
        var role = TensorRole(kind: .gain)
        role.isLastNorm = isLastNorm(name)
        return role
      }
      return TensorRole(kind: entry.count <= 1 ? .scalar : .other)
    }
    if leaf == "scale", entry.shape.count == 2, stackedLayers(index) != nil { return TensorRole(kind: .gain) }
    // A bias of the same shape as its weights: both are for single values, so these weights are a gain.
    if entry.shape.count > 2, let bias = sibling(index, "bias"), bias.shape == entry.shape {
      return TensorRole(kind: .gain)
    }
    // A single row or column under a name of its own, as SwiftFormer's w_g, sums nothing.
    let isVector = entry.shape.count { $0 > 1 } <= 1 && leaf != "weight" && leaf != "kernel"
    return isNamedWeight(name) && !isVector ? weight(index) : tableOrOther(index)
  }

  private func hasStateMatrix(_ index: Int) -> Bool {
    ["A_log", "A_logs"].contains { sibling(index, $0) != nil } && entries[index].shape.count <= 2
  }

  /// The lengths that weight normalization takes out of a matrix: beside the directions, and of one value for each row.
  private func isMagnitude(_ index: Int) -> Bool {
    let leaf = names[index].leaf
    // DoRA's; PEFT appends the adapter's name and `weight`.
    if names[index].tokens.suffix(3).contains(where: { $0.hasSuffix("magnitude_vector") }) { return true }
    let isSplit =
      leaf.hasSuffix("_g") && sibling(index, String(names[index].tokens.last?.dropLast(1) ?? "") + "v") != nil
      || leaf == "original0" && sibling(index, "original1") != nil
    return isSplit && entries[index].shape.count { $0 > 1 } <= 1
  }

  private func adapter(_ entry: TensorEntry) -> TensorRole {
    var role = TensorRole(kind: .adapter)
    guard entry.shape.count >= 2 else { return role }
    let window = entry.shape.dropFirst(2).reduce(1, *)
    (role.inputs, role.outputs) = (entry.shape[1], entry.shape[0])
    (role.fanIn, role.fanOut) = (role.inputs * window, role.outputs * window)
    return role
  }

  /// Whether the values are float8 with their scales beside them, for blocks, rows or the whole, as DeepSeek-V3,
  /// compressed-tensors and others store them.
  private func isScaled(_ index: Int) -> Bool {
    guard (entries[index].type.fractionBits ?? 52) <= 3 else { return false }
    let leaf = String(names[index].tokens.last ?? "")
    return ["_scale_inv", "_scale", "_scales"].contains { sibling(index, leaf + $0) != nil }
      || ["scale", "scales", "scale_weight", "scale_inv"].contains { sibling(index, $0) != nil }
  }

  /// Words of parameters that are drawn as weights are, where they stand alone without `.weight`.
  private static let weightWords = [
    "weight", "kernel", "embed", "proj", "qkv", "attn", "mlp", "conv", "linear", "dense", "head", "matrix", "filter",
    "param",
  ]
  /// Words of parameters that stand beside weights: their deviations, noise, scales.
  private static let besideWords: Set<Substring> = [
    "integer", "sigma", "rho", "std", "logstd", "var", "logvar", "scale", "scales", "epsilon", "eps", "noise", "log", "mask",
    "zeros",
    "alpha", "decay", "temperature",
  ]

  /// Whether the name is one that programs give to a matrix of drawn weights. What has a name of its own, such as `A_imag`
  /// or `time_mix`, begins as its author chose.
  private func isNamedWeight(_ name: TensorName) -> Bool {
    let leaf = name.leaf
    if leaf == "weight" || leaf == "kernel" { return true }
    if leaf.split(separator: "_").contains(where: Self.besideWords.contains) { return false }
    if Self.weightWords.contains(where: leaf.contains) || leaf == "original1" { return true }
    // w1, wq, wte, wi_fused; 0, 1, 2 of a list; arr_0 of NumPy.
    let stem = leaf.prefix { !$0.isNumber }
    if stem.isEmpty || stem == "arr_" || leaf.hasSuffix("_w") || ["x", "q", "k", "v", "o", "u", "tensor"].contains(leaf) {
      return true
    }
    return leaf.first == "w" && (leaf.split(separator: "_").first?.count ?? 0) <= 4
  }

  /// A table by its own name, as `pos_emb` is; else what no rule about weights is for.
  private func tableOrOther(_ index: Int) -> TensorRole {
    let role = weight(index)
    return role.layout == .table || role.kind == .gain || role.experts > 1 ? role : TensorRole(kind: .other)
  }

  /// bn3 of a bottleneck, or bn2 of a block without bn3.
  private func isLastNorm(_ name: TensorName) -> Bool {
    guard !name.numbers.isEmpty else { return false }
    for stem in ["bn", "norm"] {
      if name.parent == stem + "3" { return true }
      if name.parent == stem + "2" {
        return byName[name.plain.replacing(".\(stem)2.", with: ".\(stem)3.")] == nil
          && byName[name.plain.replacing(".\(stem)2.", with: ".conv2.")] != nil
      }
    }
    return false
  }

  private func buffer(_ entry: TensorEntry, _ name: TensorName) -> TensorRole.Kind? {
    switch name.leaf {
    case "running_mean", "moving_mean": return .runningMean
    case "running_var", "moving_variance", "moving_var": return .runningVariance
    case "num_batches_tracked", "position_ids", "relative_position_index", "token_type_ids": return .counter
    case "inv_freq", "original_inv_freq": return .frequencies
    case "masked_bias", "attn_mask", "mask", "causal_mask", "tril": return .mask
    case "bias" where entry.shape.count == 4 && entry.shape[0] == 1 && entry.shape[2] == entry.shape[3]: return .mask
    default: return nil
    }
  }

  private func table(_ kind: TensorRole.Kind, _ entry: TensorEntry) -> TensorRole {
    var role = TensorRole(kind: kind, layout: .table)
    // A vector is looked up, so nothing is summed: the width is what formulas call fan_in, as PyTorch counts it.
    role.fanIn = entry.shape.last
    role.fanOut = entry.shape.first
    (role.inputs, role.outputs) = (entry.shape.last ?? 1, entry.shape.first ?? 1)
    return role
  }

  private static let tables: Set<String> = [
    "wte", "tok_embeddings", "embed_tokens", "word_embeddings", "shared", "embeddings", "embedding", "embed", "token_emb",
    "token_embedding", "token_embeddings", "tok_emb", "token_type_embeddings", "token_embedding_table", "emb", "embed_in",
    "wordembedding", "word_embedding", "input_embeddings",
  ]
  private static let tableEndings = ["_embed", "_embeds", "embeddings", "_embedding"]
  private static let positions: Set<String> = ["pe", "positional_encoding", "decoder_pos_embed", "pos_encoding"]
  private static let heads: Set<String> = [
    "lm_head", "head", "fc", "classifier", "output", "embed_out", "score", "decoder", "heads", "output_layer", "logits",
    "lm_head_dense", "final_layer", "qa_outputs", "classification_head", "ff_out",
  ]

  private func weight(_ index: Int) -> TensorRole {
    let entry = entries[index], name = names[index], shape = entry.shape, parent = name.parent, leaf = name.leaf
    if Self.positions.contains(leaf) { return table(.positionEmbedding, entry) }
    if leaf.hasPrefix("pos_embed") || leaf.contains("position_embed") || leaf.contains("positional_embed")
      || leaf == "pos_emb" || parent == "wpe" || parent.hasPrefix("position_embed") || parent == "embed_positions"
      || parent == "pos_embedding" || parent == "positional_embedding" || parent == "position_embedding_table"
      || parent == "pos_emb"
    {
      return table(.positionEmbedding, entry)
    }
    if parent == "relative_attention_bias" || parent == "rel_pos_bias" { return table(.relativeBias, entry) }
    if leaf == "embedding" || Self.tables.contains(parent) && shape.count == 2 || leaf == "embeddings" || leaf == "wte" {
      return table(.embedding, entry)
    }
    if shape.count == 2, leaf == "weight", Self.tableEndings.contains(where: parent.hasSuffix),
      sibling(index, "bias") == nil,
      !Self.heads.contains(parent)
    {
      // Rows and columns of an image, as DETR numbers its places.
      let isPlace =
        parent.contains("pos") || parent.hasPrefix("row_embed") || parent.hasPrefix("col_embed")
        || parent.hasPrefix("column_embed")
      return table(isPlace ? .positionEmbedding : .embedding, entry)
    }
    if leaf.hasPrefix("weight_ih") || leaf.hasPrefix("weight_hh") || leaf == "recurrent_kernel" {
      return recurrent(entry, name)
    }
    if leaf.contains("gamma") || isNorm(index) { return TensorRole(kind: .gain) }
    var role: TensorRole
    if let kernel = flaxKernel(index) {
      role = kernel
    } else if shape.count == 2 || isExperts(name, entry) {
      role = matrix(entry, name, index)
    } else {
      role = convolution(entry, name, index)
    }
    role.residualEnd = residualEnd(name)
    if name.parent == "dt_proj" { role.kind = .stepWeight }
    return role
  }

  /// The kernels of Flax's attention, [in, heads, size] and [heads, size, out], and kernels of layers that a scan runs,
  /// which are stacked along a first axis; nil for all others.
  private func flaxKernel(_ index: Int) -> TensorRole? {
    let name = names[index], shape = entries[index].shape
    guard name.leaf == "kernel", entries[index].keras == nil else { return nil }
    let layers = stackedLayers(index)
    let own = layers == nil ? shape[...] : shape.dropFirst()
    let isAttention = ["query", "key", "value", "out"].contains(name.parent) && own.count == 3
    guard isAttention || layers != nil && own.count == 2, let first = own.first, let last = own.last else { return nil }
    var role = TensorRole(kind: .linear, layout: .inputsFirst)
    let inputs = isAttention && name.parent == "out" ? own.dropLast().reduce(1, *) : first
    (role.inputs, role.outputs) = (inputs, isAttention && name.parent != "out" ? own.dropFirst().reduce(1, *) : last)
    (role.fanIn, role.fanOut) = (role.inputs, role.outputs)
    return role
  }

  /// How many layers are stacked along the first axis, as flax.linen.scan does: every tensor of the stack has that extent,
  /// and gains have a second axis; nil where they are not stacked.
  private func stackedLayers(_ index: Int) -> Int? {
    let name = names[index], words: Set<String> = ["layers", "blocks", "layer", "block", "h"]
    guard name.numbers.isEmpty, let count = entries[index].shape.first, count > 1,
      let place = name.tokens.dropLast().lastIndex(where: { words.contains($0.lowercased()) })
    else { return nil }
    let stack = name.tokens[...place].joined(separator: ".") + "."
    let own = entries.indices.filter { names[$0].plain.hasPrefix(stack) }
    return own.allSatisfy { entries[$0].shape.first == count }
      && own.contains { names[$0].leaf == "scale" && entries[$0].shape.count == 2 } ? count : nil
  }

  private func isExperts(_ name: TensorName, _ entry: TensorEntry) -> Bool {
    guard entry.shape.count == 3 else { return false }
    return name.isUnder(["experts", "expert", "moe", "mlp_experts", "block_sparse_moe"]) || name.contains("experts")
      || ["gate_up_proj", "gate_proj", "up_proj", "down_proj"].contains(name.leaf)
  }

  private func matrix(_ entry: TensorEntry, _ name: TensorName, _ index: Int) -> TensorRole {
    let axes = Array(entry.shape.suffix(2)), leaf = name.leaf, parent = name.parent
    let isGPT2 = hasConv1D && ["c_attn", "c_proj", "c_fc", "q_attn"].contains(parent)
    var role = TensorRole(kind: .linear)
    if entry.shape.count == 3 { role.experts = entry.shape[0] }
    if isGPT2 || leaf == "kernel" {
      role.layout = .inputsFirst
    } else if entry.shape.count == 3 {
      role.layout = expertLayout(entry, name)
    } else if let bias = sibling(index, "bias"), bias.shape.count == 1, axes[0] != axes[1] {
      // The bias has as many values as there are outputs.
      role.layout = bias.shape[0] == axes[1] && bias.shape[0] != axes[0] ? .inputsFirst : .outputsFirst
    }
    (role.inputs, role.outputs) = role.layout == .inputsFirst ? (axes[0], axes[1]) : (axes[1], axes[0])
    (role.fanIn, role.fanOut) = (role.inputs, role.outputs)
    role.partCount = parts(name, role)
    role.partAxis = entry.shape.count == 3 ? (role.layout == .inputsFirst ? 2 : 1) : role.layout == .inputsFirst ? 1 : 0
    if role.partCount > 1 { role.fanOut = role.outputs / role.partCount }
    if (Self.heads.contains(parent) || name.tokens.contains("heads") || parent == "w_out" && name.grandparent == "lm_head")
      && name.numbers.isEmpty
      || name.contains("predictions.decoder")
    {
      role.kind = .head
    }
    if (parent == "gate" || parent == "router" || parent == "gate_network" || name.contains("router"))
      && (name.contains("moe", "expert", "router", "mlp.gate", "feed_forward.gate")) && entry.shape.count == 2
    {
      role.kind = .router
    }
    return role
  }

  /// [E, in, out] or [E, out, in]: told by the pair of a block's expert matrices, whose inner and outer widths are
  /// exchanged.
  private func expertLayout(_ entry: TensorEntry, _ name: TensorName) -> TensorRole.Layout {
    let width = modelWidth
    guard let width, entry.shape[1] != entry.shape[2] else { return .outputsFirst }
    let isDown = name.leaf.hasPrefix("down") || name.leaf == "w2" || name.leaf == "wo"
    // Into the experts come `width` values, and out of the last matrix, too.
    if isDown { return entry.shape[2] == width && entry.shape[1] != width ? .inputsFirst : .outputsFirst }
    return entry.shape[1] == width && entry.shape[2] != width ? .inputsFirst : .outputsFirst
  }

  /// The width of the model, from its table of embeddings or the gain of a norm; nil where neither is there.
  var modelWidth: Int? {
    for (entry, name) in zip(entries, names)
    where entry.shape.count == 2 && (Self.tables.contains(name.parent) || name.leaf == "embedding") {
      return entry.shape[1]
    }
    for (index, entry) in entries.enumerated() where entry.shape.count == 1 && entry.shape[0] > 1 && isNorm(index) {
      return entry.shape[0]
    }
    return nil
  }

  private func parts(_ name: TensorName, _ role: TensorRole) -> Int {
    let words = [name.parent, name.leaf]
    func isAny(_ names: String...) -> Bool { words.contains { names.contains($0) } }
    if isAny(
      "in_proj_weight", "qkv", "qkv_proj", "c_attn", "query_key_value", "wqkv", "w_qkv", "to_qkv", "attn_qkv", "in_proj_qkv",
      "att_proj")
    {
      return role.outputs == 3 * role.inputs ? 3 : 1
    }
    if isAny("gate_up_proj", "w13", "wi_fused", "ff_proj") { return role.outputs % 2 == 0 ? 2 : 1 }
    return 1
  }

  private func recurrent(_ entry: TensorEntry, _ name: TensorName) -> TensorRole {
    var role = TensorRole(kind: .recurrent, layout: name.leaf == "recurrent_kernel" ? .inputsFirst : .outputsFirst)
    guard entry.shape.count == 2 else { return role }
    (role.inputs, role.outputs) =
      role.layout == .inputsFirst ? (entry.shape[0], entry.shape[1]) : (entry.shape[1], entry.shape[0])
    (role.fanIn, role.fanOut) = (role.inputs, role.outputs)
    // Four gates of an LSTM, three of a GRU: the hidden width is known from the square part beside it.
    let plain = name.plain.replacing("weight_ih", with: "weight_hh")
    // A projection of the state has it as inputs.
    let hidden = (byName[plain.replacing("weight_hh", with: "weight_hr")] ?? byName[plain]).map { entries[$0].shape }
    if let hidden, hidden.count == 2, hidden[1] > 0, role.outputs % hidden[1] == 0,
      (2...4).contains(role.outputs / hidden[1])
    {
      role.partCount = role.outputs / hidden[1]
      role.fanOut = hidden[1]
    }
    return role
  }

  private func convolution(_ entry: TensorEntry, _ name: TensorName, _ index: Int) -> TensorRole {
    let shape = entry.shape
    if name.leaf == "kernel" {
      // Flax and Keras: window first, then inputs and outputs.
      var role = TensorRole(kind: .convolution, layout: .inputsFirst)
      role.window = shape.dropLast(2).reduce(1, *)
      role.side = shape[0]
      (role.inputs, role.outputs) = (shape[shape.count - 2], shape[shape.count - 1])
      (role.fanIn, role.fanOut) = (role.inputs * role.window, role.outputs * role.window)
      return role
    }
    let window = shape.dropFirst(2).reduce(1, *)
    let bias = sibling(index, "bias")?.shape
    let saysTransposed = name.contains("transpose", "deconv", "upconv", "convt", "up_conv", "conv_up")
    let isTransposed: Bool
    if let bias, bias.count == 1, shape[0] != shape[1] {
      // One bias for each output: where the second axis has that length, outputs are second.
      isTransposed =
        bias[0] == shape[1] && bias[0] != shape[0]
        || saysTransposed && bias[0] % max(1, shape[1]) == 0 && bias[0] != shape[0]
    } else {
      isTransposed = (saysTransposed || isFollowedByNormOfInputs(name, shape)) && shape[1] > 1
    }
    var role = TensorRole(
      kind: isTransposed ? .transposedConvolution : .convolution, layout: isTransposed ? .transposed : .outputsFirst)
    role.window = window
    role.side = shape.last ?? 1
    (role.inputs, role.outputs) = isTransposed ? (shape[0], shape[1]) : (shape[1], shape[0])
    (role.fanIn, role.fanOut) = (role.inputs * window, role.outputs * window)
    if isTransposed {
      // With stride s each output sums over every s-th place of the window.
      let steps = Self.stride(side: role.side)
      let spatial = shape.count - 2
      let reached = window / (0..<spatial).reduce(1) { product, _ in product * steps }
      role.fanIn = role.inputs * max(1, reached)
      role.fanOut = role.outputs * window
    }
    return role
  }

  /// Whether the norm behind a convolution in a list, `1.weight` after `0.weight`, has as many values as the second axis and
  /// not the first: outputs are second then, as in a transposed convolution.
  private func isFollowedByNormOfInputs(_ name: TensorName, _ shape: [Int]) -> Bool {
    guard shape[0] != shape[1], let number = Int(name.parent) else { return false }
    let path = name.tokens.dropLast(2).map(String.init) + ["\(number + 1)", "running_mean"]
    return byName[path.joined(separator: ".")].map { entries[$0].shape == [shape[1]] } ?? false
  }

  /// The stride that goes with a window's side in nearly all decoders: 2 for 2 and 4, and 1 where the side is odd.
  static func stride(side: Int) -> Int { side == 2 || side == 4 || side == 6 ? 2 : side == 8 || side == 16 ? side / 2 : 1 }

  private func residualEnd(_ name: TensorName) -> TensorRole.ResidualEnd? {
    guard !name.numbers.isEmpty else { return nil }
    let parent = name.leaf == "weight" || name.leaf == "kernel" ? name.parent : name.leaf
    let above = name.leaf == "weight" || name.leaf == "kernel" ? name.grandparent : name.parent
    let isAttention = above.contains("attn") || above.contains("attention")
    switch parent {
    case "o_proj", "attn_out": return .attention
    case "wo" where isAttention || above.isEmpty: return .attention
    case "proj" where isAttention: return .attention
    case "out_proj" where isAttention, "w_out" where isAttention: return .attention
    case "out_proj" where above == "mixer": return .mixer
    case "c_proj": return isAttention ? .attention : .feedForward
    case "dense" where above == "output" && name.contains("attention.output"): return .attention
    case "dense" where above == "output": return .feedForward
    case "dense" where isAttention: return .attention
    case "o" where isAttention: return .attention
    case "down_proj", "fc2", "dense_4h_to_h", "linear2", "lin2", "linear_2", "ff_out": return .feedForward
    case "w2" where !isAttention: return .feedForward
    case "wo" where !isAttention: return .feedForward
    default: return nil
    }
  }
}
