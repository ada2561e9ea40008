import CTensorKernels
import Glibc
import NetworkGraph
import TensorKernels

extension OperatorEntry {
  static let attention = OperatorEntry("Attention") { attributes throws(SpecificationError) in
    for name in ["left_window_size", "right_window_size"] where try attributes.integer(name, -1) != -1 {
      throw SpecificationError(
        "Attention with a sliding window ('\(name)') is not supported", hint: "Export the model with a mask instead")
    }
    let mode = try attributes.integer("qk_matmul_output_mode", 0)
    guard (0...3).contains(mode) else {
      throw SpecificationError("Attention's qk_matmul_output_mode is 0 to 3, got \(mode)", hint: "Export the model again")
    }
    let cap = try attributes.float("softcap", 0)
    guard cap >= 0 else {
      throw SpecificationError("Attention's softcap must not be negative, got \(cap)", hint: "Export the model again")
    }
    return Attention(
      heads: try attributes.integer("q_num_heads", 0), groups: try attributes.integer("kv_num_heads", 0),
      scale: attributes.values["scale"] == nil ? nil : try attributes.float("scale", 0),
      isCausal: try attributes.integer("is_causal", 0) != 0, softcap: cap, scoresMode: mode,
      resultCount: Swift.max(1, Swift.min(4, attributes.outputCount)))
  }
}

/// `softmax(scale Q K^T + mask) V` for several heads; groups of heads may share keys and values.
///
/// Where weights are few beside the products that make them, the forward pass leaves them; else it leaves each row's largest
/// score and the sum of the powers, and the backward pass computes blocks of weights again. Keys and values of earlier steps
/// are put in front of the new ones. A row masked everywhere gives 0.
public struct Attention: OperatorKernel {
  public static let kind = "Attention"
  public let traits: OperatorTraits = [.contracts, .attends]
  /// Keys, values and scores as results have scales of their own, so that they must be the true ones.
  public var scaleLaw: ScaleLaw { resultCount == 1 ? .weighs : .absolute }
  public let heads: Int
  public let groups: Int
  public let scale: Double?
  public let isCausal: Bool
  public let softcap: Double
  /// What the fourth result holds: 0 scores, 1 after the cap, 2 after the mask, 3 weights.
  public let scoresMode: Int
  let resultCount: Int

  /// Makes the operator.
  ///
  /// - Parameters:
  ///   - heads: Heads of queries, where inputs are samples x steps x features.
  ///   - groups: Heads of keys and values, likewise.
  ///   - scale: The factor on scores; nil for 1 / sqrt(features of a head).
  ///   - isCausal: Whether a step sees only itself and earlier ones.
  ///   - softcap: The bound of `cap tanh(score / cap)`; 0 for none.
  ///   - scoresMode: What the fourth result holds: 0 scores, 1 after the cap, 2 after the mask, 3 weights.
  ///   - resultCount: The number of results.
  public init(
    heads: Int = 0, groups: Int = 0, scale: Double? = nil, isCausal: Bool = false, softcap: Double = 0,
    scoresMode: Int = 0, resultCount: Int = 1
  ) {
    self.heads = heads
    self.groups = groups
    self.scale = scale
    self.isCausal = isCausal
    self.softcap = softcap
    self.scoresMode = scoresMode
    self.resultCount = resultCount
  }

  private enum Place {
    static let query = 0, key = 1, value = 2, mask = 3, pastKey = 4, pastValue = 5, lengths = 6
  }

