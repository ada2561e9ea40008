import NetworkGraph

/// A data set prepared for one network: axes, token ids and classes fit its input and output.
///
/// Made by `fitted(to:)`, the one place where samples and a network meet. Behind an embedding values are token ids: they are
/// delivered unchanged, with any scaling, and `vocabularySize` is the network's.
public struct FittedSamples: SampleSet {
  let base: any SampleSet
  public let labels: [Int]?
  public let classCount: Int?
  public let classNames: [String]?
  public let targets: [Float]?
  public let vocabularySize: Int?

  public var name: String { base.name }
  public var count: Int { base.count }
  public var shape: [Int] { base.shape }
  public var featureNames: [String]? { base.featureNames }
  public var targetCount: Int? { targets.map { $0.count / count } }
  public var standardization: Standardization? { vocabularySize == nil ? base.standardization : nil }

  public func fill(_ destination: UnsafeMutableBufferPointer<Float>, indices: some Collection<Int>, scaling: Scaling) {
    base.fill(destination, indices: indices, scaling: vocabularySize == nil ? scaling : .raw)
  }
}

extension SampleSet {
  /// Prepares the set for `network`.
  ///
  /// Axes must agree as `SampleAxes` says. Behind an embedding every value must be a token id of its table. Quantities that
  /// can only be classes become classes: one whole number per sample, for a network of several outputs.
  ///
  /// - Parameters:
  ///   - network: The network that takes the samples.
  ///   - origin: Where the network comes from, for what an error advises.
  /// - Throws: `DataError` naming the set, what does not fit and the remedy; for a token id its sample and position, both
  ///   counted from 0.
  public func fitted(to network: Network, from origin: NetworkOrigin = .code) throws(DataError) -> FittedSamples {
    try SampleAxes.check(self, network, origin)
    let vocabulary = network.tokenVocabulary
    if let vocabulary { try TokenIDs.check(self, vocabulary: vocabulary) }
    let base = (self as? FittedSamples)?.base ?? self
    var (labels, classes, names, targets) = (labels, classCount, classNames, targets)
    if labels == nil, network.output.count > 1, targetCount == 1, let values = targets,
      let numbers = ClassLabels.classes(from: values)
    {
      (labels, classes, names, targets) = (numbers, (numbers.max() ?? 0) + 1, nil, nil)
    }
    return FittedSamples(
      base: base, labels: labels, classCount: classes, classNames: names, targets: targets,
      vocabularySize: vocabulary ?? base.vocabularySize)
  }
}
