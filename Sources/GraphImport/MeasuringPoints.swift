import NetworkGraph
import ONNXFiles

/// Finds the measuring points of a graph: layers as its user knows them.
struct MeasuringPoints {
  private let index: GraphIndex
  private(set) var points: [MeasuringPoint] = []
  /// For each trainable tensor, what it is to the operators that read it.
  private(set) var uses: [Int: TensorUse] = [:]
  /// For each trainable tensor, the module whose part it is.
  private(set) var owners: [Int: ModuleScope] = [:]

  init(_ index: GraphIndex, start: ValueID) {
    self.index = index
    var names: [String: Int] = [:], cells: [String: [Int]] = [:]
    var covered: Set<ValueID> = []
    var anchors: [(order: Int, point: MeasuringPoint)] = []
    let unrolled = UnrolledCell.all(in: index)
    let layers = Dictionary(unrolled.map { ($0.recognition.anchor, $0.recognition) }) { first, _ in first }
    let interior = unrolled.reduce(
      into: ActivationRegion.interior(of: index).union(ScanRecognizer.interior(of: index))
    ) { $0.formUnion($1.interior) }
    for node in index.graph.nodes.indices {
      guard let found = layers[node] ?? (interior.contains(node) ? nil : RecognizerCatalogue.recognize(node, in: index))
      else { continue }
      let scope = ModuleScope(index.origins[node])
      var point = point(for: found, scope: scope)
      guard !covered.contains(point.activation) else { continue }
      covered.insert(point.activation)
      let own = point.name
      var name = own
      names[name, default: 0] += 1
      if let count = names[name], count > 1 { name += "#\(count)" }
      point.name = name
      if ["lstm", "gru", "rnn"].contains(found.kind) { cells[own, default: []].append(anchors.count) }
      for (held, use) in found.parameters {
        if uses[held.parameter] == nil { uses[held.parameter] = use }
        if owners[held.parameter] == nil { owners[held.parameter] = scope }
      }
      anchors.append((index.producer[point.activation.index] ?? node, point))
    }
    findUnfedWeights()
    // Layers of one recurrent module: the last gives the module's result and has its name.
    for (name, places) in cells where places.count > 1 {
      for (layer, place) in places.enumerated() {
        anchors[place].point.name = name + (layer == places.count - 1 ? "" : ".l\(layer)")
      }
    }
    points = anchors.sorted { $0.order < $1.order }.map(\.point)
    endWithOutput(start)
    connect()
    markOtherOutputs(start)
    adoptParameters()
  }

  /// Weights of products that no data reach: those of learned queries and of tables that a network of its own computes.
  private mutating func findUnfedWeights() {
    for node in index.graph.nodes.indices where ["MatMul", "Gemm"].contains(index.kind(node)) {
      let inputs = index.graph.nodes[node].inputs
      guard inputs.count >= 2, !inputs.prefix(2).contains(where: { index.isSignal($0) }) else { continue }
      for side in [1, 0] {
        guard let operand = index.weightOperand(inputs[side]), uses[operand.held.parameter] == nil,
          let (weights, use) = LinearRecognizer.use(of: operand, at: side, of: node, in: index)
        else { continue }
        uses[operand.held.parameter] = use
        if index.kind(node) == "Gemm", inputs.count > 2, let bias = index.held(inputs[2]) {
          uses[bias.parameter] = .bias(fan: weights)
        } else if let output = index.graph.nodes[node].outputs.first ?? nil,
          let (bias, _) = BiasSum.after(output, in: index, units: weights.outputs)
        {
          uses[bias.parameter] = .bias(fan: weights)
        }
        break
      }
    }
  }

  private func point(for found: Recognition, scope: ModuleScope) -> MeasuringPoint {
    var preactivation = shaped(found.preactivation), activation = preactivation
    var nonlinearity = Activation.identity
    if let function = found.function {
      (nonlinearity, preactivation, activation) = (function.activation, found.preactivation, function.output)
    } else if found.takesActivation {
      for value in Set([found.preactivation, preactivation]).sorted(by: { $0.index > $1.index }) {
        if let region = ActivationRegion.after(value, in: index) {
          (nonlinearity, preactivation, activation) = (region.activation, value, region.output)
          break
        }
      }
    }
    let node = index.graph.nodes[found.anchor]
    var name = scope.path
    if !scope.isKnown || name.isEmpty {
      // The weights' name tells the module; else the node's own name has to do.
      let weights = found.parameters.first.map { index.graph.parameters[$0.held.parameter].name } ?? ""
      name = weights.contains(".") ? String(weights[..<(weights.lastIndex(of: ".") ?? weights.endIndex)]) : node.name
      if let suffix = found.suffix, scope.isKnown { name = suffix }
    } else if let suffix = found.suffix {
      name += ".\(suffix)"
    } else if let first = found.parameters.first, !found.traits.contains(.recurs) {
      // A recurrent layer is more than the part that holds its weights.
      name += Self.part(index.graph.parameters[first.held.parameter].name, of: name)
    }
    return MeasuringPoint(
      name: name, kind: found.kind, scope: name.split(separator: ".").dropLast().map(String.init),
      preactivation: preactivation,
      activation: activation, nonlinearity: nonlinearity,
      parameters: found.parameters.map(\.held.parameter).reduce(into: []) { if !$0.contains($1) { $0.append($1) } },
      traits: found.traits, states: found.states, gates: found.gates)
  }

