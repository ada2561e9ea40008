import CTensorKernels
import NetworkGraph

extension OperatorEntry {
  static let batchNormalization = OperatorEntry("BatchNormalization") { attributes throws(SpecificationError) in
    let kind = BatchNormalization.kind
    // Before version 14 a node with further results was one in training.
    let trains =
      attributes.version < 14
      ? attributes.outputCount > 1 : try attributes.integer("training_mode", 0) != 0
    return BatchNormalization(
      epsilon: try attributes.epsilon(of: kind), momentum: try attributes.float("momentum", 0.9),
      usesBatchStatistics: trains, resultCount: Swift.max(1, attributes.outputCount))
  }
}

/// `gain (x - mean) / sqrt(variance + epsilon) + shift`, with one mean and variance per channel: the running ones that are
/// inputs, or those of the batch.
///
/// With statistics of the batch further results are the new running mean and variance,
/// `momentum old + (1 - momentum) batch's`, whose variance divides by the number of values.
public struct BatchNormalization: OperatorKernel {
  public static let kind = "BatchNormalization"
  public var traits: OperatorTraits { [.normalizes] }
  public var theory: LayerTheory {
    usesBatchStatistics ? .normalization(over: .batch, epsilon: epsilon) : .unknown(.kind)
  }
  /// Mean and variance as results have the input's scale, so that it must be the true one.
  public var scaleLaw: ScaleLaw { !usesBatchStatistics ? .homogeneous : resultCount == 1 ? .invariant : .absolute }
  /// With kept statistics the operator is linear in the signal, shift and mean together.
  public var addends: [Int] { usesBatchStatistics ? [] : [2, 3] }
  public let epsilon: Double
  public let momentum: Double
  public let usesBatchStatistics: Bool
  let resultCount: Int

  /// Makes the operator.
  ///
  /// - Parameters:
  ///   - epsilon: What is added to the variance.
  ///   - momentum: The share of the old running statistics in the new ones.
  ///   - usesBatchStatistics: Whether mean and variance are those of the batch rather than inputs 4 and 5.
  ///   - resultCount: The number of results: 1, or up to 3 with the new running mean and variance.
  public init(epsilon: Double = 1e-5, momentum: Double = 0.9, usesBatchStatistics: Bool = false, resultCount: Int = 1) {
    self.epsilon = epsilon
    self.momentum = momentum
    self.usesBatchStatistics = usesBatchStatistics
    self.resultCount = resultCount
  }

  private func sizes(_ shape: TensorShape) -> (outer: Int, units: Int, inner: Int) {
    shape.rank < 2 ? (shape.count, 1, 1) : (shape[0], shape[1], shape.count(of: 2..<shape.rank))
  }

  public func results(of inputs: [ValueFacts?]) throws(SpecificationError) -> [ValueType] {
    let kind = Self.kind, x = try inputs.float(0, of: kind).type
    guard x.shape.rank >= 1 else {
      throw SpecificationError("\(kind) cannot normalize a single value", hint: "Export the model again")
    }
    guard resultCount <= 3 else {
      throw SpecificationError(
        "\(kind) with \(resultCount) results is not supported", hint: "Export the model with operator set 14 or later")
    }
    let channels = x.shape.rank < 2 ? 1 : x.shape[1]
    for place in 1..<5 {
      let shape = try inputs.float(place, of: kind).shape
      guard shape.extents == [channels] else {
        throw SpecificationError(
          "\(kind)'s input \(place + 1) of \(shape) does not fit \(channels) channels", hint: "Export the model again")
      }
    }
    let perChannel = ValueType(.float32, try TensorShape([channels]))
    return Array([x, perChannel, perChannel].prefix(resultCount))
  }

  public func requirements(inputs: [ValueType?], outputs: [ValueType]) -> KernelRequirements {
    let units = sizes(outputs[0].shape).units
    // Mean and 1 / deviation; factor, constant and slope.
    return KernelRequirements(
      saved: 2 * units, forwardWorkspace: units, backwardWorkspace: 3 * units, readsInputs: [0, 1])
  }

  /// Pieces of the samples. Statistics of a channel are summed by one thread.
  private func split(
    _ team: any OperatorTeam, _ sizes: (outer: Int, units: Int, inner: Int), _ body: (_ first: Int, _ count: Int) -> Void
  ) {
    team.split(sizes.outer, grain: max(1, BinaryPass.grain / max(1, sizes.units * sizes.inner))) {
      body($0.lowerBound, $0.count)
    }
  }

