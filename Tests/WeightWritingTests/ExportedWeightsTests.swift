import Foundation
import GraphImport
import NetworkGraph
import SignalPropagation
import TensorFiles
import TestSupport
import Testing
import WeightWriting

/// What is written of models whose exporters renamed, cut or merged tensors: Fixtures/models/scripts/exported.py.
@Suite struct ExportedWeightsTests {
  private static let folder = Repository.fixtures.appending(path: "models/exported")

  private static func stateDictionary(_ name: String) throws -> [String: [Int]] {
    struct Parameter: Decodable {
      var shape: [Int]
      var aliases: [String]
    }
    let all = try JSONDecoder().decode(
      [String: [String: Parameter]].self, from: Data(contentsOf: folder.appending(path: "reference.json")))
    let own = try #require(all[String(name.split(separator: "_")[0])])
    return Dictionary(uniqueKeysWithValues: own.flatMap { key, one in ([key] + one.aliases).map { ($0, one.shape) } })
  }

  /// A file of weights has the names and shapes of the model's own tensors. What has no such name is left out, and said.
  @Test(arguments: [
    "autoencoder_default", "autoencoder_legacy", "cells_legacy", "dictionaries_legacy", "groups_default", "groups_legacy",
    "normalized_legacy", "shifted_kept", "tied_legacy", "translator_default", "translator_legacy", "upsampled_kept",
    "computed_default", "computed_kept", "root_legacy",
  ])
  func writtenTensorsAreTheModelsOwn(_ name: String) throws {
    let path = Self.folder.appending(path: "\(name).onnx").path, own = try Self.stateDictionary(name)
    let model = try ONNXImport.model(path: path)
    let tensors = try AuditConfiguration(model: model, initializers: [.heNormal]).drawnTensors() ?? []
    let output = FileManager.default.temporaryDirectory.appending(path: "\(UUID().uuidString).safetensors")
    defer { try? FileManager.default.removeItem(at: output) }
    let writer = WeightWriter(tensors, of: path)
    _ = try writer.write(to: output.path, as: .safetensors)
    let entries = try TensorFiles.open(path: output.path).entries
    // A tied tensor has a name for each of its modules, as in a state dictionary.
    let aliases = tensors.flatMap { $0.parameter.source?.aliases ?? [] }
    #expect(entries.count + writer.leftOut.count == tensors.count + aliases.count && !entries.isEmpty)
    for entry in entries { #expect(entry.shape == own[entry.name], "\(entry.name)") }
    for left in writer.leftOut { #expect(model.notes.contains { $0.contains(left) || $0.contains("folded") }, "\(left)") }
  }
}
