import DataSets
import Testing

@Suite struct DataSplitsTests {
  let directory: TemporaryDirectory
  init() throws { directory = try TemporaryDirectory() }

  struct Reference: Decodable {
    struct Set: Decodable {
      var count: Int
      var means: [Double]
      var deviations: [Double]
      var mean: Double
      var deviation: Double
      var labelCounts: [Int]
      var firstLabels: [Int]
      var lastSample: [Float]
    }
    var digits: Set
    var iris: Set
  }

  private func counts(_ set: any SampleSet) -> [Int] {
    (0..<(set.classCount ?? 0)).map { label in (set.labels ?? []).count { $0 == label } }
  }

  /// Against NumPy: Fixtures/reference/datasets.py.
  @Test func theShippedSetsAreWhatNumPyReads() throws {
    let reference = try Fixtures.reference("datasets", as: Reference.self)
    let digits = try ShippedData.digits()
    #expect(digits.shape == [1, 8, 8])
    #expect(digits.count == reference.digits.count)
    #expect(counts(digits) == reference.digits.labelCounts)
    #expect(samples(digits, [digits.count - 1], .raw) == reference.digits.lastSample)
    // Sums of 115,008 terms, pairwise in NumPy and exact here: off by some log2(n) = 17 ulp at the worst.
    let tolerance = 32 * Double.ulpOfOne
    #expect(abs(digits.pixelStandardization.mean / reference.digits.mean - 1) < tolerance)
    #expect(abs(digits.pixelStandardization.deviation / reference.digits.deviation - 1) < tolerance)

    let iris = try ShippedData.iris()
    #expect(iris.shape == [4])
    #expect(counts(iris) == reference.iris.labelCounts)
    #expect(Array(try #require(iris.labels).prefix(12)) == reference.iris.firstLabels)
    #expect(samples(iris, [149], .raw) == reference.iris.lastSample)
    for (feature, pair) in iris.featureStandardization.enumerated() {
      // Values are held as Float, each off by half a unit in 2^-24 of it; no deviation is below a twelfth of its mean.
      #expect(abs(pair.mean / reference.iris.means[feature] - 1) < 0x1p-24)
      #expect(abs(pair.deviation / reference.iris.deviations[feature] - 1) < 12 * 0x1p-24)
    }
  }

  @Test func aFifthOfEachClassIsHeldOut() throws {
    for seed in [0, 1] as [UInt64] {
      let iris = try #require(try DataSource.iris.loadSplits(LoadingOptions(seed: seed)))
      #expect(counts(iris.training) == [40, 40, 40])
      #expect(counts(try #require(iris.test)) == [10, 10, 10])
    }
    let digits = try #require(try DataSource.digits.loadSplits())
    let test = try #require(digits.test)
    let all = counts(try ShippedData.digits())
    #expect(counts(test) == all.map { Int((Double($0) / 5).rounded()) })
    #expect(digits.training.count + test.count == 1797)
    #expect(samples(digits.training, Array(0..<100), .unit).max() == 1)
  }

  /// Both parts together are the file's rows, each once, in its order; another seed holds out others.
  @Test func aSplitIsAPartitionChosenByItsSeed() throws {
    let csv = "row,class\n" + (0..<200).map { "\($0),\($0 % 3)\n" }.joined()
    let source = DataSource.csv(path: try directory.write(csv, as: "t.csv"))
    func split(_ seed: UInt64) throws -> (training: [Float], test: [Float]) {
      let splits = try #require(try source.loadSplits(LoadingOptions(seed: seed, testFraction: 0.25)))
      let test = try #require(splits.test)
      return (
        samples(splits.training, Array(0..<splits.training.count), .raw), samples(test, Array(0..<test.count), .raw)
      )
    }
    let first = try split(1)
    // A quarter of 67, 67 and 66 rows: 16.75 twice and 16.5, which rounds up.
    #expect(first.test.count == 51)
    #expect((first.training + first.test).sorted() == (0..<200).map(Float.init))
    #expect(first.training == first.training.sorted())
    #expect(first.test == first.test.sorted())
    #expect(try split(1).test == first.test)
    #expect(try split(2).test != first.test)
  }

