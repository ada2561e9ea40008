import GraphImport
import NetworkGraph
import SignalPropagation
import Testing

/// Data-dependent initializers on imported models: what they promise is measured.
@Suite struct GraphCalibrationTests {
  private static func run(_ name: String, _ initializer: Initializer) throws -> (InitializerRun, Set<String>) {
    let model = try ReferenceModel(name).model("noopt.onnx", batchNormalization: .batch)
    let configuration = try AuditConfiguration(model: model, initializers: [initializer], replicas: 2)
    let linear = Set(
      model.points.filter { $0.traits.contains(.contracts) && !$0.traits.contains(.recurs) && !$0.parameters.isEmpty }
        .map(\.name))
    let report = try Audit(configuration).run(tool: AuditReport.Tool(name: "test", version: "0", command: "test"))
    return (report.runs[0], linear)
  }

  /// LSUV's own tolerance is 0.1: each product and convolution has an output variance within it, wherever it stands.
  @Test(arguments: ["mlp_bn", "resnet18", "transformer_encoder", "gpt2_sdpa", "convnext", "vit", "unet"])
  func lsuvGivesEveryLayerUnitVariance(_ name: String) throws {
    let (run, linear) = try Self.run(name, .lsuv)
    #expect(run.calibration.count >= linear.count)
    let others = run.calibration.filter { !$0.converged }.map(\.layer)
    #expect(others.isEmpty, "\(others)")
    var checked = 0
    // A tied matrix is calibrated where it is read first.
    let own = Set(run.calibration.map(\.layer))
    for layer in run.layers where linear.contains(layer.name) && own.contains(layer.name) {
      let variance = layer.preactivation.variance
      #expect(abs(variance - 1) < 0.1, "\(layer.name): \(variance)")
      checked += 1
    }
    #expect(checked > 3)
  }

  /// Within-layer calibration leaves each unit with variance 1 over the data, and with mean 0 where the layer has a bias.
  @Test(arguments: ["mlp_bn", "transformer_encoder", "convnext"]) func krahenbuhlGivesEachUnitUnitVariance(_ name: String)
    throws
  {
    let (run, _) = try Self.run(name, .krahenbuhl)
    #expect(!run.calibration.isEmpty)
    let own = Set(run.calibration.map(\.layer))
    for layer in run.layers where own.contains(layer.name) && layer.bias != nil {
      let signal = layer.preactivation
      // Float's rounding of the rescaled weights keeps both within a few parts in 1e5.
      #expect(abs(signal.mean) < 1e-4 && abs(signal.secondMoment - 1) < 1e-4, "\(layer.name): \(signal)")
    }
  }
}