  /// What a tensor's name says beyond its module's: `.in_proj` for `self_attn.in_proj_weight` in `self_attn`, and `.qkv` for
  /// `attn.qkv.weight`, where a module computes with the weights of its parts itself.
  private static func part(_ tensor: String, of module: String) -> String {
    guard tensor.hasPrefix(module + ".") else { return "" }
    let rest = tensor.dropFirst(module.count + 1)
    if let parts = rest.firstRange(of: ".parametrizations.") { return "." + rest[..<parts.lowerBound] }
    guard let end = ["_weight", ".weight"].first(where: rest.hasSuffix) else { return "" }
    let name = rest.dropLast(end.count)
    return name.isEmpty || end == "_weight" && name.contains(".") ? "" : ".\(name)"
  }

  /// The same values where they have samples in front again: products of flattened rows are reshaped at once, and so are
  /// convolutions of which each sample was a group.
  private func shaped(_ value: ValueID) -> ValueID {
    guard let next = index.onlyConsumer(value), index.kind(next) == "Reshape",
      let output = index.graph.nodes[next].outputs.first ?? nil
    else { return value }
    let shape = index.type(value).shape.extents, reshaped = index.type(output).shape.extents
    let wereRows = shape.count == 2 && reshaped.count == 3 && reshaped.last == shape.last
    let wereGroups =
      shape.count >= 3 && shape[0] == 1 && reshaped.count == shape.count && reshaped[0] > 1
      && reshaped.dropFirst(2) == shape.dropFirst(2)
    return wereRows || wereGroups ? output : value
  }

  /// The last point is the value from which the backward pass starts.
  private mutating func endWithOutput(_ start: ValueID) {
    var value = start
    // What only gives the values another name or type adds nothing.
    while let node = index.producer[value.index], ["Identity", "Cast", "CastLike"].contains(index.kind(node)),
      let source = index.graph.nodes[node].inputs.first ?? nil, index.isFloat(source),
      !points.contains(where: { $0.activation == value })
    {
      value = source
    }
    if let place = points.firstIndex(where: { $0.activation == value || $0.preactivation == value }) {
      // What follows the output is not part of the backward pass.
      points[place].isHidden = false
      points.append(points.remove(at: place))
      return
    }
    // The values of a point that only changes its shape on the way out are those of the output.
    points.append(
      MeasuringPoint(
        name: "output", kind: "output", preactivation: start, activation: start, traits: [], isHidden: false))
  }

  /// Marks the layers of other outputs, from which nothing flows to the value at which the backward pass starts, and those
  /// that make parts of that value.
  private mutating func markOtherOutputs(_ start: ValueID) {
    var front = [start], reached: Set<ValueID> = []
    while let value = front.popLast() {
      guard reached.insert(value).inserted, let node = index.producer[value.index] else { continue }
      front += index.graph.nodes[node].inputs.compactMap(\.self)
    }
    var parts: Set<ValueID> = []
    front = [start]
    while let value = front.popLast() {
      guard parts.insert(value).inserted, !points.contains(where: { $0.activation == value && !$0.parameters.isEmpty }),
        let node = index.producer[value.index], index.kind(node) == "Concat" || GraphIndex.passing.contains(index.kind(node))
      else { continue }
      front += index.graph.nodes[node].inputs.compactMap(\.self)
    }
    let last = points.count - 1
    for place in points.indices
    where !reached.contains(points[place].preactivation) || place < last && parts.contains(points[place].activation) {
      points[place].traits.insert(.besideOutput)
      points[place].isHidden = false
    }
  }

  /// Gives parameters that no layer owns to the first layer that they act on: positions, class tokens, scales of branches.
  private mutating func adoptParameters() {
    let owned = Set(points.flatMap(\.parameters))
    var owner: [ValueID: Int] = [:]
    for (place, point) in points.enumerated().reversed() {
      owner[point.activation] = place
      owner[point.preactivation] = place
    }
    for (value, each) in index.graph.values.enumerated() {
      guard case .parameter(let parameter) = each.source, !owned.contains(parameter) else { continue }
      var front = [ValueID(value)], seen: Set<ValueID> = [], next = 0
      while next < front.count, seen.count < 4096 {
        let value = front[next]
        next += 1
        guard seen.insert(value).inserted else { continue }
        if let place = owner[value] {
          points[place].parameters.append(parameter)
          break
        }
        for node in index.consumers[value.index] { front += index.graph.nodes[node].outputs.compactMap(\.self) }
      }
    }
  }

  /// Finds for each point those whose results it reads.
  private mutating func connect() {
    var owner: [ValueID: Int] = [:]
    for (place, point) in points.enumerated() { owner[point.activation] = place }
    for place in points.indices {
      var sources: [Int] = [], seen: Set<ValueID> = []
      var front = [points[place].preactivation]
      if points[place].preactivation == points[place].activation, let node = index.producer[points[place].activation.index] {
        front = index.graph.nodes[node].inputs.compactMap(\.self)
      }
      while let value = front.popLast() {
        guard seen.insert(value).inserted, seen.count < 4096 else { continue }
        if let other = owner[value], other < place {
          sources.append(other)
        } else if let node = index.producer[value.index], index.isFloat(value) || index.dependsOnData[value.index] {
          front += index.graph.nodes[node].inputs.compactMap(\.self).filter { index.dependsOnData[$0.index] }
        }
      }
      points[place].sources = sources.sorted()
    }
  }
}
