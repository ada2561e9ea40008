import TensorKernels

/// Chooses which samples are held out: the same share of every class, chosen by a seed.
enum StratifiedSplit {
  /// Holds out of each class with n samples `fraction * n`, rounded to the nearest; unlabelled samples count as one class.
  /// Both parts keep the order of the file, and at least one sample stays in training.
  static func indices(
    count: Int, labels: [Int]?, fraction: Double, seed: UInt64
  ) -> (training: [Int], test: [Int]) {
    let words = RandomStream(seed: seed, replica: 0, node: "held-out samples", tensor: .order).words(count)
    let classes = Dictionary(grouping: 0..<count) { labels?[$0] ?? 0 }
    var isHeldOut = [Bool](repeating: false, count: count)
    for members in classes.values {
      // Each sample gets a random word, and the smallest are held out. Ties, of probability 2^-32 per pair, go by position.
      let order = members.sorted { (words[$0], $0) < (words[$1], $1) }
      let share = Int((fraction * Double(members.count)).rounded())
      for index in order.prefix(share) { isHeldOut[index] = true }
    }
    if !isHeldOut.contains(false) { isHeldOut[0] = false }
    let all = 0..<count
    return (all.filter { !isHeldOut[$0] }, all.filter { isHeldOut[$0] })
  }

  /// Splits `set` in two; the second part is nil where the share is less than a sample.
  static func split(_ set: some DivisibleSampleSet, fraction: Double, seed: UInt64) -> DataSplits {
    let (training, test) = indices(count: set.count, labels: set.labels, fraction: fraction, seed: seed)
    guard !test.isEmpty else { return DataSplits(name: set.name, training: set, test: nil) }
    let kept = set.subset(training)
    return DataSplits(name: set.name, training: kept, test: set.subset(test).scaled(like: kept))
  }
}
