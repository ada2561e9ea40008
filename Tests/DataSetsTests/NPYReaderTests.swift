import DataSets
import Testing

/// Against files that NumPy wrote: Fixtures/reference/arrays.py.
@Suite struct NPYReaderTests {
  let directory: TemporaryDirectory
  init() throws { directory = try TemporaryDirectory() }

  /// Element with C-order index k is `k * step - offset`.
  static let arrays: [(name: String, rows: Int, features: Int, step: Float, offset: Float)] = [
    ("f4", 3, 4, 0.5, 2), ("f8-big-endian", 3, 4, 0.5, 2), ("f4-fortran", 3, 4, 0.5, 2), ("f8-fortran-3d", 3, 10, 0.5, 2),
    ("u1-3d", 3, 10, 1, 0), ("i4", 3, 4, 1, 6), ("i4-big-endian", 3, 4, 1, 6), ("i8", 3, 4, 1, 6), ("f4-1d", 7, 1, 0.5, 2),
    ("f4-version2", 3, 4, 0.5, 2), ("f4-version3", 3, 4, 0.5, 2),
  ]

  @Test(arguments: arrays)
  func readsWhatNumPyWrote(name: String, rows: Int, features: Int, step: Float, offset: Float) throws {
    let expected = (0..<rows * features).map { Float($0) * step - offset }
    let table = try NPYReader.read(path: Fixtures.array(name))
    #expect(table.count == rows)
    #expect(table.shape == [features])
    #expect(table.labels == nil)
    #expect(samples(table, Array(0..<rows), .raw) == expected)
    let part = try NPYReader.read(path: Fixtures.array(name), limit: 2)
    #expect(part.count == 2)
    #expect(part.totalCount == rows)
    #expect(samples(part, [0, 1], .raw) == Array(expected.prefix(2 * features)))
  }

  /// More elements than one chunk (65,536) and an odd rest.
  @Test func readsInChunks() throws {
    let count = 200_003
    let payload = (0..<count).flatMap { withUnsafeBytes(of: Int32($0).littleEndian, Array.init) }
    let path = try directory.write(
      npy("{'descr': '<i4', 'fortran_order': False, 'shape': (\(count),)}", payload), as: "a.npy")
    #expect(
      samples(try NPYReader.read(path: path), [0, 65_535, 65_536, count - 1], .raw) == [0, 65_535, 65_536, Float(count - 1)])
  }

  @Test(arguments: [
    ("{'descr': '<f16', 'fortran_order': False, 'shape': (1,)}", "of type '<f16'"),
    ("{'descr': '|O', 'fortran_order': False, 'shape': (1,)}", "Python objects"),
    ("{'descr': [('x', '<f4')], 'fortran_order': False, 'shape': (1,)}", "records"),
    ("{'descr': '<f4', 'fortran_order': False}", "lacks 'shape'"),
    ("{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (1,)}", "repeats 'descr'"),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (1,), 'more': 1}", "unknown key 'more'"),
    ("{'descr': '<f4', 'fortran_order': 0, 'shape': (1,)}", "True or False expected"),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (-1,)}", "a size expected"),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,)}", "beyond 64 bits"),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296, 4294967296)}", "more than"),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': ()}", "a single number"),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (0, 3)}", "nothing to read"),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (1,)} ; import os", "nothing more expected"),
    ("__import__('os').system('true')", "'{' expected"), ("", "'{' expected"),
  ])
  func malformedHeadersAreRefused(header: String, message: String) throws {
    let path = try directory.write(npy(header, [0, 0, 0, 0]), as: "a.npy")
    let error = failure { () throws(DataError) in try NPYReader.read(path: path) }
    #expect(error?.message.contains(message) == true, "\(String(describing: error))")
  }

  @Test func headersInOtherWordsAreRead() throws {
    // Any order of keys, either quote, Python 2's long integers, no trailing comma.
    let path = try directory.write(npy("{\"shape\":(1L,), 'fortran_order':True,'descr':'|u1'}", [9]), as: "a.npy")
    #expect(samples(try NPYReader.read(path: path), [0], .raw) == [9])
  }

  @Test(arguments: [3, 5])
  func aPayloadOfAnotherLengthIsRefused(length: Int) throws {
    let header = "{'descr': '|u1', 'fortran_order': False, 'shape': (4,)}"
    for limit in [nil, 2] {
      let path = try directory.write(npy(header, [UInt8](repeating: 1, count: length)), as: "a.npy")
      let error = failure { () throws(DataError) in try NPYReader.read(path: path, limit: limit) }
      #expect(error?.message.contains("declares \(10 + header.utf8.count + 4) bytes in all") == true)
    }
  }

  @Test func aDoubleBeyondFloatIsNamed() throws {
    let payload = [1, 2, 1e300].flatMap { withUnsafeBytes(of: $0.bitPattern.littleEndian, Array.init) }
    let path = try directory.write(npy("{'descr': '<f8', 'fortran_order': False, 'shape': (1, 3)}", payload), as: "a.npy")
    let error = failure { () throws(DataError) in try NPYReader.read(path: path) }
    #expect(error?.position == .element(row: 0, column: 2))
    #expect(error?.message.hasPrefix("is inf as a 32-bit float") == true)
  }
}
