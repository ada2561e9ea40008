import DataSets
import Foundation
import TestSupport
import Testing

@Suite struct SyntheticSetTests {
  private func load(_ set: SyntheticSet, seed: UInt64 = 0, length: Int = 80) throws -> (any SampleSet, any SampleSet) {
    let source = try DataSource(parsing: set.name)
    let splits = try #require(try source.loadSplits(LoadingOptions(seed: seed, sequenceLength: length)))
    return (splits.training, try #require(splits.test))
  }

  @Test(arguments: SyntheticSet.allCases)
  func oneSeedIsOneSet(set: SyntheticSet) throws {
    let (training, test) = try load(set)
    let values = samples(training, Array(0..<training.count), .raw)
    expectEqual(try samples(load(set).0, Array(0..<training.count), .raw), values)
    #expect(try samples(load(set, seed: 1).0, Array(0..<training.count), .raw) != values)
    #expect(samples(test, Array(0..<50), .raw) != samples(training, Array(0..<50), .raw))
  }

  /// Nearest centre: wrong for 5.3e-4 of the samples at most. Of 1,500, more than 9 have a chance below 1e-7
  /// (Poisson of mean 0.8).
  @Test func blobsAreWhereTheySay() throws {
    let (training, test) = try load(.blobs)
    var errors = 0
    for set in [training, test] {
      let points = samples(set, Array(0..<set.count), .raw)
      for (index, label) in try #require(set.labels).enumerated() {
        let scores = (0..<3).map { k -> Double in
          let angle = 2 * Double.pi * Double(k) / 3
          return Double(points[2 * index]) * cos(angle) + Double(points[2 * index + 1]) * sin(angle)
        }
        if scores.firstIndex(of: scores.max() ?? 0) != label { errors += 1 }
      }
    }
    #expect(errors <= 9)
  }

  /// The nearest point of the noiseless arms tells the class: they are 0.2 apart or more, so that half the way
  /// is five deviations of the noise.
  @Test func spiralsHaveTwoArms() throws {
    let (training, test) = try load(.spirals)
    let arms = (0...2000).flatMap { step -> [(Double, Double, Int)] in
      let progress = Double(step) / 2000
      return (0..<2).map { arm in
        let angle = 3.5 * Double.pi * progress + Double.pi * Double(arm)
        return ((0.1 + 0.9 * progress) * cos(angle), (0.1 + 0.9 * progress) * sin(angle), arm)
      }
    }
    for set in [training, test] {
      let points = samples(set, Array(0..<100), .raw)
      for (index, label) in try #require(set.labels).prefix(100).enumerated() {
        let (x, y) = (Double(points[2 * index]), Double(points[2 * index + 1]))
        let nearest = arms.min { hypot($0.0 - x, $0.1 - y) < hypot($1.0 - x, $1.1 - y) }
        #expect(nearest?.2 == label)
      }
    }
  }

  /// `sum (y - w x - b)^2 / 0.1^2` is chi-squared with 200 degrees of freedom, of deviation 20: the bounds are its quantiles
  /// at 5e-7 and 1 - 5e-7 (scipy.stats.chi2.ppf).
  @Test func regressionIsLinear() throws {
    let (training, test) = try load(.regression)
    var sum = 0.0
    for set in [training, test] {
      let x = samples(set, Array(0..<set.count), .raw)
      for (row, target) in try #require(set.targets).enumerated() {
        var residual = Double(target) - SyntheticSet.intercept
        for feature in 0..<5 { residual -= SyntheticSet.weights[feature] * Double(x[5 * row + feature]) }
        sum += residual * residual / (SyntheticSet.noise * SyntheticSet.noise)
      }
    }
    #expect(training.labels == nil)
    #expect(training.targetCount == 1)
    #expect(sum > 116.9 && sum < 313.5)
  }

  @Test(arguments: [4, 80, 500])
  func onlyTheSecondTokenTellsTheClass(length: Int) throws {
    let (training, _) = try load(.longRange, length: length)
    let labels = try #require(training.labels)
    let tokens = samples(training, Array(0..<training.count), .raw)
    for (row, label) in labels.enumerated() {
      #expect(tokens[row * length] == 1)
      #expect(tokens[row * length + 1] == Float(4 + label))
    }
    let rest = tokens.indices.filter { $0 % length >= 2 }
    #expect(rest.allSatisfy { (6..<32).contains(tokens[$0]) })
    #expect(Set(rest.map { tokens[$0] }).count == 26)
    // Balance, and how often a distractor stands in either class: binomial, five deviations are a chance of 6e-7.
    let positives = Double(labels.count { $0 == 1 })
    #expect(abs(positives - 1000) < 5 * 500.0.squareRoot())
    let share = rest.filter { labels[$0 / length] == 1 }.map { Double(tokens[$0]) }
    let mean = share.reduce(0, +) / Double(share.count)
    // Uniform on 6...31: mean 18.5, variance (26^2 - 1) / 12.
    #expect(abs(mean - 18.5) < 5 * (56.25 / Double(share.count)).squareRoot())
  }

  @Test func namesAreChecked() {
    let error = failure { () throws(DataError) in try DataSource(parsing: "synthetic:moons") }
    #expect(
      error?.description == "synthetic:moons: is no synthetic set. Valid: synthetic:spirals, synthetic:blobs, "
        + "synthetic:regression, synthetic:long-range")
  }
}
