import DataSets
import Testing

/// Against NumPy and Python's gzip: Fixtures/reference/fashion_mnist.py.
@Suite struct FashionMNISTTests {
  struct Reference: Decodable {
    struct Statistics: Decodable {
      var count: Int
      var mean: Double
      var deviation: Double
      var labelCounts: [Int]
    }
    var shape: [Int]
    var classes: Int
    var firstLabels: [Int]
    var weightedSums: [String: Int]
    var first10000: Statistics
    var all: Statistics
  }

  @Test(arguments: [10_000, nil])
  func agreesWithNumPy(limit: Int?) throws {
    let reference = try Fixtures.reference("fashion_mnist", as: Reference.self)
    let expected = limit == nil ? reference.all : reference.first10000
    let set = try FashionMNIST.load(directory: FashionMNIST.packageDirectory, limit: limit)
    #expect(set.count == expected.count)
    #expect(set.totalCount == reference.shape[0])
    #expect(set.shape == [1, reference.shape[1], reference.shape[2]])
    #expect(set.classCount == reference.classes)
    let labels = try #require(set.labels)
    #expect(Array(labels.prefix(20)) == reference.firstLabels)
    #expect((0..<10).map { label in labels.count { $0 == label } } == expected.labelCounts)
    // Ours is rounded thrice; NumPy sums up to 47 million squares pairwise, off by some log2(n) = 26 ulp at the worst.
    let tolerance = 64 * Double.ulpOfOne
    #expect(abs(set.pixelStandardization.mean / expected.mean - 1) < tolerance)
    #expect(abs(set.pixelStandardization.deviation / expected.deviation - 1) < tolerance)
    for (index, sum) in reference.weightedSums {
      // Integers below 2^24 times positions below 2^10: exact in Double.
      let pixels = samples(set, [try #require(Int(index))], .raw)
      #expect(zip(pixels, 1...).reduce(0) { $0 + Double($1.0) * Double($1.1) } == Double(sum))
    }
  }

  @Test func theLiteraturesPair() throws {
    // Quoted to four digits everywhere for x / 255 over the training set.
    let set = try FashionMNIST.load(directory: FashionMNIST.packageDirectory)
    #expect(abs(set.pixelStandardization.mean / 255 - 0.2860) < 5e-5)
    #expect(abs(set.pixelStandardization.deviation / 255 - 0.3530) < 5e-5)
  }

  @Test func theSourceReadsTheAuditsFirst() throws {
    let set = try #require(try DataSource(parsing: "fashion-mnist").load())
    #expect(set.count == 10_000)
    #expect(set.name == "fashion-mnist")
    let values = samples(set, Array(0..<10_000), .standardized)
    // Over the very images that the pair was taken from, so only Float's rounding of each value (2^-24 relative) is left;
    // those errors average out, and 1e-6 leaves a factor of ten beyond their largest possible mean.
    let mean = values.reduce(0) { $0 + Double($1) } / Double(values.count)
    let second = values.reduce(0) { $0 + Double($1) * Double($1) } / Double(values.count)
    #expect(abs(mean) < 1e-6)
    #expect(abs(second - 1) < 1e-6)
  }

  @Test func theEnvironmentOverridesThePackage() {
    #expect(FashionMNIST.directory(override: nil) == "/usr/share/datasets/fashion-mnist")
    #expect(FashionMNIST.directory(override: "") == "/usr/share/datasets/fashion-mnist")
    #expect(FashionMNIST.directory(override: "/data/fm") == "/data/fm")
  }

  @Test func whereItIsMissingTheErrorSaysHowToInstallIt() {
    let error = failure { () throws(DataError) in try FashionMNIST.load(directory: "/nowhere/fm") }
    #expect(
      error?.description == "/nowhere/fm: Fashion-MNIST is not there. Install it (apt-get install dataset-fashion-mnist) "
        + "or set INITSCOPE_FASHION_MNIST to a directory with its two training files")
  }
}
