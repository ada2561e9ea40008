import HDF5Files
import NetworkGraph
import OperatorKernels

/// A Keras model as a graph of operators, for models that a network of our own layers cannot express.
///
///     let file = try KerasGraphModel(path: "autoencoder.keras")
///     let report = try Audit(AuditConfiguration(model: file.model, initializers: [.keras])).diagnose()
///
/// Takes what ``KerasModel`` takes, and beyond it transposed convolutions, products of signals, layers that are called at
/// several places, and several inputs and outputs. Signals have Keras's own layout.
public struct KerasGraphModel: Sendable {
  /// What a file leaves open.
  public struct Options: Sendable {
    /// The number of samples.
    public var batch = 32
    /// Extents of arrays that are given for inputs, by the input's name: they decide open extents and the batch.
    public var shapes: [String: [Int]] = [:]
    /// Whether batch normalization uses the moving moments of the file rather than the batch's own.
    public var usesMovingMoments = false

    public init() {}
  }

  /// The model. Until ``filled(path:reader:)`` it holds no weights, only the initializers that the file declares.
  public let model: GraphModel
  /// Where a file of weights keeps each parameter, in the order of the graph's parameters.
  public let weights: [KerasWeight]
  private let moments: [(weight: KerasWeight, value: ValueID)]
  private let file: KerasFile

  /// Reads a `.keras` file.
  ///
  /// - Parameters:
  ///   - path: The archive.
  ///   - options: What the file leaves open.
  /// - Throws: ``KerasError`` for what is no Keras model, and for one with layers that have no counterpart: all of them,
  ///   each with its reason.
  public init(path: String, options: Options = Options()) throws(KerasError) {
    try self.init(try KerasFile(path: path), options)
  }

  /// Reads a configuration: the JSON of `model.to_json()`.
  ///
  /// - Parameters:
  ///   - configuration: The text.
  ///   - path: What errors call it.
  ///   - options: What the file leaves open.
  /// - Throws: As `init(path:options:)` does.
  public init(configuration: [UInt8], path: String, options: Options = Options()) throws(KerasError) {
    try self.init(try KerasFile(configuration: configuration, path: path), options)
  }

  private init(_ file: KerasFile, _ options: Options) throws(KerasError) {
    var builder: KerasGraphBuilder
    let outputs: [KerasSignal]
    do throws(KerasGraph.Refusal) {
      let graph = try KerasGraph(file.document)
      builder = KerasGraphBuilder(graph, version: file.version, options: options)
      for input in graph.inputs { try builder.start(input, in: graph) }
      for layer in graph.layers { builder.append(layer) }
      guard builder.problems.isEmpty else { throw KerasModel.refusal(builder.problems, remedy: KerasModel.graphRemedy) }
      outputs = graph.outputs.compactMap { builder[$0] }
      guard outputs.count == graph.outputs.count, !builder.nodes.isEmpty else {
        throw KerasGraph.Refusal(message: "has no layer that computes anything", hint: nil)
      }
      if graph.outputs.count > 1 {
        for output in graph.outputs { builder.notes.note(.firstOutput, KerasReference.node(of: output)) }
      }
    } catch {
      throw KerasError(path: file.path, error.message, hint: error.hint)
    }
    var results: [ValueID] = []
    do throws(KerasStop) {
      for output in outputs { results.append(try builder.plain(output)) }
    } catch {
      throw KerasError(path: file.path, "its outputs cannot be computed")
    }
    guard let start = results.first(where: { builder.type($0).element == .float32 }) else {
      throw KerasError(path: file.path, "no output of the model holds floats", hint: "Save the model with its scores")
    }
    let graph = Graph(
      name: file.name, values: builder.values, nodes: builder.nodes, inputs: builder.inputs.map(\.value), outputs: results,
      parameters: builder.parameters)
    var model = GraphModel(
      name: file.name, graph: graph, points: Self.ordered(builder.points, start: start, outputs[0]), inputs: builder.inputs,
      start: start, batch: builder.inputs.first.map { max(1, builder.type($0.value).shape[0]) } ?? 1,
      notes: builder.notes.sentences.map { $0.prefix(1).uppercased() + $0.dropFirst() + "." })
    model.holdsWeights = false
    model.hasChannelsLast = true
    self.model = model
    (weights, moments, self.file) = (builder.weights, builder.moments, file)
  }

  /// All arrays of a file of weights but those of an optimizer.
  func everyArray(path: String?, reader: HDF5Reader) throws(KerasError) -> [KerasArray] {
    try file.everyArray(path: path, reader: reader)
  }

  /// Whether the file itself holds weights; false for a configuration.
  public var hasOwnWeights: Bool { file.archive?.members.contains { $0.name == KerasFile.weightFile } ?? false }

  /// The points with that of the output behind all others.
  private static func ordered(_ points: [MeasuringPoint], start: ValueID, _ output: KerasSignal) -> [MeasuringPoint] {
    var points = points
    guard let place = points.firstIndex(where: { $0.activation == start }) else {
      return points + [
        MeasuringPoint(
          name: "output", kind: "output", preactivation: start, activation: start, traits: [.featuresLast],
          sources: output.sources.sorted(), isHidden: false)
      ]
    }
    points[place].isHidden = false
    guard place < points.count - 1 else { return points }
    // What another output has behind this one keeps its place before it.
    let order = Array(0..<place) + Array((place + 1)..<points.count) + [place]
    var moved = [Int](repeating: 0, count: points.count)
    for (new, old) in order.enumerated() { moved[old] = new }
    return order.map { old in
      var point = points[old]
      point.sources = point.sources.map { moved[$0] }.sorted()
      return point
    }
  }

  /// The model with the weights of its own file, or of another one.
  ///
  /// - Parameters:
  ///   - path: A `.weights.h5` file, or a `.keras` file that holds one; nil for the model's own.
  ///   - reader: Reads HDF5 files, in a process of its own.
  /// - Throws: ``KerasError`` where the file cannot be read, or an array is missing or has other extents.
  public func filled(path: String?, reader: HDF5Reader = HDF5Reader()) throws(KerasError) -> GraphModel {
    let wanted = Set(weights.map(\.source) + moments.map(\.weight.source))
    let arrays = try file.arrays(path: path, wanted: wanted, count: model.graph.parameterCount, reader: reader)
    var filled = model
    for (place, weight) in weights.enumerated() {
      let values = try arrays.values(of: weight)
      filled.graph.parameters[place].load = { target in _ = target.update(from: values) }
    }
    for (weight, value) in moments where arrays[weight.source] != nil {
      let values = try arrays.values(of: weight)
      guard let shape = try? TensorShape([weight.count]) else { continue }
      filled.graph.values[value.index].source = .constant(TensorConstant(shape, .float32(values)))
    }
    filled.holdsWeights = true
    return filled
  }
}
