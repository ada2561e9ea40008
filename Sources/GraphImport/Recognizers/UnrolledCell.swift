import NetworkGraph
import OperatorKernels

/// A recurrent layer that is written out step by step, as exporters write `nn.RNN` and cells in a loop: one trainable matrix
/// multiplies the state of each step, and each step reads its own piece of a sequence.
///
/// Layers that share their weights over depth, as ALBERT's, read no such pieces: they stay layers of their own.
struct UnrolledCell {
  /// Fewer steps may be anything.
  private static let leastSteps = 3
  /// A step with more matrices than this holds layers that deserve rows of their own.
  private static let mostMatrices = 4
  /// The furthest that a step is followed back to its piece of the sequence.
  private static let furthestPiece = 64

  private static let products: Set<String> = ["MatMul", "Gemm", "Conv"]
  private static let pieces: Set<String> = ["Slice", "Gather", "Split", "SplitToSequence", "SequenceAt"]
  /// Operators between products and the gates that read them: sums, and what normalizes them.
  private static let summing: Set<String> = ["Add", "LayerNormalization", "RMSNormalization"]
  /// Operators that may stand between a state and the next step's product.
  private static let joining = GraphIndex.passing.union(["Concat"])

  /// What the report shows of it.
  let recognition: Recognition
  /// The nodes of which it consists.
  let interior: Set<Int>
  /// Those from each step's product to its state.
  private let steps: Set<Int>

  /// All recurrent layers of a graph that are written out.
  static func all(in index: GraphIndex) -> [UnrolledCell] {
    var uses: [Int: [Int]] = [:]
    for node in index.graph.nodes.indices where products.contains(index.kind(node)) {
      for parameter in Set(index.graph.nodes[node].inputs.prefix(2).compactMap { index.weightOperand($0)?.held.parameter }) {
        uses[parameter, default: []].append(node)
      }
    }
    let steps = uses.filter { $0.value.count >= leastSteps }.sorted { $0.value[0] < $1.value[0] }
    var found: [(place: Int, cell: UnrolledCell)] = [], taken: Set<Int> = [], stepped: Set<Int> = []
    // LSTM and GRU first: a matrix that only feeds their state back to them makes no cell that holds them.
    for isGated in [true, false] {
      for (place, (_, products)) in steps.enumerated() where taken.isDisjoint(with: products) {
        guard let cell = UnrolledCell(products, in: index), !isGated || cell.recognition.kind != "rnn",
          stepped.isDisjoint(with: cell.steps)
        else { continue }
        found.append((place, cell))
        taken.formUnion(cell.interior)
        stepped.formUnion(cell.steps)
      }
    }
    return joinedDirections(found.sorted { $0.place < $1.place }.map(\.cell), in: index)
  }

  /// Two directions of one layer are one layer, where their states are put together.
  private static func joinedDirections(_ cells: [UnrolledCell], in index: GraphIndex) -> [UnrolledCell] {
    var found: [UnrolledCell] = []
    for cell in cells {
      guard let other = found.last, let node = index.onlyConsumer(cell.recognition.preactivation),
        node == index.onlyConsumer(other.recognition.preactivation), index.kind(node) == "Concat",
        index.graph.nodes[node].inputs.count == 2, let output = index.graph.nodes[node].outputs.first ?? nil,
        ModuleScope(index.origins[node]) == ModuleScope(index.origins[other.recognition.anchor])
      else {
        found.append(cell)
        continue
      }
      let (value, joined) = inModule(output, of: node, [node], in: index)
      var both = other.recognition
      both.preactivation = value
      both.parameters = (both.parameters + cell.recognition.parameters).weightsFirst
      found[found.count - 1] = UnrolledCell(
        recognition: both, interior: other.interior.union(cell.interior).union(joined), steps: other.steps.union(cell.steps))
    }
    return found
  }

  private init(recognition: Recognition, interior: Set<Int>, steps: Set<Int>) {
    (self.recognition, self.interior, self.steps) = (recognition, interior, steps)
  }

