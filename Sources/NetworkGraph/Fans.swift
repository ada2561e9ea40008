/// The number of inputs that one output unit sums over, and the number of outputs that one input unit reaches.
public struct Fans: Hashable, Sendable, Codable {
  public var fanIn: Int
  public var fanOut: Int

  public init(fanIn: Int, fanOut: Int) {
    precondition(fanIn > 0 && fanOut > 0, "fans must be positive, got \(fanIn) and \(fanOut)")
    self.fanIn = fanIn
    self.fanOut = fanOut
  }
}

/// What a weight tensor connects, in the terms of the operation rather than of any framework's layout.
///
/// A dense layer has no taps; a convolution has one tap a kernel position. `inputs` and `outputs` count all groups.
public struct WeightShape: Hashable, Sendable, Codable {
  public var outputs: Int
  public var inputs: Int
  /// Kernel extents of a convolution; empty for a dense layer.
  public var taps: [Int]
  public var groups: Int

  public init(outputs: Int, inputs: Int, taps: [Int] = [], groups: Int = 1) {
    precondition(outputs > 0 && inputs > 0 && groups > 0 && taps.allSatisfy { $0 > 0 }, "sizes must be positive")
    precondition(outputs % groups == 0 && inputs % groups == 0, "groups must divide inputs and outputs")
    self.outputs = outputs
    self.inputs = inputs
    self.taps = taps
    self.groups = groups
  }

  public var receptiveField: Int { taps.reduce(1, *) }
  /// Rows of the weight matrix: one for each output unit. Storage is row-major, rows x columns.
  public var rows: Int { outputs }
  /// Columns of the weight matrix: the inputs of one unit, channel by channel, tap by tap.
  public var columns: Int { inputs / groups * receptiveField }
  public var count: Int { rows * columns }

  /// The true fans of the operation: groups divide both.
  public var fans: Fans { Fans(fanIn: columns, fanOut: outputs / groups * receptiveField) }

  /// The fans as PyTorch computes them: the fan-out of a grouped convolution is not divided by its groups
  /// (pytorch issue 23854).
  public var torchFans: Fans { Fans(fanIn: columns, fanOut: outputs * receptiveField) }
}
