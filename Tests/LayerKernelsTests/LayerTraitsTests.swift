import LayerKernels
import NetworkGraph
import TensorKernels
import Testing

/// A layer's traits are what it does: each layer of the catalogue is run, and what is seen is compared with what its file
/// declares. Rules, figures and remedies know a layer by its traits alone.
@Suite struct LayerTraitsTests {
  /// One layer of each kind with inputs that show what it does: several samples, positions and units.
  static let examples: [String: Example] = Dictionary(uniqueKeysWithValues: list.map { ($0.layer.kind, $0) })

  typealias Example = (layer: any Layer, inputs: [Shape])

  private static let list: [Example] = [
    (Dense(4), [.features(5)]), (Conv2D(3, kernel: 2), [.image(channels: 2, height: 4, width: 3)]),
    (Conv1D(3, kernel: 2), [.sequence(steps: 5, features: 2)]),
    (MaxPool(2), [.image(channels: 2, height: 4, width: 4)]),
    (AveragePool(2), [.image(channels: 2, height: 4, width: 4)]),
    (GlobalAveragePool(), [.sequence(steps: 3, features: 4)]),
    (Flatten(), [.image(channels: 2, height: 2, width: 3)]),
    (BatchNorm(epsilon: 1e-30), [.features(4)]), (LayerNorm(epsilon: 1e-30), [.features(6)]),
    (Dropout(0.5), [.features(40)]), (Add(), [.features(4), .features(4)]),
    (Concatenate(), [.features(3), .features(2)]), (Embedding(vocabulary: 4, dimension: 3), [.features(5)]),
    (SimpleRNN(3, returns: .sequence), [.sequence(steps: 4, features: 3)]),
    (LSTM(3, returns: .sequence), [.sequence(steps: 4, features: 3)]),
    (GRU(3, returns: .sequence), [.sequence(steps: 4, features: 3)]), (LastStep(), [.sequence(steps: 3, features: 4)]),
    (SelfAttention(heads: 2), [.sequence(steps: 3, features: 4)]), (Softmax(), [.sequence(steps: 2, features: 5)]),
    (ActivationLayer(.tanh), [.features(6)]), (Reverse(), [.sequence(steps: 3, features: 4)]),
  ]

  @Test(arguments: LayerCatalogue.entries.map(\.kind)) func traitsAreWhatTheLayerDoes(kind: String) throws {
    let example = try #require(Self.examples[kind], "give an example of \(kind) in this test")
    let seen = try Behaviour(example.layer, example.inputs).traits
    let declared = example.layer.traits
    for (trait, name) in Behaviour.names where seen.contains(trait) != declared.contains(trait) {
      Issue.record("\(kind) \(seen.contains(trait) ? "lacks the trait" : "has a trait that it does not show:") \(name)")
    }
    #expect(
      declared.subtracting(OperatorTraits(Behaviour.names.map(\.0))).isEmpty, "\(kind): this test knows too few traits")
  }

  @Test func theoryTakesLayersForWhatTheyAre() throws {
    for (kind, example) in Self.examples {
      let traits = example.layer.traits
      switch example.layer.theory {
      case .linear: #expect(traits.contains(.rowPerUnit), "\(kind)")
      case .sum: #expect(traits.contains(.sums), "\(kind)")
      case .normalization(let axis, _):
        #expect(traits.contains(.normalizes) && traits.contains(.overBatch) == (axis == .batch), "\(kind)")
      case .pooling: #expect(traits.contains(.pools), "\(kind)")
      case .unknown: #expect(!traits.contains(.normalizes) && !traits.contains(.sums) && !traits.contains(.pools), "\(kind)")
      }
    }
  }

  @Test func onlyNoiseIsTakenAway() {
    for (kind, example) in Self.examples {
      let quiet = example.layer.withoutNoise
      #expect(example.layer.traits.contains(.stochastic) == (quiet.fields != example.layer.fields), "\(kind)")
    }
  }
}

