import Execution
import Foundation
import GraphImport
import NetworkGraph
import ONNXFiles
import TestSupport
import Testing

/// What exporters merge, fold, turn around and rename: Fixtures/models/scripts/exported.py.
@Suite struct ExportedModelTests {
  private struct Parameter: Decodable {
    var shape: [Int]
    /// The mean square of PyTorch's gradient in float64.
    var gradient: Double
    var aliases: [String]
  }

  private static let folder = Repository.fixtures.appending(path: "models/exported")
  private static let names = [
    "cells_legacy", "tied_legacy", "autoencoder_default", "autoencoder_legacy", "dictionaries_legacy", "translator_default",
    "translator_legacy", "groups_default", "groups_legacy", "shifted_kept", "upsampled_kept",
    "computed_default", "computed_kept", "root_legacy", "bare_default", "bare_kept",
  ]

  /// Parameters that a file does not hold: biases of zeros are dropped, the packed weights of a cross attention are cut, and
  /// weights may be computed beforehand.
  private static func isAbsent(_ key: String, from name: String) -> Bool {
    switch name {
    case "autoencoder_default": ["b1", "b2"].contains(key)
    case "translator_default": key.hasSuffix("attn.out_proj.bias")
    case "computed_default": ["scaled.weight", "base", "a", "b", "form.weight"].contains(key)
    case "translator_legacy": key.contains("multihead_attn.in_proj")
    default: false
    }
  }

  private static func reference(_ name: String) throws -> [String: Parameter] {
    let all = try JSONDecoder().decode(
      [String: [String: Parameter]].self, from: Data(contentsOf: folder.appending(path: "reference.json")))
    return try #require(all[String(name.split(separator: "_")[0])])
  }

  private static func model(_ name: String) throws -> GraphModel {
    try ONNXImport.model(path: folder.appending(path: "\(name).onnx").path)
  }

