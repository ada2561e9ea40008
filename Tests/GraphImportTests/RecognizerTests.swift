import Foundation
import GraphImport
import NetworkGraph
import OperatorKernels
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
      "recurrent", "scan", "scan_joined", "unrolled", "stacked_cells", "shared_depth", "group_norm", "quick_gelu", "by_hand",
      "more_activations", "functions", "modulated", "modulated_plain", "fed_back", "two_heads", "bilinear", "levels",
    ]) func layersAreThoseOfTheModule(_ name: String) throws
  {
    let all = try JSONDecoder().decode(
      [String: [[String?]]].self, from: Data(contentsOf: Self.folder.appending(path: "points.json")))
    let wanted = try #require(all[name]), points = try Self.model(name).points
    let found = points.enumerated().map { place, point in
      // Layers without a module may have any name.
      [
        wanted.indices.contains(place) && wanted[place][0] == nil ? nil : point.name, point.kind,
        point.nonlinearity.label,
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

  /// The row of a layer that several operators make has the signal of PyTorch's module: single precision against double.
  @Test(arguments: ["unrolled", "stacked_cells", "group_norm", "functions"]) func layersHaveTheSignalOfTheirModule(
    _ name: String
  ) throws {
    let model = try Self.model(name)
    let moments = try MomentsObserver.run(model, ArrayFile.read(path: Self.folder.appending(path: "\(name).npz").path))
    let all = try JSONDecoder().decode(
      [String: [String: Double]].self, from: Data(contentsOf: Self.folder.appending(path: "signals.json")))
    for (layer, wanted) in try #require(all[name]) {
      let point = try #require(model.points.first { $0.name == layer }, "\(layer)")
      let moment = try #require(moments.values[point.activation])
      #expect(abs(moment - wanted) <= 1e-5 * wanted, "\(layer): \(moment), not \(wanted)")
    }
  }

  /// Weights of all directions and steps belong to the layer, and one matrix of three gates is three matrices.
  @Test func unrolledLayersOwnTheirWeights() throws {
    let model = try Self.model("unrolled")
    func weights(_ layer: String) throws -> [GraphParameter] {
      try #require(model.points.first { $0.name == layer }).parameters.map { model.graph.parameters[$0] }
    }
    let directions = ["weight_ih_l1", "weight_hh_l1", "bias_ih_l1", "bias_hh_l1"].flatMap { [$0, $0 + "_reverse"] }
    #expect(try Set(weights("r").map(\.name)) == Set(directions.map { "r." + $0 }))
    let gates = try weights("cell").filter { $0.role == .weight }.compactMap(\.weightShape)
    #expect(gates.map(\.copies) == [3, 3] && gates.map(\.outputs) == [5, 5] && gates.map(\.inputs).sorted() == [5, 12])
    #expect(try weights("wx").map(\.name).sorted() == ["wh.bias", "wh.weight", "wx.bias", "wx.weight"])
  }

  /// What feeds a cell's state back to it leaves both of the cell's matrices with the cell.
  @Test func aCellThatIsFedBackOwnsItsWeights() throws {
    let model = try Self.model("fed_back"), cell = try #require(model.points.first { $0.name == "cell" })
    let weights = cell.parameters.map { model.graph.parameters[$0] }.filter { $0.role == .weight }
    #expect(Set(weights.map(\.name)) == ["cell.weight_ih", "cell.weight_hh"])
    #expect(weights.compactMap(\.weightShape).allSatisfy { $0.copies == 3 && $0.outputs == 6 })
  }

  /// Gain and shift stand behind the operators that normalize, and belong to the layer.
  @Test func groupNormalizationsOwnTheirVectors() throws {
    let model = try Self.model("group_norm"), point = try #require(model.points.first { $0.name == "b" })
    let own = point.parameters.map { model.graph.parameters[$0] }
    #expect(own.map(\.name) == ["b.weight", "b.bias"] && own.map(\.role) == [.gain, .shift])
  }

  /// PyTorch computes LogSigmoid in one step: it is -200 at -200, where the logarithm of a sigmoid would be infinite.
  @Test func theLogarithmOfASigmoidIsFinite() throws {
    let model = try Self.model("functions"), layer = try #require(model.points.first)
    guard case .result(let node, _) = model.graph[layer.activation].source,
      let operation = model.graph.nodes[node].operation as? ActivationOperator
    else {
      Issue.record("no activation")
      return
    }
    #expect(operation.activation.value(-200) == -200 && operation.activation.derivative(-200) == 1)
    #expect(model.graph.nodes[node].inputs == [layer.preactivation])
  }

  /// A kernel that each sample scales in its own way is one kernel: PyTorch's fans of 12 and 8 channels under 9 taps.
  @Test(arguments: ["modulated", "modulated_plain"]) func aKernelForEachSampleHasTheFansOfOne(_ name: String) throws {
    let model = try Self.model(name), layer = try #require(model.points.first { $0.kind == "convolution" })
    let kernel = model.graph.parameters[try #require(layer.parameters.first)]
    #expect(kernel.name == "weight" && kernel.weightShape?.fans == Fans(fanIn: 108, fanOut: 72) && kernel.isDrawn)
  }

  /// Each unit of a bilinear form sums over all pairs of features: PyTorch's fans of its tensor of three axes.
  @Test func aBilinearFormHasTheFansOfItsPairs() throws {
    let model = try Self.model("bilinear"), form = try #require(model.points.first { $0.kind == "bilinear" })
    #expect(form.parameters.map { model.graph.parameters[$0].name } == ["form.weight", "form.bias"])
    #expect(model.graph.parameters[form.parameters[0]].weightShape?.fans == Fans(fanIn: 30, fanOut: 35))
  }

  /// Layers of other outputs than the first are no hidden layers: nothing flows from them to where the backward pass starts.
  @Test func layersOfOtherOutputsAreMarked() throws {
    let points = try Self.model("two_heads").points
    #expect(points.filter { $0.traits.contains(.besideOutput) }.map(\.name) == ["boxes", "limits"])
    #expect(points.filter { !$0.isHidden }.map(\.name) == ["boxes", "limits", "classes"])
    let levels = try Self.model("levels").points
    #expect(levels.filter { $0.traits.contains(.besideOutput) }.map(\.name) == ["first", "second"])
  }
}
