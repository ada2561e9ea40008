import NetworkGraph

extension OperatorEntry {
  static let rotaryEmbedding = OperatorEntry("RotaryEmbedding") { attributes throws(SpecificationError) in
    let rotated = try attributes.integer("rotary_embedding_dim", 0)
    return RotaryEmbedding(
      isInterleaved: try attributes.integer("interleaved", 0) != 0, rotated: rotated == 0 ? nil : rotated,
      heads: try attributes.integer("num_heads", 0))
  }
}

/// Turns pairs of features by an angle that grows with the position: `(cos a - sin b, sin a + cos b)`.
///
/// Cosines and sines of the angles come from tables.
public struct RotaryEmbedding: OperatorKernel {
  public static let kind = "RotaryEmbedding"
  /// A turn keeps what it is given apart from its direction, as moving elements does.
  public let traits: OperatorTraits = [.permutes]
  public let scaleLaw = ScaleLaw.homogeneous
  /// Whether a pair is two neighbours rather than the same place in both halves.
  public let isInterleaved: Bool
  /// Features of each head that are turned; nil for all.
  public let rotated: Int?
  /// The number of heads, where the input is samples x steps x features.
  public let heads: Int

  /// Makes the operator.
  ///
  /// - Parameters:
  ///   - isInterleaved: Whether a pair is two neighbours.
  ///   - rotated: Features of each head that are turned; nil for all.
  ///   - heads: The number of heads of an input of rank 3.
  public init(isInterleaved: Bool = false, rotated: Int? = nil, heads: Int = 0) {
    self.isInterleaved = isInterleaved
    self.rotated = rotated
    self.heads = heads
  }

  private struct Sizes {
    var batch: Int, steps: Int, heads: Int, size: Int, pairs: Int
    /// Values between samples, steps and heads.
    var strides: (Int, Int, Int)
  }

  private func sizes(_ x: TensorShape) throws(SpecificationError) -> Sizes {
    guard x.rank == 4 || x.rank == 3 && heads > 0 && heads <= max(1, x[2]) && x[2] % heads == 0 else {
      throw SpecificationError(
        "RotaryEmbedding with \(heads) heads cannot turn \(x)",
        hint: "It takes samples x heads x steps x features, or samples x steps x features with num_heads")
    }
    let size = x.rank == 4 ? x[3] : x[2] / heads, turned = rotated ?? size
    guard turned >= 0, turned <= size, turned % 2 == 0 else {
      throw SpecificationError(
        "RotaryEmbedding cannot turn \(turned) of \(size) features in pairs", hint: "Export the model again")
    }
    return x.rank == 4
      ? Sizes(
        batch: x[0], steps: x[2], heads: x[1], size: size, pairs: turned / 2,
        strides: (x[1] * x[2] * size, size, x[2] * size))
      : Sizes(
        batch: x[0], steps: x[1], heads: heads, size: size, pairs: turned / 2, strides: (x[1] * x[2], x[2], size))
  }

  public func results(of inputs: [ValueFacts?]) throws(SpecificationError) -> [ValueType] {
    let kind = Self.kind, x = try inputs.float(0, of: kind).type, s = try sizes(x.shape)
    let positions = inputs.optional(3)
    for place in 1...2 {
      let table = try inputs.float(place, of: kind).shape
      let fits =
        positions == nil
        ? table.extents == [s.batch, s.steps, s.pairs] : table.rank == 2 && table[1] == s.pairs
      guard fits else {
        throw SpecificationError(
          "RotaryEmbedding's table of \(table) does not fit \(s.pairs) pairs of \(x.shape)",
          hint: "Without positions it is samples x steps x pairs, with them positions x pairs")
      }
    }
    if let positions {
      guard positions.type.element == .int64, positions.shape.extents == [s.batch, s.steps] else {
        throw SpecificationError(
          "RotaryEmbedding's positions of \(positions.shape) are not integers of samples x steps",
          hint: "Export the model again")
      }
      guard inputs[1]?.shape == inputs[2]?.shape else {
        throw SpecificationError("RotaryEmbedding's tables differ in size", hint: "Export the model again")
      }
    }
    return [x]
  }

