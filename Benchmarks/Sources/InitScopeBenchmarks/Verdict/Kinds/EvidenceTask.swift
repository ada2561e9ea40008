import Foundation
import InitScope
import Synchronization
import TensorKernels

/// A task on which a network of the evidence is trained. It is small, so that thousands can be trained.
enum EvidenceTask: Hashable, Sendable {
  /// How an image's values enter the network.
  enum Values: String, Sendable { case standardized, unit, raw, columns }

  /// Fashion-MNIST at 14 x 14 pixels, ten classes.
  case images(Values)
  /// The same in two classes, of which the first holds so many hundredths of the samples; one output or two.
  case twoClasses(Values, hundredths: Int, outputs: Int)
  /// Handwritten digits, 8 x 8.
  case digits
  /// Token ids, half of them from a part of the vocabulary that only this class uses.
  case tokens(vocabulary: Int, length: Int, classes: Int)

  var features: Int {
    switch self {
    case .images, .twoClasses: 196
    case .digits: 64
    case .tokens(_, let length, _): length
    }
  }

  var outputs: Int {
    switch self {
    case .images, .digits: 10
    case .twoClasses(_, _, let outputs): outputs
    case .tokens(_, _, let classes): classes == 2 ? 1 : classes
    }
  }

  var name: String {
    switch self {
    case .images(let values): "images-\(values.rawValue)"
    case .twoClasses(let values, let share, let outputs): "two-\(values.rawValue)-\(share)-\(outputs)"
    case .digits: "digits"
    case .tokens(let vocabulary, let length, let classes): "tokens-\(vocabulary)-\(length)-\(classes)"
    }
  }

  // MARK: Samples

  private static let tables = Mutex([EvidenceTask: SampleTable]())

  func table() throws -> SampleTable {
    if let known = Self.tables.withLock({ $0[self] }) { return known }
    let table = try make()
    Self.tables.withLock { $0[self] = table }
    return table
  }

  /// The share of the commonest class.
  static func majority(_ table: SampleTable) -> Double {
    var counts = [Int](repeating: 0, count: table.classCount)
    for label in table.labels { counts[Int(label)] += 1 }
    return Double(counts.max() ?? 0) / Double(max(1, table.count))
  }

  private func make() throws -> SampleTable {
    switch self {
    case .images(let values):
      let (pixels, labels) = try Self.pixels()
      return SampleTable(values: Self.scaled(pixels, values), features: 196, labels: labels, classCount: 10)
    case .twoClasses(let values, let share, _):
      return try Self.twoClasses(values, share: Double(share) / 100)
    case .digits:
      guard let set = try DataSource.digits.load() else { preconditionFailure("the digits are shipped") }
      return SampleTable(set, scaling: .standardized)
    case .tokens(let vocabulary, let length, let classes):
      return Self.tokens(vocabulary: vocabulary, length: length, classes: classes)
    }
  }

  /// Pixels averaged over 2 x 2, from 0 to 1; the first 4,000 images.
  private static func pixels() throws -> ([Float], [Int32]) {
    let set = try FashionMNIST.load(limit: 4000)
    var small = [Float](repeating: 0, count: set.count * 196)
    var row = [Float](repeating: 0, count: 784)
    for sample in 0..<set.count {
      row.withUnsafeMutableBufferPointer { set.fill($0, indices: [sample], scaling: .unit) }
      for y in 0..<14 {
        for x in 0..<14 {
          let place = 2 * y * 28 + 2 * x
          small[sample * 196 + y * 14 + x] = (row[place] + row[place + 1] + row[place + 28] + row[place + 29]) / 4
        }
      }
    }
    return (small, (set.labels ?? []).map { Int32($0) })
  }

  private static func scaled(_ pixels: [Float], _ values: Values) -> [Float] {
    switch values {
    case .unit: return pixels
    case .raw: return pixels.map { $0 * 255 }
    case .standardized:
      let mean = pixels.reduce(0.0) { $0 + Double($1) } / Double(pixels.count)
      let squares = pixels.reduce(0.0) { $0 + (Double($1) - mean) * (Double($1) - mean) } / Double(pixels.count)
      return pixels.map { Float((Double($0) - mean) / squares.squareRoot()) }
    case .columns:
      // A table whose columns have different units: factors from 10^-2 to 10^3, and offsets of that size.
      var draws = Draws("columns", index: 0)
      let units = (0..<196).map { _ in (scale: Float(pow(10, draws.uniform(-2, 3))), offset: Float(draws.normal())) }
      return pixels.indices.map { ($0, units[$0 % 196]) }.map { (pixels[$0] + $1.offset) * $1.scale }
    }
  }

  /// Classes 0 to 4 against 5 to 9, with as many of the first as make up the share.
  private static func twoClasses(_ values: Values, share: Double) throws -> SampleTable {
    let (pixels, labels) = try pixels()
    let all = scaled(pixels, values)
    let rare = labels.indices.filter { labels[$0] < 5 }, common = labels.indices.filter { labels[$0] >= 5 }
    let wanted = min(rare.count, Int((share / (1 - share) * Double(common.count)).rounded()))
    let chosen = (rare.prefix(wanted) + common).sorted()
    return SampleTable(
      values: chosen.flatMap { all[($0 * 196)..<(($0 + 1) * 196)] }, features: 196,
      labels: chosen.map { labels[$0] < 5 ? 1 : 0 }, classCount: 2)
  }

  private static func tokens(vocabulary: Int, length: Int, classes: Int) -> SampleTable {
    let count = 3000
    var words = [UInt32](repeating: 0, count: 2 * count * length)
    words.withUnsafeMutableBufferPointer {
      RandomStream(seed: 7, replica: vocabulary, node: "evidence tokens", tensor: .input).fillWords($0)
    }
    let labels = (0..<count).map { Int32($0 % classes) }, part = vocabulary / classes
    let values = (0..<(count * length)).map { index in
      let isOwn = words[2 * index] < 1 << 31, range = isOwn ? part : vocabulary
      let start = isOwn ? Int(labels[index / length]) * part : 0
      return Float(start + Int((UInt64(words[2 * index + 1]) * UInt64(range)) >> 32))
    }
    return SampleTable(values: values, features: length, labels: labels, classCount: classes)
  }
}
