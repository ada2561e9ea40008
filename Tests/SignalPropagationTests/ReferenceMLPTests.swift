import Foundation
import NetworkGraph
import SignalPropagation
import Testing

/// Small networks against PyTorch's autograd in float64 (Fixtures/reference/mlp.py).
@Suite struct ReferenceMLPTests {
  struct Fixture: Decodable {
    var cases: [Case]
  }

  struct Case: Decodable, CustomTestStringConvertible {
    var name: String
    var activation: String
    var loss: String
    var sizes: [Int]
    var batch: Int
    var inputs: [Float]
    var objective: Double
    var layers: [Layer]
    var cotangent: [Float]?
    var labels: [Int]?
    var testDescription: String { name }
  }

  struct Layer: Decodable {
    var weight: [Float]
    var bias: [Float]
    var statistics: [String: [String: Double]]
    var deadFraction: Double
    var saturatedFraction: Double
    var toWeightRatio: Double
    var tensors: [String: [Double]]?
  }

  static func load() throws -> [Case] {
    let url = Harness.repository.appendingPathComponent("Fixtures/reference/mlp.json")
    return try JSONDecoder().decode(Fixture.self, from: Data(contentsOf: url)).cases
  }

  @Test func coversEveryKindOfCase() throws {
    let cases = try Self.load()
    #expect(cases.count == 17)
    #expect(Set(cases.map(\.loss)) == ["cotangent", "cross_entropy"])
  }

  @Test(arguments: try ReferenceMLPTests.load())
  func agreesWithAutograd(_ reference: Case) throws {
    var configuration = AuditConfiguration(
      network: try Harness.perceptron(
        reference.sizes[0], Array(reference.sizes.dropFirst()), activation: Activation(parsing: reference.activation)),
      initializers: [.zeros], backward: reference.loss == "cotangent" ? .gaussian : .crossEntropy, batch: reference.batch,
      replicas: 1)
    configuration.given.input = reference.inputs
    configuration.given.cotangent = reference.cotangent
    configuration.given.labels = reference.labels
    for (index, layer) in reference.layers.enumerated() {
      configuration.given.weights["dense_\(index + 1)"] = layer.weight
      configuration.given.biases["dense_\(index + 1)"] = layer.bias
    }
    let (report, tensors) = try Harness.tapped(configuration)
    for (index, layer) in reference.layers.enumerated() {
      try compare(report.runs[0].layers[index], layer, tensors, "dense_\(index + 1)")
    }
    if reference.loss == "cross_entropy" {
      let loss = try #require(report.runs[0].lossAtInitialization)
      // The logits are sums of at most 33 rounded products.
      #expect(agree(loss, reference.objective, relative: 1e-6))
    }
  }

  private func compare(_ result: LayerResult, _ layer: Layer, _ tensors: Harness.Tensors, _ node: String) throws {
    let kinds: [TensorCopy.Kind: String] = [
      .preactivation: "preactivation", .activation: "activation", .gradient: "gradient",
      .preactivationGradient: "preactivationGradient", .weightGradient: "weightGradient",
    ]
    for (kind, summary) in result.signals {
      let key = try #require(kinds[kind])
      let expected = try #require(layer.statistics[key])
      func value(_ name: String) throws -> Double { try #require(expected[name]) }
      // Four layers of at most 33 products each round by 2^-24 a term: below 1e-5 of the signal's size. Skewness and
      // kurtosis amplify that by their order and by outliers.
      let size = try value("secondMoment").squareRoot()
      #expect(Double(summary.count) == expected["count"])
      #expect(agree(summary.mean, try value("mean"), relative: 0, absolute: 1e-5 * size), "\(node) \(key) mean")
      #expect(agree(summary.variance, try value("variance"), relative: 2e-5), "\(node) \(key) variance")
      #expect(agree(summary.secondMoment, try value("secondMoment"), relative: 2e-5), "\(node) \(key) second moment")
      #expect(
        agree(try #require(summary.skewness), try value("skewness"), relative: 1e-4, absolute: 1e-4), "\(node) \(key) skew")
      #expect(
        agree(try #require(summary.kurtosis), try value("kurtosis"), relative: 2e-4, absolute: 2e-4), "\(node) \(key) kurt")
      #expect(agree(summary.min, try value("min"), relative: 1e-5, absolute: 1e-5 * size), "\(node) \(key) min")
      #expect(agree(summary.max, try value("max"), relative: 1e-5, absolute: 1e-5 * size), "\(node) \(key) max")
      if let cosine = expected["cosineSimilarity"] {
        #expect(agree(try #require(summary.cosineSimilarity), cosine, relative: 0, absolute: 1e-5), "\(node) \(key) cosine")
      } else {
        #expect(summary.cosineSimilarity == nil)
      }
      if let tensor = layer.tensors?[key] {
        #expect(tensors[node, kind].count == tensor.count)
        for (own, other) in zip(tensors[node, kind], tensor) {
          #expect(agree(own, other, relative: 1e-5, absolute: 1e-6 * size), "\(node) \(key)")
        }
      }
    }
    #expect(result.activation.deadFraction == layer.deadFraction)
    #expect(result.activation.saturatedFraction == layer.saturatedFraction)
    #expect(agree(try #require(result.weightGradient?.toWeightRatio), layer.toWeightRatio, relative: 2e-5))
  }
}