  private func sizes(
    _ q: TensorShape, _ k: TensorShape, _ v: TensorShape, past: TensorShape?
  ) throws(SpecificationError) -> AttentionSizes {
    func refuse(_ reason: String) -> SpecificationError {
      SpecificationError("Attention of \(q), \(k) and \(v): \(reason)", hint: "Export the model again")
    }
    var s: AttentionSizes
    if q.rank == 4, k.rank == 4, v.rank == 4 {
      guard k[1] == v[1], k[2] == v[2], q[3] == k[3], q[0] == k[0], k[0] == v[0] else { throw refuse("extents differ") }
      s = AttentionSizes(
        batch: q[0], heads: q[1], groups: k[1], steps: q[2], newKeys: k[2], past: 0, size: q[3], valueSize: v[3],
        isFlat: false)
    } else if q.rank == 3, k.rank == 3, v.rank == 3 {
      guard heads > 0, groups > 0, heads <= max(1, q[2]), groups <= max(1, k[2]), q[2] % heads == 0, k[2] % groups == 0,
        v[2] % groups == 0, q[0] == k[0],
        k[0] == v[0], k[1] == v[1], q[2] / heads == k[2] / groups
      else { throw refuse("they are not \(heads) heads of queries and \(groups) of keys and values") }
      s = AttentionSizes(
        batch: q[0], heads: heads, groups: groups, steps: q[1], newKeys: k[1], past: 0, size: q[2] / heads,
        valueSize: v[2] / groups, isFlat: true)
    } else {
      throw refuse("all must have 3 axes, or 4")
    }
    guard s.groups > 0 ? s.heads % s.groups == 0 : s.heads == 0 else {
      throw refuse("\(s.groups) heads of keys do not divide \(s.heads) heads of queries")
    }
    if let past {
      guard past.rank == 4, past[0] == s.batch, past[1] == s.groups else {
        throw refuse("earlier keys of \(past) do not fit")
      }
      s.past = past[2]
    }
    return s
  }

  private func checked(_ inputs: [ValueType?]) -> AttentionSizes {
    guard let q = inputs[0], let k = inputs[1], let v = inputs[2],
      let s = try? sizes(q.shape, k.shape, v.shape, past: inputs.count > Place.pastKey ? inputs[Place.pastKey]?.shape : nil)
    else { preconditionFailure("Attention was checked before") }
    return s
  }

  public func results(of inputs: [ValueFacts?]) throws(SpecificationError) -> [ValueType] {
    let kind = Self.kind, q = try inputs.float(0, of: kind).shape, k = try inputs.float(1, of: kind).shape
    let v = try inputs.float(2, of: kind).shape
    let pastKey = inputs.optional(Place.pastKey), pastValue = inputs.optional(Place.pastValue)
    let s = try sizes(q, k, v, past: pastKey?.shape)
    guard (pastKey == nil) == (pastValue == nil) else {
      throw SpecificationError("Attention needs earlier keys and values together", hint: "Export the model again")
    }
    if pastKey != nil {
      let keys = try inputs.float(Place.pastKey, of: kind).shape, values = try inputs.float(Place.pastValue, of: kind).shape
      guard keys.extents == [s.batch, s.groups, s.past, s.size],
        values.extents == [s.batch, s.groups, s.past, s.valueSize]
      else {
        throw SpecificationError(
          "Attention's earlier keys of \(keys) and values of \(values) do not fit", hint: "Export again")
      }
    }
    let scores = try TensorShape([s.batch, s.heads, s.steps, s.keys])
    if let mask = inputs.optional(Place.mask) {
      guard mask.type.element != .int64, mask.shape.rank <= 4 else {
        throw SpecificationError("Attention's mask must be of floats or bools", hint: "Export the model again")
      }
      var extents = mask.shape.extents
      // A mask may end before the keys do.
      if let last = extents.last, last < s.keys, last != 1 { extents[extents.count - 1] = s.keys }
      guard try TensorShape(extents).broadcast(with: scores) == scores else {
        throw SpecificationError("Attention's mask of \(mask.shape) does not fit scores of \(scores)", hint: "Export again")
      }
    }
    if let lengths = inputs.optional(Place.lengths) {
      guard lengths.type.element == .int64, lengths.shape.extents == [s.batch] else {
        throw SpecificationError("Attention's nonpad_kv_seqlen needs one integer per sample", hint: "Export again")
      }
    }
    // Heads side by side are as many values as heads on an axis of their own, whose shape is checked.
    let apart = try TensorShape([s.batch, s.steps, s.heads, s.valueSize])
    let result = s.isFlat ? [s.batch, s.steps, apart[2] * apart[3]] : [s.batch, s.heads, s.steps, s.valueSize]
    let all = [
      try TensorShape(result), try TensorShape([s.batch, s.groups, s.keys, s.size]),
      try TensorShape([s.batch, s.groups, s.keys, s.valueSize]), scores,
    ]
    return all.prefix(resultCount).map { ValueType(.float32, $0) }
  }

