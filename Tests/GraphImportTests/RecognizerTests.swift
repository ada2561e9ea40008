import Foundation
import GraphImport
import NetworkGraph
import TestSupport
import Testing

/// Each recognizer on a small module: the layers that its user would name, as Fixtures/models/scripts/recognized.py has them
/// by hand.
@Suite struct RecognizerTests {
  private static let folder = Repository.fixtures.appending(path: "models/recognized")

  private static func model(_ name: String) throws -> GraphModel {
    try ONNXImport.model(path: folder.appending(path: "\(name).onnx").path)
  }

  @Test(
    arguments: [
      "linear", "convolution", "activations", "normalizations", "written_out", "gated", "rotary", "fused", "fused_24",
      "recurrent", "scan", "scan_joined",
    ]) func layersAreThoseOfTheModule(_ name: String) throws
  {
    let all = try JSONDecoder().decode(
      [String: [[String?]]].self, from: Data(contentsOf: Self.folder.appending(path: "points.json")))
    let wanted = try #require(all[name]), points = try Self.model(name).points
    let found = points.enumerated().map { place, point in
      // Layers without a module may have any name.
      [
        wanted.indices.contains(place) && wanted[place][0] == nil ? nil : point.name, point.kind,
        point.nonlinearity.description,
      ]
    }
    #expect(found == wanted)
    // Every layer but those at the input reads another.
    #expect(points.filter(\.sources.isEmpty).count <= 4)
  }

  /// All steps of a scan are one layer, which owns what sets its decay.
  @Test(arguments: ["scan", "scan_joined"]) func aScanOwnsItsDecay(_ name: String) throws {
    let model = try Self.model(name), scan = try #require(model.points.first { $0.kind == "scan" })
    #expect(scan.parameters.map { model.graph.parameters[$0].name } == ["A_log"])
    #expect(scan.traits.isSuperset(of: [.recurs, .featuresLast]))
    #expect(Set(scan.sources.map { model.points[$0].name }) == ["x_proj", "dt_proj"])
  }

  /// Gates that depend on the state make no scan: each layer stands for itself.
  @Test func aHighwayIsNoScan() throws {
    let points = try Self.model("highway").points
    #expect(!points.contains { $0.kind == "scan" } && points.count { $0.kind == "linear" } == 8)
  }
}
