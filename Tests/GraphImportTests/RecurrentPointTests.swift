import Foundation
import GraphImport
import NetworkGraph
import SignalPropagation
import TestSupport
import Testing

/// Recurrent layers of a model are measured as our own are: at their gates, and step by step.
@Suite struct RecurrentPointTests {
  /// Layers that an export writes out: single precision against PyTorch's double.
  @Test func gatesOfWrittenOutLayersAreMeasured() throws {
    let folder = Repository.fixtures.appending(path: "models/recognized")
    let all = try JSONDecoder().decode(
      [String: [String: Double]].self, from: Data(contentsOf: folder.appending(path: "signals.json")))
    let model = try ONNXImport.model(path: folder.appending(path: "unrolled.onnx").path)
    var configuration = try AuditConfiguration(model: model, replicas: 1)
    configuration.graphArrays = try ArrayFile.read(path: folder.appending(path: "unrolled.npz").path)
    let layers = try Audit(configuration).run().runs[0].layers
    for (name, expected) in try #require(all["unrolled gates"]) {
      let layer = try #require(layers.first { $0.name == name })
      #expect(abs(layer.preactivation.secondMoment / expected - 1) < 1e-5, "\(name): \(layer.preactivation.secondMoment)")
      // The slopes of tanh and sigmoid are at most 1.
      let gradient = layer.preactivationGradient.secondMoment
      #expect(gradient > 0 && gradient != layer.gradient.secondMoment, "\(name)")
    }
  }

  private struct Reference: Decodable {
    struct Layer: Decodable {
      var secondMoment: Double
      var states: [Double]
    }
    var layers: [Layer]
  }

  @Test(arguments: ["noopt.onnx", "default.onnx"]) func gatesAndStepsAreMeasured(file: String) throws {
    let wanted = try JSONDecoder().decode(
      Reference.self, from: Data(contentsOf: Repository.fixtures.appending(path: "models/lstm/gates.json")))
    let source = try ReferenceModel("lstm"), model = try source.model(file)
    var configuration = try AuditConfiguration(model: model, replicas: 1)
    configuration.graphArrays = source.arrays
    let layers = try Audit(configuration).run().runs[0].layers.filter { $0.kind == "lstm" }
    #expect(layers.count == wanted.layers.count)
    for (layer, reference) in zip(layers, wanted.layers) {
      // Float32 products of some dozen terms, over 12 steps.
      #expect(abs(layer.preactivation.secondMoment / reference.secondMoment - 1) < 1e-5, "\(layer.name)")
      let recurrence = try #require(layer.recurrence)
      #expect(recurrence.log10State.count == reference.states.count)
      for (measured, expected) in zip(recurrence.log10State, reference.states) {
        #expect(abs((measured ?? .nan) - log10(expected)) < 1e-5, "\(layer.name)")
      }
      #expect(recurrence.log10StateGradient.count == reference.states.count)
      #expect(recurrence.log10StateGradient.allSatisfy { $0 != nil })
      #expect(layer.activation.secondMoment != layer.preactivation.secondMoment)
    }
  }
}
