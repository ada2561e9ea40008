import DataSets
import NetworkGraph
import Testing

/// Where samples and a network meet: axes, token ids, classes.
@Suite struct FittedSamplesTests {
  private static func table(_ shape: [Int], count: Int = 2, value: (Int) -> Float = { Float($0) }) -> FeatureTable {
    let features = shape.reduce(1, *)
    return FeatureTable(name: "x.npy", values: (0..<count * features).map(value), features: features, shape: shape)
  }

  private static func dense(_ input: [Int], outputs: Int = 3) throws -> Network {
    try Network(input: Shape(dimensions: input)) {
      Flatten()
      Dense(outputs)
    }
  }

  /// The remedy is that of the permutation at hand, worked out by hand: axis k of the result is axis p[k] of the array.
  @Test(arguments: [
    ([32, 32, 3], [3, 32, 32], "x.transpose(0, 3, 1, 2)"), ([8, 50], [50, 8], "x.transpose(0, 2, 1)"),
    ([28, 3, 20], [3, 20, 28], "x.transpose(0, 2, 3, 1)"), ([5, 3, 4], [3, 4, 5], "x.transpose(0, 2, 3, 1)"),
    ([4, 5, 3], [3, 4, 5], "x.transpose(0, 3, 1, 2)"), ([5, 4, 3], [3, 4, 5], "x.transpose(0, 3, 2, 1)"),
    ([3, 5, 4], [3, 4, 5], "x.transpose(0, 1, 3, 2)"), ([7, 1, 5], [1, 5, 7], "x.transpose(0, 2, 3, 1)"),
    ([7, 1, 5], [5, 7], "x.transpose(0, 2, 3, 1)"),
    // Equal products of other lengths are no permutation.
    ([6, 4], [3, 8], "x.reshape(-1, 3, 8)"), ([4, 4, 3], [16, 3], "x.reshape(-1, 16, 3)"),
  ])
  func axesInAnotherOrderAreRefused(stored: [Int], wanted: [Int], remedy: String) throws {
    let network = try Self.dense(wanted)
    let error = failure { () throws(DataError) in try Self.table(stored).fitted(to: network) }
    let text = { (axes: [Int]) in axes.map(String.init).joined(separator: " x ") }
    #expect(error?.message == "holds \(text(stored)), the network takes \(text(wanted))")
    #expect(error?.hint?.contains(remedy) == true, "\(String(describing: error))")
  }

  @Test(arguments: [
    ([784], [1, 28, 28]), ([28, 28], [1, 28, 28]), ([28, 28, 1], [1, 28, 28]), ([400], [50, 8]), ([50, 8, 1], [50, 8]),
    ([3, 32, 32], [3072]), ([784, 1], [28, 28]), ([28, 28], [784, 1]),
  ])
  func axesThatAgreePass(stored: [Int], wanted: [Int]) throws {
    let fitted = try Self.table(stored).fitted(to: Self.dense(wanted))
    // In the order of the file.
    #expect(samples(fitted, [1], .raw) == (0..<784 * 4).prefix(fitted.featureCount).map { Float($0 + fitted.featureCount) })
  }

  @Test func aWrongNumberOfValuesIsRefused() throws {
    let network = try Self.dense([3, 32, 32])
    let error = failure { () throws(DataError) in try Self.table([28, 28]).fitted(to: network) }
    #expect(error?.message == "has samples of 28 x 28, 784 values, the network takes 3072")
  }

