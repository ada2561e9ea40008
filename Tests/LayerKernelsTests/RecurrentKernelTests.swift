import LayerKernels
import NetworkGraph
import TensorKernels
import Testing

@Suite struct RecurrentKernelTests {
  /// Odd sizes on both sides of a vector's 16 and a panel's 32 columns, and of a block's 8 rows.
  static let sizes = [
    RecurrentReference(batch: 1, steps: 1, inputs: 1, units: 1), RecurrentReference(batch: 3, steps: 5, inputs: 4, units: 3),
    RecurrentReference(batch: 9, steps: 3, inputs: 2, units: 5),
    RecurrentReference(batch: 15, steps: 2, inputs: 1, units: 9),
    RecurrentReference(batch: 2, steps: 2, inputs: 3, units: 17),
  ]

  private func check(
    _ size: RecurrentReference, _ layer: any Layer, _ reference: @escaping GradientCheck.Reference
  ) throws {
    let shape = Shape.sequence(steps: size.steps, features: size.inputs)
    try GradientCheck(layer: layer, inputShapes: [shape], batch: size.batch).run(reference)
  }

  @Test(arguments: sizes.indices, [true, false]) func simpleRNN(index: Int, all: Bool) throws {
    let size = Self.sizes[index], returns = all ? ReturnedStates.sequence : .last
    for cell in SimpleRNN.Cell.allCases {
      try check(size, SimpleRNN(size.units, cell: cell, returns: returns, hasBias: all)) { x, w in
        size.simpleRNN(x[0], w, rectified: cell == .relu, all: all)
      }
    }
  }

  @Test(arguments: sizes.indices, [true, false]) func lstm(index: Int, all: Bool) throws {
    let size = Self.sizes[index], returns = all ? ReturnedStates.sequence : .last
    try check(size, LSTM(size.units, returns: returns, forgetBias: all ? 1 : -0.75, hasBias: all)) { x, w in
      size.lstm(x[0], w, forgetBias: all ? 1 : -0.75, all: all)
    }
  }

  @Test(arguments: sizes.indices, [true, false]) func gru(index: Int, all: Bool) throws {
    let size = Self.sizes[index], returns = all ? ReturnedStates.sequence : .last
    try check(size, GRU(size.units, returns: returns, hasBias: all)) { x, w in size.gru(x[0], w, all: all) }
  }

  @Test(arguments: ["simple_rnn", "lstm", "gru"]) func agreesWithPyTorch(kind: String) throws {
    try LayerFixture.load(kind).check()
  }

  /// A change of the state after step s can only pass through the states after it: the state's gradient is that of the
  /// network that starts at s + 1 from it. Here steps are cut off one by one, by the chain rule of the cell without gates:
  /// dL/dh_t = g_t + U^T (f'(h_{t+1}) dL/dh_{t+1}).
  @Test(arguments: [true, false]) func statesAndTheirGradients(all: Bool) throws {
    let size = RecurrentReference(batch: 3, steps: 6, inputs: 2, units: 4)
    let shape = Shape.sequence(steps: size.steps, features: size.inputs)
    let layer = SimpleRNN(size.units, returns: all ? .sequence : .last)
    let output = try layer.outputShape(from: [shape])
    let context = KernelContext(
      layer: layer, inputShapes: [shape], outputShape: output, batch: size.batch,
      stream: RandomStream(seed: 1, replica: 0, node: "layer", tensor: .probe))
    let kernel = try #require(try KernelCatalogue.ready(context, name: "layer") as? any RecurrentKernel)
    #expect(kernel.steps == size.steps)
    #expect(kernel.units == size.units)
    var draw = Normals(state: 5)
    let x = Array32((0..<size.batch * shape.count).map { _ in draw.next(0.7) })
    let w = layer.parameters(from: [shape]).map { tensor in Array32((0..<tensor.count).map { _ in draw.next(0.7) }) }
    let g = Array32((0..<size.batch * output.count).map { _ in draw.next(1) }), z = Array32(count: g.count)
    defer { withExtendedLifetime((x, w, g, z)) {} }
    kernel.forward([x.constant], parameters: w.map(\.constant), into: z.pointer, mode: .training, exponent: 0)
    kernel.backward(
      g.constant, inputs: [x.constant], parameters: w.map(\.constant), z: UnsafePointer(z.pointer), inputGradients: [nil],
      parameterGradients: [])

    let states = size.simpleRNN(x.values, w.map(\.values), rectified: false, all: true)
    let shown = kernel.states, gradients = kernel.stateGradients
    let n = size.units, u = w[1].values
    for sample in 0..<size.batch {
      var later = [Double](repeating: 0, count: n)
      for step in (0..<size.steps).reversed() {
        let place = (sample * size.steps + step) * n
        for unit in 0..<n {
          // A few roundings of numbers below 1, over six steps.
          #expect(abs(Double(shown[place + unit]) - states[place + unit]) < 1e-6)
          let above = all ? g.values[place + unit] : step == size.steps - 1 ? g.values[sample * n + unit] : 0
          let through = (0..<n).reduce(0.0) { sum, k in
            guard step + 1 < size.steps else { return 0 }
            let h = states[place + n + k]
            return sum + u[k * n + unit] * (1 - h * h) * later[k]
          }
          #expect(abs(Double(gradients[place + unit]) - above - through) < 1e-5)
        }
        later = (0..<n).map { Double(gradients[place + $0]) }
      }
    }
  }

  /// Far out on both sides nothing overflows, whatever the gates see.
  @Test(arguments: ["lstm", "gru", "simple_rnn"]) func saturatedGatesStayFinite(kind: String) throws {
    let layer = try #require(LayerCatalogue.entry(kind)).layer(from: LayerFields(["units": "20", "return": "sequence"]))
    let shape = Shape.sequence(steps: 4, features: 3)
    let output = try layer.outputShape(from: [shape])
    let context = KernelContext(
      layer: layer, inputShapes: [shape], outputShape: output, batch: 2,
      stream: RandomStream(seed: 1, replica: 0, node: "layer", tensor: .probe))
    let kernel = try KernelCatalogue.ready(context, name: "layer")
    var draw = Normals(state: 9)
    let x = Array32((0..<2 * shape.count).map { _ in draw.next(1e4) })
    let w = layer.parameters(from: [shape]).map { tensor in Array32((0..<tensor.count).map { _ in draw.next(1e4) }) }
    let g = Array32((0..<2 * output.count).map { _ in 1 }), z = Array32(count: 2 * output.count)
    let dw = w.map { Array32(count: $0.count) }
    defer { withExtendedLifetime((x, w, g, z, dw)) {} }
    kernel.forward([x.constant], parameters: w.map(\.constant), into: z.pointer, mode: .training, exponent: 0)
    kernel.backward(
      g.constant, inputs: [x.constant], parameters: w.map(\.constant), z: UnsafePointer(z.pointer), inputGradients: [nil],
      parameterGradients: dw.map(\.pointer))
    #expect(z.values.allSatisfy { abs($0) <= 1 })
    #expect(dw.allSatisfy { $0.values.allSatisfy(\.isFinite) })
  }
}
