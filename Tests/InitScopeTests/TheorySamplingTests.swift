import InitScope
import Testing

/// Every activation of the catalogue at an ordered, a critical and a chaotic point: audited networks against mean-field
/// theory, in standard errors that theory predicts. `make theory-check` does the same at width 2048.
@Suite struct TheorySamplingTests {
  /// Bounds are on single deviations (Bonferroni), and on their root mean square and the spread over replicas (chi-square):
  /// a right theory fails with probability 1e-3 for a new seed; for this one it is decided. What theory neglects, of second
  /// order in 1/width, moves the mean of z by 0.16 at most.
  @Test func networksAgreeWithTheoryWithinTheirSamplingError() throws {
    var comparisons: [TheoryComparison] = []
    for entry in ActivationCatalogue.entries {
      for point in try TheoryPoint.all(of: Activation(parsing: entry.name)) {
        comparisons.append(
          try TheoryComparison(
            point, size: .init(width: 256, depth: 8, batch: 16, replicas: 4), seed: UInt64(comparisons.count)))
      }
    }
    let verdict = TheoryVerdict(comparisons: comparisons, replicas: 4)
    #expect(comparisons.count == 3 * ActivationCatalogue.entries.count)
    // Of 64 points with 8 x 6 + 2 comparisons and two with 5 x 6 + 2 a few are left out: squared ReLU and the half-stable
    // point of hard swish, whose deviations grow beyond first order, and a cosine of 1.
    #expect(verdict.count > 3100)
    #expect(verdict.failures.isEmpty, "\(verdict.failures.joined(separator: "\n"))")
  }
}
