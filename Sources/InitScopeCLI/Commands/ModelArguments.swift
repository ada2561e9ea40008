import ArgumentParser
import Foundation
import InitScope
import Spelling

/// How a model from a file is taken.
struct ModelArguments: ParsableArguments {
  @Option(
    name: .customLong("dim"), parsing: .singleValue,
    help: ArgumentHelp(
      "Size of a dimension that an ONNX file leaves open, such as batch=32; may be repeated.", valueName: "name=n"))
  var dimensions: [String] = []

  @Option(
    name: .customLong("batch-norm"),
    help: ArgumentHelp(
      "Moments of batch normalization in an ONNX or Keras model: of the batch, or as in the file (default: batch)."))
  var batchNormalization: ImportOptions.BatchNormalization?

  @Flag(
    name: .customLong("every-value"),
    help: ArgumentHelp(
      "Measure every float value of a model's graph, not only its layers, and list them in the JSON.",
      // Only what measures takes it; others refuse it.
      visibility: CommandName.measures ? .default : .hidden))
  var everyValue = false

  func validate() throws { _ = try extents }

  /// What `--dim` gives.
  var extents: [String: Int] {
    get throws {
      var extents: [String: Int] = [:]
      for text in dimensions {
        let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
        guard parts.count == 2, let extent = Int(parts[1]), (1...(1 << 24)).contains(extent) else {
          throw ValidationError("--dim takes a name and a number, such as batch=32, got '\(TerminalText.safe(text))'.")
        }
        guard extents.updateValue(extent, forKey: parts[0]) == nil else {
          throw ValidationError("--dim names '\(TerminalText.safe(parts[0]))' twice.")
        }
      }
      return extents
    }
  }

  /// Whether an option is given that only files of models take.
  var isGiven: Bool { !dimensions.isEmpty || batchNormalization != nil || everyValue }

  /// The model of a file that is a graph of operators, and the arrays for its inputs.
  ///
  /// - Parameters:
  ///   - path: The file.
  ///   - input: What `--input` names: a file of arrays, or nothing where samples are drawn.
  ///   - weights: A file whose weights take the place of the model's own.
  ///   - batch: The number of samples where the file leaves it open, as Keras's do; nil for the default.
  ///   - needsWeights: Whether the model's own weights are needed; an ONNX file always has them.
  func model(
    path: String, input: String?, weights: String?, batch: Int? = nil, needsWeights: Bool = false
  ) throws -> (model: GraphModel, arrays: GraphArrays) {
    let isONNX = ModelTensorFile.isModel(path)
    var given: String?
    if let input, input != "gaussian" {
      guard input.hasSuffix(".npz") || input.hasSuffix(".safetensors") else {
        throw ValidationError(
          "--input takes an .npz file with one array per input of the \(isONNX ? "ONNX" : "Keras") model, got '\(input)'.")
      }
      given = input
    }
    var arrays = try given.map { try ArrayFile.read(path: $0) } ?? GraphArrays()
    guard isONNX else {
      if !dimensions.isEmpty {
        throw ValidationError("--dim applies to ONNX files only. --batch gives a Keras model's number of samples.")
      }
      var options = KerasGraphModel.Options()
      if let batch { options.batch = batch }
      // One array for one input is meant for it, whatever it is called: Keras makes up names such as input_layer_1.
      if arrays.inputs.count == 1, let array = arrays.inputs.first?.value {
        let inputs = try ModelFile.graph(path: path, options: options).model.inputs
        if inputs.count == 1 { arrays.inputs = [inputs[0].name: array] }
      }
      options.shapes = arrays.inputs.mapValues { $0.shape.extents }
      options.usesMovingMoments = batchNormalization == .file
      let file = try ModelFile.graph(path: path, options: options)
      guard needsWeights || weights != nil || options.usesMovingMoments && file.hasOwnWeights else {
        return (file.model, arrays)
      }
      return (try ModelFile.filled(file, path: weights), arrays)
    }
    var options = ImportOptions()
    options.dimensions = try extents
    options.batch = batch
    options.batchNormalization = batchNormalization ?? .batch
    options.givenShapes = arrays.inputs.mapValues { $0.shape.extents }
    let model = try ONNXImport.model(path: path, options: options)
    return (try weights.map { try model.replacingWeights(path: $0) } ?? model, arrays)
  }

  private static func holdsCotangent(_ path: String) -> Bool {
    guard path.hasSuffix(".npz") || path.hasSuffix(".safetensors") else { return false }
    return (try? TensorFiles.open(path: path))?.entries.contains { $0.name == "cotangent" } ?? false
  }

  /// The path of a file whose model runs as a graph of operators: ONNX, or a Keras model that our own layers cannot express
  /// or for which only a graph can do what is asked. Nil for a network of our own layers.
  ///
  /// - Parameters:
  ///   - network: What the command works on.
  ///   - input: What `--input` names: a file with an array `cotangent` is meant for a graph.
  func graphPath(_ network: NetworkArguments, input: String? = nil) -> String? {
    guard let path = network.network, Preset.named(path) == nil, path != "-" else { return nil }
    if ModelTensorFile.isModel(path) { return path }
    let isAsked = batchNormalization == .file || everyValue || input.map(Self.holdsCotangent) ?? false
    return ModelFile.isGraph(path: path, always: isAsked) ? path : nil
  }
}

extension ImportOptions.BatchNormalization: ExpressibleByArgument {}