  /// An image with its channels last is none of 32 channels, whatever the network takes.
  @Test(arguments: [[50, 8], [3, 28, 28], [784]]) func imagesOfAnotherSizeAreToldTheirChannels(wanted: [Int]) throws {
    let network = try Self.dense(wanted)
    let error = failure { () throws(DataError) in try Self.table([32, 32, 3]).fitted(to: network, from: .file) }
    #expect(error?.message.hasPrefix("has samples of 32 x 32 x 3, 3072 values") == true)
    #expect(
      error?.hint?.contains("x.transpose(0, 3, 1, 2)") == true
        && error?.hint?.hasSuffix("Write input: [3, 32, 32] in the network's file") == true, "\(error?.hint ?? "")")
  }

  // MARK: Token ids

  private static func reader(_ length: Int, vocabulary: Int = 50) throws -> Network {
    try Network(input: .features(length)) {
      Embedding(vocabulary: vocabulary, dimension: 4)
      Flatten()
      Dense(2)
    }
  }

  @Test(arguments: Scaling.allCases) func idsAreNeverScaled(scaling: Scaling) throws {
    let fitted = try Self.table([5]) { Float(($0 * 7) % 50) }.fitted(to: Self.reader(5))
    #expect(samples(fitted, [0, 1], scaling) == (0..<10).map { Float(($0 * 7) % 50) })
    #expect(fitted.vocabularySize == 50)
    let images = ImageSet(name: "u.npy", pixels: (0..<20).map { UInt8($0) }, channels: 1, height: 1, width: 5)
    #expect(samples(try images.fitted(to: Self.reader(5)), [3], scaling) == [15, 16, 17, 18, 19])
    #expect(try images.fitted(to: Self.reader(5)).standardization == nil)
  }

  @Test(arguments: [
    (Float(0.5), "is 0.5, which is no token id", "whole numbers"), (-1, "is -1, which is no token id", "Count ids from 0"),
    (50, "is 50, beyond the table", "at least 51"), (16_777_215, "is 16777215, beyond the table", "at least 16777216"),
    // From 2^24 on Float rounds whole numbers: 2^53 + 1 is not 2^53.
    (9_007_199_254_740_993, "is about 9007199254740992, beyond the table", "list of all ids"),
  ])
  func whatIsNoIDIsRefusedWithItsPlace(value: Float, message: String, hint: String) throws {
    let network = try Self.reader(5)
    // The second sample of many, its fourth value; beyond the first chunk, too.
    for sample in [1, 3000] {
      let table = Self.table([5], count: 3001) { $0 == sample * 5 + 3 ? value : 1 }
      let error = failure { () throws(DataError) in try table.fitted(to: network) }
      #expect(error?.message.hasPrefix("sample \(sample), position 3 (both counted from 0) \(message)") == true)
      #expect(error?.message.contains("ids 0 to 49") == true && error?.hint?.contains(hint) == true)
    }
  }

  /// An embedding beside another reader of the input, or behind a layer that only arranges it, reads ids all the same.
  @Test func everyEmbeddingReadsIDs() throws {
    let beside = try Network(
      input: .features(5),
      placements: [
        .init(name: "table", layer: Embedding(vocabulary: 9, dimension: 2), inputs: ["input"]),
        .init(name: "flat", layer: Flatten(), inputs: ["table"]), .init(name: "direct", layer: Dense(10), inputs: ["input"]),
        .init(name: "sum", layer: Add(), inputs: ["flat", "direct"]),
      ])
    #expect(beside.tokenVocabulary == 9)
    let behind = try Network(input: .image(channels: 1, height: 2, width: 3)) {
      Flatten()
      Embedding(vocabulary: 7, dimension: 2)
      Flatten()
      Dense(2)
    }
    #expect(behind.tokenVocabulary == 7)
    #expect(try Self.dense([5]).tokenVocabulary == nil)
  }

  @Test func ofSeveralAxesNoneIsTheTexts() throws {
    let network = try Self.reader(6)
    let error = failure { () throws(DataError) in try Self.table([2, 3]) { _ in 1 }.fitted(to: network) }
    #expect(error?.message == "holds 2 x 3, the network takes a vector of 6 token ids")
  }

  // MARK: Classes

  @Test func wholeNumbersAreClassesForSeveralOutputs() throws {
    let table = FeatureTable(name: "a.npz", values: [1, 2, 3], features: 1, targets: [0, 2, 1])
    #expect(try table.fitted(to: Self.dense([1], outputs: 3)).labels == [0, 2, 1])
    #expect(try table.fitted(to: Self.dense([1], outputs: 3)).targets == nil)
    // One output can only be a quantity.
    #expect(try table.fitted(to: Self.dense([1], outputs: 1)).targets == [0, 2, 1])
  }

  /// Classes that count from 1, or leave some out, would fit once they count from 0.
  @Test func classesThatDoNotCountFromZeroAreSaid() throws {
    let fromOne = try #require(ClassNames.renumbering([3, 2, 1, 1], outputs: 3))
    #expect(fromOne == "Its labels are 1, 2, 3, and classes count from 0: number them 0 to 2 (subtract 1)")
    let gaps = try #require(ClassNames.renumbering([2, 9, 5], outputs: 3))
    #expect(gaps == "Its labels are 2, 5, 9, and classes count from 0: number them 0 to 2")
    #expect(ClassNames.renumbering([0, 1, 2], outputs: 2) == nil)
    #expect(ClassNames.renumbering([1, 2, 3], outputs: 2) == nil)
  }

  /// Layers without parameters before an embedding leave ids what they are, whatever they do with them.
  @Test func idsPassLayersWithoutParameters() throws {
    let network = try Network(
      input: .features(8),
      placements: [
        Network.Placement(name: "drop", layer: Dropout(0.1), inputs: [Network.inputName]),
        Network.Placement(name: "same", layer: ActivationLayer(.identity), inputs: ["drop"]),
        Network.Placement(name: "table", layer: Embedding(vocabulary: 100, dimension: 16), inputs: ["same"]),
        Network.Placement(name: "flat", layer: Flatten(), inputs: ["table"]),
        Network.Placement(name: "out", layer: Dense(2), inputs: ["flat"]),
      ])
    #expect(network.tokenVocabulary == 100)
    let hidden = try Network(input: .features(8)) {
      Dense(8)
      Flatten()
      Dense(2)
    }
    #expect(hidden.tokenVocabulary == nil)
  }
}