  @Test func filesHoldNothingOutUnlessAsked() throws {
    let source = DataSource.csv(path: try directory.write("a,b\n1,2\n3,4\n5,6\n7,8\n", as: "t.csv"))
    #expect(try #require(try source.loadSplits()).test == nil)
    #expect(try #require(try source.loadSplits(LoadingOptions(testFraction: 0))).test == nil)
    // A share that comes to no sample holds out none; one that comes to all leaves one.
    #expect(try #require(try source.loadSplits(LoadingOptions(testFraction: 0.1))).test == nil)
    #expect(try #require(try source.loadSplits(LoadingOptions(testFraction: 0.99))).training.count == 1)
    #expect(
      try #require(try DataSource.npy(path: Fixtures.array("f4")).loadSplits(LoadingOptions(testFraction: 0.4))).test?.count
        == 1)
    #expect(try DataSource.gaussian.loadSplits() == nil)
  }

  /// Training rows span 0 to 10 with mean 5; the test part is scaled by these, and leaves the interval.
  @Test func theTestPartIsScaledByTheTrainingPart() throws {
    let training = FeatureTable(name: "t", values: [0, 10, 5, 5], features: 1)
    let test = FeatureTable(name: "t", values: [20, -10, 5], features: 1).scaled(like: training)
    #expect(samples(test, [0, 1, 2], .unit) == [2, -1, 0.5])
    #expect(samples(test, [0, 1, 2], .symmetric) == [3, -3, 0])
    #expect(samples(test, [0, 1, 2], .raw) == [20, -10, 5])
    // Variance (25 + 25) / 4.
    #expect(samples(test, [0, 1, 2], .standardized) == [15, -15, 0].map { Float($0 / 12.5.squareRoot()) })
  }

  @Test func symmetricImagesRunFromMinusOneToOne() {
    let set = ImageSet(name: "s", pixels: [0, 255, 51], channels: 1, height: 1, width: 3)
    #expect(samples(set, [0], .symmetric) == [-1, 1, Float(2 * 51.0 / 255 - 1)])
    #expect(samples(FeatureTable(name: "t", values: [7, 7], features: 1), [0, 1], .symmetric) == [0, 0])
  }

  @Test func mnistHasItsTestFiles() throws {
    for (part, count) in [("train", 6), ("t10k", 3)] {
      _ = try directory.write(
        gzip(idx([UInt32(count), 2, 2], noise(4 * count, seed: UInt64(count)))), as: "\(part)-images-idx3-ubyte.gz")
      _ = try directory.write(idx([UInt32(count)], (0..<count).map { UInt8($0) }), as: "\(part)-labels-idx1-ubyte")
    }
    let source = DataSource.mnist(directory: directory.path)
    let splits = try #require(try source.loadSplits())
    let test = try #require(splits.test)
    #expect(splits.training.count == 6)
    #expect(test.labels == [0, 1, 2])
    #expect(test.classCount == 6)
    #expect(test.standardization == splits.training.standardization)
    #expect(samples(test, [0, 1, 2], .raw) == noise(12, seed: 3).map(Float.init))
    // One file of a pair is a mistake, other sizes are another set.
    _ = try directory.write(idx([3, 1, 2], noise(6)), as: "t10k-images-idx3-ubyte")
    #expect(
      failure { () throws(DataError) in try source.loadSplits() }?.message.contains("test images of [1, 1, 2]") == true)
  }

  @Test func mnistWithoutTestFilesHasNoTestPart() throws {
    _ = try directory.write(idx([2, 2, 2], noise(8)), as: "train-images-idx3-ubyte")
    _ = try directory.write(idx([2], [0, 1]), as: "train-labels-idx1-ubyte")
    let source = DataSource.mnist(directory: directory.path)
    #expect(try #require(try source.loadSplits()).test == nil)
    _ = try directory.write(idx([2], [0, 1]), as: "t10k-labels-idx1-ubyte")
    #expect(failure { () throws(DataError) in try source.loadSplits() }?.message.hasPrefix("has no t10k-images") == true)
  }

  /// All 70,000 images, each class as often as Xiao and others state: 6,000 and 1,000 times.
  @Test func fashionMNISTIsReadWhole() throws {
    let splits = try FashionMNIST.loadSplits(directory: FashionMNIST.packageDirectory)
    let test = try #require(splits.test)
    #expect(counts(splits.training) == [Int](repeating: 6000, count: 10))
    #expect(counts(test) == [Int](repeating: 1000, count: 10))
    #expect(test.standardization == splits.training.standardization)
  }

  @Test func aColumnNamedResponseIsToBePredicted() throws {
    let table = try CSVReader.read(path: directory.write("x,Response,label\n1,-2.5,0\n3,1e3,2\n", as: "t.csv"))
    #expect(table.targets == [-2.5, 1000])
    #expect(table.targetCount == 1)
    #expect(table.labels == [0, 2])
    #expect(table.featureNames == ["x"])
    #expect(samples(table, [0, 1], .raw) == [1, 3])
    let path = try directory.write("response,response\n1,2\n", as: "u.csv")
    #expect(failure { () throws(DataError) in try CSVReader.read(path: path) }?.position == .cell(line: 1, column: 2))
    let alone = try directory.write("response\n1\n", as: "v.csv")
    #expect(
      failure { () throws(DataError) in try CSVReader.read(path: alone) }?.message.hasPrefix("has no features") == true)
  }
}
