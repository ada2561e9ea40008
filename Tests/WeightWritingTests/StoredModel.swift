import DataSets
import Foundation
import GraphImport
import NetworkGraph
import ONNXFiles
import SignalPropagation
import TensorFiles
import TestSupport

/// A model of Fixtures/models, unpacked into a folder that goes away with it.
final class StoredModel {
  static let names = [
    "bert", "convnext", "gpt2_sdpa", "llama", "lstm", "mlp_bn", "mobilenet_v3", "resnet18", "transformer_encoder", "unet",
    "vit", "wgan_g",
  ]

  let folder: URL
  private let fixture: URL
  private let sizes: [String: Int]

  init(_ name: String) throws {
    fixture = Repository.fixtures.appending(path: "models/\(name)")
    struct Reference: Decodable { var bytes: [String: Int] }
    sizes = try JSONDecoder().decode(
      Reference.self, from: Data(contentsOf: fixture.appending(path: "reference.json"))
    ).bytes
    folder = FileManager.default.temporaryDirectory.appending(path: "initscope-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  func path(_ name: String) -> String { folder.appending(path: name).path }

  /// The path of a file of the model.
  func unpacked(_ file: String) throws -> String {
    let bytes = try GzipReader(path: fixture.appending(path: file + ".gz").path).bytes(sizes[file] ?? 0, "the model")
    try Data(bytes).write(to: folder.appending(path: file))
    return path(file)
  }

  /// The tensors of a file under an initializer.
  func tensors(_ path: String, _ initializer: Initializer) throws -> [ModelTensor] {
    var options = ImportOptions()
    let arrays = try ArrayFile.read(path: fixture.appending(path: "inputs.npz").path)
    options.givenShapes = arrays.inputs.mapValues { $0.shape.extents }
    let model = try ONNXImport.model(path: path, options: options)
    return try AuditConfiguration(model: model, initializers: [initializer]).drawnTensors() ?? []
  }
}