/// What a layer is seen to do when it runs.
private struct Behaviour {
  static let names: [(OperatorTraits, String)] = [
    (.elementwise, "elementwise"), (.normalizes, "normalizes"), (.sums, "sums"), (.permutes, "permutes"),
    (.contracts, "contracts"), (.pools, "pools"), (.producesProbabilities, "producesProbabilities"), (.recurs, "recurs"),
    (.stochastic, "stochastic"), (.averages, "averages"), (.takesLargest, "takesLargest"), (.joins, "joins"),
    (.readsTokens, "readsTokens"), (.rowPerUnit, "rowPerUnit"), (.overBatch, "overBatch"), (.selects, "selects"),
    (.attends, "attends"), (.activates, "activates"),
  ]

  private static let batch = 4
  private let layer: any Layer
  private let shapes: [Shape]
  private let output: Shape
  private let kernel: any LayerKernel
  private let inputs: [[Double]]
  private let parameters: [[Double]]

  init(_ layer: any Layer, _ shapes: [Shape]) throws {
    (self.layer, self.shapes) = (layer, shapes)
    output = try layer.outputShape(from: shapes)
    kernel = try KernelCatalogue.ready(
      KernelContext(
        layer: layer, inputShapes: shapes, outputShape: output, batch: Self.batch,
        stream: RandomStream(seed: 3, replica: 0, node: "layer", tensor: .probe)), name: "layer")
    var draw = Normals(state: 5)
    inputs = shapes.map { shape in
      // Between the whole numbers 0 to 3, which are ids of the embedding's table; no two are equal.
      (0..<Self.batch * shape.count).map { _ in abs(draw.next(1.5)).truncatingRemainder(dividingBy: 3.9) }
    }
    parameters = layer.parameters(from: shapes).map { tensor in
      // A gain or shift that differs from unit to unit would hide what the layer does to its input.
      switch tensor.role {
      case .gain: Array(repeating: 1, count: tensor.count)
      case .shift: Array(repeating: 0, count: tensor.count)
      default: (0..<tensor.count).map { _ in draw.next(0.7) }
      }
    }
  }

  private func run(
    _ inputs: [[Double]], _ parameters: [[Double]]? = nil, _ mode: KernelMode = .training, pass: Int = 0
  ) -> [Double] {
    let x = inputs.map(Array32.init), w = (parameters ?? self.parameters).map(Array32.init)
    let z = Array32(count: Self.batch * output.count)
    defer { withExtendedLifetime((x, w, z)) {} }
    kernel.passNumber = pass
    kernel.forward(x.map(\.constant), parameters: w.map(\.constant), into: z.pointer, mode: mode, exponent: 0)
    // What follows every kernel; all examples but one leave values as they are.
    return layer.activation.isIdentity ? z.values : z.values.map(layer.activation.value)
  }

  private func rounded(_ values: [Double]) -> [Double] { values.map { Double(Float($0)) } }

  /// Float's rounding of short sums.
  private func isClose(_ a: [Double], _ b: [Double]) -> Bool {
    a.count == b.count && zip(a, b).allSatisfy { abs($0 - $1) <= 1e-5 * max(1, abs($0), abs($1)) }
  }

  /// The places of the result that change when a value of the input, or of a parameter, changes.
  private func changed(_ change: (inout [[Double]], inout [[Double]]) -> Void) -> Set<Int> {
    let mode: KernelMode = isStochastic ? .inference : .training
    var (x, w) = (inputs, parameters)
    change(&x, &w)
    let before = run(inputs, nil, mode), after = run(x, w, mode)
    return Set(before.indices.filter { before[$0] != after[$0] })
  }

  private var isStochastic: Bool { run(inputs, pass: 1) != run(inputs) }

  private var unitAxis: (count: Int, unit: (Int) -> Int) {
    switch output {
    case .features(let units): (units, { $0 % units })
    case .sequence(_, let units): (units, { $0 % units })
    case .image(let channels, let height, let width): (channels, { $0 / (height * width) % channels })
    }
  }

