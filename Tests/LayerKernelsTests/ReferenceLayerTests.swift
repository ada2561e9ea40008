import Foundation
import LayerKernels
import NetworkGraph
import TensorKernels
import TestSupport
import Testing

/// Layers of images and sequences against PyTorch's autograd in float64 (Fixtures/reference/layers/image_layers.py).
@Suite struct ReferenceLayerTests {
  struct Fixture: Decodable {
    var cases: [Case]
  }

  struct Case: Decodable {
    var kind: String
    var fields: [String: String]
    var batch: Int
    var mode: String
    var inputShapes: [[Int]]
    var inputs: [[Double]]
    var parameters: [[Double]]
    var outputShape: [Int]
    var outputs: [Double]
    var gradient: [Double]
    var inputGradients: [[Double]]
    var parameterGradients: [[Double]]
    var state: [Double]?
    var nextState: [Double]?
  }

  static let kinds = [
    "dense", "conv2d", "conv1d", "max_pool", "average_pool", "global_average_pool", "flatten", "concatenate", "batch_norm",
    "layer_norm",
  ]

  /// Sums of at most 100 products of numbers about 1 in Float's 24 bits: below 1e-5 of the largest result even where every
  /// rounding points one way.
  private let tolerance = 1e-5

  private func compare(_ measured: [Double], _ expected: [Double], _ what: String) {
    #expect(measured.count == expected.count, "\(what)")
    let largest = expected.map(abs).max() ?? 0
    let worst = zip(measured, expected).map { abs($0 - $1) }.max() ?? 0
    #expect(worst <= tolerance * max(largest, 1e-3), "\(what): off by \(worst) of \(largest)")
  }

  @Test(arguments: kinds) func agreesWithPyTorch(kind: String) throws {
    let data = try Data(contentsOf: Repository.reference("layers/\(kind).json"))
    let cases = try JSONDecoder().decode(Fixture.self, from: data).cases
    #expect(!cases.isEmpty)
    for (index, example) in cases.enumerated() { try check(example, "\(kind) \(index)") }
  }

  private func check(_ example: Case, _ name: String) throws {
    let entry = try #require(LayerCatalogue.entry(example.kind))
    let layer = try entry.layer(from: LayerFields(example.fields))
    let shapes = try example.inputShapes.map { try Shape(dimensions: $0) }
    let output = try layer.outputShape(from: shapes)
    #expect(output.dimensions == example.outputShape, "\(name)")
    #expect(layer.parameters(from: shapes).map(\.count) == example.parameters.map(\.count), "\(name)")
    let kernel = try KernelCatalogue.ready(
      KernelContext(
        layer: layer, inputShapes: shapes, outputShape: output, batch: example.batch,
        stream: RandomStream(seed: 1, replica: 0, node: name, tensor: .probe)), name: name)
    if let state = example.state { kernel.state = state.map(Float.init) }
    let x = example.inputs.map(Array32.init), w = example.parameters.map(Array32.init)
    let z = Array32(count: example.outputs.count), g = Array32(example.gradient)
    let dx = x.map { Array32(count: $0.count) }, dw = w.map { Array32(count: $0.count) }
    defer { withExtendedLifetime((x, w, z, g, dx, dw)) {} }
    // Twice, since what a kernel keeps between passes must not leak into the next.
    for round in 0..<2 {
      if let state = example.state { kernel.state = state.map(Float.init) }
      kernel.forward(
        x.map(\.constant), parameters: w.map(\.constant), into: z.pointer,
        mode: example.mode == "training" ? .training : .inference, exponent: 0)
      compare(z.values, example.outputs, "\(name), values")
      kernel.backward(
        g.constant, inputs: x.map(\.constant), parameters: w.map(\.constant), z: z.constant,
        inputGradients: dx.map(\.pointer), parameterGradients: round == 0 ? [] : dw.map(\.pointer))
      for (i, expected) in example.inputGradients.enumerated() { compare(dx[i].values, expected, "\(name), input \(i)") }
    }
    for (i, expected) in example.parameterGradients.enumerated() {
      compare(dw[i].values, expected, "\(name), parameter \(i)")
    }
    if let state = example.nextState { compare(kernel.state.map(Double.init), state, "\(name), state") }

    // Gradients of parameters alone, as a network's first layer is asked for; of another gradient, so that none is a copy
    // that the passes before have left.
    for array in dw { array.pointer.update(repeating: .nan, count: array.count) }
    let doubled = Array32(example.gradient.map { 2 * $0 })
    defer { withExtendedLifetime(doubled) {} }
    kernel.backward(
      doubled.constant, inputs: x.map(\.constant), parameters: w.map(\.constant), z: z.constant,
      inputGradients: dx.map { _ in nil }, parameterGradients: dw.map(\.pointer))
    for (i, expected) in example.parameterGradients.enumerated() {
      compare(dw[i].values, expected.map { 2 * $0 }, "\(name), parameter \(i)")
    }
  }
}
