import Glibc
import TensorKernels

extension SyntheticSet {
  /// Random numbers for one part of one synthetic set; normals and words do not overlap.
  struct Draws {
    private let normalStream: RandomStream
    private let wordStream: RandomStream

    init(_ seed: UInt64, _ set: SyntheticSet, part: Int) {
      normalStream = RandomStream(seed: seed, replica: part, node: set.name, tensor: .input)
      wordStream = RandomStream(seed: seed, replica: part, node: set.name, tensor: .pattern)
    }

    func normals(_ count: Int) -> [Float] {
      var values = [Float](repeating: 0, count: count)
      values.withUnsafeMutableBufferPointer { normalStream.fillNormal($0) }
      return values
    }

    /// Whole numbers on `0..<bound`, each as likely.
    func numbers(_ count: Int, below bound: Int) -> [Int] {
      wordStream.words(count).map { $0.number(below: bound) }
    }
  }

  func table(_ count: Int, _ draws: Draws) -> FeatureTable {
    switch self {
    case .spirals: spirals(count, draws)
    case .blobs: blobs(count, draws)
    case .regression: regression(count, draws)
    case .longRange: preconditionFailure("\(name) is no table")
    }
  }

  /// Draws two spirals: sample i lies on arm i mod 2 at a radius from 0.1 to 1, the arms half a turn apart.
  private func spirals(_ count: Int, _ draws: Draws) -> FeatureTable {
    let noise = draws.normals(2 * count)
    let perArm = max(1, (count + 1) / 2 - 1)
    var values: [Float] = []
    for index in 0..<count {
      let progress = Double(index / 2) / Double(perArm)
      let radius = 0.1 + 0.9 * progress
      let angle = 2 * Double.pi * 1.75 * progress + Double.pi * Double(index % 2)
      values.append(Float(radius * cos(angle) + 0.02 * Double(noise[2 * index])))
      values.append(Float(radius * sin(angle) + 0.02 * Double(noise[2 * index + 1])))
    }
    return FeatureTable(name: name, values: values, features: 2, labels: (0..<count).map { $0 % 2 }, classCount: 2)
  }

  private func blobs(_ count: Int, _ draws: Draws) -> FeatureTable {
    let noise = draws.normals(2 * count)
    var values: [Float] = []
    for index in 0..<count {
      let angle = 2 * Double.pi * Double(index % 3) / 3
      values.append(Float(4 * cos(angle) + Double(noise[2 * index])))
      values.append(Float(4 * sin(angle) + Double(noise[2 * index + 1])))
    }
    return FeatureTable(name: name, values: values, features: 2, labels: (0..<count).map { $0 % 3 }, classCount: 3)
  }

  private func regression(_ count: Int, _ draws: Draws) -> FeatureTable {
    let features = Self.weights.count
    let normals = draws.normals(count * (features + 1))
    let values = Array(normals.prefix(count * features))
    let targets = (0..<count).map { row in
      var sum = Self.intercept + Self.noise * Double(normals[count * features + row])
      for feature in 0..<features { sum += Self.weights[feature] * Double(values[row * features + feature]) }
      return Float(sum)
    }
    return FeatureTable(name: name, values: values, features: features, targets: targets)
  }

  /// Draws token sequences: a start token, the token that tells the class, then tokens that mean nothing.
  func sequences(_ count: Int, _ length: Int, _ draws: Draws) -> TokenSet {
    let first = TokenSet.indexFrom + 1
    let distractors = Self.vocabularySize - first - 2
    // Each row's first number tells the class. Its bound divides that of the others, so that one draw serves both.
    let numbers = draws.numbers(count * length, below: 2 * distractors)
    var tokens: [Int32] = []
    tokens.reserveCapacity(count * length)
    var labels: [Int] = []
    for row in 0..<count {
      let label = numbers[row * length] % 2
      labels.append(label)
      tokens.append(Int32(TokenSet.start))
      tokens.append(Int32(first + label))
      for column in 2..<max(2, length) { tokens.append(Int32(first + 2 + numbers[row * length + column] / 2)) }
    }
    return TokenSet(
      name: name, tokens: tokens, length: length, labels: labels, classCount: 2, vocabularySize: Self.vocabularySize)
  }
}
