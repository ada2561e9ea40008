import Diagnosis
import NetworkGraph
import SignalPropagation
import Testing

@Suite struct RankCollapseTests {
  private static func attention(_ depth: Int, residual: Bool, pooled: Bool = false) throws -> Network {
    try Network(input: .sequence(steps: 32, features: 64)) {
      for _ in 0..<depth {
        if residual {
          Residual { SelfAttention(heads: 4) }
        } else {
          SelfAttention(heads: 4)
        }
      }
      if pooled { GlobalAveragePool() }
      Dense(64)
    }
  }

  /// Attention over nearly equal weights is an average: three layers leave one direction.
  @Test func attentionWithoutSkipsLosesItsTokens() throws {
    let run = try Examined.run(try Self.attention(8, residual: false), "glorot_uniform", batch: 16, replicas: 3)
    let finding = try #require(run.findings(of: RankCollapse.name).first)
    #expect(finding.severity == .error && RankCollapse.status == .collapsed)
    #expect(finding.text("layer") == "self_attention_8")
    #expect(finding.message.contains("in the input it is "))
    let cosines = run.layers.compactMap(\.activation.tokenCosine)
    // Independent N(0, 1) tokens start at a cosine of 0; each layer brings them closer.
    #expect(cosines[0] > 0.2 && cosines[0] < 0.6 && cosines[1] > 0.99 && cosines[2] > 0.9999)
    // Tokens are not units: the features differ, and nothing is a copy.
    #expect(run.findings(of: SymmetricUnits.name).isEmpty)
    #expect(run.layers.allSatisfy { $0.activation.duplicateFraction == 0 })
  }

  /// What the tokens have in common may be enough for one answer per sample.
  @Test func oneAnswerForAllTokensMakesItAWarning() throws {
    let run = try Examined.run(
      try Self.attention(8, residual: false, pooled: true), "glorot_uniform", batch: 16, replicas: 3)
    #expect(run.findings(of: RankCollapse.name).map(\.severity) == [.warning])
  }

  @Test func skipsKeepTokensApart() throws {
    let run = try Examined.run(try Self.attention(8, residual: true), "glorot_uniform", batch: 16, replicas: 3)
    #expect(run.findings(of: RankCollapse.name).isEmpty)
  }

  /// Tokens that are alike in the input are not the network's doing, and neither is a table of equal rows.
  @Test func tokensThatAreAlikeFromTheStartAreNoFault() throws {
    let alike = try Network(input: .features(12)) {
      Embedding(vocabulary: 20, dimension: 16, weights: .constant(0.1))
      SelfAttention(heads: 4)
      Dense(16, activation: .tanh)
      Dense(20)
    }
    #expect(try Examined.run(alike, "glorot_uniform").findings(of: RankCollapse.name).isEmpty)
  }

  /// For ids, tokens begin with what the embedding yields.
  @Test func idsAreJudgedFromTheEmbeddingOn() throws {
    let network = try Network(input: .features(12)) {
      Embedding(vocabulary: 20, dimension: 16, weights: .normal(std: 1))
      SelfAttention(heads: 4).repeated(6)
      Dense(20)
    }
    let finding = try #require(
      try Examined.run(network, "glorot_uniform", batch: 16, replicas: 3).findings(of: RankCollapse.name).first)
    #expect(finding.message.contains("after layer embedding_1 it is"))
  }
}
