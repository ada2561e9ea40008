import Execution
import GraphImport
import NetworkGraph
import TensorKernels
import Testing
import TrainingRuns

/// The tangent kernel of a model where memory holds the signals of all samples, and where it does not.
@Suite struct GraphProbeTests {
  /// Takes a reading, and the most bytes that the pool held.
  private func reading(
    _ model: GraphModel, _ setting: GraphProbe.Setting, keepsSignals: Bool
  ) throws -> (reading: TangentReading, peak: Int) {
    let parameters = try ParameterSet(model.graph), pool = BufferPool(limit: 1)
    try parameters.load(model.graph)
    let task = ProbeTask(
      input: .features(setting.features), vocabulary: nil, outputs: setting.outputs, samples: 64, seed: 1)
    let probe = try GraphProbe(
      setting, batch: 32, parameters: parameters, pool: pool, keepsSignals: keepsSignals
    ) { _, _ in Issue.record("the model has one input") }
    return (try probe.reading(of: task, seed: 1, replica: 0), pool.peakBytes)
  }

  /// Signals that are computed again are the same to the bit. Batch normalization takes the statistics of one pass in both.
  @Test(arguments: ["resnet18", "vit", "convnext"]) func computingSignalsAgainChangesNoReading(
    _ name: String
  ) throws {
    let model = try ReferenceModel(name).model("default.onnx", batchNormalization: .batch)
    let setting = try GraphProbe.Setting(model, samples: try #require(model.inputs.first))
    let kept = try reading(model, setting, keepsSignals: true), again = try reading(model, setting, keepsSignals: false)
    #expect(kept.reading == again.reading && kept.reading.isKnown(\.signal))
    // The file's batch is smaller than the probe's, so that there is something to save.
    #expect(again.peak < kept.peak)
    #expect(again.peak <= setting.bytes(samples: 32, keepsSignals: false))
    #expect(kept.peak <= setting.bytes(samples: 32, keepsSignals: true))
  }
}