  /// The layer whose steps have these products, all with one matrix; nil where they are something else.
  private init?(_ products: [Int], in index: GraphIndex) {
    // From each product to the next: the step between them.
    var steps: [Step] = []
    for (product, next) in zip(products, products.dropFirst()) {
      guard let step = Step(from: product, to: next, in: index) else { return nil }
      steps.append(step)
    }
    guard let kinds = steps.first?.kinds(in: index), steps.allSatisfy({ $0.kinds(in: index) == kinds }),
      let last = Step(from: products[products.count - 1], like: steps[0], in: index)
    else { return nil }
    steps.append(last)
    let nodes = steps.reduce(into: Set<Int>()) { $0.formUnion($1.nodes) }
    guard Self.readPieces(steps, nodes, in: index) else { return nil }

    let module = Self.module(of: steps[0], in: index)
    let interior = Self.grown(nodes, module: module, in: index)
    var parameters: [(held: GraphIndex.Held, use: TensorUse)] = []
    for node in interior.sorted() {
      for each in RecognizerCatalogue.recognize(node, in: index)?.parameters ?? []
      where !parameters.contains(where: { $0.held.parameter == each.held.parameter }) {
        parameters.append(each)
      }
    }
    let matrices = parameters.count { $0.use.isWeight }
    guard (1...Self.mostMatrices).contains(matrices) else { return nil }
    let states = steps.map(\.state), (kind, gates) = Self.kind(of: steps[0], in: index)
    let units = index.type(states[0]).shape.extents.last ?? 1
    for place in parameters.indices { parameters[place].use = Self.cut(parameters[place].use, gates: gates, units: units) }

    let (value, joined) = Self.put(together: states, in: index)
    let hasChannels = index.kind(products[0]) == "Conv"
    recognition = Recognition(
      kind: kind,
      anchor: steps[0].nodes.sorted().first { ModuleScope(index.origins[$0]).parts == module } ?? products[0],
      preactivation: value, parameters: parameters.weightsFirst,
      traits: hasChannels ? [.contracts, .recurs, .channelsFirst] : [.contracts, .recurs, .featuresLast],
      takesActivation: false, states: states, gates: hasChannels ? ([], []) : Self.gates(of: steps, in: index))
    self.interior = interior.union(joined)
    self.steps = nodes
  }

  /// LSTM and GRU by their activation functions, with the number of their gates.
  private static func kind(of step: Step, in index: GraphIndex) -> (name: String, gates: Int) {
    let kinds = step.kinds(in: index)
    switch (kinds["Sigmoid"] ?? 0, kinds["Tanh"] ?? 0) {
    case (3, 2): return ("lstm", 4)
    case (2, 1): return ("gru", 3)
    default: return ("rnn", 1)
    }
  }

  /// The gates of each step: the activation functions of sums of products. None where steps differ, or where a gate has
  /// another shape than samples times units.
  private static func gates(
    of steps: [Step], in index: GraphIndex
  ) -> (functions: [Activation], values: [[ValueID]]) {
    let all = steps.map { $0.gates(in: index) }, state = index.type(steps[0].state).shape
    let functions = all[0].map(\.function), values = all.map { $0.map(\.value) }, flat = values.joined()
    guard !functions.isEmpty, all.allSatisfy({ $0.map(\.function) == functions }), Set(flat).count == flat.count,
      flat.allSatisfy({
        index.type($0).shape.count == state.count && index.type($0).shape.extents.last == state.extents.last
      })
    else { return ([], []) }
    return (functions, values)
  }

  /// A matrix that holds all gates is as many matrices as there are gates.
  private static func cut(_ use: TensorUse, gates: Int, units: Int) -> TensorUse {
    guard case .weight(let shape, false, let isShaped) = use, shape.copies == 1, gates > 1, shape.outputs == gates * units
    else { return use }
    return .weight(
      WeightShape(outputs: units, inputs: shape.inputs, copies: gates), isStoredTransposed: false, isShaped: isShaped)
  }

  /// The module that holds all of a step; empty where there is none, or where the file names no modules.
  private static func module(of step: Step, in index: GraphIndex) -> [String] {
    var shared = ModuleScope(index.origins[step.product]).parts
    for node in step.nodes {
      shared = zip(shared, ModuleScope(index.origins[node]).parts).prefix { $0 == $1 }.map(\.0)
    }
    return shared
  }

