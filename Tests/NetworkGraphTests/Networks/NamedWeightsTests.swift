import NetworkGraph
import Testing

/// What `--init` fills of a network, and what its layers name themselves.
@Suite struct NamedWeightsTests {
  private static func network(_ scheme: Initializer?, recurrent: Initializer? = nil) throws -> Network {
    try Network(input: .features(16)) {
      Embedding(vocabulary: 9, dimension: 8, weights: scheme)
      Conv1D(8, kernel: 3, weights: scheme, bias: .constant(0.5))
      LSTM(8, returns: .sequence, weights: scheme, recurrent: recurrent)
      SelfAttention(heads: 2, weights: scheme)
      LayerNorm(gain: .constant(2))
      GRU(8, weights: scheme, recurrent: recurrent)
      Dense(4, weights: scheme)
    }
  }

  @Test func namesAreTakenAwayAndNothingElse() throws {
    let named = try Self.network(.normal(std: 0.01), recurrent: .identity)
    let free = named.replacingNamedWeights()
    #expect(free == (try Self.network(nil)))
    #expect(named.namedWeights.count == 11 && free.namedWeights.isEmpty)
    // Recurrent weights are orthogonal by themselves, whatever --init says; a library's defaults replace that too.
    #expect(free.weightsFilled(by: .heNormal).count == 9)
    #expect(free.weightsFilled(by: .torchDefault).count == 11)
    #expect(named.weightsFilled(by: .heNormal).isEmpty)
    #expect(free.replacingNamedWeights() == free)
  }

  @Test func auditsThatWouldBeOneAreOne() throws {
    let named = try Self.network(.normal(std: 0.01))
    #expect(!named.takes(.heNormal) && named.takes(.torchDefault))
    #expect(named.distinct([.heNormal, .zeros, .lsuv]) == [.heNormal])
    #expect(named.distinct([.heNormal, .torchDefault]) == [.heNormal, .torchDefault])
    #expect(named.runName(for: .heNormal) == "normal(std=0.01) and orthogonal")
    let free = try Self.network(nil)
    #expect(free.distinct([.heNormal, .zeros]) == [.heNormal, .zeros] && free.runName(for: .zeros) == "zeros")
    #expect(named.namesHiddenWeights && !free.namesHiddenWeights)
  }

  @Test func anOutputLayerAloneIsNoComparison() throws {
    let network = try Network(input: .features(8)) {
      Dense(8, weights: .normal(std: 0.01))
      Dense(2)
    }
    #expect(network.namesHiddenWeights && network.weightsFilled(by: .heNormal) == ["dense_2/weight"])
  }
}
