import Foundation
import LayerKernels
import NetworkGraph
import TensorKernels
import Testing

@Suite struct NormKernelTests {
  /// Normalizes the values of each group, then multiplies by the gain and adds the shift of each value's own index.
  static func reference(
    _ x: [Double], groups: [[Int]], epsilon: Double, gain: (Int) -> Double, shift: (Int) -> Double
  ) -> [Double] {
    var z = x
    for group in groups {
      let mean = group.reduce(0) { $0 + x[$1] } / Double(group.count)
      let variance = group.reduce(0) { $0 + (x[$1] - mean) * (x[$1] - mean) } / Double(group.count)
      for i in group { z[i] = gain(i) * (x[i] - mean) / (variance + epsilon).squareRoot() + shift(i) }
    }
    return z
  }

  static let shapes = [
    Shape.features(5), .image(channels: 3, height: 3, width: 5), .image(channels: 2, height: 1, width: 37),
    .sequence(steps: 4, features: 3),
  ]

  /// Which feature or channel a value belongs to.
  private func unit(_ index: Int, _ shape: Shape) -> Int {
    if case .image(_, let height, let width) = shape { return index % shape.count / (height * width) }
    return index % BatchNorm.units(of: shape)
  }

  @Test(arguments: shapes.indices, [(true, true), (false, true), (true, false), (false, false)])
  func batchNorm(index: Int, with: (gain: Bool, shift: Bool)) throws {
    let shape = Self.shapes[index], batch = 4
    let layer = BatchNorm(epsilon: 0.03, hasGain: with.gain, hasShift: with.shift)
    let groups = (0..<BatchNorm.units(of: shape)).map { u in (0..<batch * shape.count).filter { unit($0, shape) == u } }
    // A normalization subtracts sums from each other: ten times the rounding of a product's sum.
    try GradientCheck(layer: layer, inputShapes: [shape], batch: batch, tolerance: 2e-4).run { x, w in
      Self.reference(
        x[0], groups: groups, epsilon: 0.03, gain: { with.gain ? w[0][unit($0, shape)] : 1 },
        shift: { with.shift ? w[w.count - 1][unit($0, shape)] : 0 })
    }
    // Running moments: means of 0 and variances of 1 before any training.
    try GradientCheck(layer: layer, inputShapes: [shape], batch: batch, mode: .inference).run { x, w in
      x[0].indices.map { i in
        (with.gain ? w[0][unit(i, shape)] : 1) * x[0][i] / 1.03.squareRoot()
          + (with.shift ? w[w.count - 1][unit(i, shape)] : 0)
      }
    }
  }

  @Test(arguments: shapes.indices, [(true, true), (false, true), (true, false), (false, false)])
  func layerNorm(index: Int, with: (gain: Bool, shift: Bool)) throws {
    let shape = Self.shapes[index], batch = 3
    let columns = LayerNorm.columns(of: shape)
    let layer = LayerNorm(epsilon: 0.03, hasGain: with.gain, hasShift: with.shift)
    let groups = (0..<batch * shape.count / columns).map { row in Array(row * columns..<(row + 1) * columns) }
    try GradientCheck(layer: layer, inputShapes: [shape], batch: batch, tolerance: 2e-4).run { x, w in
      Self.reference(
        x[0], groups: groups, epsilon: 0.03, gain: { with.gain ? w[0][$0 % columns] : 1 },
        shift: { with.shift ? w[w.count - 1][$0 % columns] : 0 })
    }
  }

  private func kernel(_ layer: any Layer, _ shape: Shape, batch: Int) throws -> any LayerKernel {
    try KernelCatalogue.ready(
      KernelContext(
        layer: layer, inputShapes: [shape], outputShape: shape, batch: batch,
        stream: RandomStream(seed: 1, replica: 0, node: "norm", tensor: .probe)), name: "norm")
  }

  private func values(_ kernel: any LayerKernel, _ x: [Double], mode: KernelMode = .training, exponent: Double = 0)
    -> [Double]
  {
    let input = Array32(x), z = Array32(count: x.count)
    defer { withExtendedLifetime((input, z)) {} }
    kernel.forward([input.constant], parameters: [], into: z.pointer, mode: mode, exponent: exponent)
    return z.values
  }

  /// In units of a power of two, results are the same bits: the epsilon and the running moments are in true units.
  @Test(arguments: [-40.0, -3, 50]) func unitsDoNotMatter(exponent: Double) throws {
    let shape = Shape.image(channels: 2, height: 3, width: 3), batch = 3
    var draw = Normals(state: 5)
    // True values of size 3e-3, so that an epsilon of 1e-5 counts.
    let x = (0..<batch * shape.count).map { _ in Double(Float(draw.next(3e-3))) }
    let scaled = x.map { $0 * exp2(-exponent) }
    let layers: [any Layer] = [
      BatchNorm(hasGain: false, hasShift: false), LayerNorm(hasGain: false, hasShift: false),
    ]
    for layer in layers {
      let (plain, other) = (try kernel(layer, shape, batch: batch), try kernel(layer, shape, batch: batch))
      #expect(other.scaling == .invariant)
      #expect(values(plain, x) == values(other, scaled, exponent: exponent))
      #expect(plain.state == other.state)
      #expect(values(plain, x, mode: .inference) == values(other, scaled, mode: .inference, exponent: exponent))
    }
  }

  /// Where values hardly differ, their mean must not drown the differences: d = 1e-3 about 1,000, each a Float exactly.
  @Test func aLargeMeanIsSubtractedFirst() throws {
    let count = 5_000, step = 0x1p-10
    let x = (0..<count).map { 1024 + Double($0 % 5 - 2) * step }
    // (d / step)^2 = 4 1 0 1 4 has the mean 2.
    let expected = (0..<count).map { Double($0 % 5 - 2) * step / (2 * step * step + 1e-12).squareRoot() }
    for layer in [LayerNorm(epsilon: 1e-12, hasGain: false, hasShift: false) as any Layer] {
      let z = values(try kernel(layer, .features(count), batch: 1), x)
      #expect(zip(z, expected).allSatisfy { abs($0 - $1) < 1e-5 })
    }
    let batch = BatchNorm(epsilon: 1e-12, hasGain: false, hasShift: false)
    for shape in [Shape.features(1), .image(channels: 1, height: 1, width: 5)] {
      let z = values(try kernel(batch, shape, batch: count / shape.count), x)
      #expect(zip(z, expected).allSatisfy { abs($0 - $1) < 1e-5 })
    }
  }

  @Test func oneValueNormalizesToTheShift() throws {
    let kernel = try kernel(BatchNorm(hasGain: false, hasShift: false), .features(2), batch: 1)
    #expect(values(kernel, [3, -4]) == [0, 0])
    // A mean moves by a tenth; a variance that cannot be estimated counts as 0.
    #expect(zip(kernel.state, [0.3, -0.4, 0.9, 0.9] as [Float]).allSatisfy { abs($0 - $1) < 1e-6 })
  }
}