  @Test(arguments: names) func everyNameIsTheStateDictionarysOrSaidToBeNone(_ name: String) throws {
    let model = try Self.model(name), reference = try Self.reference(name)
    let found = Dictionary(grouping: model.graph.parameters, by: \.name)
    #expect(found.values.allSatisfy { $0.count == 1 }, "\(found.filter { $1.count > 1 }.keys.sorted())")
    let known = Set(reference.flatMap { [$0] + $1.aliases })
    for parameter in model.graph.parameters where !known.contains(parameter.name) {
      let source = try #require(parameter.source)
      #expect(source.isUnnamed || source.isComputed, "\(parameter.name)")
      #expect(model.notes.contains { $0.contains(parameter.name) }, "\(parameter.name)")
    }
    for (key, wanted) in reference {
      let own = ([key] + wanted.aliases).compactMap { found[$0]?.first }
      #expect(own.count == (Self.isAbsent(key, from: name) ? 0 : 1), "\(key): \(own.map(\.name))")
      for parameter in own { #expect(parameter.modelShape == wanted.shape, "\(key)") }
    }
  }

  /// Single precision against double: sums of at most some thousand terms differ by less than 1e-4 of their size.
  @Test(arguments: names) func gradientsAreThoseOfPyTorch(_ name: String) throws {
    let model = try Self.model(name), file = String(name.split(separator: "_")[0])
    let moments = try MomentsObserver.run(model, ArrayFile.read(path: Self.folder.appending(path: "\(file).npz").path))
    var values: [String: ValueID] = [:]
    for (index, value) in model.graph.values.enumerated() {
      if case .parameter(let place) = value.source { values[model.graph.parameters[place].name] = ValueID(index) }
    }
    for (key, wanted) in try Self.reference(name) where !Self.isAbsent(key, from: name) {
      let value = try #require(([key] + wanted.aliases).compactMap { values[$0] }.first, "\(key)")
      let gradient = moments.gradients[value] ?? .nan
      // Gradients that are zero but for rounding: a normalization does not feel the bias before it.
      guard wanted.gradient > 1e-20 else { continue }
      // Of s and 1 - s the second is computed beforehand, which is said.
      if name == "computed_default", key == "share" {
        #expect(model.notes.contains { $0.contains("sub [6]") && $0.contains("lack that part") })
        continue
      }
      #expect(abs(gradient - wanted.gradient) <= 1e-4 * wanted.gradient, "\(key): \(gradient), not \(wanted.gradient)")
    }
  }

  @Test func normalizationsThatAnOldExportFoldedAreNamed() throws {
    let model = try Self.model("normalized_legacy")
    #expect(model.hasFoldedNormalizations)
    #expect(model.notes.contains { $0.contains("folded 2 batch normalizations") && $0.contains("0.weight, 3.weight") })
    let computed = model.graph.parameters.filter { $0.source?.isComputed ?? false }.map(\.name)
    #expect(computed.sorted() == ["0.bias", "0.weight", "3.bias", "3.weight"])
    #expect(try !Self.model("groups_legacy").hasFoldedNormalizations)
  }

  /// A mask of minus infinity is no parameter, and a matrix of the model itself lies as the model has it.
  @Test func parametersOfTheModelItselfAreThose() throws {
    let parameters = try Self.model("root_legacy").graph.parameters
    #expect(Set(parameters.map(\.name)) == ["proj", "down"])
    #expect(parameters.allSatisfy { $0.source?.order == .same })
  }

  /// Weights that the export computed are no parameters of the model, and no file of weights gets them.
  @Test func computedWeightsAreNotTheModels() throws {
    let model = try Self.model("computed_default")
    let computed = model.graph.parameters.filter { $0.source?.isComputed ?? false }
    #expect(computed.count == 3 && computed.allSatisfy { $0.role == .weight })
    #expect(model.notes.contains { $0.contains("computed the weights of 3 layers") })
    #expect(try !Self.model("computed_kept").notes.contains { $0.contains("computed") })
  }

  /// Ties that the file holds twice are one parameter, and said.
  @Test func tiesAreSaid() throws {
    let model = try Self.model("translator_legacy")
    #expect(model.notes.contains { $0.contains("out.weight (as e.weight)") })
    #expect(model.graph.parameters.filter { !($0.source?.aliases ?? []).isEmpty }.map(\.name) == ["e.weight"])
    #expect(model.graph.parameters.compactMap(\.source?.aliases).flatMap(\.self) == ["out.weight"])
  }

  /// Factors between tokens and the biases of experts are added or multiplied one by one, and are not drawn.
  @Test func whatNoProductReadsIsNoWeight() throws {
    let roles = Dictionary(uniqueKeysWithValues: try Self.model("shifted_kept").graph.parameters.map { ($0.name, $0.role) })
    #expect(roles["mix"] == .gain && roles["scale"] == .gain && roles["b1"] == .shift)
    #expect(roles["w1"] == .weight && roles["k.weight"] == .weight && roles["out.weight"] == .weight)
  }

  /// An output of a transposed convolution sums inputs x taps / stride products, each axis by its own stride. PyTorch's own
  /// rule takes the second extent of the stored tensor.
  @Test(arguments: [("0.weight", 24, 64, 96), ("2.weight", 2, 8, 16), ("4.weight", 18, 18, 36)])
  func transposedConvolutionsHaveTheFanOfTheirStride(_ key: String, _ fanIn: Int, _ fanOut: Int, _ torchOut: Int) throws {
    let parameter = try #require(try Self.model("upsampled_kept").graph.parameters.first { $0.name == key })
    let shape = try #require(parameter.weightShape)
    #expect(shape.fans == Fans(fanIn: fanIn, fanOut: fanOut))
    #expect(shape.torchFans == Fans(fanIn: parameter.modelShape[1] * shape.receptiveField, fanOut: torchOut))
  }

  @Test func anEmptyBatchIsRefused() throws {
    var options = ImportOptions()
    options.givenShapes = ["x0": [0, 6]]
    let error = #expect(throws: ImportError.self) {
      try ONNXImport.model(path: Self.folder.appending(path: "tied_legacy.onnx").path, options: options)
    }
    #expect("\(try #require(error))".contains("no samples"))
  }
}
