import TensorFiles

extension RoleReader {
  /// The role of a variable of Keras, of which the class of its layer says more than its name; nil where that does not tell.
  ///
  /// Keras's layouts: Dense [in, out], convolutions [window..., in, out], transposed ones [window..., out, in], depthwise
  /// ones [window..., channels, multiplier], recurrent cells [in, gates * units] and [units, gates * units], attention
  /// [in, heads, size] and [heads, size, out].
  func kerasRole(_ index: Int, _ origin: KerasOrigin) -> TensorRole? {
    let entry = entries[index], leaf = names[index].leaf, shape = entry.shape
    switch leaf {
    case "seed_generator_state", "count": return TensorRole(kind: .counter)
    // Spectral normalization keeps its layer's kernel a second time, and a direction that it turns at every step.
    case "alpha", "mean", "variance", "wrapped_kernel", "vector_u": return TensorRole(kind: .other)
    case "bias": return TensorRole(kind: .bias)
    case "gamma", "scale": return origin.layer.hasSuffix("normalization") ? TensorRole(kind: .gain) : nil
    case "beta": return TensorRole(kind: .shift)
    case _ where leaf.hasPrefix("variable_"): return TensorRole(kind: .other)
    case "kernel", "recurrent_kernel", "depthwise_kernel", "pointwise_kernel": break
    default: return nil
    }
    guard shape.count >= 2 else { return nil }
    if leaf == "recurrent_kernel" || sibling(index, "recurrent_kernel") != nil { return kerasCell(index) }
    if shape.count == 2 { return nil }
    let window = shape.dropLast(2).reduce(1, *), last = shape[shape.count - 1], other = shape[shape.count - 2]
    var role = TensorRole(kind: .convolution, layout: .inputsFirst)
    (role.window, role.side) = (window, shape[0])
    if leaf == "depthwise_kernel" || origin.layer.hasPrefix("depthwise") {
      // One filter sums its window alone.
      (role.inputs, role.outputs) = (1, other * last)
      (role.fanIn, role.fanOut) = (window, window * last)
    } else if isTransposed(index, origin) {
      role.kind = .transposedConvolution
      (role.inputs, role.outputs) = (last, other)
      let steps = Self.stride(side: role.side)
      let reached = (0..<shape.count - 2).reduce(window) { reached, _ in max(1, reached / steps) }
      (role.fanIn, role.fanOut) = (last * reached, other * window)
    } else if shape.count == 3, origin.layer == "einsum_dense" {
      let isOutput = sibling(index, "bias").map { $0.shape.count == 1 } ?? origin.path.contains("output_dense/")
      role.kind = .linear
      (role.window, role.side) = (1, 1)
      (role.inputs, role.outputs) = isOutput ? (shape[0] * shape[1], shape[2]) : (shape[0], shape[1] * shape[2])
      (role.fanIn, role.fanOut) = (role.inputs, role.outputs)
    } else {
      (role.inputs, role.outputs) = (other, last)
      (role.fanIn, role.fanOut) = (other * window, last * window)
    }
    return role
  }

  private func isTransposed(_ index: Int, _ origin: KerasOrigin) -> Bool {
    if origin.layer.hasSuffix("_transpose") { return true }
    guard origin.layer.isEmpty, let bias = sibling(index, "bias")?.shape, bias.count == 1 else { return false }
    // Files of Keras 2 do not say the class: the bias has one value for each output.
    let shape = entries[index].shape
    return bias[0] == shape[shape.count - 2] && bias[0] != shape[shape.count - 1]
  }

  /// The weights of a recurrent cell, whose gates lie side by side.
  private func kerasCell(_ index: Int) -> TensorRole? {
    let shape = entries[index].shape
    guard shape.count == 2 else { return nil }
    var role = TensorRole(kind: .recurrent, layout: .inputsFirst)
    (role.inputs, role.outputs) = (shape[0], shape[1])
    (role.fanIn, role.fanOut) = (shape[0], shape[1])
    let hidden = names[index].leaf == "recurrent_kernel" ? shape[0] : sibling(index, "recurrent_kernel")?.shape.first ?? 0
    if hidden > 0, shape[1] % hidden == 0, (2...4).contains(shape[1] / hidden) {
      (role.partCount, role.partAxis, role.fanOut) = (shape[1] / hidden, 1, hidden)
    }
    return role
  }
}

extension FileContext {
  /// The fans as Keras computes them from a shape, whatever its axes are (keras/src/initializers/random_initializers.py).
  func kerasFans(_ index: Int) -> (fanIn: Int, fanOut: Int)? {
    let shape = entries[index].shape
    guard shape.count >= 2 else { return shape.first.map { ($0, $0) } }
    let window = shape.dropLast(2).reduce(1, *)
    return (shape[shape.count - 2] * window, shape[shape.count - 1] * window)
  }
}
