import Foundation
import LayerKernels
import NetworkGraph
import TensorKernels
import TestSupport
import Testing

/// Holds a kernel against a plain implementation in Double: its values, and its gradients against central differences.
struct GradientCheck {
  /// `z` from inputs and parameters, written down as the formula says, in Double.
  typealias Reference = (_ inputs: [[Double]], _ parameters: [[Double]]) -> [Double]

  var layer: any Layer
  var inputShapes: [Shape]
  var batch = 3
  var mode = KernelMode.training
  /// Standard deviation of the random inputs and parameters.
  var size = 0.7
  /// Inputs to use in place of random ones, and whose gradients are then not asked for.
  var inputs: [[Double]]?
  var seed: UInt64 = 1
  /// Float carries 24 bits, and sums of a few hundred products lose a few: relative to the largest value.
  var tolerance = 2e-5
  /// Where a result is smaller than this, its error is held against this: where large terms cancel to nothing.
  var floor = 1e-3

  func run(_ reference: Reference) throws {
    let output = try layer.outputShape(from: inputShapes)
    var draw = Normals(state: seed)
    let inputs = self.inputs ?? inputShapes.map { shape in (0..<batch * shape.count).map { _ in draw.next(size) } }
    let parameters = layer.parameters(from: inputShapes).map { tensor in (0..<tensor.count).map { _ in draw.next(size) } }
    let kernel = try KernelCatalogue.ready(
      KernelContext(
        layer: layer, inputShapes: inputShapes, outputShape: output, batch: batch,
        stream: RandomStream(seed: seed, replica: 0, node: "layer", tensor: .probe)), name: "layer")
    let x = inputs.map(Array32.init), w = parameters.map(Array32.init)
    let z = Array32(count: batch * output.count)
    // Pointers do not keep what they point to.
    defer { withExtendedLifetime((x, w, z)) {} }
    kernel.forward(x.map(\.constant), parameters: w.map(\.constant), into: z.pointer, mode: mode, exponent: 0)
    compare(z.values, reference(rounded(inputs), rounded(parameters)), "values")

    let g = (0..<z.count).map { _ in Double(Float(draw.next(1))) }
    let cotangent = Array32(g)
    let dx = x.map { Array32(count: $0.count) }, dw = w.map { Array32(count: $0.count) }
    defer { withExtendedLifetime((cotangent, dx, dw)) {} }
    kernel.backward(
      cotangent.constant, inputs: x.map(\.constant), parameters: w.map(\.constant), z: UnsafePointer(z.pointer),
      inputGradients: self.inputs == nil ? dx.map(\.pointer) : x.map { _ in nil }, parameterGradients: dw.map(\.pointer))
    func loss(_ inputs: [[Double]], _ parameters: [[Double]]) -> Double {
      zip(reference(inputs, parameters), g).reduce(0) { $0 + $1.0 * $1.1 }
    }
    if self.inputs == nil {
      for i in inputs.indices {
        compare(dx[i].values, differences(rounded(inputs), i) { loss($0, rounded(parameters)) }, "gradient of input \(i)")
      }
    }
    for i in parameters.indices {
      compare(
        dw[i].values, differences(rounded(parameters), i) { loss(rounded(inputs), $0) }, "gradient of parameter \(i)")
    }
  }

  /// Central differences of step 1e-5: an error of 1e-10 times the third derivative, and rounding of 1e-11.
  private func differences(_ arrays: [[Double]], _ index: Int, _ loss: ([[Double]]) -> Double) -> [Double] {
    var arrays = arrays
    return arrays[index].indices.map { element in
      let value = arrays[index][element], step = 1e-5
      arrays[index][element] = value + step
      let high = loss(arrays)
      arrays[index][element] = value - step
      let low = loss(arrays)
      arrays[index][element] = value
      return (high - low) / (2 * step)
    }
  }

  private func rounded(_ arrays: [[Double]]) -> [[Double]] { arrays.map { $0.map { Double(Float($0)) } } }

  private func compare(_ measured: [Double], _ expected: [Double], _ what: String) {
    #expect(measured.count == expected.count, "\(layer.kind): \(what)")
    let largest = expected.map(abs).max() ?? 0
    let worst = zip(measured, expected).map { abs($0 - $1) }.max() ?? 0
    #expect(worst <= tolerance * max(largest, floor), "\(layer.kind): \(what) off by \(worst) of \(largest)")
  }
}

/// Floats at a fixed place.
final class Array32 {
  let pointer: UnsafeMutablePointer<Float>
  let count: Int

  init(count: Int) {
    self.count = count
    pointer = .allocate(capacity: max(1, count))
    // What a kernel must overwrite is a number that no result is.
    pointer.update(repeating: .nan, count: count)
  }

  convenience init(_ values: [Double]) {
    self.init(count: values.count)
    for (index, value) in values.enumerated() { pointer[index] = Float(value) }
  }

  deinit { pointer.deallocate() }

  var constant: UnsafePointer<Float> { UnsafePointer(pointer) }
  var values: [Double] { (0..<count).map { Double(pointer[$0]) } }
}

/// Reproducible normals (SplitMix64 and Box-Muller).
struct Normals {
  private var words: SplitMix

  init(state: UInt64) { words = SplitMix(state: state) }

  mutating func next(_ deviation: Double) -> Double {
    let u = Double.random(in: Double.ulpOfOne..<1, using: &words)
    return deviation * sqrt(-2 * log(u)) * cos(2 * .pi * Double.random(in: 0..<1, using: &words))
  }
}
