import ArgumentParser
import Foundation
import InitScope
import Spelling

/// How a model from a file is taken.
struct ModelArguments: ParsableArguments {
  @Option(
    name: .customLong("dim"), parsing: .singleValue,
    help: ArgumentHelp("Extent of a dimension that an ONNX file leaves open; may be repeated.", valueName: "name=n"))
  var dimensions: [String] = []

  @Option(
    name: .customLong("batch-norm"),
    help: "Moments of an ONNX model's batch normalization: of the batch, or as in the file (default: batch).")
  var batchNormalization: ImportOptions.BatchNormalization?

  @Flag(
    name: .customLong("every-value"),
    help: "Measure every float value of an ONNX model's graph, not only its layers, and list them in the JSON.")
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

  /// The model of an ONNX file, and the arrays for its inputs.
  ///
  /// - Parameters:
  ///   - path: The file.
  ///   - input: What `--input` names: a file of arrays, or nothing where samples are drawn.
  ///   - weights: A file whose weights take the place of the model's own.
  func model(path: String, input: String?, weights: String?) throws -> (model: GraphModel, arrays: GraphArrays) {
    var given: String?
    if let input, input != "gaussian" {
      guard input.hasSuffix(".npz") || input.hasSuffix(".safetensors") else {
        throw ValidationError("--input takes an .npz file with one array per input of the ONNX model, got '\(input)'.")
      }
      given = input
    }
    let arrays = try given.map { try ArrayFile.read(path: $0) } ?? GraphArrays()
    var options = ImportOptions()
    options.dimensions = try extents
    options.batchNormalization = batchNormalization ?? .batch
    options.givenShapes = arrays.inputs.mapValues { $0.shape.extents }
    let model = try ONNXImport.model(path: path, options: options)
    return (try weights.map { try model.replacingWeights(path: $0) } ?? model, arrays)
  }
}

extension ImportOptions.BatchNormalization: ExpressibleByArgument {}

extension NetworkArguments {
  /// The path of an ONNX file that is meant; nil for a network of our own.
  var graphPath: String? {
    guard let network, Preset.named(network) == nil, network != "-" else { return nil }
    return ModelTensorFile.isModel(network) ? network : nil
  }
}
