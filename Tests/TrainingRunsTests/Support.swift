import DataSets
import Foundation
import NetworkGraph
import TrainingRuns
import TestSupport

/// What loss_curves.py wrote.
struct LossCurveFixture: Decodable {
  struct Case: Decodable {
    var name: String
    var sizes: [Int]
    var scales: [String: Double]
    var batch: Int
    var order: [Int]
    var losses: [Double]
    var penalties: [[Double]]
    var features: [Double]?
    var labels: [Int]?
  }
  var cases: [Case]

  static let directory = Repository.reference("training")

  static func load() throws -> LossCurveFixture {
    try JSONDecoder().decode(
      LossCurveFixture.self, from: Data(contentsOf: directory.appendingPathComponent("loss_curves.json")))
  }
}

extension LossCurveFixture.Case {
  /// The starting weights by `layer/parameter`, in the script's order.
  func parameters(of network: Network) throws -> [String: [Float]] {
    let bytes = [UInt8](try Data(contentsOf: LossCurveFixture.directory.appendingPathComponent("\(name).int8")))
    var result: [String: [Float]] = [:]
    var place = 0
    for node in network.nodes {
      for parameter in node.parameters {
        let key = "\(node.name)/\(parameter.name)"
        let scale = Float(scales[key] ?? .nan)
        result[key] = bytes[place..<(place + parameter.count)].map { Float(Int8(bitPattern: $0)) * scale }
        place += parameter.count
      }
    }
    return result
  }
}

enum Sets {
  static func mlp(_ sizes: [Int], _ activation: Activation = .relu) throws -> Network {
    try Network(input: .features(sizes[0])) {
      for units in sizes.dropFirst().dropLast() { Dense(units, activation: activation) }
      Dense(sizes[sizes.count - 1]).named("output")
    }
  }

  /// Two classes that a line divides, with room between them.
  static func separable(_ count: Int, seed: UInt64 = 1) -> SampleTable {
    var generator = SplitMix(state: seed)
    var values: [Float] = [], labels: [Int32] = []
    for index in 0..<count {
      let label = index % 2
      for feature in 0..<4 {
        let center: Float = feature == 0 ? (label == 0 ? -2 : 2) : 0
        values.append(center + Float.random(in: -1...1, using: &generator))
      }
      labels.append(Int32(label))
    }
    return SampleTable(values: values, features: 4, labels: labels, classCount: 2)
  }
}
