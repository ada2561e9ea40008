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
    /// Taps x outputs x inputs to outputs x inputs x taps: a transposed convolution.
    case transposedKernel(taps: Int, inputs: Int, outputs: Int)
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
    return [Float](unsafeUninitializedCapacity: count) { buffer, filled in
      eachPlace { own, stored, offset in buffer[own] = array[stored] - offset }
      filled = count
    }
  }

  /// Puts the parameter's values into the array, in Keras's order.
  ///
  /// - Parameters:
  ///   - values: As many values as ``count`` says, in the order of the parameter here.
  ///   - array: As many values as ``shape`` says; those of other parameters stay.
  func put(_ values: [Float], into array: inout [Float]) {
    precondition(values.count == count && array.count == shape.reduce(1, *), "\(values.count) values for \(shape)")
    eachPlace { own, stored, offset in array[stored] = values[own] + offset }
  }

  /// For each value of the parameter its place here and in Keras's array, and what Keras's is larger by.
  private func eachPlace(_ body: (_ own: Int, _ stored: Int, _ offset: Float) -> Void) {
    func each(_ rows: Int, _ columns: Int, _ place: (Int, Int) -> Int) {
      for row in 0..<rows { for column in 0..<columns { body(row * columns + column, place(row, column), 0) } }
    }
    switch layout {
    case .vector(let order):
      let places = order.places
      for own in 0..<count { body(own, places?[own] ?? own, 0) }
    case .matrix(let inputs, let outputs, let order):
      let places = order.places
      each(outputs, inputs) { (places?[$1] ?? $1) * outputs + $0 }
    case .kernel(let taps, let inputs, let outputs):
      each(outputs, inputs * taps) { output, column in
        let (input, tap) = column.quotientAndRemainder(dividingBy: taps)
        return (tap * inputs + input) * outputs + output
      }
    case .transposedKernel(let taps, let inputs, let outputs):
      each(outputs, inputs * taps) { output, column in
        let (input, tap) = column.quotientAndRemainder(dividingBy: taps)
        return (tap * outputs + output) * inputs + input
      }
    case .depthwise(let taps, let channels, let multiplier):
      each(channels * multiplier, taps) { output, tap in tap * channels * multiplier + output }
    case .gates(let inputs, let units, let order):
      let columns = order.count * units
      each(columns, inputs) { row, input in input * columns + order[row / units] * units + row % units }
    case .gateVector(let start, let units, let order, let offsets):
      for row in 0..<order.count * units {
        body(row, start + order[row / units] * units + row % units, offsets[row / units])
      }
    }
  }
}