  public func carriesGradient(toInput input: Int) -> Bool { input < 3 }

  public func requirements(inputs: [ValueType?], outputs: [ValueType]) -> KernelRequirements {
    KernelRequirements(readsInputs: inputs.count > 3 ? [0, 1, 2, 3] : [0, 1, 2])
  }

  /// Calls `body` for each sample and step with the place of its row in the tables.
  private func row(_ sample: Int, _ step: Int, _ s: Sizes, _ positions: TensorView?) -> Int {
    let place = sample * s.steps + step
    return (positions.map { Int($0.integers[place]) } ?? place) * s.pairs
  }

  private func pair(_ pair: Int, _ s: Sizes) -> (Int, Int) {
    isInterleaved ? (2 * pair, 2 * pair + 1) : (pair, s.pairs + pair)
  }

  public func forward(_ call: ForwardCall) throws {
    let x = call.input(0), s = try sizes(x.shape), z = call.outputs[0].floats
    let cosines = call.input(1), sines = call.input(2), positions = call.optional(3)
    if let positions {
      for place in 0..<positions.count where !(0..<Int64(cosines.shape[0])).contains(positions.integers[place]) {
        throw OperatorFailure(
          "RotaryEmbedding's position \(positions.integers[place]) lies outside its table of \(cosines.shape[0]) rows",
          hint: "Give positions from 0 to \(cosines.shape[0] - 1)")
      }
    }
    turn(x.floats, cosines.floats, sines.floats, positions, s, sign: 1, into: z, team: call.team)
  }

  private func turn(
    _ x: UnsafePointer<Float>, _ cosines: UnsafePointer<Float>, _ sines: UnsafePointer<Float>, _ positions: TensorView?,
    _ s: Sizes, sign: Float, into z: UnsafeMutablePointer<Float>, team: any OperatorTeam
  ) {
    team.split(s.batch * s.steps, grain: max(1, (1 << 13) / max(1, s.heads * s.size))) { places in
      for place in places {
        let sample = place / s.steps, step = place % s.steps, row = row(sample, step, s, positions)
        for head in 0..<s.heads {
          let at = sample * s.strides.0 + step * s.strides.1 + head * s.strides.2
          if isInterleaved {
            for pair in 0..<s.pairs {
              let a = x[at + 2 * pair], b = x[at + 2 * pair + 1], c = cosines[row + pair], d = sign * sines[row + pair]
              z[at + 2 * pair] = c * a - d * b
              z[at + 2 * pair + 1] = d * a + c * b
            }
          } else {
            for pair in 0..<s.pairs {
              let a = x[at + pair], b = x[at + s.pairs + pair], c = cosines[row + pair], d = sign * sines[row + pair]
              z[at + pair] = c * a - d * b
              z[at + s.pairs + pair] = d * a + c * b
            }
          }
          for feature in 2 * s.pairs..<s.size { z[at + feature] = x[at + feature] }
        }
      }
    }
  }

  public func backward(_ call: BackwardCall) {
    guard let g = call.outputGradients[0] else { return }
    let x = call.input(0), cosines = call.input(1), sines = call.input(2), positions = call.optional(3)
    guard let s = try? sizes(x.shape) else { return }
    // The transpose of a turn is the turn back.
    if let target = call.target(0) {
      turn(g, cosines.floats, sines.floats, positions, s, sign: -1, into: target, team: call.team)
    }
    guard call.target(1) != nil || call.target(2) != nil else { return }
    call.target(1)?.update(repeating: 0, count: cosines.count)
    call.target(2)?.update(repeating: 0, count: sines.count)
    for place in 0..<s.batch * s.steps {
      let sample = place / s.steps, step = place % s.steps, row = row(sample, step, s, positions)
      for head in 0..<s.heads {
        let at = sample * s.strides.0 + step * s.strides.1 + head * s.strides.2
        for number in 0..<s.pairs {
          let (first, second) = pair(number, s)
          let a = x.floats[at + first], b = x.floats[at + second], ga = g[at + first], gb = g[at + second]
          call.target(1)?[row + number] += ga * a + gb * b
          call.target(2)?[row + number] += gb * a - ga * b
        }
      }
    }
  }
}
