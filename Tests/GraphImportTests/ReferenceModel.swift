import DataSets
import Execution
import Foundation
import GraphImport
import NetworkGraph
import ONNXFiles
import OperatorKernels
import TensorKernels
import TestSupport

/// One of the models of Fixtures/models, with what PyTorch has for it in float64.
struct ReferenceModel {
  struct Reference: Decodable {
    struct Parameter: Decodable {
      var name: String
      var aliases: [String]
      var weight: Double
      /// The mean square of the gradient; nil where it is zero but for rounding.
      var gradient: Double?
      /// Files in which the tensor holds a product with the gain of a normalization.
      var folded: [String]
    }
    struct Module: Decodable {
      var module: String
      var output: Double
      var gradient: Double?
      /// The value that is the module's result, by file.
      var values: [String: String]
    }
    struct Mode: Decodable {
      var parameterDeviation: Double
      var parameters: [Parameter]
    }
    var outputDeviation: Double
    var gradientDeviation: Double
    var parameterDeviation: Double
    var parameters: [Parameter]
    var modules: [Module]
    var bytes: [String: Int]
    var training: Mode?
  }

  static let names = [
    "bert", "convnext", "gpt2_sdpa", "llama", "lstm", "mlp_bn", "mobilenet_v3", "resnet18", "transformer_encoder", "unet",
    "vit",
    "wgan_g",
  ]

  let folder: URL
  let reference: Reference
  let arrays: GraphArrays

  init(_ name: String) throws {
    folder = Repository.fixtures.appending(path: "models/\(name)")
    reference = try JSONDecoder().decode(
      Reference.self, from: Data(contentsOf: folder.appending(path: "reference.json")))
    arrays = try ArrayFile.read(path: folder.appending(path: "inputs.npz").path)
  }

  /// A file of the model, imported.
  func model(_ file: String, batchNormalization: ImportOptions.BatchNormalization = .file) throws -> GraphModel {
    let path = folder.appending(path: file + ".gz").path
    let bytes = try GzipReader(path: path).bytes(reference.bytes[file] ?? 0, "the model")
    var options = ImportOptions()
    options.batchNormalization = batchNormalization
    options.givenShapes = arrays.inputs.mapValues { $0.shape.extents }
    return try ONNXImport.model(ONNXModel(bytes: bytes, path: path), options: options)
  }
}

/// Mean squares of all values and gradients of one run on the reference's arrays.
final class MomentsObserver: ExecutionObserver {
  private(set) var values: [ValueID: Double] = [:]
  private(set) var gradients: [ValueID: Double] = [:]

  static func run(_ model: GraphModel, _ arrays: GraphArrays) throws -> MomentsObserver {
    let all = model.graph.values.indices.filter {
      if case .constant = model.graph.values[$0].source { false } else { true }
    }.map { ValueID($0) }
    let compiled = try CompiledGraph(model.graph, start: model.start, observed: all)
    let parameters = try ParameterSet(model.graph)
    try parameters.load(model.graph)
    let run = GraphRun(
      compiled, parameters: parameters, pool: BufferPool(limit: 1 << 32), team: SingleThread.shared, policy: .carried)
    for input in model.inputs {
      if let constant = arrays.inputs[input.name] { constant.write(to: try run.input(input.value).memory) }
    }
    let observer = MomentsObserver()
    try run.forward(observer: observer)
    try run.backward(
      fill: { target in
        _ = target.update(from: arrays.cotangent ?? [])
        return 0
      }, observer: observer)
    return observer
  }

  private func moment(_ tensor: Tensor) -> Double? {
    guard tensor.type.element == .float32, tensor.count > 0 else { return nil }
    return Elementwise.sumOfSquares(tensor.floats, count: tensor.count) / Double(tensor.count) * exp2(2 * tensor.exponent)
  }

  func computed(_ value: ValueID, _ tensor: Tensor) throws { values[value] = moment(tensor) }
  func gradient(of value: ValueID, _ gradient: Tensor) throws { gradients[value] = moment(gradient) }
}