  public func carriesGradient(toInput input: Int) -> Bool { input < Place.lengths }

  public func requirements(inputs: [ValueType?], outputs: [ValueType]) -> KernelRequirements {
    let s = checked(inputs), present = s.past > 0 ? s.batch * s.groups * s.keys * (s.size + s.valueSize) : 0
    let tiles = AttentionSizes.pieces * s.tile, keeps = keepsWeights(s)
    return KernelRequirements(
      saved: s.batch * s.heads * s.steps * (keeps ? s.keys : 2), forwardWorkspace: (keeps ? 0 : tiles) + present,
      // Weights, gradients of scores, and slopes of the cap; keys and values with earlier ones, and their gradients.
      backwardWorkspace: (softcap > 0 ? 3 : 2) * tiles + 2 * present
        + AttentionSizes.pieces * s.keys * (s.size + s.valueSize),
      readsInputs: inputs.indices.filter { inputs[$0] != nil })
  }

  /// Whether the backward pass finds the weights in memory: up to so many keys per feature of a head that another product
  /// and exponentials take longer than writing them and reading them back.
  private func keepsWeights(_ s: AttentionSizes) -> Bool { softcap == 0 && s.keys <= 4 * s.size }

  /// Keys or values of all steps: the input itself, or a copy with earlier ones in front.
  private struct Present {
    var data: UnsafePointer<Float>
    var rows: (_ sample: Int, _ group: Int) -> AttentionSizes.Rows
  }

  private func present(
    _ new: TensorView, _ past: TensorView?, _ s: AttentionSizes, size: Int, room: UnsafeMutablePointer<Float>
  ) -> Present {
    guard let past, s.past > 0 else {
      return Present(data: UnsafePointer(new.floats), rows: { s.new($0, $1, size: size) })
    }
    gather(new, past, s, size: size, into: room)
    return Present(data: UnsafePointer(room), rows: { s.present($0, $1, size: size) })
  }

  /// Copies earlier and new rows to samples x heads x steps x features.
  private func gather(
    _ new: TensorView, _ past: TensorView?, _ s: AttentionSizes, size: Int, into target: UnsafeMutablePointer<Float>
  ) {
    for sample in 0..<s.batch {
      for group in 0..<s.groups {
        let to = target + s.present(sample, group, size: size).offset, rows = s.new(sample, group, size: size)
        if let past {
          to.update(from: past.floats + (sample * s.groups + group) * s.past * size, count: s.past * size)
        }
        for row in 0..<s.newKeys {
          (to + (s.past + row) * size).update(from: new.floats + rows.offset + row * rows.stride, count: size)
        }
      }
    }
  }

  /// What products of queries and keys are multiplied by: the operator's factor and their scales. Bounded, so that no score
  /// is infinite, which would make NaN; weights are a hard maximum long before.
  private func factor(_ s: AttentionSizes, _ exponents: [Double], query: TensorView, key: TensorView) -> Float {
    let plain = scale ?? 1 / Double(max(1, s.size)).squareRoot(), both = exponents.prefix(2).reduce(0, +)
    guard both != 0 else { return Float(plain) }
    let largest = [query, key].reduce(Double(max(1, s.size))) {
      $0 * Double(Elementwise.largestMagnitude($1.floats, count: $1.count))
    }
    let bound = largest.isFinite && largest > 1 ? 0x1p120 / largest : 0x1p64
    return Float(max(-bound, min(plain * exp2(both), bound)))
  }

  /// Earlier keys and values come in true units, and so must the new ones.
  public func scales(of exponents: [Double], isFloat: [Bool]) -> OperatorScales {
    let hasPast = isFloat.count > Place.pastKey && isFloat[Place.pastKey]
    guard scaleLaw == .weighs, !hasPast, exponents.count > Place.value else {
      return OperatorScales(inputs: exponents.map { _ in 0 }, output: 0)
    }
    return OperatorScales(
      inputs: exponents.indices.map { $0 <= Place.value ? exponents[$0] : 0 }, output: exponents[Place.value])
  }

