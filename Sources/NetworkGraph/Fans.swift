/// Fan-in (the number of inputs that one output unit sums over) and fan-out (the number of outputs that one input reaches).
public struct Fans: Hashable, Sendable, Codable {
  public var fanIn: Int
  public var fanOut: Int

  public init(fanIn: Int, fanOut: Int) {
    precondition(fanIn > 0 && fanOut > 0, "fans must be positive, got \(fanIn) and \(fanOut)")
    self.fanIn = fanIn
    self.fanOut = fanOut
  }
}

/// The shape of a weight tensor: outputs, inputs, kernel positions, groups and stacked copies.
///
/// A dense layer has no taps; a convolution has one tap per kernel position. `inputs` and `outputs` count all groups of one
/// matrix. A recurrent cell stacks `copies` matrices of one shape, one per gate, that take the same inputs. For fans and
/// structured laws each counts as a separate matrix.
public struct WeightShape: Hashable, Sendable, Codable {
  public var outputs: Int
  public var inputs: Int
  /// Extents of a convolution's kernel; empty for a dense layer.
  public var taps: [Int]
  public var groups: Int
  /// How many matrices of this shape are stacked on top of each other. Each is drawn independently.
  public var copies: Int
  /// The steps of a transposed convolution along each axis of its kernel; empty for everything else. An output lies under
  /// every stride-th kernel position only.
  public var strides: [Int] = []

  public init(outputs: Int, inputs: Int, taps: [Int] = [], groups: Int = 1, copies: Int = 1) {
    precondition(
      outputs > 0 && inputs > 0 && groups > 0 && copies > 0 && taps.allSatisfy { $0 > 0 }, "sizes must be positive")
    precondition(outputs % groups == 0 && inputs % groups == 0, "groups must divide inputs and outputs")
    self.outputs = outputs
    self.inputs = inputs
    self.taps = taps
    self.groups = groups
    self.copies = copies
  }

  public var receptiveField: Int { taps.reduce(1, *) }
  /// Rows of the weight matrix: one for each output unit, copy by copy. The storage is row-major, rows x columns.
  public var rows: Int { copies * outputs }
  /// Columns of the weight matrix: the inputs of one unit, channel by channel and kernel position by kernel position.
  public var columns: Int { inputs / groups * receptiveField }
  public var count: Int { rows * columns }
  /// The shape of a single copy.
  public var copy: WeightShape {
    var one = self
    one.copies = 1
    return one
  }

  /// The fans of the operation itself: both are divided by the groups, and copies do not count. An output of a transposed
  /// convolution sums, on average over its places, the taps divided by the stride.
  public var fans: Fans {
    let sums = zip(taps, strides).reduce(Double(columns)) { $0 / Double(min($1.0, $1.1)) }
    return Fans(fanIn: max(1, Int(sums.rounded())), fanOut: outputs / groups * receptiveField)
  }

  /// The fans as PyTorch computes them: the fan-out of a grouped convolution is not divided by its groups
  /// (pytorch issue 23854), and that of stacked gates counts all of them. Those of a transposed convolution, which is stored
  /// as inputs x outputs, are those of the convolution that it transposes, without the stride.
  public var torchFans: Fans {
    strides.isEmpty
      ? Fans(fanIn: columns, fanOut: rows * receptiveField)
      : Fans(fanIn: outputs / groups * receptiveField, fanOut: inputs * receptiveField)
  }
}

extension WeightShape {
  private enum CodingKeys: String, CodingKey { case outputs, inputs, taps, groups, copies }

  /// Taps, groups and copies may be missing.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    outputs = try container.decode(Int.self, forKey: .outputs)
    inputs = try container.decode(Int.self, forKey: .inputs)
    taps = try container.decodeIfPresent([Int].self, forKey: .taps) ?? []
    groups = try container.decodeIfPresent(Int.self, forKey: .groups) ?? 1
    copies = try container.decodeIfPresent(Int.self, forKey: .copies) ?? 1
    let sizes = taps + [outputs, inputs, groups, copies]
    guard sizes.allSatisfy({ $0 > 0 }), outputs % groups == 0, inputs % groups == 0 else {
      throw DecodingError.dataCorrupted(
        DecodingError.Context(
          codingPath: container.codingPath,
          debugDescription: "a weight shape's sizes must be positive, and groups must divide inputs and outputs"))
    }
  }
}
