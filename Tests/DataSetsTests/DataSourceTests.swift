import DataSets
import Testing

@Suite struct DataSourceTests {
  let directory: TemporaryDirectory
  init() throws { directory = try TemporaryDirectory() }

  static let valid =
    "Valid: gaussian, uniform, fashion-mnist, mnist:DIR, cifar10:DIR, digits, iris, imdb:FILE.npz, text:FILE.csv, "
    + "text:DIR, synthetic:spirals, synthetic:blobs, synthetic:regression, synthetic:long-range, "
    + "FILE.csv, FILE.npy, FILE.npz"

  @Test(arguments: [
    ("gaussian", DataSource.gaussian), ("Uniform", .uniform), ("fashion-mnist", .fashionMNIST),
    ("FASHION_MNIST", .fashionMNIST),
    ("mnist:/data/My_MNIST", .mnist(directory: "/data/My_MNIST")), ("a/b_C.csv", .csv(path: "a/b_C.csv")),
    ("X.NPY", .npy(path: "X.NPY")), ("x.npz", .npz(path: "x.npz")), ("Digits", .digits), ("iris", .iris),
    ("cifar10:A_b", .cifar10(directory: "A_b")), ("imdb:x/Imdb.npz", .imdb(path: "x/Imdb.npz")),
    ("text:A_b.csv", .text(path: "A_b.csv")), ("Synthetic:Long_Range", .synthetic(.longRange)),
    ("mnist:x.csv", .mnist(directory: "x.csv")),
  ])
  func parses(text: String, source: DataSource) throws {
    #expect(try DataSource(parsing: text) == source)
  }

  @Test func whatIsParsedIsNamedAsWritten() throws {
    for text in [
      "gaussian", "uniform", "fashion-mnist", "mnist:/data", "a.csv", "b.npy", "c.npz", "digits", "iris", "imdb:x.npz",
      "cifar10:/x", "text:/y", "synthetic:spirals", "synthetic:long-range",
    ] {
      #expect(try DataSource(parsing: text).name == text)
    }
  }

  @Test(arguments: [
    ("gausian", "gaussian"), ("guassian", "gaussian"), ("unifrom", "uniform"), ("fashionmnist", "fashion-mnist"),
    ("fashion-mnits", "fashion-mnist"), ("mnist", "mnist:DIR"), ("mnits:/data", "mnist:DIR"),
    ("digit", "digits"), ("irsi", "iris"), ("cifar:/x", "cifar10:DIR"), ("idmb:x.npzz", "imdb:FILE.npz"),
    ("synthetc:x", "synthetic:spirals"),
  ])
  func aSlipOfThePenGetsTheNearestName(text: String, name: String) {
    let error = failure { () throws(DataError) in try DataSource(parsing: text) }
    #expect(
      error?.description == "\(text): is not a data source. Did you mean \(name)? "
        + Self.valid)
  }

  @Test(arguments: ["imagenet", "", "data.txt", "/", String(repeating: "x", count: 100_000)])
  func whatIsNearNothingGetsTheList(text: String) {
    let error = failure { () throws(DataError) in try DataSource(parsing: text) }
    #expect(error?.hint == Self.valid)
  }

  @Test func mnistNeedsADirectory() {
    #expect(failure { () throws(DataError) in try DataSource(parsing: "mnist:") }?.message == "names no directory")
    let missing = failure { () throws(DataError) in try DataSource.mnist(directory: "~/mnist").load() }
    #expect(missing?.description == "~/mnist: no such directory. A shell leaves ~ alone inside a word: write $HOME")
    let empty = failure { () throws(DataError) in try DataSource.mnist(directory: directory.path).load() }
    #expect(empty?.message.contains("has no train-") == true)
  }

  @Test(arguments: ["train-images-idx3-ubyte", "train-images-idx3-ubyte.gz", "train-images.idx3-ubyte"])
  func mnistIsFoundUnderItsUsualNames(images: String) throws {
    let file = idx([3, 2, 2], noise(12))
    _ = try directory.write(images.hasSuffix(".gz") ? gzip(file) : file, as: images)
    let labels = images.replacing("images", with: "labels").replacing("idx3", with: "idx1")
    _ = try directory.write(labels.hasSuffix(".gz") ? gzip(idx([3], [0, 1, 2])) : idx([3], [0, 1, 2]), as: labels)
    let set = try #require(try DataSource.mnist(directory: directory.path).load())
    #expect(set.count == 3)
    #expect(set.labels == [0, 1, 2])
    #expect(set.name == "mnist:\(directory.path)")
  }

  @Test func syntheticSourcesAreDrawnElsewhere() throws {
    #expect(try DataSource.gaussian.load() == nil)
    #expect(try DataSource.uniform.load() == nil)
  }

  @Test func tablesLoadThroughTheirExtension() throws {
    let csv = try directory.write("1,2\n3,4\n", as: "t.csv")
    #expect(try #require(try DataSource(parsing: csv).load()).shape == [2])
    #expect(try #require(try DataSource(parsing: Fixtures.array("f4")).load()).shape == [4])
  }
}