  private func mask(_ mask: TensorView?, _ lengths: TensorView?, _ s: AttentionSizes) -> AttentionMask {
    AttentionMask(mask, isCausal: isCausal, lengths: lengths, s)
  }

  public func forward(_ call: ForwardCall) {
    let s = checked(call.inputs.map { $0?.type }), z = call.outputs[0].floats
    let factor = factor(s, call.exponents, query: call.input(Place.query), key: call.input(Place.key))
    let keeps = keepsWeights(s), allRows = s.batch * s.heads * s.steps
    let pieces = call.workspace, room = pieces + (keeps ? 0 : AttentionSizes.pieces * s.tile)
    let keys = present(call.input(Place.key), call.optional(Place.pastKey), s, size: s.size, room: room)
    let values = present(
      call.input(Place.value), call.optional(Place.pastValue), s, size: s.valueSize,
      room: room + (s.past > 0 ? s.batch * s.groups * s.keys * s.size : 0))
    let mask = mask(call.optional(Place.mask), call.optional(Place.lengths), s)
    let query = call.input(Place.query).floats, shown = call.outputs.count > 3 ? call.outputs[3].floats : nil
    if call.outputs.count > 1 {
      gather(call.input(Place.key), call.optional(Place.pastKey), s, size: s.size, into: call.outputs[1].floats)
    }
    if call.outputs.count > 2 {
      gather(
        call.input(Place.value), call.optional(Place.pastValue), s, size: s.valueSize, into: call.outputs[2].floats)
    }
    AttentionSizes.split(s.batch * s.heads * s.blocks, team: call.team) { piece, units in
      for unit in units {
        let sample = unit / (s.heads * s.blocks), head = unit / s.blocks % s.heads, first = unit % s.blocks
        let rows = first * AttentionSizes.blockRows..<min(s.steps, (first + 1) * AttentionSizes.blockRows)
        let row = (sample * s.heads + head) * s.steps + rows.lowerBound
        let scores = keeps ? call.saved + row * s.keys : pieces + piece * s.tile
        // All scores are needed where they are a result.
        let width = resultCount > 3 ? s.keys : mask.width(rows)
        let group = head / (s.heads / s.groups), k = keys.rows(sample, group), v = values.rows(sample, group)
        let q = s.query(sample, head), y = s.result(sample, head)
        let target = z + y.offset + rows.lowerBound * y.stride
        guard width > 0 else {
          for row in 0..<rows.count { (target + row * y.stride).update(repeating: 0, count: s.valueSize) }
          continue
        }
        product(
          rows.count, width, s.size, factor, query + q.offset + rows.lowerBound * q.stride, q.stride, keys.data + k.offset,
          k.stride, into: scores)
        func show(_ mode: Int) {
          guard let shown, scoresMode == mode else { return }
          (shown + ((sample * s.heads + head) * s.steps + rows.lowerBound) * s.keys).update(
            from: scores, count: rows.count * width)
        }
        show(0)
        if softcap > 0 { initscope_softcap(scores, rows.count * width, Float(softcap), nil) }
        show(1)
        mask.add(to: scores, sample: sample, head: head, rows: rows, width: width)
        show(2)
        initscope_attention_softmax(
          scores, rows.count, width, keeps ? nil : call.saved + row, keeps ? nil : call.saved + allRows + row)
        show(3)
        guard s.valueSize > 0 else { continue }
        // (rows, values) = weights (rows, keys) V (keys, values)
        MatrixProduct.run(
          m: rows.count, n: s.valueSize, k: width, alpha: 1, scores, lda: width, transposed: false, values.data + v.offset,
          ldb: v.stride, transposed: false, into: target, ldc: y.stride)
      }
    }
  }

  /// Scores (rows, keys) = scale Q (rows, size) K^T.
  private func product(
    _ rows: Int, _ keys: Int, _ size: Int, _ factor: Float, _ a: UnsafePointer<Float>, _ lda: Int,
    _ b: UnsafePointer<Float>, _ ldb: Int, into c: UnsafeMutablePointer<Float>
  ) {
    guard size > 0 else { return c.update(repeating: 0, count: rows * keys) }
    MatrixProduct.run(
      m: rows, n: keys, k: size, alpha: factor, a, lda: lda, transposed: false, b, ldb: ldb, transposed: true, into: c,
      ldc: keys)
  }

