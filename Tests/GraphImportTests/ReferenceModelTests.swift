import Foundation
import GraphImport
import NetworkGraph
import Testing

/// Twelve exported models against PyTorch's float64 autograd: Fixtures/models, whose scripts and versions are in scripts/.
@Suite struct ReferenceModelTests {
  private static let cases = ReferenceModel.names.flatMap { name in ["default.onnx", "noopt.onnx"].map { (name, $0) } }

  /// Ten times the deviation of PyTorch's own float32 from its float64, and 1e-5 for another order of sums.
  private static func tolerance(_ deviation: Double) -> Double { 10 * deviation + 1e-5 }

  private static func differs(_ value: Double?, _ wanted: Double, _ tolerance: Double) -> Bool {
    guard let value else { return true }
    return !(abs(value - wanted) <= tolerance * wanted)
  }

  @Test(arguments: cases) func everyParameterIsThereOrNamedAsMissing(_ name: String, _ file: String) throws {
    let fixture = try ReferenceModel(name), model = try fixture.model(file)
    let names = Set(model.graph.parameters.map(\.name)), notes = model.notes.joined(separator: " ")
    let lost = fixture.reference.parameters.filter { parameter in
      !([parameter.name] + parameter.aliases).contains { names.contains($0) || notes.contains($0) }
    }
    #expect(lost.map(\.name) == [])
    // Two tensors of one name could not be told apart.
    #expect(names.count == model.graph.parameters.count)
    let owned = Set(model.points.flatMap(\.parameters))
    #expect(model.graph.parameters.indices.filter { !owned.contains($0) } == [])
  }

  @Test(arguments: cases) func gradientsOfParametersAgree(_ name: String, _ file: String) throws {
    let fixture = try ReferenceModel(name), model = try fixture.model(file)
    let moments = try MomentsObserver.run(model, fixture.arrays)
    let deviation = fixture.reference.parameterDeviation
    #expect(Self.disagreements(model, moments, fixture.reference.parameters, file, deviation) == [])
  }

  @Test(arguments: ["mlp_bn", "resnet18", "wgan_g"]) func gradientsAgreeUnderStatisticsOfTheBatch(_ name: String) throws {
    let fixture = try ReferenceModel(name), model = try fixture.model("noopt.onnx", batchNormalization: .batch)
    let training = try #require(fixture.reference.training)
    let moments = try MomentsObserver.run(model, fixture.arrays)
    #expect(
      Self.disagreements(model, moments, training.parameters, "noopt.onnx", training.parameterDeviation) == [])
  }

  /// One input of a ReLU in mobilenet_v3 lies so near 0 that the last bit of a weight decides its sign, and with it up to
  /// 1.5% of 22 second moments, in PyTorch as here: rounding.json has what 12 such changes did there. What they move is
  /// allowed ten times, as elsewhere.
  @Test func gradientsAgreeWhereRoundingDecides() throws {
    let fixture = try ReferenceModel("mobilenet_v3")
    let model = try fixture.model("noopt.onnx", batchNormalization: .batch)
    let moved = try JSONDecoder().decode(
      [String: Double].self, from: Data(contentsOf: fixture.folder.appending(path: "rounding.json")))
    let moments = try MomentsObserver.run(model, fixture.arrays)
    let training = try #require(fixture.reference.training)
    let rows = training.parameters.filter { moved[$0.name] != nil }
    #expect(rows.count == 131 && moved.values.count { $0 > 1e-4 } < 30)
    for row in rows {
      let deviation = try #require(moved[row.name])
      #expect(Self.disagreements(model, moments, [row], "noopt.onnx", deviation) == [])
    }
  }

  private static func disagreements(
    _ model: GraphModel, _ moments: MomentsObserver, _ parameters: [ReferenceModel.Reference.Parameter], _ file: String,
    _ deviation: Double
  ) -> [String] {
    var places: [String: ValueID] = [:]
    for (index, value) in model.graph.values.enumerated() {
      if case .parameter(let place) = value.source { places[model.graph.parameters[place].name] = ValueID(index) }
    }
    return parameters.compactMap { parameter in
      guard let wanted = parameter.gradient, !parameter.folded.contains(file),
        let value = ([parameter.name] + parameter.aliases).compactMap({ places[$0] }).first
      else { return nil }
      let found = moments.gradients[value]
      return differs(found, wanted, tolerance(deviation)) ? "\(parameter.name): \(found ?? .nan), not \(wanted)" : nil
    }
  }

  @Test(arguments: cases) func signalsOfModulesAgree(_ name: String, _ file: String) throws {
    let fixture = try ReferenceModel(name), model = try fixture.model(file), reference = fixture.reference
    let moments = try MomentsObserver.run(model, fixture.arrays)
    let places = Dictionary(
      model.graph.values.enumerated().map { ($1.name, ValueID($0)) }, uniquingKeysWith: { first, _ in first })
    var compared = 0
    for module in reference.modules {
      guard let value = module.values[file].flatMap({ places[$0] }) else { continue }
      if module.output > 0 {
        compared += 1
        #expect(
          !Self.differs(moments.values[value], module.output, Self.tolerance(reference.outputDeviation)),
          "\(module.module): \(moments.values[value] ?? .nan), not \(module.output)")
      }
    }
    #expect(compared > reference.modules.count / 4)
  }
}