  /// Whether each step reads a piece of its own of one sequence of the data.
  private static func readPieces(_ steps: [Step], _ nodes: Set<Int>, in index: GraphIndex) -> Bool {
    var common: Set<ValueID>?, taken: [ValueID: Set<ValueID>] = [:]
    for step in steps {
      var sources: Set<ValueID> = []
      var seen: Set<ValueID> = []
      // Nearest first: what lies far back belongs to earlier steps.
      var front = step.nodes.sorted().flatMap { index.graph.nodes[$0].inputs.compactMap(\.self) }, next = 0
      while next < front.count, seen.count < furthestPiece {
        let value = front[next]
        next += 1
        guard index.dependsOnData[value.index], let node = index.producer[value.index], !nodes.contains(node),
          seen.insert(value).inserted
        else { continue }
        // A piece that an earlier step reads too is none of this step's own.
        if pieces.contains(index.kind(node)), let source = index.graph.nodes[node].inputs.first ?? nil,
          taken[source, default: []].insert(value).inserted
        {
          sources.insert(source)
        }
        front += index.graph.nodes[node].inputs.compactMap(\.self)
      }
      common = common?.intersection(sources) ?? sources
      if common?.isEmpty ?? true { return false }
    }
    return true
  }

  /// The steps, and what nothing else reads: all of the cell's module, and pieces of the sequence with the products that the
  /// steps add to those of the state.
  private static func grown(_ nodes: Set<Int>, module: [String], in index: GraphIndex) -> Set<Int> {
    var grown = nodes
    for node in (0..<(nodes.max() ?? 0)).reversed() where !grown.contains(node) {
      let outputs = index.graph.nodes[node].outputs.compactMap(\.self)
      let readers = outputs.flatMap { index.consumers[$0.index] }
      guard !readers.isEmpty, readers.allSatisfy(grown.contains), index.outputs.isDisjoint(with: outputs) else { continue }
      let kind = index.kind(node)
      let isInside = !module.isEmpty && ModuleScope(index.origins[node]).parts.starts(with: module)
      let isAdded = products.contains(kind) && readers.allSatisfy { nodes.contains($0) && index.kind($0) == "Add" }
      if isInside || isAdded || joining.contains(kind) || pieces.contains(kind) { grown.insert(node) }
    }
    return grown
  }

  /// The value that holds the states of all steps where the model puts them together, else the last state; and the nodes
  /// that do so.
  private static func put(together states: [ValueID], in index: GraphIndex) -> (value: ValueID, nodes: Set<Int>) {
    guard let last = states.last else { preconditionFailure("a recurrent layer without a step") }
    var front = [last], passed: Set<Int> = []
    while let value = front.popLast() {
      for node in index.consumers[value.index] {
        guard let output = index.graph.nodes[node].outputs.first ?? nil else { continue }
        if index.kind(node) == "Concat" {
          let sources = index.graph.nodes[node].inputs.compactMap { $0.map { origin(of: $0, in: index) } }
          guard Set(sources) == Set(states), sources.count == states.count else { continue }
          return inModule(output, of: node, passed.union([node]), in: index)
        } else if GraphIndex.passing.contains(index.kind(node)), passed.insert(node).inserted {
          front.append(output)
        }
      }
    }
    return (last, [])
  }

  /// The states behind the transposition or reshaping that still belongs to the module.
  private static func inModule(
    _ value: ValueID, of node: Int, _ nodes: Set<Int>, in index: GraphIndex
  ) -> (value: ValueID, nodes: Set<Int>) {
    guard let next = index.onlyConsumer(value), GraphIndex.passing.contains(index.kind(next)),
      ModuleScope(index.origins[next]) == ModuleScope(index.origins[node]),
      let output = index.graph.nodes[next].outputs.first ?? nil
    else { return (value, nodes) }
    return (output, nodes.union([next]))
  }

  private static func origin(of value: ValueID, in index: GraphIndex) -> ValueID {
    var value = value
    while let node = index.producer[value.index], GraphIndex.passing.contains(index.kind(node)),
      let source = index.graph.nodes[node].inputs.first ?? nil
    {
      value = source
    }
    return value
  }

  /// One step: the nodes from its product with the state to the next state.
  private struct Step {
    let nodes: Set<Int>
    let product: Int
    /// The state that it makes.
    let state: ValueID
    /// The nodes from the product's result to the state, one behind the other.
    private let path: [Int]

    /// The step between two products with the same matrix; nil where the second does not depend on the first.
    init?(from product: Int, to next: Int, in index: GraphIndex) {
      let inputs = index.graph.nodes[next].inputs.prefix(2).compactMap(\.self)
      guard let operand = inputs.first(where: { index.isSignal($0) && index.weightOperand($0) == nil }) else { return nil }
      // What only brings the state together with the next piece is no part of the state.
      var state = operand
      guard let path = Self.path(from: product, to: state, in: index) else { return nil }
      var trimmed = path
      while trimmed.count > 1, let end = trimmed.last, UnrolledCell.joining.contains(index.kind(end)),
        let before = trimmed.dropLast().last
      {
        guard
          let value = index.graph.nodes[before].outputs.compactMap(\.self).first(where: {
            index.consumers[$0.index].contains(end)
          })
        else { break }
        state = value
        trimmed.removeLast()
      }
      self.init(product, state: state, path: trimmed, in: index)
    }

