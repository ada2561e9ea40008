import DataSets
import Testing

@Suite struct NPZReaderTests {
  let directory: TemporaryDirectory
  init() throws { directory = try TemporaryDirectory() }

  private func splits(_ arrays: [(name: String, bytes: [UInt8])]) throws -> DataSplits {
    try NPZReader.splits(path: directory.write(npz(arrays), as: "a.npz"))
  }

  private func refusal(_ arrays: [(name: String, bytes: [UInt8])]) throws -> DataError? {
    let path = try directory.write(npz(arrays), as: "a.npz")
    return failure { () throws(DataError) in try NPZReader.splits(path: path) }
  }

  /// As numpy.savez_compressed wrote it: Fixtures/reference/sequences/sequences.py.
  @Test func imagesOfBytesStayImages() throws {
    let splits = try #require(try DataSource(parsing: Fixtures.sequences("numpy.npz")).loadSplits())
    let test = try #require(splits.test)
    #expect(splits.training.shape == [1, 3, 4])
    #expect(splits.training.labels == [1, 0])
    // Both parts have as many classes as the two together.
    #expect(splits.training.classCount == 3)
    #expect(test.classCount == 3)
    #expect(test.labels == [2])
    #expect(samples(splits.training, [1], .raw) == (12..<24).map(Float.init))
    // 0 to 23 has mean 11.5 and variance (24^2 - 1) / 12; the test part is 0 to 11 under the same two numbers.
    let deviation = (575.0 / 12).squareRoot()
    for (value, k) in zip(samples(test, [0], .standardized), 0...) {
      // One rounding to Float of a quotient that is right to a few ulp of Double.
      #expect(abs(value - Float((Double(k) - 11.5) / deviation)) <= value.ulp)
    }
  }

  /// As numpy.savez wrote it.
  @Test func floatsInYAreQuantities() throws {
    let training = try #require(try DataSource(parsing: Fixtures.sequences("regression.npz")).loadSplits()).training
    #expect(training.labels == nil)
    #expect(training.classCount == nil)
    #expect(training.targetCount == 2)
    #expect(training.targets == [0, 0.25, 0.5, 0.75, 1, 1.25])
    #expect(samples(training, [2], .raw) == [4, 5])
  }

  @Test func withoutAnswersSamplesAreUnlabelled() throws {
    let splits = try splits([("x", npy(floats: [1, 2, 3, 4], shape: [2, 2]))])
    #expect(splits.training.labels == nil)
    #expect(splits.training.targets == nil)
    #expect(splits.test == nil)
  }

  @Test func labelsStandInForY() throws {
    let one = try splits([("x", npy(floats: [1, 2, 3], shape: [3, 1])), ("labels", npy(integers: [0, 2, 1]))])
    #expect(one.training.labels == [0, 2, 1])
    // Where both are there, y is taken.
    let both = try splits([
      ("x", npy(floats: [1, 2], shape: [2, 1])), ("labels", npy(integers: [1, 1])), ("y", npy(integers: [0, 1])),
    ])
    #expect(both.training.labels == [0, 1])
    let parts = try splits([
      ("x_train", npy(floats: [1, 2], shape: [2, 1])), ("labels_train", npy(integers: [1, 0])),
      ("x_test", npy(floats: [3], shape: [1, 1])), ("labels_test", npy(integers: [1])),
    ])
    #expect(parts.training.labels == [1, 0] && parts.test?.labels == [1])
  }

  @Test func classesInAColumnAreClasses() throws {
    let splits = try splits([
      ("x", npy(floats: [1, 2, 3], shape: [3, 1])), ("y", npy(integers: [0, 2, 1], shape: [3, 1])),
    ])
    #expect(splits.training.labels == [0, 2, 1])
    #expect(splits.training.classCount == 3)
  }

  @Test(arguments: [
    // Text of both kinds, truth values, small and unsigned numbers, one-hot codes of any type, floats of 0 and 1.
    ("'<U4'", "(3,)", utf32("dog", 4) + utf32("cat", 4) + utf32("dog", 4), [1, 0, 1], ["cat", "dog"]),
    (
      "'>U4'", "(3,)", utf32("dog", 4, bigEndian: true) + utf32("cat", 4, bigEndian: true) + utf32("ox", 4, bigEndian: true),
      [1, 0, 2],
      ["cat", "dog", "ox"]
    ),
    ("'|S3'", "(3,)", Array("dogcatox\0".utf8), [1, 0, 2], ["cat", "dog", "ox"]),
    ("'|b1'", "(3,)", [1, 0, 1], [1, 0, 1], ["false", "true"]), ("'|i1'", "(3,)", [2, 0, 1], [2, 0, 1], []),
    ("'<u2'", "(3, 1)", [2, 0, 0, 0, 1, 0], [2, 0, 1], []),
    ("'|u1'", "(3, 3)", [0, 0, 1, 1, 0, 0, 0, 1, 0], [2, 0, 1], []),
    ("'|b1'", "(3, 2)", [0, 1, 1, 0, 0, 1], [1, 0, 1], []),
    ("'<f4'", "(3, 2)", floats([0, 1, 1, 0, 0, 1]), [1, 0, 1], []), ("'<f4'", "(3,)", floats([0, 1, 1]), [0, 1, 1], []),
    ("'<f4'", "(3, 1)", floats([0, 0, 0]), [0, 0, 0], []),
  ])
  func labelsOfEveryKindAreClasses(type: String, shape: String, payload: [UInt8], labels: [Int], names: [String]) throws {
    let y = npy("{'descr': \(type), 'fortran_order': False, 'shape': \(shape)}", payload)
    let set = try splits([("x", npy(floats: [1, 2, 3], shape: [3, 1])), ("y", y)]).training
    #expect(set.labels == labels && set.targets == nil)
    #expect(set.classNames ?? [] == names)
    // Zeros and ones are two classes even where ones are missing.
    #expect(set.classCount == max(2, (labels.max() ?? 0) + 1))
  }