  public func forward(_ call: ForwardCall) {
    let x = call.input(0).floats, z = call.outputs[0].floats, s = sizes(call.outputs[0].shape)
    let gain = call.input(1).floats, shift = call.input(2).floats
    let mean = call.saved, inverse = call.saved + s.units, factor = call.workspace
    if usesBatchStatistics {
      let units = call.units(epsilon: epsilon)
      var means = [Double](repeating: 0, count: s.units), variances = means
      if s.outer > 0, s.inner > 0 { initscope_unit_moments(x, s.outer, s.units, s.inner, &means, &variances) }
      for unit in 0..<s.units {
        mean[unit] = Float(means[unit])
        inverse[unit] = Float(1 / (units.weight * variances[unit] + units.epsilon).squareRoot())
      }
      for (place, values) in [means, variances].enumerated() where call.outputs.count > 1 + place {
        let old = call.input(3 + place).floats, target = call.outputs[1 + place].floats
        for unit in 0..<s.units {
          target[unit] = Float(momentum * Double(old[unit]) + (1 - momentum) * values[unit])
        }
      }
    } else {
      let variance = call.input(4).floats
      mean.update(from: call.input(3).floats, count: s.units)
      for unit in 0..<s.units { inverse[unit] = Float(1 / (Double(variance[unit]) + epsilon).squareRoot()) }
      for place in 1..<max(1, call.outputs.count) {
        call.outputs[place].floats.update(from: call.input(2 + place).floats, count: s.units)
      }
    }
    for unit in 0..<s.units { factor[unit] = gain[unit] * inverse[unit] }
    split(call.team, s) { first, count in
      let at = first * s.units * s.inner
      initscope_unit_normalize(x + at, count, s.units, s.inner, mean, factor, shift, z + at)
    }
  }

  public func backward(_ call: BackwardCall) {
    let x = call.input(0).floats, s = sizes(call.outputs[0].shape), gain = call.input(1).floats
    let mean = call.saved, inverse = call.saved + s.units, count = Double(s.outer * s.inner)
    let units = call.units(epsilon: epsilon)
    var sums = [Double](repeating: 0, count: s.units), products = sums
    if let g = call.outputGradients[0] {
      initscope_unit_products(g, x, s.outer, s.units, s.inner, mean, &sums, &products)
    }
    let running = [1, 2].map { call.outputGradients.indices.contains($0) ? call.outputGradients[$0] : nil }
    if let target = call.target(0) {
      let factor = call.workspace, constant = factor + s.units, slope = constant + s.units
      for unit in 0..<s.units {
        let scale = Double(inverse[unit]), weight = Double(gain[unit]) * scale
        var level = 0.0, rise = 0.0
        if usesBatchStatistics, count > 0 {
          level = weight * sums[unit] / count
          rise = units.weight * weight * products[unit] / count * scale * scale
          if let gradient = running[0] { level -= (1 - momentum) * Double(gradient[unit]) / count }
          if let gradient = running[1] { rise -= (1 - momentum) * Double(gradient[unit]) * 2 / count }
        }
        (factor[unit], constant[unit], slope[unit]) = (Float(weight), Float(level), Float(rise))
      }
      if let g = call.outputGradients[0] {
        split(call.team, s) { first, count in
          let at = first * s.units * s.inner
          initscope_unit_gradient(
            g + at, x + at, count, s.units, s.inner, mean, factor, constant, slope, target + at)
        }
      } else {
        for at in 0..<call.input(0).count {
          let unit = at / max(1, s.inner) % s.units
          target[at] = -constant[unit] - slope[unit] * (x[at] - mean[unit])
        }
      }
    }
    if let target = call.target(1) {
      for unit in 0..<s.units { target[unit] = Float(products[unit] * Double(inverse[unit])) }
    }
    if let target = call.target(2) { for unit in 0..<s.units { target[unit] = Float(sums[unit]) } }
    for place in [3, 4] {
      guard let target = call.target(place) else { continue }
      let passed = running[place - 3], share = usesBatchStatistics ? momentum : 1
      for unit in 0..<s.units {
        var value = passed.map { share * Double($0[unit]) } ?? 0
        let scale = Double(inverse[unit]), weight = Double(gain[unit]) * scale
        if !usesBatchStatistics {
          value -= place == 3 ? weight * sums[unit] : 0.5 * weight * products[unit] * scale * scale
        }
        target[unit] = Float(value)
      }
    }
  }
}
