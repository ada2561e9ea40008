import Execution
import Foundation
import GraphImport
import NetworkGraph
import ONNXFiles
import TestSupport
import Testing

/// Models whose weights an export or the model itself shapes before a layer reads them: Fixtures/models/scripts/shaped.py.
@Suite struct ShapedModelTests {
  private struct Parameter: Decodable {
    var shape: [Int]
    var role: String
    /// The mean square of PyTorch's gradient in float64.
    var gradient: Double
    var aliases: [String]
  }

  private static let folder = Repository.fixtures.appending(path: "models/shaped")
  private static let names = [
    "weight_norm", "spectral_norm", "cross_attention", "experts", "unfed", "slopes", "slopes_default", "shared_default",
    "tied_default", "shared_legacy", "per_head", "standardized",
  ]

  private static func reference(_ name: String) throws -> [String: Parameter] {
    let all = try JSONDecoder().decode(
      [String: [String: Parameter]].self, from: Data(contentsOf: folder.appending(path: "reference.json")))
    return try #require(all[name])
  }

  private static func model(_ name: String) throws -> GraphModel {
    try ONNXImport.model(path: folder.appending(path: "\(name).onnx").path)
  }

  @Test(arguments: names) func everyParameterIsOneTensorWithTheModelsShapeAndRole(_ name: String) throws {
    let model = try Self.model(name)
    let found = Dictionary(grouping: model.graph.parameters, by: \.name)
    #expect(found.values.allSatisfy { $0.count == 1 }, "\(found.filter { $1.count > 1 }.keys.sorted())")
    for (key, wanted) in try Self.reference(name) {
      let parameter = try #require(([key] + wanted.aliases).compactMap { found[$0]?.first }.first, "\(key)")
      #expect(parameter.modelShape == wanted.shape, "\(key)")
      let role = parameter.role == .shift ? "bias" : parameter.role?.rawValue
      #expect(role == wanted.role, "\(key)")
    }
  }

  /// Single precision against double: sums of at most some thousand terms differ by less than 1e-4 of their size.
  @Test(arguments: names) func gradientsAreThoseOfPyTorch(_ name: String) throws {
    let model = try Self.model(name)
    let arrays = try ArrayFile.read(path: Self.folder.appending(path: "\(name).npz").path)
    let moments = try MomentsObserver.run(model, arrays)
    var values: [String: ValueID] = [:]
    for (index, value) in model.graph.values.enumerated() {
      if case .parameter(let place) = value.source { values[model.graph.parameters[place].name] = ValueID(index) }
    }
    for (key, wanted) in try Self.reference(name) {
      let value = try #require(([key] + wanted.aliases).compactMap { values[$0] }.first, "\(key)")
      let found = moments.gradients[value] ?? .nan
      // A gradient that is zero but for rounding: the softmax does not feel the bias of its keys.
      guard wanted.gradient > 1e-20 else { continue }
      #expect(abs(found - wanted.gradient) <= 1e-4 * wanted.gradient, "\(key): \(found), not \(wanted.gradient)")
    }
  }

  /// A matrix is drawn with the fans of the product that reads it. Queries and slopes are no weights.
  @Test(arguments: [
    ("weight_norm", "0.parametrizations.weight.original1", 8, 12),
    ("spectral_norm", "0.parametrizations.weight.original", 8, 12), ("cross_attention", "attention.in_proj_weight", 16, 48),
    ("experts", "w", 8, 16), ("unfed", "key.weight", 8, 8), ("shared_default", "inner.weight", 40, 40),
    ("standardized", "2.weight", 72, 54),
  ])
  func weightsBehindOtherOperatorsHaveFans(_ name: String, _ key: String, _ fanIn: Int, _ fanOut: Int) throws {
    let parameter = try #require(try Self.model(name).graph.parameters.first { $0.name == key })
    #expect(parameter.weightShape?.fans == Fans(fanIn: fanIn, fanOut: fanOut))
  }

  @Test func lengthsOfANormalizationBelongToItsDirections() throws {
    let parameters = try Self.model("weight_norm").graph.parameters
    let length = try #require(parameters.first { $0.name == "0.parametrizations.weight.original0" }?.lengths)
    #expect(parameters[length.parameter].name == "0.parametrizations.weight.original1" && length.axis == 0)
  }

  /// A module that computes with the weights of its parts itself has a layer for each.
  @Test func layersHaveTheNamesOfTheirWeights() throws {
    #expect(
      try Self.model("cross_attention").points.map(\.name) == [
        "inner", "attention.in_proj", "attention.in_proj#2", "attention.attention", "attention.out_proj", "out",
      ])
    #expect(try Self.model("weight_norm").points.map(\.name) == ["0", "2"])
  }

  /// The mean over features within a normalization is no pooling.
  @Test func normalizationsOfHeadsAreNotTakenForPooling() throws {
    let kinds = try Self.model("per_head").points.map(\.kind)
    #expect(kinds == ["linear", "rms_norm", "linear", "global_average_pool"])
  }
}