  @Test func wordsOfBothPartsAreNumberedTogether() throws {
    func words(_ texts: [String]) -> [UInt8] {
      npy("{'descr': '<U4', 'fortran_order': False, 'shape': (\(texts.count),)}", texts.flatMap { utf32($0, 4) })
    }
    let x = npy(floats: [1, 2], shape: [2, 1])
    let splits = try splits([
      ("x_train", x), ("y_train", words(["dog", "owl"])), ("x_test", x), ("y_test", words(["ant", "owl"])),
    ])
    #expect(splits.training.labels == [1, 2] && splits.test?.labels == [0, 2])
    #expect(splits.training.classNames == ["ant", "dog", "owl"] && splits.test?.classCount == 3)
  }

  @Test func arraysKeepTheirAxes() throws {
    let set = try splits([("x", npy(floats: (0..<24).map { Float($0) }, shape: [2, 3, 4]))]).training
    #expect(set.shape == [3, 4])
    let colour = try splits([("x", npy(bytes: (0..<24).map { UInt8($0) }, shape: [2, 3, 2, 2]))]).training
    #expect(colour.shape == [3, 2, 2] && colour.standardization != nil)
    let path = try directory.write(npy(bytes: (0..<24).map { UInt8($0) }, shape: [2, 3, 4]), as: "u.npy")
    // The same array alone is the same set.
    #expect(try #require(try DataSource(parsing: path).load()).shape == [1, 3, 4])
  }

  @Test func aFileOfLabelsStandsBesideAnArray() throws {
    let x = try directory.write(npy(floats: [1, 2, 3], shape: [3, 1]), as: "x.npy")
    let y = try directory.write(npy(integers: [0, 2, 1]), as: "y.npy")
    let options = LoadingOptions(labelsPath: y)
    #expect(try #require(try DataSource.npy(path: x).load(limit: 2, options)).labels == [0, 2])
    #expect(try #require(try DataSource.npy(path: x).loadSplits(options)).training.labels == [0, 2, 1])
    let short = try directory.write(npy(integers: [0, 2]), as: "short.npy")
    let error = failure { () throws(DataError) in
      try DataSource.npy(path: x).load(limit: 2, LoadingOptions(labelsPath: short))
    }
    #expect(error?.message.contains("has 2 entries for the 3 samples") == true)
    let other = failure { () throws(DataError) in try DataSource.iris.load(limit: 2, options) }
    #expect(other?.hint == "Give --labels with a .npy of samples")
  }

  @Test func whatIsRefusedIsNamed() throws {
    let x = npy(floats: [1, 2, 3, 4], shape: [2, 2])
    let cases: [([(name: String, bytes: [UInt8])], String)] = [
      ([], "has no array 'x'; it holds nothing"),
      ([("data", x)], "has no array 'x'; it holds 'data.npy'"),
      ([("x", x), ("y", npy(integers: [0]))], "has 1 entries for 2 samples"),
      ([("x", x), ("y", npy(integers: [0, -1]))], "element [1]: is -1, which is no class"),
      ([("x", x), ("y", npy(integers: [65_536, 1]))], "element [0]: is 65536, which is no class"),
      ([("x", x), ("y", npy(integers: [0, 2, 1, 0], shape: [2, 2]))], "has 2 whole numbers for each sample"),
      ([("x", x), ("y", npy(floats: [0, .nan]))], "is nan as a 32-bit float"),
      ([("x", Array("no array at all".utf8))], "(x.npy), byte 0: is not a .npy file"),
      ([("x_train", x), ("x_test", npy(floats: [1], shape: [1, 1]))], "differ in the shape"),
      (
        [("x_train", x), ("y_train", npy(integers: [0, 1])), ("x_test", x), ("y_test", npy(floats: [0, 1.5]))],
        "differ in the shape of their samples or in what there is to predict"
      ),
      (
        [("x", npy("{'descr': '|O', 'fortran_order': False, 'shape': (1,)}", Array("cos\nsystem\n".utf8)))],
        "Python objects, which could run code"
      ),
      (
        [("x", npy("{'descr': '<f4', 'fortran_order': False, 'shape': (99999, 9999)}", [0, 0, 0, 0]))],
        "bytes in all and the file has"
      ),
    ]
    for (arrays, message) in cases {
      let error = try refusal(arrays)
      #expect(error?.description.contains(message) == true, "\(String(describing: error))")
      #expect(error?.hint != nil)
    }
  }
}

/// Text as NumPy stores it, filled up with zeros.
private func utf32(_ text: String, _ length: Int, bigEndian: Bool = false) -> [UInt8] {
  let values = text.unicodeScalars.map(\.value) + Array(repeating: 0, count: length - text.unicodeScalars.count)
  return values.flatMap { value in
    let bytes = (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    return bigEndian ? bytes.reversed() : bytes
  }
}

private func floats(_ values: [Float]) -> [UInt8] {
  values.flatMap { value in (0..<4).map { UInt8(truncatingIfNeeded: value.bitPattern >> (8 * $0)) } }
}