  var traits: OperatorTraits {
    var seen: OperatorTraits = []
    let z = run(inputs), x = rounded(inputs.flatMap { $0 })
    let isQuiet = !isStochastic, hasWeights = layer.parameters(from: shapes).contains { $0.role == .weight }
    if !isQuiet { seen.insert(.stochastic) }

    // Values that only move.
    let isSubset = Set(z).isSubset(of: x), negative = run(inputs.map { $0.map { -$0 } })
    let isOdd = isClose(negative, z.map { -$0 })
    if z.sorted() == x.sorted() { seen.insert(.permutes) }
    if isSubset, isOdd, z.count < x.count { seen.formUnion([.permutes, .selects]) }
    if isSubset, !isOdd, z.count < x.count, !hasWeights { seen.formUnion([.pools, .takesLargest]) }
    let constant = run(inputs.map { $0.map { _ in 2 } })
    if !isSubset, isOdd, z.count < x.count, !hasWeights, isClose(constant, constant.map { _ in 2 }) {
      seen.formUnion([.pools, .averages])
    }

    // Several inputs.
    if shapes.count > 1, (try? layer.outputShape(from: [shapes[0]])) == nil { seen.insert(.joins) }
    if shapes.count > 1, shapes.allSatisfy({ $0 == output }) {
      if isClose(z, zip(inputs[0], inputs[1]).map(+)) { seen.insert(.sums) }
    }

    // Single places.
    let own = (0..<min(inputs[0].count, 8)).allSatisfy { place in changed { x, _ in x[0][place] += 0.5 } == [place] }
    if shapes[0] == output, own { seen.insert(.elementwise) }
    let isLinear = isClose(run(inputs.map { $0.map { 2 * $0 } }), z.map { 2 * $0 })
    if isQuiet, !hasWeights, shapes == [output], own, !isLinear { seen.insert(.activates) }
    let others = changed { x, _ in x[0][0] += 0.5 }.filter { $0 >= output.count }
    if !others.isEmpty { seen.insert(.overBatch) }

    // Sizes.
    if isQuiet, !hasWeights, isClose(run(inputs.map { $0.map { 8 * $0 } }), z), Set(z).count > 2 { seen.insert(.normalizes) }
    let rows = output.dimensions.last ?? 1
    let sums = stride(from: 0, to: z.count, by: rows).map { z[$0..<$0 + rows].reduce(0, +) }
    if z.allSatisfy({ (0...1).contains($0) }), isClose(sums, sums.map { _ in 1 }) { seen.insert(.producesProbabilities) }
    let whole = inputs.map { $0.map { $0.rounded(.down) } }
    if z == run(whole), whole != inputs { seen.insert(.readsTokens) }

    // Weights.
    if hasWeights, !seen.contains(.readsTokens) { seen.insert(.contracts) }
    let (units, unit) = unitAxis, columns = parameters.first.map { $0.count / max(1, units) } ?? 0
    if hasWeights, layer.weightShape(from: shapes)?.rows == units {
      let areRows = (0..<units).allSatisfy { row in
        let places = changed { _, w in for place in row * columns..<(row + 1) * columns { w[0][place] += 0.5 } }
        return !places.isEmpty && places.allSatisfy { unit($0) == row }
      }
      if areRows { seen.insert(.rowPerUnit) }
    }

    // Positions.
    if case .sequence(let steps, let features) = output, case .sequence = shapes[0], hasWeights {
      let last = (steps - 1) * features..<steps * features
      let fromFirst = changed { x, _ in x[0][0] += 0.5 }, inputCount = shapes[0].count / steps
      let fromLast = changed { x, _ in x[0][(steps - 1) * inputCount] += 0.5 }
      let reachesEnd = fromFirst.contains { last.contains($0) }, reachesStart = fromLast.contains { $0 < features }
      if reachesEnd, reachesStart { seen.insert(.attends) }
      if reachesEnd, !reachesStart { seen.insert(.recurs) }
    }
    return seen
  }
}