  public func backward(_ call: BackwardCall) {
    let s = checked(call.inputs.map { $0?.type }), count = s.batch * s.groups * s.keys
    let factor = factor(s, call.exponents, query: call.input(Place.query), key: call.input(Place.key))
    let keeps = keepsWeights(s), allRows = s.batch * s.heads * s.steps
    let hasPast = s.past > 0, tiles = AttentionSizes.pieces * s.tile
    let weightTiles = call.workspace, gradientTiles = weightTiles + tiles
    let slopeTiles = gradientTiles + tiles, room = slopeTiles + (softcap > 0 ? tiles : 0)
    let keys = present(call.input(Place.key), call.optional(Place.pastKey), s, size: s.size, room: room)
    let values = present(
      call.input(Place.value), call.optional(Place.pastValue), s, size: s.valueSize,
      room: room + (hasPast ? count * s.size : 0))
    let whole = room + (hasPast ? count * (s.size + s.valueSize) : 0)
    let spare = whole + (hasPast ? count * (s.size + s.valueSize) : 0)
    // Where gradients of keys and values go: to a copy with earlier ones where there are some.
    let keyTarget = hasPast ? whole : call.target(Place.key)
    let valueTarget = hasPast ? whole + count * s.size : call.target(Place.value)
    func arriving(_ place: Int) -> UnsafePointer<Float>? {
      call.outputGradients.indices.contains(place) ? call.outputGradients[place] : nil
    }
    let g = arriving(0), ofScores = arriving(3), query = call.input(Place.query).floats
    let mask = mask(call.optional(Place.mask), call.optional(Place.lengths), s)
    let maskTarget = call.target(Place.mask), queryTarget = call.target(Place.query)
    if let maskTarget { maskTarget.update(repeating: 0, count: call.input(Place.mask).count) }
    // A mask may be shared by all heads: its sums are taken in one order.
    let team: any OperatorTeam = maskTarget == nil ? call.team : SingleThread.shared
    AttentionSizes.split(s.batch * s.groups, team: team) { piece, units in
      let scores = gradientTiles + piece * s.tile
      let slopes = softcap > 0 ? slopeTiles + piece * s.tile : nil
      for unit in units {
        let sample = unit / s.groups, group = unit % s.groups, k = keys.rows(sample, group), v = values.rows(sample, group)
        // Gradients that nobody asked for go to a spare place.
        let keySpare = spare + piece * s.keys * (s.size + s.valueSize), valueSpare = keySpare + s.keys * s.size
        let dk = keyTarget.map { ($0 + k.offset, k.stride) } ?? (keySpare, s.size)
        let dv = valueTarget.map { ($0 + v.offset, v.stride) } ?? (valueSpare, s.valueSize)
        // One block of queries that sees every key writes the gradients; others are added.
        let isOnlyOne =
          s.heads == s.groups && s.blocks == 1 && g != nil && resultCount < 4
          && mask.width(0..<s.steps) == s.keys && s.size > 0 && s.valueSize > 0
        if !isOnlyOne {
          for row in 0..<s.keys {
            (dk.0 + row * dk.1).update(repeating: 0, count: s.size)
            (dv.0 + row * dv.1).update(repeating: 0, count: s.valueSize)
          }
        }
        for head in group * (s.heads / s.groups)..<(group + 1) * (s.heads / s.groups) {
          let q = s.query(sample, head), y = s.result(sample, head)
          for block in 0..<s.blocks {
            let rows = block * AttentionSizes.blockRows..<min(s.steps, (block + 1) * AttentionSizes.blockRows)
            let width = resultCount > 3 ? s.keys : mask.width(rows), cells = rows.count * width
            let from = query + q.offset + rows.lowerBound * q.stride
            let to = queryTarget.map { $0 + q.offset + rows.lowerBound * q.stride }
            guard width > 0, s.size > 0 else {
              if let to { for row in 0..<rows.count { (to + row * q.stride).update(repeating: 0, count: s.size) } }
              continue
            }
            let row = (sample * s.heads + head) * s.steps + rows.lowerBound
            let weights = keeps ? call.saved + row * s.keys : weightTiles + piece * s.tile
            if !keeps {
              product(
                rows.count, width, s.size, factor, from, q.stride, keys.data + k.offset, k.stride, into: weights)
              if softcap > 0 { initscope_softcap(weights, cells, Float(softcap), slopes) }
              mask.add(to: weights, sample: sample, head: head, rows: rows, width: width)
              initscope_attention_weights(weights, rows.count, width, call.saved + row, call.saved + allRows + row)
            }
            if let g, s.valueSize > 0 {
              let gradient = g + y.offset + rows.lowerBound * y.stride
              // dV (keys, values) += weights^T G
              MatrixProduct.run(
                m: width, n: s.valueSize, k: rows.count, alpha: 1, weights, lda: width, transposed: true, gradient,
                ldb: y.stride, transposed: false, into: dv.0, ldc: dv.1, adding: !isOnlyOne)
              // d weights (rows, keys) = G V^T
              MatrixProduct.run(
                m: rows.count, n: width, k: s.valueSize, alpha: 1, gradient, lda: y.stride, transposed: false,
                values.data + v.offset, ldb: v.stride, transposed: true, into: scores, ldc: width)
            } else {
              scores.update(repeating: 0, count: cells)
            }
            func join(_ mode: Int) {
              guard let ofScores, scoresMode == mode else { return }
              Elementwise.add(
                ofScores + ((sample * s.heads + head) * s.steps + rows.lowerBound) * s.keys, to: scores, count: cells)
            }
            join(3)
            initscope_attention_gradient(weights, scores, rows.count, width)
            join(2)
            if let maskTarget {
              mask.collect(scores, sample: sample, head: head, rows: rows, width: width, into: maskTarget)
            }
            join(1)
            if let slopes { Elementwise.multiply(scores, by: slopes, count: cells) }
            join(0)
            if let to {
              // dQ (rows, size) = scale d scores K
              MatrixProduct.run(
                m: rows.count, n: s.size, k: width, alpha: factor, scores, lda: width, transposed: false,
                keys.data + k.offset, ldb: k.stride, transposed: false, into: to, ldc: q.stride)
            }
            // dK (keys, size) += scale d scores^T Q
            MatrixProduct.run(
              m: width, n: s.size, k: rows.count, alpha: factor, scores, lda: width, transposed: true, from,
              ldb: q.stride, transposed: false, into: dk.0, ldc: dk.1, adding: !isOnlyOne)
          }
        }
      }
    }
    for (place, pastPlace, source, result, size) in [
      (Place.key, Place.pastKey, keyTarget, 1, s.size), (Place.value, Place.pastValue, valueTarget, 2, s.valueSize),
    ] {
      finish(
        call, source, arriving(result), s, size: size, new: call.target(place), past: call.target(pastPlace),
        isWhole: hasPast)
    }
  }

  /// Adds what arrives at keys or values as results, and takes earlier steps and new ones apart.
  private func finish(
    _ call: BackwardCall, _ source: UnsafeMutablePointer<Float>?, _ arriving: UnsafePointer<Float>?, _ s: AttentionSizes,
    size: Int, new: UnsafeMutablePointer<Float>?, past: UnsafeMutablePointer<Float>?, isWhole: Bool
  ) {
    for sample in 0..<s.batch {
      for group in 0..<s.groups {
        let rows = s.new(sample, group, size: size), whole = s.present(sample, group, size: size).offset
        if let new {
          for row in 0..<s.newKeys {
            let to = new + rows.offset + row * rows.stride, from = whole + (s.past + row) * size
            if isWhole, let source { to.update(from: source + from, count: size) }
            if let arriving { Elementwise.add(arriving + from, to: to, count: size) }
          }
        }
        if let past {
          let to = past + (sample * s.groups + group) * s.past * size
          if isWhole, let source { to.update(from: source + whole, count: s.past * size) }
          if let arriving { Elementwise.add(arriving + whole, to: to, count: s.past * size) }
        }
      }
    }
  }
}
