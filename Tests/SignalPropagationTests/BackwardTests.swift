import Foundation
import NetworkGraph
import SignalPropagation
import Testing

/// The backward pass against central differences of a forward pass in Double.
@Suite struct BackwardTests {
  /// A network in Double, from the activations' scalar definitions; nothing of the engine.
  struct DoubleNetwork {
    var widths: [Int]
    var weights: [[Double]]
    var activation: Activation

    /// sum(cotangent * output) for the batch.
    func objective(_ input: [Double], batch: Int, cotangent: [Double]) -> Double {
      var h = input
      for (layer, w) in weights.enumerated() {
        let n = widths[layer], m = widths[layer + 1]
        var z = [Double](repeating: 0, count: batch * m)
        for s in 0..<batch { for i in 0..<m { for j in 0..<n { z[s * m + i] += w[i * n + j] * h[s * n + j] } } }
        h = layer == weights.count - 1 ? z : z.map(activation.value)
      }
      return zip(h, cotangent).reduce(0) { $0 + $1.0 * $1.1 }
    }
  }

  static let activations =
    ActivationCatalogue.entries.map { $0.make(Arguments(defaultsOf: $0.parameters)) }
    + [
      .leakyReLU(slope: 0.2),
      .custom(name: "cube_root", value: { $0 / (1 + $0 * $0) }) {
        (1 - $0 * $0) / ((1 + $0 * $0) * (1 + $0 * $0))
      },
    ]

  @Test(arguments: activations)
  func weightGradientsAreCentralDifferences(_ activation: Activation) throws {
    let widths = [5, 6, 7, 3], batch = 4
    let configuration = AuditConfiguration(
      network: try Harness.perceptron(5, [6, 7, 3], activation: activation), initializers: [.normal(std: 0.6)], batch: batch,
      replicas: 1, seed: 11)
    let (_, tensors) = try Harness.tapped(configuration)
    let input = tensors["input", .input], cotangent = tensors["dense_3", .gradient]
    var network = DoubleNetwork(
      widths: widths, weights: (1...3).map { tensors["dense_\($0)", .weights] }, activation: activation)
    // Central differences are exact to h^2 times the third derivative; at a kink within h of an argument they are not, and
    // one in a few hundred weights may move an argument across.
    let h = 1e-5
    for layer in 0..<3 {
      let gradient = tensors["dense_\(layer + 1)", .weightGradient]
      let size = (gradient.reduce(0) { $0 + $1 * $1 } / Double(gradient.count)).squareRoot()
      #expect(size > 0)
      for index in gradient.indices {
        let weight = network.weights[layer][index]
        network.weights[layer][index] = weight + h
        let above = network.objective(input, batch: batch, cotangent: cotangent)
        network.weights[layer][index] = weight - h
        let below = network.objective(input, batch: batch, cotangent: cotangent)
        network.weights[layer][index] = weight
        let difference = (above - below) / (2 * h)
        #expect(
          agree(gradient[index], difference, relative: 2e-5, absolute: 2e-5 * size),
          "layer \(layer + 1), weight \(index): \(gradient[index]) against \(difference)")
      }
    }
  }

  @Test func residualSumsAddTheirBranchesGradients() throws {
    // h + W2 relu(W1 h): the gradient reaches the first layer over both ways.
    let network = try Network(input: .features(6)) {
      Dense(8, activation: .tanh)
      Residual {
        Dense(8, activation: .relu); Dense(8)
      }
      Dense(3)
    }
    let (report, t) = try Harness.tapped(
      AuditConfiguration(network: network, initializers: [.heNormal], batch: 5, replicas: 1, seed: 3))
    #expect(report.runs[0].layers.map(\.kind) == ["dense", "dense", "dense", "add", "dense"])
    let skip = t["add_1", .preactivationGradient]
    let branch = product(t["dense_2", .preactivationGradient], t["dense_2", .weights], rows: 5, inner: 8, columns: 8)
    for (total, parts) in zip(t["dense_1", .gradient], zip(skip, branch)) {
      #expect(agree(total, parts.0 + parts.1, relative: 1e-5, absolute: 1e-6))
    }
    let sum = zip(t["dense_1", .activation], t["dense_3", .activation]).map { $0 + $1 }
    for (own, expected) in zip(t["add_1", .preactivation], sum) { #expect(agree(own, expected, relative: 1e-6)) }
  }

  @Test func aBranchThatEndsInZerosIsTheIdentity() throws {
    let network = try Network(input: .features(6)) {
      Dense(8, activation: .relu)
      Residual {
        Dense(8, activation: .relu); Dense(8, weights: .zeros)
      }
      Dense(3)
    }
    let (report, t) = try Harness.tapped(
      AuditConfiguration(network: network, initializers: [.heNormal], batch: 5, replicas: 1))
    #expect(t["add_1", .activation] == t["dense_1", .activation])
    #expect(t["dense_1", .gradient] == t["add_1", .gradient])
    #expect(report.runs[0].layers[2].activation.log10SecondMoment == nil)
    #expect(report.runs[0].layers[1].gradient.log10SecondMoment == nil)
  }

  /// C = A B in Double.
  private func product(_ a: [Double], _ b: [Double], rows: Int, inner: Int, columns: Int) -> [Double] {
    var c = [Double](repeating: 0, count: rows * columns)
    for i in 0..<rows {
      for j in 0..<columns { for k in 0..<inner { c[i * columns + j] += a[i * inner + k] * b[k * columns + j] } }
    }
    return c
  }
}
