import NetworkGraph

extension WeightSampler {
  /// Fills an identity: `gain` where output i meets input i of the same group at the kernel's centre, zero elsewhere. A
  /// dense layer's only tap is its centre; `min(outputs, inputs)` of each group pass.
  static func fillIdentity(_ weights: UnsafeMutableBufferPointer<Float>, shape: WeightShape, gain: Double) {
    weights.update(repeating: 0)
    let unitsPerGroup = shape.outputs / shape.groups, inputsPerGroup = shape.inputs / shape.groups
    let center = centerTap(of: shape), taps = shape.receptiveField
    for group in 0..<shape.groups {
      for channel in 0..<min(unitsPerGroup, inputsPerGroup) {
        weights[(group * unitsPerGroup + channel) * shape.columns + channel * taps + center] = Float(gain)
      }
    }
  }

  /// The index of the kernel's centre among its taps: `extent / 2` in each dimension, as `torch.nn.init.dirac_` has it.
  static func centerTap(of shape: WeightShape) -> Int {
    shape.taps.reduce(0) { $0 * $1 + $1 / 2 }
  }
}
