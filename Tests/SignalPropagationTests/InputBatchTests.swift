import DataSets
import Foundation
import NetworkGraph
import SignalPropagation
import Testing

/// The batches that replicas draw.
@Suite struct InputBatchTests {
  /// Samples that are their own number.
  private struct Numbers: SampleSet {
    var count: Int
    var name: String { "numbers" }
    var shape: [Int] { [1] }
    var labels: [Int]? { nil }
    var classCount: Int? { nil }
    var standardization: Standardization? { nil }
    func fill(_ destination: UnsafeMutableBufferPointer<Float>, indices: some Collection<Int>, scaling: Scaling) {
      for (place, index) in indices.enumerated() { destination[place] = Float(index) }
    }
  }

  private func batches(of set: Int, batch: Int, replicas: Int) throws -> [[Int]] {
    let network = try Network(input: .features(1)) { Dense(1) }
    let (_, tensors) = try Harness.tapped(
      AuditConfiguration(
        network: network, initializers: [.ones], input: .samples(Numbers(count: set), .raw), batch: batch,
        replicas: replicas, seed: 12, histograms: false))
    return (0..<replicas).map { tensors["input", .input, replica: $0].map { Int($0) } }
  }

  @Test func batchesAreRandomSubsetsWithoutRepetition() throws {
    let set = 40, batch = 10, replicas = 2000
    let all = try batches(of: set, batch: batch, replicas: replicas)
    var counts = [Int](repeating: 0, count: set), firsts = counts
    for chosen in all {
      try #require(chosen.count == batch)
      #expect(Set(chosen).count == batch && chosen.allSatisfy { (0..<set).contains($0) })
      for index in chosen { counts[index] += 1 }
      firsts[chosen[0]] += 1
    }
    // Each sample is in a batch with probability 1/4, and first in it with 1/40: 80 comparisons at a false-alarm rate of
    // 1e-6 together, 5.6 deviations for the nearly normal counts of 500 and, for the Poisson-like 50, a tail of 7.
    for count in counts { #expect(abs(Double(count) - 500) < 5.6 * (2000 * 0.25 * 0.75).squareRoot()) }
    for count in firsts { #expect(abs(Double(count) - 50) < 7 * 50.0.squareRoot()) }
    // 2000 subsets of 8e8: two that are alike have a probability of 2.4e-3, three pairs of 2e-9.
    #expect(Set(all.map { $0.sorted() }).count > replicas - 3)
  }

  @Test func aSetThatIsTooSmallIsUsedAgain() throws {
    let chosen = try batches(of: 4, batch: 12, replicas: 1)[0]
    for round in 0..<3 { #expect(Set(chosen[(4 * round)..<(4 * round + 4)]) == [0, 1, 2, 3]) }
  }

  /// Token ids drawn at random are whole numbers of the vocabulary, and all of them come up.
  @Test func tokensLieWithinTheVocabulary() throws {
    let network = try Network(input: .features(50)) {
      Embedding(vocabulary: 11, dimension: 3)
      LSTM(4)
      Dense(2)
    }
    for input in [AuditInput.gaussian, .uniform(.unit)] {
      let (_, tensors) = try Harness.tapped(
        AuditConfiguration(network: network, initializers: [.glorotUniform], input: input, batch: 40, replicas: 2, seed: 1))
      let ids = tensors["input", .input]
      #expect(ids.allSatisfy { $0 == $0.rounded() && (0..<11).contains($0) })
      // 2000 draws miss one of 11 ids with probability 11 (10/11)^2000 < 1e-80.
      #expect(Set(ids).count == 11)
      #expect(ids != tensors["input", .input, replica: 1])
    }
  }
}
