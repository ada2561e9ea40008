import DataSets
import TestSupport
import Testing

/// Against Keras's own load_data and pad_sequences: Fixtures/reference/sequences/sequences.py.
@Suite struct IMDBReaderTests {
  let directory: TemporaryDirectory
  init() throws { directory = try TemporaryDirectory() }

  struct Reference: Decodable {
    struct Part: Decodable {
      var ids: [Float]
      var labels: [Int]
    }
    struct Case: Decodable {
      var vocabularySize: Int
      var length: Int
      var train: Part
      var test: Part
    }
    var cases: [Case]
  }

  @Test(arguments: [2, 3, 4, 5])
  func agreesWithKeras(pickleProtocol: Int) throws {
    let source = DataSource.imdb(path: Fixtures.sequences("imdb-\(pickleProtocol).npz"))
    for expected in try Fixtures.reference("sequences/sequences", as: Reference.self).cases {
      let options = LoadingOptions(sequenceLength: expected.length, vocabularySize: expected.vocabularySize)
      let splits = try #require(try source.loadSplits(options))
      let test = try #require(splits.test)
      for (set, part) in [(splits.training, expected.train), (test, expected.test)] {
        #expect(set.shape == [expected.length])
        #expect(set.labels == part.labels)
        #expect(set.vocabularySize == expected.vocabularySize)
        // Whatever the scaling, ids stay ids.
        for scaling in Scaling.allCases { expectEqual(samples(set, Array(0..<set.count), scaling), part.ids) }
      }
    }
  }

  @Test func theAuditReadsTheFirst() throws {
    let set = try #require(try DataSource(parsing: "imdb:\(Fixtures.sequences("imdb-4.npz"))").load(limit: 3))
    #expect(set.count == 3)
    #expect(set.shape == [80])
  }

  @Test func whatIsRefusedIsNamed() throws {
    let header = "{'descr': '|O', 'fortran_order': False, 'shape': (2,)}"
    let cases: [([(name: String, bytes: [UInt8])], String)] = [
      ([("x_train", npy(integers: [1, 2]))], "(x_train.npy), byte 0: holds no lists of word ranks"),
      (
        [("x_train", npy(header, [0x80, 2] + Array("cos\nsystem\n".utf8)))],
        "(x_train.npy), byte \(10 + header.utf8.count + 2): the pickle names os.system, which could run code"
      ),
      ([("x", npy(header, []))], "has no array 'x_train'"),
      ([("x_train", npy(header, [0x80, 2]))], "the pickle breaks off"),
    ]
    for (arrays, message) in cases {
      let path = try directory.write(npz(arrays), as: "imdb.npz")
      let error = failure { () throws(DataError) in try DataSource.imdb(path: path).loadSplits() }
      #expect(error?.description.contains(message) == true, "\(String(describing: error))")
      #expect(error?.hint != nil)
    }
  }

  @Test func optionsHaveBounds() {
    let source = DataSource.imdb(path: "none.npz")
    for options in [
      LoadingOptions(testFraction: 1), LoadingOptions(testFraction: -0.1), LoadingOptions(testFraction: .nan),
      LoadingOptions(sequenceLength: 3), LoadingOptions(sequenceLength: 65_537), LoadingOptions(vocabularySize: 4),
      LoadingOptions(vocabularySize: .max),
    ] {
      let error = failure { () throws(DataError) in try source.loadSplits(options) }
      #expect(error?.message.hasPrefix("cannot ") == true)
      #expect(error?.hint?.hasPrefix("Give a ") == true)
    }
  }
}
