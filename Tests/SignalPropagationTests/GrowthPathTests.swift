import Foundation
import NetworkGraph
import SignalPropagation
import Testing

/// Growth is taken over layers whose moments are comparable: closed forms of linear networks that keep every norm.
@Suite struct GrowthPathTests {
  private static func run(
    _ network: Network, _ initializer: String, batch: Int = 8, replicas: Int = 2
  ) throws -> InitializerRun {
    try Audit(
      AuditConfiguration(
        network: network, initializers: [try Initializer(parsing: initializer)], batch: batch, replicas: replicas, seed: 3)
    ).run().runs[0]
  }

  /// A delta-orthogonal convolution rotates the channels of each position: norms stay. Global averaging gives each of the
  /// 144 positions 1/144 of the gradient, whose mean square per element falls by 144^2 for no fault of the weights.
  @Test func averagingPositionsIsNoLossOfGradient() throws {
    let orthogonal = try Initializer(parsing: "orthogonal")
    let network = try Network(input: .image(channels: 8, height: 12, width: 12)) {
      Conv2D(8, kernel: 3, padding: .same).repeated(4)
      GlobalAveragePool()
      Dense(8, weights: orthogonal)
      Dense(5, weights: orthogonal)
    }
    let run = try Self.run(network, "delta_orthogonal")
    // Five layers of sums of 8 products, rounded at 2^-24 each: below 1e-5 decades of the square.
    for growth in [run.forwardGrowth, run.backwardGrowth] { #expect(abs(try #require(growth).log10) < 1e-5) }
  }

  /// Four channels become sixteen on a quarter of the positions, by an orthogonal map of patches: the gradient's sum of
  /// squares stays, and the mean over a quarter of the channels is four times as large, as in dense layers of those widths.
  @Test func stridesSpreadAGradientOverPositions() throws {
    let network = try Network(input: .image(channels: 1, height: 32, width: 32)) {
      Conv2D(4, kernel: 2, stride: 2)
      Conv2D(16, kernel: 2, stride: 2)
      Conv2D(64, kernel: 2, stride: 2)
      Flatten()
      Dense(1024)
    }
    let run = try Self.run(network, "orthogonal")
    #expect(abs(try #require(run.backwardGrowth).log10 - log10(4)) < 1e-5)
    #expect(abs(try #require(run.forwardGrowth).log10) < 1e-5)
  }

  /// One of two paths averages 16 positions, the other reads each of them: the gradient comes by the one that loses nothing,
  /// whichever stands first, and is summed over the positions.
  @Test(arguments: [true, false]) func thePathThatLosesLeastCounts(averageFirst: Bool) throws {
    var placements = [
      Network.Placement(name: "image", layer: Conv2D(8, kernel: 1), inputs: [Network.inputName]),
      Network.Placement(name: "mean", layer: GlobalAveragePool(), inputs: ["image"]),
      Network.Placement(name: "flat", layer: Flatten(), inputs: ["image"]),
      Network.Placement(name: "read", layer: Dense(8), inputs: ["flat"]),
      Network.Placement(name: "sum", layer: Add(), inputs: ["mean", "read"]),
      Network.Placement(name: "out", layer: Dense(3), inputs: ["sum"]),
    ]
    if !averageFirst { placements.swapAt(1, 2) }
    let network = try Network(input: .image(channels: 2, height: 4, width: 4), placements: placements)
    let run = try Self.run(network, "he_normal")
    let gradients = try #require(GrowthPath(network).gradients([{ run.layers[$0].gradient }]))[0]
    #expect(gradients.map { run.layers[$0.place].name } == ["image", "read"])
    let measured = try #require(run.layers[0].gradient.log10SecondMoment)
    #expect(abs(gradients[0].log10 - measured - log10(16)) < 1e-12)
  }

  /// The last step alone gets a gradient, and all of it.
  @Test func oneStepHoldsTheWholeGradient() throws {
    let network = try Network(input: .sequence(steps: 9, features: 8)) {
      Dense(8).repeated(3)
      LastStep()
      Dense(8)
      Dense(4)
    }
    let run = try Self.run(network, "orthogonal")
    // Per element the gradient falls by 9 at the last step; the sum over steps keeps its size.
    #expect(abs(try #require(run.backwardGrowth).log10) < 1e-5)
  }

  /// Branches that are zero have no mean square; the layers that have one still show their growth.
  @Test func zeroBranchesAreLeftOut() throws {
    let network = try Network(input: .features(16)) {
      Dense(16)
      for _ in 0..<3 {
        Residual {
          Dense(16)
          Dense(16, weights: .zeros)
        }
      }
      Dense(16)
      Dense(4)
    }
    let run = try Self.run(network, "orthogonal")
    #expect(abs(try #require(run.forwardGrowth).log10) < 1e-5)
    // Forward only the first and the last layer have a signal of the five that count. Backward the zero layers receive the
    // skip's gradient, which orthogonal layers keep; those before them receive none.
    #expect(abs(try #require(run.backwardGrowth).log10) < 1e-5)
  }

  /// A zero layer in the only path leaves no growth.
  @Test func aZeroInTheOnlyPathHasNoGrowth() throws {
    let network = try Network(input: .features(16)) {
      Dense(16).repeated(3)
      Dense(16, weights: .zeros)
      Dense(4)
    }
    #expect(try Self.run(network, "orthogonal").forwardGrowth == nil)
  }

  @Test func theOutputLayerStandsBeforeWhatHasNoParameters() throws {
    let classifier = try Network(input: .image(channels: 1, height: 8, width: 8)) {
      Conv2D(4, kernel: 3, activation: .relu)
      Conv2D(10, kernel: 1)
      GlobalAveragePool()
      Softmax()
    }
    #expect(classifier.outputIndex == 1 && classifier.hiddenNodes.map(\.name) == ["conv2d_1"])
    let run = try Self.run(classifier, "he_normal")
    #expect(run.outputIndex == 1 && run.hiddenLayers.map(\.name) == ["conv2d_1"])
    let sum = try Network(input: .features(4)) {
      Dense(4)
      Residual { Dense(4) }
    }
    #expect(sum.outputIndex == 2)
    let single = try Network(input: .features(4)) { Softmax() }
    #expect(single.outputIndex == 0 && single.hiddenNodes.isEmpty)
  }
}
