import Foundation
import GraphImport
import NetworkGraph
import SignalPropagation
import TestSupport
import Testing

/// Units are counted along the axis that the layer has them on: PyTorch's moments of each channel are the oracle.
@Suite struct UnitLayoutTests {
  private struct Moments: Decodable {
    var mean: [Double]
    var variance: [Double]
  }

  private struct Reference: Decodable {
    var conv: Moments
    var norm: Moments
    var mix: Moments
  }

  @Test func channelsOfSequencesAndFeaturesBehindImagesAreUnits() throws {
    let folder = Repository.fixtures.appending(path: "models")
    let reference = try JSONDecoder().decode(
      Reference.self, from: Data(contentsOf: folder.appending(path: "layouts.json")))
    let model = try ONNXImport.model(path: folder.appending(path: "layouts.onnx").path)
    var configuration = try AuditConfiguration(model: model, replicas: 1)
    configuration.graphArrays = try ArrayFile.read(path: folder.appending(path: "layouts.npz").path)
    let layers = try Audit(configuration).run().runs[0].layers
    for (name, expected) in [("conv", reference.conv), ("norm", reference.norm)] {
      let layer = try #require(layers.first { $0.name == name }), groups = try #require(layer.preactivation.groups)
      #expect(groups.mean.count == expected.mean.count)
      // 320 values of float32 in each channel: a few rounding errors of 6e-8 of the largest.
      for (got, wanted) in zip(groups.mean, expected.mean) { #expect(abs(got - wanted) < 1e-5) }
      for (got, wanted) in zip(groups.variance, expected.variance) { #expect(abs(got / wanted - 1) < 1e-4) }
    }
    let mix = try #require(layers.first { $0.name == "mix" })
    // Single features have no positions to pool.
    #expect(mix.preactivation.groups == nil)
    let mean = reference.mix.mean.reduce(0, +) / 7
    #expect(abs(mix.preactivation.mean - mean) < 1e-5)
  }

  private struct Sample: Decodable {
    var extents: [Int]
    var cosine: Double
  }

  /// Samples are compared wherever they lie: behind a transpose, in one axis with steps, inside the steps of a recurrent
  /// layer, and where there are as many steps as samples.
  @Test(arguments: ["scattered", "scattered_square"]) func samplesInsideOtherAxesAreCompared(_ name: String) throws {
    let folder = Repository.fixtures.appending(path: "models")
    let all = try JSONDecoder().decode(
      [String: [String: Sample]].self, from: Data(contentsOf: folder.appending(path: "scattered.json")))
    let wanted = try #require(all[name])
    let model = try ONNXImport.model(path: folder.appending(path: "\(name).onnx").path)
    var configuration = try AuditConfiguration(model: model, replicas: 1)
    configuration.graphArrays = try ArrayFile.read(path: folder.appending(path: "\(name).npz").path)
    let layers = try Audit(configuration).run().runs[0].layers
    for (name, sample) in wanted {
      let layer = try #require(layers.first { $0.name == name }, "no layer \(name)")
      #expect(layer.units == sample.extents.reduce(1, *), "\(name)")
      // Float32 sums of at most 150 values of a model of five layers, against float64.
      // A recurrent layer's pre-activation is that of its gates.
      let signal = layer.recurrence == nil ? layer.preactivation : layer.activation
      let cosine = try #require(signal.cosineSimilarity, "\(name)")
      #expect(abs(cosine - sample.cosine) < 1e-4, "\(name)")
    }
    // Tokens of one sample are compared as well, in every layer that has them.
    for name in ["attention.in_proj", "attention.out_proj", "flat"] {
      #expect(layers.first { $0.name == name }?.activation.tokenCosine != nil, "\(name)")
    }
  }
}
