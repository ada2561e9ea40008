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
    var names: [String: Int] = [:]
    var covered: Set<ValueID> = []
    var anchors: [(order: Int, point: MeasuringPoint)] = []
    for node in index.graph.nodes.indices {
      guard let found = RecognizerCatalogue.recognize(node, in: index) else { continue }
      let scope = ModuleScope(index.origins[node])
      var point = point(for: found, scope: scope)
      guard !covered.contains(point.activation) else { continue }
      covered.insert(point.activation)
      var name = point.name
      names[name, default: 0] += 1
      if let count = names[name], count > 1 { name += "#\(count)" }
      point.name = name
      for (held, use) in found.parameters where uses[held.parameter] == nil {
        uses[held.parameter] = use
        owners[held.parameter] = scope
      }
      anchors.append((index.producer[point.activation.index] ?? node, point))
    }
    points = anchors.sorted { $0.order < $1.order }.map(\.point)
    endWithOutput(start)
    connect()
  }

  private func point(for found: Recognition, scope: ModuleScope) -> MeasuringPoint {
    var preactivation = shaped(found.preactivation), activation = preactivation
    var nonlinearity = Activation.identity
    if found.takesActivation {
      for value in Set([found.preactivation, preactivation]).sorted(by: { $0.index > $1.index }) {
        if let (function, output) = ActivationRegion.after(value, in: index) {
          (nonlinearity, preactivation, activation) = (function, value, output)
          break
        }
      }
    }
    if found.traits == [.activates], activation == preactivation { activation = found.preactivation }
    let node = index.graph.nodes[found.anchor]
    var name = scope.path
    if !scope.isKnown || name.isEmpty {
      // The weights' name tells the module; else the node's own name has to do.
      let weights = found.parameters.first.map { index.graph.parameters[$0.held.parameter].name } ?? ""
      name = weights.contains(".") ? String(weights[..<(weights.lastIndex(of: ".") ?? weights.endIndex)]) : node.name
      if let suffix = found.suffix, scope.isKnown { name = suffix }
    } else if let suffix = found.suffix {
      name += ".\(suffix)"
    }
    return MeasuringPoint(
      name: name, kind: found.kind, scope: name.split(separator: ".").dropLast().map(String.init), preactivation: preactivation,
      activation: activation, nonlinearity: nonlinearity,
      parameters: found.parameters.map(\.held.parameter).reduce(into: []) { if !$0.contains($1) { $0.append($1) } },
      traits: found.traits)
  }

  /// The same values where they have samples in front again: products of flattened rows are reshaped at once.
  private func shaped(_ value: ValueID) -> ValueID {
    guard let next = index.onlyConsumer(value), index.kind(next) == "Reshape", index.type(value).shape.rank == 2,
      let output = index.graph.nodes[next].outputs.first ?? nil, index.type(output).shape.rank == 3,
      index.type(output).shape.extents.last == index.type(value).shape.extents.last
    else { return value }
    return output
  }

  /// The last point is the value from which the backward pass starts.
  private mutating func endWithOutput(_ start: ValueID) {
    if let place = points.firstIndex(where: { $0.activation == start || $0.preactivation == start }) {
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
