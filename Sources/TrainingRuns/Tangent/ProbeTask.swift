import Glibc
import NetworkGraph
import TensorKernels

/// The samples and classes for which the tangent kernel is measured, like those that training would see.
public struct ProbeTask: Sendable {
  public let table: SampleTable
  /// The share of the whole set's samples outside the commonest class: 0.9 for ten equal classes.
  public let minority: Double
  /// Whether the samples are the user's own; false for artificial ones.
  public let isGiven: Bool

  /// Makes a task of the user's samples; nil where the network's outputs cannot tell their classes apart.
  ///
  /// - Parameters:
  ///   - table: The samples, with their classes.
  ///   - outputs: The width of the network's output.
  ///   - minority: Share of the samples outside the commonest class in the whole set; nil where the table is that.
  public init?(_ table: SampleTable, outputs: Int, minority: Double? = nil) {
    let needed = outputs == 1 ? 2 : outputs
    guard !table.labels.isEmpty, (2...needed).contains(table.classCount), table.count > 1 else { return nil }
    self.table = table
    self.minority = minority ?? Self.minority(table.labels, classes: table.classCount)
    isGiven = true
  }

  /// The share of the labels that are not the commonest.
  public static func minority(_ labels: [Int32], classes: Int) -> Double {
    var counts = [Int](repeating: 0, count: classes)
    for label in labels { counts[Int(label)] += 1 }
    return 1 - Double(counts.max() ?? 0) / Double(max(1, labels.count))
  }

  /// Chooses `size` samples in the given order, taking each class in turn as long as it has samples, so that a rare class is
  /// not missing.
  package static func balanced(_ order: [Int], _ size: Int, label: (Int) -> Int) -> [Int] {
    let byClass = Dictionary(grouping: order, by: label)
    let classes = byClass.keys.sorted().compactMap { byClass[$0] }
    var chosen: [Int] = [], round = 0
    while chosen.count < min(size, order.count) {
      for members in classes where round < members.count && chosen.count < size { chosen.append(members[round]) }
      round += 1
    }
    return chosen
  }

  /// For each value of an image or a sequence the place of its patch's first value; nil for features that have no positions.
  private static func patches(of shape: Shape) -> [Int]? {
    func corner(_ place: Int, _ extent: Int) -> Int {
      let width = max(1, extent / 7)
      return place / width * width
    }
    switch shape {
    case .features: return nil
    case .image(let channels, let height, let width):
      return (0..<channels).flatMap { channel in
        (0..<height).flatMap { y in
          (0..<width).map { x in (channel * height + corner(y, height)) * width + corner(x, width) }
        }
      }
    case .sequence(let steps, let features):
      return (0..<steps).flatMap { step in (0..<features).map { corner(step, steps) * features + $0 } }
    }
  }

  /// Samples without classes, each in the class of that of ten (or as many as there are outputs) chosen ones to which its
  /// cosine is largest; nil for fewer than twenty samples, or where all end in one class.
  public init?(clustering samples: SampleTable, outputs: Int) {
    let classes = max(2, min(10, outputs))
    guard samples.count >= 2 * classes else { return nil }
    let values = samples.values, features = samples.features
    func product(_ a: Int, _ b: Int) -> Double {
      (0..<features).reduce(0.0) { $0 + Double(values[a * features + $1]) * Double(values[b * features + $1]) }
    }
    let norms = (0..<classes).map { max(product($0, $0), .leastNormalMagnitude).squareRoot() }
    let labels = (0..<samples.count).map { sample in
      Int32((0..<classes).max { product(sample, $0) / norms[$0] < product(sample, $1) / norms[$1] } ?? 0)
    }
    guard Set(labels).count > 1 else { return nil }
    table = SampleTable(values: values, features: features, labels: labels, classCount: classes)
    minority = Self.minority(labels, classes: classes)
    isGiven = false
  }

  /// Samples of ten classes (fewer where there are fewer outputs) with the geometry of standardized Fashion-MNIST.
  ///
  /// A sample is `sqrt(.27) m + sqrt(.32) m_c + sqrt(.41) e`: a mean that all share, one of its class, and noise, each N(0,
  /// 1) a feature. Cosines between classes are then 0.27 and within one 0.59 on average, which are those of Fashion-MNIST's
  /// first 10,000 images. Token ids are drawn from all with probability 0.41, else from a part of the vocabulary that the
  /// class has for itself. Images and sequences are made of patches, a seventh of each extent wide, and half of their noise
  /// is: a pixel tells of its neighbours, and a mean over positions keeps what the class is. `mean` and `deviation` shift
  /// and scale.
  public init(standInFor network: Network, samples: Int, seed: UInt64, mean: Float = 0, deviation: Float = 1) {
    self.init(
      input: network.input, vocabulary: network.tokenVocabulary, outputs: network.output.count, samples: samples, seed: seed,
      mean: mean, deviation: deviation)
  }

  /// The same for an input of that shape, of token ids below `vocabulary` where that is not nil.
  package init(
    input: Shape, vocabulary: Int?, outputs: Int, samples: Int, seed: UInt64, mean: Float = 0, deviation: Float = 1
  ) {
    let features = input.count
    let classes = max(2, min(10, outputs))
    let labels = (0..<samples).map { Int32($0 % classes) }
    func stream(_ part: String, _ replica: Int = 0) -> RandomStream {
      RandomStream(seed: seed, replica: replica, node: "task \(part)", tensor: .input)
    }
    var values = [Float](repeating: 0, count: samples * features)
    if let vocabulary {
      let words = stream("tokens").words(2 * values.count)
      let part = max(1, vocabulary / classes)
      for index in values.indices {
        let range = Double(words[2 * index]) < 0.41 * 0x1p32 ? vocabulary : part
        let start = range == vocabulary ? 0 : Int(labels[index / features]) * part
        values[index] = Float(min(vocabulary - 1, start + words[2 * index + 1].number(below: range)))
      }
    } else {
      func normals(_ part: String, _ replica: Int = 0) -> [Float] {
        [Float](unsafeUninitializedCapacity: features) { buffer, count in
          stream(part, replica).fillNormal(UnsafeMutableBufferPointer(rebasing: buffer[..<features]))
          count = features
        }
      }
      // Each feature takes the value of its patch's first one.
      let patches = Self.patches(of: input)
      func patched(_ part: String, _ replica: Int = 0) -> [Float] {
        let all = normals(part, replica)
        return patches.map { patches in patches.map { all[$0] } } ?? all
      }
      let half = Float(0.5).squareRoot()
      func noise(_ sample: Int) -> [Float] {
        let fine = normals("noise", sample)
        guard patches != nil else { return fine }
        return zip(fine, patched("coarse noise", sample)).map { half * ($0 + $1) }
      }
      let common = patched("mean"), means = (0..<classes).map { patched("class", $0) }
      let parts = (Float(0.27).squareRoot(), Float(0.32).squareRoot(), Float(0.41).squareRoot())
      for sample in 0..<samples {
        let noise = noise(sample), centre = means[Int(labels[sample])]
        for feature in 0..<features {
          values[sample * features + feature] =
            mean
            + deviation * (parts.0 * common[feature] + parts.1 * centre[feature] + parts.2 * noise[feature])
        }
      }
    }
    table = SampleTable(values: values, features: features, labels: labels, classCount: classes)
    minority = Self.minority(labels, classes: classes)
    isGiven = false
  }
}
