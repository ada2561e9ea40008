import Foundation
import LayerKernels
import NetworkGraph
import TensorKernels
import TestSupport
import Testing

/// One file of Fixtures/reference/layers: what PyTorch computed for a layer in float64.
struct LayerFixture: Decodable {
  struct Case: Decodable {
    var name: String
    var fields: [String: String]
    /// One sample's extents.
    var shape: [Int]
    var batch: Int
    var input: [Double]
    var parameters: [[Double]]
    var output: [Double]
    var cotangent: [Double]
    /// Nil where the input has none: token ids.
    var inputGradient: [Double]?
    var parameterGradients: [[Double]]
  }
  var kind: String
  var cases: [Case]

  static func load(_ kind: String) throws -> LayerFixture {
    let data = try Data(contentsOf: Repository.reference("layers/\(kind).json"))
    return try JSONDecoder().decode(LayerFixture.self, from: data)
  }

  /// Runs every case's kernel, made from the fields of a network file, and compares all results.
  ///
  /// Tolerance, relative to the largest value: the longest sums here have a few dozen terms of like size, at 2^-24 each, and
  /// pass through at most 6 steps. A gradient of 0 that is a sum of terms which cancel (of the attention's key bias) is held
  /// against the largest of the case's gradients.
  func check(tolerance: Double = 3e-6) throws {
    #expect(!cases.isEmpty)
    for c in cases {
      let layer = try #require(LayerCatalogue.entry(kind)).layer(from: LayerFields(c.fields))
      let shape = try Shape(dimensions: c.shape)
      let output = try layer.outputShape(from: [shape])
      #expect(layer.parameters(from: [shape]).map(\.count) == c.parameters.map(\.count), "\(kind) \(c.name)")
      let kernel = try KernelCatalogue.ready(
        KernelContext(
          layer: layer, inputShapes: [shape], outputShape: output, batch: c.batch,
          stream: RandomStream(seed: 1, replica: 0, node: "layer", tensor: .probe)), name: "layer")
      let x = Array32(c.input), w = c.parameters.map(Array32.init), g = Array32(c.cotangent)
      let z = Array32(count: c.batch * output.count), dx = Array32(count: x.count), dw = w.map { Array32(count: $0.count) }
      defer { withExtendedLifetime((x, w, g, z, dx, dw)) {} }
      // Twice, for what a kernel remembers must not reach the next pass.
      for _ in 0..<2 {
        kernel.forward([x.constant], parameters: w.map(\.constant), into: z.pointer, mode: .training, exponent: 0)
        kernel.backward(
          g.constant, inputs: [x.constant], parameters: w.map(\.constant), z: UnsafePointer(z.pointer),
          inputGradients: [dx.pointer], parameterGradients: dw.map(\.pointer))
      }
      let largestGradient = (c.parameterGradients + [c.inputGradient ?? []]).joined().map(abs).max() ?? 0
      func compare(_ measured: Array32, _ expected: [Double], _ what: String) {
        #expect(measured.count == expected.count)
        let own = expected.map(abs).max() ?? 0
        let largest = own < 1e-12 ? largestGradient : own
        let worst = zip(measured.values, expected).map { abs($0 - $1) }.max() ?? 0
        #expect(worst <= tolerance * largest, "\(kind) \(c.name): \(what) off by \(worst) of \(largest)")
      }
      compare(z, c.output, "output")
      compare(dx, c.inputGradient ?? x.values.map { _ in 0 }, "gradient of the input")
      for (index, expected) in c.parameterGradients.enumerated() {
        compare(dw[index], expected, "gradient of parameter \(index)")
      }
    }
  }
}
