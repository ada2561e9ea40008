import NetworkGraph

/// By which count of connections an initializer divides its variance, found by changing the shape.
package enum DeclaredFan {
  case fanIn, fanOut, average
  /// By none: the variance is the same for every shape.
  case none

  package init(_ initializer: Initializer, _ shape: WeightShape) {
    self.init(initializer, ParameterTensor(role: .weight, shape: shape, count: shape.count, initializer: nil))
  }

  init(_ initializer: Initializer, _ tensor: ParameterTensor) {
    let shape = tensor.shape
    func variance(_ shape: WeightShape) -> Double? {
      var changed = tensor
      changed.shape = shape
      return initializer.law(for: changed).variance(shape)
    }
    let wider = WeightShape(
      outputs: 2 * shape.outputs, inputs: shape.inputs, taps: shape.taps, groups: shape.groups, copies: shape.copies)
    let deeper = WeightShape(
      outputs: shape.outputs, inputs: 2 * shape.inputs, taps: shape.taps, groups: shape.groups, copies: shape.copies)
    guard let here = variance(shape), here > 0, let byOutputs = variance(wider), let byInputs = variance(deeper) else {
      self = .none
      return
    }
    let movesWithOutputs = abs(byOutputs / here - 1) > 1e-9, movesWithInputs = abs(byInputs / here - 1) > 1e-9
    self = movesWithInputs ? (movesWithOutputs ? .average : .fanIn) : movesWithOutputs ? .fanOut : .none
  }

  var name: String {
    switch self {
    case .fanIn: "fan_in"
    case .fanOut: "fan_out"
    case .average: "the average of the fans"
    case .none: "no fan"
    }
  }

  func value(of fans: Fans) -> Double? {
    switch self {
    case .fanIn: fans[.fanIn]
    case .fanOut: fans[.fanOut]
    case .average: fans[.fanAverage]
    case .none: nil
    }
  }
}
