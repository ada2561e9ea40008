import NetworkGraph
import SignalPropagation
import TensorKernels
import TrainingRuns

/// Whether the classes of given samples have anything to do with the samples.
///
/// Labels that were shuffled or shifted by a row are a common fault, and no network learns them. The tangent kernel hardly
/// shows it. Two tests look at the samples alone: whether class means lie farther apart than under permuted labels, and
/// whether a sample's nearest neighbour has its class more often than by chance. What both miss, such as a parity, may still
/// be learned.
package enum LabelRelation {
  /// Samples that are looked at, and the fewest with which a weak relation would be seen.
  static let most = 512
  static let fewest = 100
  /// Class means of labels without relation pass for related once in so many tests.
  private static let permutations = 199
  /// How many deviations above chance the neighbours must agree: 0.1% of unrelated labels do.
  private static let deviations = 3.1
  /// Evenly spaced features stand for all where there are more.
  private static let mostFeatures = 4096

  /// Whether the labels seem to have nothing to do with the samples; false also where there are too few to tell.
  ///
  /// - Parameters:
  ///   - table: Samples with classes, in a random order.
  ///   - seed: What the permutations depend on.
  package static func isMissing(in table: SampleTable, seed: UInt64) -> Bool {
    let count = min(most, table.count)
    guard count >= fewest, table.labels.count == table.count else { return false }
    let labels = table.labels.prefix(count).map { Int($0) }
    guard Set(labels).count > 1 else { return false }
    let products = products(table, count)
    guard products.allSatisfy(\.isFinite) else { return false }
    let own = spread(products, labels, classes: table.classCount)
    let words = RandomStream(seed: seed, replica: 0, node: "labels", tensor: .order).words(permutations * count)
    let isBeyondChance = (0..<permutations).allSatisfy { round in
      spread(
        products, labels.shuffled(by: words[(round * count)..<((round + 1) * count)]), classes: table.classCount) < own
    }
    return !isBeyondChance && !neighboursAgree(products, labels)
  }

  /// How often simple rules tell the class of a sample from the other samples.
  package struct Told {
    /// The share of the largest class.
    package var largest: Double
    /// The class of the nearest neighbour, that of the most among the nearest eleven, and that of the nearest mean.
    package var neighbours: Double
    package var votes: Double
    package var means: Double

    package var best: Double { max(neighbours, votes, means) }
    /// What counts as learned: 60% of ten equal classes, and as far on the way from the largest class to 1 for others.
    package var needed: Double { largest + (TrainabilityModel.trainedAccuracy - 0.1) / 0.9 * (1 - largest) }
    /// Whether nearest neighbours tell the classes and their means hardly do, as for interleaved spirals.
    package var isEntangled: Bool {
      neighbours - largest > leastTold * (1 - largest) && means - largest < meansShare * (neighbours - largest)
    }
  }

  /// How far what simple rules tell must stay below what counts as learned, as a share of what the largest class leaves
  /// open. Of 512 images of Fashion-MNIST they tell 0.75. With half of the labels drawn at random at most 0.55 can be
  /// learned, and they tell 0.45 to 0.5.
  package static let noiseMargin = 0.05

  /// Looks at samples; nil where there are too few to tell.
  package static func told(_ table: SampleTable) -> Told? {
    let count = min(most, table.count)
    guard count >= fewest, table.labels.count == table.count else { return nil }
    let labels = table.labels.prefix(count).map { Int($0) }
    var members = [[Int]](repeating: [], count: table.classCount)
    for (sample, label) in labels.enumerated() { members[label].append(sample) }
    let products = products(table, count)
    guard products.allSatisfy(\.isFinite), members.count(where: { $0.count > 1 }) > 1 else { return nil }
    let shares = members.map { Double($0.count) / Double(count) }
    let (neighbours, votes) = agreeingNeighbours(products, labels)
    return Told(
      largest: shares.max() ?? 1, neighbours: Double(neighbours) / Double(count), votes: Double(votes) / Double(count),
      means: Double(agreeingMeans(products, labels, members)) / Double(count))
  }

  /// Of what the largest class leaves open, what neighbours must tell; and of that, what means must tell. Of 512 images of
  /// Fashion-MNIST neighbours tell 0.73 and means 0.85 times that; of two spirals 0.99 and 0.1 times that, of two half moons
  /// 1.0 and 0.7 times that.
  private static let leastTold = 0.5, meansShare = 1.0 / 3
  /// Neighbours that vote.
  private static let voters = 11

  /// How many samples lie nearest to the mean of their own class, without them.
  private static func agreeingMeans(_ products: [Float], _ labels: [Int], _ members: [[Int]]) -> Int {
    let count = labels.count
    // Sums of the products within each class, and of each sample with each class.
    let sums = (0..<count).map { sample in
      members.map { $0.reduce(0.0) { $0 + Double(products[sample * count + $1]) } }
    }
    let within = members.indices.map { label in members[label].reduce(0.0) { $0 + sums[$1][label] } }
    return (0..<count).count { sample in
      let own = Double(products[sample * count + sample])
      func distance(_ label: Int) -> Double {
        var (product, square, size) = (sums[sample][label], within[label], Double(members[label].count))
        if labels[sample] == label {
          (product, square, size) = (product - own, square - 2 * product + own, size - 1)
        }
        return size > 0 ? square / (size * size) - 2 * product / size : .infinity
      }
      return members.indices.min { distance($0) < distance($1) } == labels[sample]
    }
  }

  /// The products of all pairs of samples, each feature standardized, so that none outweighs the others by its units.
  private static func products(_ table: SampleTable, _ count: Int) -> [Float] {
    let step = max(1, (table.features + mostFeatures - 1) / mostFeatures)
    let features = Array(stride(from: 0, to: table.features, by: step))
    var rows = [Float](repeating: 0, count: count * features.count)
    for (place, feature) in features.enumerated() {
      var sum = 0.0, squares = 0.0
      for sample in 0..<count {
        let value = Double(table.sampleValues[sample * table.features + feature])
        (sum, squares) = (sum + value, squares + value * value)
      }
      let mean = sum / Double(count), variance = squares / Double(count) - mean * mean
      guard variance > 1e-12 * max(1e-30, squares / Double(count)) else { continue }
      let inverse = 1 / variance.squareRoot()
      for sample in 0..<count {
        let value = Double(table.sampleValues[sample * table.features + feature])
        rows[sample * features.count + place] = Float((value - mean) * inverse)
      }
    }
    var products = [Float](repeating: 0, count: count * count)
    rows.withUnsafeBufferPointer { rows in
      guard let start = rows.baseAddress else { return }
      let width = features.count, squares = (0..<count).map { Elementwise.sumOfSquares(start + $0 * width, count: width) }
      for a in 0..<count {
        for b in a..<count {
          // x y = (x^2 + y^2 - (x - y)^2) / 2
          let distance = Elementwise.squaredDistance(start + a * width, start + b * width, count: width)
          let product = Float((squares[a] + squares[b] - distance) / 2)
          (products[a * count + b], products[b * count + a]) = (product, product)
        }
      }
    }
    return products
  }

  /// The sum of squares between classes, up to a constant: of the products within each class, divided by its size.
  private static func spread(_ products: [Float], _ labels: [Int], classes: Int) -> Double {
    let count = labels.count
    var members = [[Int]](repeating: [], count: classes)
    for (sample, label) in labels.enumerated() { members[label].append(sample) }
    return members.reduce(0) { total, members in
      guard !members.isEmpty else { return total }
      let sum = members.reduce(0.0) { sum, a in members.reduce(sum) { $0 + Double(products[a * count + $1]) } }
      return total + sum / Double(members.count)
    }
  }

  /// How many samples have the class of their nearest neighbour, and that of the most of the nearest neighbours.
  private static func agreeingNeighbours(_ products: [Float], _ labels: [Int]) -> (nearest: Int, votes: Int) {
    let count = labels.count
    var found = (nearest: 0, votes: 0)
    for sample in 0..<count {
      // The nearest so far, in order; of equal distances the earlier sample stands first.
      var nearest: [Int] = [], distances: [Float] = []
      for other in 0..<count where other != sample {
        let distance = products[other * count + other] - 2 * products[sample * count + other]
        if nearest.count == voters {
          guard distance < distances[voters - 1] else { continue }
          nearest.removeLast()
          distances.removeLast()
        }
        let place = (distances.lastIndex { $0 <= distance } ?? -1) + 1
        nearest.insert(other, at: place)
        distances.insert(distance, at: place)
      }
      if let first = nearest.first, labels[first] == labels[sample] { found.nearest += 1 }
      var votes: [Int: Int] = [:]
      for neighbour in nearest { votes[labels[neighbour], default: 0] += 1 }
      // Of classes with equal votes that of the nearer neighbour counts.
      let most = votes.values.max() ?? 0
      if nearest.first(where: { votes[labels[$0]] == most }).map({ labels[$0] }) == labels[sample] { found.votes += 1 }
    }
    return found
  }

  private static func neighboursAgree(_ products: [Float], _ labels: [Int]) -> Bool {
    let count = labels.count, agreeing = agreeingNeighbours(products, labels).nearest
    let shares = Dictionary(grouping: labels) { $0 }.values.map { Double($0.count) / Double(count) }
    let chance = shares.reduce(0) { $0 + $1 * $1 }
    return Double(agreeing) > Double(count) * chance + deviations * (Double(count) * chance * (1 - chance)).squareRoot()
  }
}
