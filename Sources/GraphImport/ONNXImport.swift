import Execution
import NetworkGraph
import ONNXFiles
import OperatorKernels

/// Takes ONNX files as models that can be audited.
public enum ONNXImport {
  /// Reads a model.
  ///
  /// - Parameters:
  ///   - path: An .onnx file.
  ///   - options: Symbolic extents, and where batch normalization takes its moments from.
  /// - Throws: `ONNXError` for a damaged file, `ImportError` for what cannot be executed, `GraphError` where shapes do not
  ///   fit, `OutOfMemory`.
  public static func model(path: String, options: ImportOptions = ImportOptions()) throws -> GraphModel {
    try model(ONNXModel(path: path), options: options)
  }

  /// Makes a model of a file that has been read.
  ///
  /// - Parameters:
  ///   - file: The file's contents.
  ///   - options: Symbolic extents, and where batch normalization takes its moments from.
  /// - Throws: As `model(path:options:)` does.
  public static func model(_ file: ONNXModel, options: ImportOptions = ImportOptions()) throws -> GraphModel {
    let file = ExportUnmerging.unmerged(try GraphInlining.inlined(file))
    let assembly = try GraphAssembly(file, options: options)
    let outputs = file.graph.outputs.compactMap { assembly[$0.name] }
    guard !outputs.isEmpty else {
      throw ImportError(path: file.path, "the model has no output", hint: "Export it again; the file may be damaged")
    }
    var graph = assembly.graph(name: name(of: file), outputs: outputs)
    // Types of all values, from a pass over the nodes.
    let typed = try CompiledGraph(graph, start: outputs[0], observed: outputs)
    guard let start = outputs.first(where: { typed.type(of: $0).element == .float32 }) else {
      throw ImportError(
        path: file.path, "no output of the model holds floats", hint: "Export it with its scores, not with chosen classes")
    }
    let index = GraphIndex(graph, origins: assembly.origins, types: typed.types, constants: typed.constants)
    let points = MeasuringPoints(index, start: start)
    ParameterNames.apply(points, index: index, file: file, program: assembly.program, to: &graph)
    addAliases(ExportNotes.ties(file, program: assembly.program) + assembly.ties, to: &graph)
    var model = GraphModel(
      name: graph.name, graph: graph, points: points.points, inputs: InputDraws.of(assembly.inputs, in: index),
      start: start, batch: batch(of: assembly.inputs.map(\.value), typed),
      notes: assembly.notes + ExportNotes.of(file, assembly, graph))
    model.hasFoldedNormalizations = !ExportNotes.folded(file).isEmpty
    return model
  }

  /// Gives tied parameters the other names that they have in the state dictionary.
  private static func addAliases(_ ties: [(name: String, other: String)], to graph: inout Graph) {
    var places: [String: Int] = [:]
    for (place, parameter) in graph.parameters.enumerated() { places[parameter.name] = place }
    for (name, other) in ties where places[name] == nil {
      guard let place = places[other], !(graph.parameters[place].source?.aliases.contains(name) ?? true) else { continue }
      graph.parameters[place].source?.aliases.append(name)
    }
  }

  private static func name(of file: ONNXModel) -> String {
    let last = file.path.split(separator: "/").last.map(String.init) ?? file.path
    return last.hasSuffix(".onnx") ? String(last.dropLast(5)) : last
  }

  /// The number of samples: the first extent of the first input that has one.
  private static func batch(of inputs: [ValueID], _ graph: CompiledGraph) -> Int {
    inputs.map { graph.type(of: $0).shape }.first { $0.rank > 0 }.map { max(1, $0[0]) } ?? 1
  }
}
