import DataSets
import TestSupport
import Testing

/// Files that are almost right: each reader meets thousands of small mutations of a valid file, and must return or refuse.
///
/// A trap or an allocation by a lie ends the process and so the test. What is accepted must also be consistent: the counts
/// agree with what is delivered, and every value is finite.
@Suite struct MutationTests {
  static let seeds: [(name: String, rounds: Int)] = [
    ("plain", 1000), ("gzip", 1000), ("npy", 1000), ("csv", 1000),
    ("npz", 2000), ("stored.npz", 2000), ("imdb", 3000), ("text.csv", 1000), ("data_batch_1.bin", 300),
  ]

  @Test(arguments: seeds)
  func mutationsAreReadOrRefused(name: String, rounds: Int) throws {
    let directory = try TemporaryDirectory()
    let original = try Self.file(name)
    var random = Generator(state: UInt64(truncatingIfNeeded: name.utf8.reduce(0) { $0 &* 31 &+ Int($1) }))
    var accepted = 0
    for _ in 0..<rounds {
      let path = try directory.write(Self.wrapped(name, Self.mutated(original, &random)), as: name)
      let limit = Bool.random(using: &random) ? nil : Int.random(in: 1...4, using: &random)
      do throws(DataError) {
        let set: any SampleSet =
          switch name {
          case "npy": try NPYReader.read(path: path, limit: limit)
          case "csv": try CSVReader.read(path: path, limit: limit)
          case "npz", "stored.npz": try NPZReader.splits(path: path).training
          case "imdb": try IMDBReader.splits(path: path, name: "m", length: 5, vocabularySize: 50).training
          case "text.csv":
            try TextReader.splits(
              path: path, name: "m", fraction: 0.3, seed: 0, length: 5, vocabularySize: 9
            ).training
          case "data_batch_1.bin": try CIFAR10.load(directory.path, name: "m", limit: 1)
          default: try Self.images(path, limit)
          }
        accepted += 1
        // What is read in full whatever the limit is held to none.
        if ["plain", "gzip", "npy", "csv"].contains(name) { #expect(set.count <= limit ?? .max) }
        #expect(set.labels.map { $0.count == set.count } ?? true)
        for scaling in Scaling.allCases {
          let isFinite = samples(set, Array(0..<set.count), scaling).allSatisfy { $0.isFinite }
          #expect(isFinite)
        }
      } catch {
        // An archive's member, or CIFAR-10's next batch, is named, too.
        #expect(error.path == path || error.path.hasPrefix(path + "(") || error.path.hasPrefix(directory.path))
        #expect(!error.message.isEmpty)
      }
    }
    // Some mutations hit a pixel or a digit and leave a valid file; were all refused, the check above would be idle.
    #expect(accepted > 0)
    #expect(accepted < rounds)
  }

  private static func images(_ path: String, _ limit: Int?) throws(DataError) -> ImageSet {
    let array = try IDXReader.read(path: path, rank: 3, what: "images", limit: limit)
    return ImageSet(
      name: "m", pixels: array.bytes, channels: 1, height: array.dimensions[1], width: array.dimensions[2],
      totalCount: array.dimensions[0])
  }

  private static func file(_ name: String) throws -> [UInt8] {
    switch name {
    case "plain": return idx([4, 3, 2], noise(24))
    case "gzip": return try gzip(idx([4, 3, 2], noise(24)))
    case "npy":
      let header = Array("{'descr': '<f4', 'fortran_order': True, 'shape': (4, 3), }\n".utf8)
      return [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(header.count), 0] + header
        + (0..<12).flatMap { withUnsafeBytes(of: Float($0).bitPattern.littleEndian, Array.init) }
    case "npz", "stored.npz":
      let arrays = [
        ("x_train.npy", npy(bytes: noise(24), shape: [2, 3, 4])), ("y_train.npy", npy(integers: [0, 1])),
        ("x_test.npy", npy(bytes: noise(12), shape: [1, 3, 4])), ("y_test.npy", npy(integers: [1])),
      ]
      return zip(try arrays.map { try ZipEntry($0.0, $0.1, isDeflated: name == "npz") })
    case "imdb":
      let archive = try ZipArchive(path: Fixtures.sequences("imdb-3.npz"))
      return try archive.contents(of: #require(archive.members.first { $0.name == "x_train.npy" }))
    case "text.csv": return Array("text,label\r\n\"good, b\u{E9} good\",1\na bad,0\n".utf8)
    case "data_batch_1.bin": return [3] + noise(3072) + [9] + noise(3072)
    default: return Array("height,\"wi\"\"dth\",label\r\n1.5,-2e3,0\r\n\"3\",4,1\r\n5,.6,2\r\n7,8,1\r\n".utf8)
    }
  }

  /// Puts a mutated pickle in an archive whose CRC is right: few mutations of a whole archive would get past it.
  private static func wrapped(_ name: String, _ bytes: [UInt8]) throws -> [UInt8] {
    guard name == "imdb" else { return bytes }
    return zip([
      try ZipEntry("x_train.npy", bytes, isDeflated: false),
      try ZipEntry("y_train.npy", npy(integers: [0, 1, 0, 1, 0, 1, 1]), isDeflated: false),
    ])
  }

  /// One to three edits: a bit flipped, a byte set to a telling value, a run removed, doubled or inserted, a cut end.
  private static func mutated(_ original: [UInt8], _ random: inout Generator) -> [UInt8] {
    var bytes = original
    for _ in 0..<Int.random(in: 1...3, using: &random) where !bytes.isEmpty {
      let index = Int.random(in: 0..<bytes.count, using: &random)
      let end = min(bytes.count, index + Int.random(in: 1...8, using: &random))
      switch Int.random(in: 0..<6, using: &random) {
      case 0: bytes[index] ^= 1 << UInt8.random(in: 0..<8, using: &random)
      case 1: bytes[index] = telling.randomElement(using: &random) ?? 0
      case 2: bytes.removeSubrange(index..<end)
      case 3: bytes.insert(contentsOf: bytes[index..<end], at: index)
      case 4: bytes.insert(telling.randomElement(using: &random) ?? 0, at: index)
      default: bytes.removeSubrange(index...)
      }
    }
    return bytes
  }

  private static let telling: [UInt8] = [0, 1, 0x7F, 0x80, 0xFF] + Array("\",\r\n(){}'<>0159.eE-+nN".utf8)

  /// The same mutations in every run.
  typealias Generator = SplitMix
}
