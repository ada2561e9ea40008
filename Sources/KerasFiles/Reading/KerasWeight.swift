/// The slopes of a PReLU in a Keras file of weights, which are one constant here.
struct KerasSlopes: Sendable {
  /// Where the file keeps the array: `layers/p_re_lu/vars/0`.
  var source: String
  var layer: String
  /// The value that all of them must have.
  var value: Double
}

/// One array in a Keras file of weights, and the parameter here that it fills.
public struct KerasWeight: Sendable {
  /// The parameter: node and name, `dense_1/weight`.
  public var target: String
  /// Where the file keeps the array: `layers/dense/vars/0`.
  public var source: String
  /// The name of the Keras layer.
  public var layer: String
  /// The extents that the array must have.
  public var shape: [Int]
  /// The number of values of the parameter, in its order.
  public var count: Int
  /// For messages: what Keras calls the array, `kernel`.
  public var title: String
  let layout: Layout

  /// How the values here follow from Keras's.
  enum Layout: Sendable {
    /// The same order, but for flattened images before it.
    case vector(FeatureOrder)
    /// Inputs x outputs to outputs x inputs, with the inputs in other places where an image was flattened.
    case matrix(inputs: Int, outputs: Int, FeatureOrder)
    /// Taps x inputs x outputs to outputs x inputs x taps.
    case kernel(taps: Int, inputs: Int, outputs: Int)
    /// Taps x channels x multiplier to (channels x multiplier) x taps.
    case depthwise(taps: Int, channels: Int, multiplier: Int)
    /// Inputs x (gates x units) to (gates x units) x inputs: gate g here is gate `order[g]` of Keras.
    case gates(inputs: Int, units: Int, order: [Int])
    /// Gates x units, from the value `start` on, less `offsets` of each gate here.
    case gateVector(start: Int, units: Int, order: [Int], offsets: [Float])
  }

  /// The parameter's values, from the array's in Keras's order.
  ///
  /// - Parameter array: As many values as ``shape`` says, row-major.
  /// - Returns: The values in the order of the parameter here.
  public func values(from array: [Float]) -> [Float] {
    precondition(array.count == shape.reduce(1, *), "\(array.count) values for an array of \(shape)")
    switch layout {
    case .vector(let order): return order.places.map { $0.map { array[$0] } } ?? array
    case .matrix(let inputs, let outputs, let order):
      let places = order.places
      return Self.filled(outputs, inputs) { array[(places?[$1] ?? $1) * outputs + $0] }
    case .kernel(let taps, let inputs, let outputs):
      return Self.filled(outputs, inputs * taps) { output, column in
        let (input, tap) = column.quotientAndRemainder(dividingBy: taps)
        return array[(tap * inputs + input) * outputs + output]
      }
    case .depthwise(let taps, let channels, let multiplier):
      return Self.filled(channels * multiplier, taps) { output, tap in array[tap * channels * multiplier + output] }
    case .gates(let inputs, let units, let order):
      let columns = order.count * units
      return Self.filled(columns, inputs) { row, input in
        array[input * columns + order[row / units] * units + row % units]
      }
    case .gateVector(let start, let units, let order, let offsets):
      return (0..<order.count * units).map { row in
        array[start + order[row / units] * units + row % units] - offsets[row / units]
      }
    }
  }

  private static func filled(_ rows: Int, _ columns: Int, _ value: (Int, Int) -> Float) -> [Float] {
    [Float](unsafeUninitializedCapacity: rows * columns) { buffer, count in
      for row in 0..<rows {
        for column in 0..<columns { buffer[row * columns + column] = value(row, column) }
      }
      count = rows * columns
    }
  }
}