    /// The last step, which no product follows, after the manner of another.
    init?(from product: Int, like other: Step, in index: GraphIndex) {
      let wanted = other.path.map(index.kind), shape = index.type(other.state).shape, kinds = other.kinds(in: index)
      var front: [[Int]] = [[product]], looked = 0
      while let path = front.popLast(), looked < 4096 {
        looked += 1
        guard path.count <= wanted.count, let end = path.last, index.kind(end) == wanted[path.count - 1] else { continue }
        let outputs = index.graph.nodes[end].outputs.compactMap(\.self)
        if path.count == wanted.count {
          for output in outputs where index.type(output).shape == shape {
            guard let step = Step(product, state: output, path: path, in: index) else { continue }
            if step.kinds(in: index) == kinds {
              self = step
              return
            }
          }
          continue
        }
        for output in outputs { front += index.consumers[output.index].map { path + [$0] } }
      }
      return nil
    }

    private init?(_ product: Int, state: ValueID, path: [Int], in index: GraphIndex) {
      guard let last = index.producer[state.index] else { return nil }
      var behind: Set<Int> = [product]
      for node in product...last where node > product {
        let reads = index.graph.nodes[node].inputs.contains { value in
          value.flatMap { index.producer[$0.index] }.map(behind.contains) ?? false
        }
        if reads { behind.insert(node) }
      }
      // Of these, what leads to the state.
      var nodes: Set<Int> = [], front = [last]
      while let node = front.popLast() {
        guard behind.contains(node), nodes.insert(node).inserted else { continue }
        front += index.graph.nodes[node].inputs.compactMap { $0.flatMap { index.producer[$0.index] } }
      }
      (self.nodes, self.product, self.state, self.path) = (nodes, product, state, path)
    }

    /// The activation functions that read sums of products, in order, with what they read.
    func gates(in index: GraphIndex) -> [(function: Activation, value: ValueID)] {
      nodes.sorted().compactMap { node in
        guard let function = (index.graph.nodes[node].operation as? ActivationOperator)?.activation,
          let value = index.graph.nodes[node].inputs.first ?? nil, isSumOfProducts(value, in: index)
        else { return nil }
        return (function, value)
      }
    }

    /// Whether a product leads to a value by sums, normalization, pieces and changes of shape alone.
    private func isSumOfProducts(_ value: ValueID, in index: GraphIndex) -> Bool {
      var front = [value], seen: Set<ValueID> = []
      while let value = front.popLast(), seen.count < UnrolledCell.furthestPiece {
        guard seen.insert(value).inserted, let node = index.producer[value.index] else { continue }
        let kind = index.kind(node)
        if UnrolledCell.products.contains(kind) { return true }
        guard UnrolledCell.summing.contains(kind) || UnrolledCell.pieces.contains(kind) || GraphIndex.passing.contains(kind)
        else { continue }
        front += index.graph.nodes[node].inputs.compactMap(\.self)
      }
      return false
    }

    func kinds(in index: GraphIndex) -> [String: Int] {
      nodes.reduce(into: [:]) { $0[index.kind($1), default: 0] += 1 }
    }

    /// A shortest chain of nodes from a product to the one that makes a value.
    private static func path(from product: Int, to value: ValueID, in index: GraphIndex) -> [Int]? {
      guard let end = index.producer[value.index], end >= product else { return nil }
      var before: [Int: Int] = [:], front = [end], next = 0
      while next < front.count {
        let node = front[next]
        next += 1
        if node == product {
          var path = [node], current = node
          while let following = before[current] {
            path.append(following)
            current = following
          }
          return path
        }
        for input in index.graph.nodes[node].inputs {
          guard let source = input.flatMap({ index.producer[$0.index] }), source >= product, before[source] == nil,
            source != end
          else { continue }
          before[source] = node
          front.append(source)
        }
      }
      return nil
    }
  }
}

extension [(held: GraphIndex.Held, use: TensorUse)] {
  /// Matrices and kernels, then the rest, each in the same order.
  fileprivate var weightsFirst: Self { filter(\.use.isWeight) + filter { !$0.use.isWeight } }
}
