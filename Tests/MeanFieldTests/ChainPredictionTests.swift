import Foundation
import MeanField
import NetworkGraph
import Testing

@Suite struct ChainPredictionTests {
  static func prediction(_ c: FiniteWidthFixture.Case) throws -> [[MomentPrediction]] {
    let activation = try Activation(parsing: c.activation)
    let layers = zip(c.widths, c.widths.dropFirst()).map { fanIn, units in
      ChainLayer(
        fanIn: fanIn, units: units, weightVariance: c.weightVariance / Double(fanIn),
        weightLaw: c.law == "orthogonal" ? .orthogonal : .independent, biasVariance: c.biasVariance, activation: activation)
    }
    let input = ChainInput(secondMoments: [1], batch: c.batch, relativeVariance: 2 / Double(c.widths[0] * c.batch))
    return try ChainPrediction(layers, input: input).layers.map {
      [$0.preactivation, $0.activation, $0.gradient, $0.preactivationGradient]
    }
  }
  @Test func tmp() throws {
    let fixture: FiniteWidthFixture = try meanFieldFixture("finite_width.json")
    for c in fixture.cases {
      let p = try Self.prediction(c)
      var worst = [(Double, Double, Int, Double)](repeating: (0, 0, 0, 1), count: 4)
      var at = [(Int, Int)](repeating: (0,0), count: 4)
      for (l, row) in p.enumerated() {
        for k in 0..<4 {
          let e = (row[k].meanLog10 - c.mean[l][k]) / (c.variance[l][k] / Double(c.replicas)).squareRoot()
          if e.magnitude > worst[k].0.magnitude { worst[k].0 = e; worst[k].1 = row[k].meanLog10 - c.mean[l][k]; at[k].0 = l }
          let r = row[k].varianceLog10 / c.variance[l][k]
          if (log(r)).magnitude > log(worst[k].3).magnitude { worst[k].3 = r; at[k].1 = l }
        }
      }
      print(c.name, zip(worst, at).map { String(format: "(%.1f se, %.4f @%d; var x%.3f @%d)", $0.0, $0.1, $1.0, $0.3, $1.1) }.joined(separator: " "))
    }
  }
}
