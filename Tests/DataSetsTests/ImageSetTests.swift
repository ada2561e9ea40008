import DataSets
import Testing

@Suite struct ImageSetTests {
  let directory: TemporaryDirectory
  init() throws { directory = try TemporaryDirectory() }

  @Test func convertsTheSamplesAskedFor() {
    let set = ImageSet(
      name: "s", pixels: Array(0..<24), channels: 1, height: 2, width: 3, labels: [0, 1, 2, 1], classCount: 3)
    #expect(set.count == 4)
    #expect(set.shape == [1, 2, 3])
    #expect(set.featureCount == 6)
    #expect(
      samples(set, [2, 0, 2], .raw) == ([12...17, 0...5, 12...17] as [ClosedRange<Int>]).flatMap { $0.map(Float.init) })
    #expect(samples(set, [1], .unit) == (6...11).map { Float($0) / 255 })
    // 0...23: mean 23/2, variance (24^2 - 1)/12, the discrete uniform law's.
    let deviation = (575.0 / 12).squareRoot()
    #expect(set.standardization == Standardization(mean: 11.5, deviation: deviation))
    #expect(samples(set, [3], .standardized) == (18...23).map { Float((Double($0) - 11.5) / deviation) })
  }

  /// A million pixels of 255 beside one 254: a float variance by a difference of squares would be lost to cancellation.
  @Test func theDeviationDoesNotCancel() {
    let n = 1 << 20
    let set = ImageSet(name: "s", pixels: [254] + [UInt8](repeating: 255, count: n - 1), channels: 1, height: 1, width: n)
    // One in n differs by 1: variance (1/n)(1 - 1/n). Two roundings, in the root and the quotient: 4 ulp are ample.
    let exact = (Double(n - 1)).squareRoot() / Double(n)
    #expect(abs(set.pixelStandardization.deviation - exact) <= 4 * exact.ulp)
  }

  @Test func imagesOfOneColourStandardizeToZero() {
    let set = ImageSet(name: "s", pixels: [7, 7, 7, 7], channels: 1, height: 2, width: 2)
    #expect(set.standardization == Standardization(mean: 7, deviation: 0))
    #expect(samples(set, [0], .standardized) == [0, 0, 0, 0])
  }

  @Test func labelsCountInFullWhateverTheLimit() throws {
    let pixels = noise(5 * 4)
    let images = try directory.write(gzip(idx([5, 2, 2], pixels)), as: "images")
    let labels = try directory.write(idx([5], [0, 1, 0, 1, 9]), as: "labels")
    let set = try ImageSet(name: "s", imagesPath: images, labelsPath: labels, limit: 2)
    #expect(set.count == 2)
    #expect(set.totalCount == 5)
    #expect(set.labels == [0, 1])
    #expect(set.classCount == 10)
    #expect(samples(set, [0, 1], .raw) == pixels.prefix(8).map(Float.init))
  }

  @Test func imagesAndLabelsMustAgree() throws {
    let images = try directory.write(idx([5, 2, 2], noise(20)), as: "images")
    let labels = try directory.write(idx([4], [0, 1, 0, 1]), as: "labels")
    let error = failure { () throws(DataError) in try ImageSet(name: "s", imagesPath: images, labelsPath: labels) }
    #expect(
      error?.description == "\(images), byte 4: declares 5 images where \(labels) has 4 labels. "
        + "Give the two files of one set")
  }
}
