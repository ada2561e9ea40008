/// Layers that a report shows as one: a block of a model from a file, such as `transformer.h.0`, or a layer by itself.
public struct LayerBlock: Sendable, Equatable {
  /// The module's path, or the layer's name.
  public var name: String
  /// The parts, from input to output.
  public let layers: [LayerResult]

  /// Makes a block.
  ///
  /// - Parameters:
  ///   - name: The module's path, or the layer's name.
  ///   - layers: Its parts; at least one.
  package init(name: String, layers: [LayerResult]) {
    precondition(!layers.isEmpty, "a block has at least one layer")
    self.name = name
    self.layers = layers
  }

  /// The block as one layer: its last layer, with the worst of all parts where a part can be dead, saturated, made of copies
  /// or not finite, and with the largest relative weight gradient.
  public var result: LayerResult {
    guard layers.count > 1, var result = layers.last else { return layers[0] }
    result.name = name
    result.kind = "block"
    func worst(_ value: (LayerResult) -> Double?) -> Double? { layers.compactMap(value).max() }
    result.activation.deadFraction = worst(\.activation.deadFraction)
    result.activation.saturatedFraction = worst(\.activation.saturatedFraction)
    result.activation.duplicateFraction = worst(\.activation.duplicateFraction)
    let signals: [WritableKeyPath<LayerResult, SignalSummary>] = [
      \.preactivation, \.activation, \.gradient, \.preactivationGradient,
    ]
    for signal in signals {
      let bad = layers.filter { $0[keyPath: signal].nonFinite > 0 }
      guard let first = bad.first, result[keyPath: signal].nonFinite == 0 else { continue }
      result[keyPath: signal].nonFinite = first[keyPath: signal].nonFinite
      result[keyPath: signal].log10SecondMoment = nil
      result[keyPath: signal].interval = nil
    }
    result.weightGradient =
      layers.compactMap(\.weightGradient).max { ($0.toWeightRatio ?? 0) < ($1.toWeightRatio ?? 0) } ?? result.weightGradient
    return result
  }
}

extension InitializerRun {
  /// The number of layers up to which a report shows a model layer by layer; larger ones are shown by blocks.
  public static let mostSingleLayers = 40

  /// The layers as a report shows them first: one by one in a small network and in networks of our own, else by the modules
  /// that repeat (`transformer.h.0` ... `transformer.h.11`, `layer1.0`), in the order of their first layers.
  public var blocks: [LayerBlock] {
    let singles = layers.map { LayerBlock(name: $0.name, layers: [$0]) }
    guard layers.count > Self.mostSingleLayers, layers.contains(where: { $0.scope != nil }) else { return singles }
    let paths = ModulePaths(layers)
    guard let depth = paths.depth(mostRows: Self.mostSingleLayers) else { return singles }
    var places: [String: Int] = [:]
    var groups: [(name: String, layers: [LayerResult])] = []
    for (layer, path) in zip(layers, paths.paths) {
      let key = path.prefix(depth).joined(separator: ".")
      if let place = places[key] {
        groups[place].layers.append(layer)
      } else {
        places[key] = groups.count
        groups.append((key, [layer]))
      }
    }
    // A block of one layer is that layer.
    return groups.map { LayerBlock(name: $0.layers.count == 1 ? $0.layers[0].name : $0.name, layers: $0.layers) }
  }

  /// The run with each block as one layer, numbered from 1, for pictures without room for all layers.
  public var folded: InitializerRun {
    let blocks = blocks
    guard blocks.count < layers.count else { return self }
    var run = self
    run.layers = blocks.enumerated().map { place, block in
      var layer = block.result
      layer.index = place + 1
      return layer
    }
    let output = layers.isEmpty ? 0 : layers[outputIndex].index
    run.outputLayer = (blocks.firstIndex { $0.layers.contains { $0.index == output } } ?? blocks.count - 1) + 1
    return run
  }
}

/// The modules of a model's layers as a tree, of which a report shows one level.
private struct ModulePaths {
  /// For each layer the names of its modules and its own, outermost first.
  let paths: [[Substring]]
  /// Deeper modules count as one.
  private static let deepest = 24

  init(_ layers: [LayerResult]) {
    paths = layers.map { layer in
      let scope = layer.scope ?? "", modules = scope.split(separator: ".")
      let own: [Substring] =
        layer.name == scope
        ? []
        : layer.name.hasPrefix(scope + ".")
          ? layer.name.dropFirst(scope.count + 1).split(separator: ".")
          : scope.isEmpty && layer.scope != nil
            ? layer.name.split(separator: ".") : [layer.name[...]]
      return Array((modules + own).prefix(Self.deepest))
    }
  }

  /// The level to show; nil where no level has fewer rows than there are layers.
  ///
  /// Repeated blocks are numbered. Of the levels whose modules are numbered it is the most detailed one with at most so many
  /// rows; where that has only a few rows (stages, a wrapper) or is none, the next numbered one; without numbers the most
  /// detailed level.
  func depth(mostRows: Int) -> Int? {
    let levels = (1...Self.deepest).map { depth in
      (depth: depth, rows: Set(paths.map { $0.prefix(depth).joined(separator: ".") }).count)
    }
    // Of levels with the same rows the outermost names them.
    var distinct: [(depth: Int, rows: Int)] = []
    for level in levels where distinct.last.map({ $0.rows < level.rows }) ?? true { distinct.append(level) }
    distinct = distinct.filter { 2 * $0.rows <= paths.count }
    let numbered = distinct.filter { isNumbered($0.depth) }
    let best = numbered.last { $0.rows <= mostRows }
    if let best, best.rows >= Self.fewestRows { return best.depth }
    if let next = numbered.first(where: { $0.rows > mostRows }), best == nil || next.rows <= 3 * mostRows {
      return next.depth
    }
    return (distinct.last { $0.rows <= mostRows } ?? distinct.first)?.depth
  }

  /// Fewer rows than these say too little of a model of many layers.
  private static let fewestRows = 12

  /// Whether most layers belong to a numbered module of that level.
  private func isNumbered(_ depth: Int) -> Bool {
    2 * paths.count { $0.count >= depth && Int($0[depth - 1]) != nil } >= paths.count
  }
}
