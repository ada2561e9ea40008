import Foundation
import TensorKernels
import TestSupport
import Testing

@Suite struct RandomStreamTests {
  struct PhiloxFixture: Decodable {
    struct Case: Decodable {
      var counter: [UInt32]
      var key: [UInt32]
      var words: [UInt32]
    }
    var cases: [Case]
  }

  static func words(_ stream: RandomStream, _ count: Int, from element: Int = 0) -> [UInt32] {
    var words = [UInt32](repeating: 0, count: count)
    words.withUnsafeMutableBufferPointer { stream.fillWords($0, from: element) }
    return words
  }

  /// Random123's words, at the place that the layout gives them: word j of counter 16 c + i is element 64 c + 16 j + i.
  @Test func wordsAreRandom123s() throws {
    let data = try Data(contentsOf: Repository.reference("sampling/philox.json"))
    let cases = try JSONDecoder().decode(PhiloxFixture.self, from: data).cases
    var compared = 0
    for expected in cases {
      // The published vectors with tags that are no tensor's number have their own test.
      guard let tensor = RandomStream.Tensor(rawValue: expected.counter[3]) else { continue }
      let stream = RandomStream(
        key: UInt64(expected.key[0]) | UInt64(expected.key[1]) << 32, replica: expected.counter[2], tensor: tensor)
      let counter = Int(expected.counter[0]) | Int(expected.counter[1]) << 32
      let chunk = Self.words(stream, 64, from: counter / 16 * 64)
      #expect((0..<4).map { chunk[16 * $0 + counter % 16] } == expected.words, "counter \(counter)")
      compared += 1
    }
    #expect(compared == 81)
  }

  /// Filling a part gives that part of the whole, for every distribution and at every cut.
  @Test func partsAreSlicesOfTheWhole() {
    let stream = RandomStream(seed: 7, replica: 1, node: "dense_1", tensor: .weight)
    let fills: [(RandomStream, UnsafeMutableBufferPointer<Float>, Int) -> Void] = [
      { $0.fillNormal($1, mean: 0.5, std: 2, from: $2) }, { $0.fillUniform($1, low: -1, high: 3, from: $2) },
      { $0.fillTruncatedNormal($1, mean: 0, std: 1, low: -2, high: 2, from: $2) },
      { $0.fillTruncatedNormal($1, mean: 0, std: 1, low: -1, high: 2, from: $2) },
    ]
    for fill in fills {
      let whole = filled(1000) { fill(stream, $0, 0) }
      for (start, count) in [(0, 1), (0, 63), (0, 64), (0, 65), (64, 64), (128, 700), (960, 40), (640, 0)] {
        let part = filled(count) { fill(stream, $0, start) }
        expectEqual(part, whole[start..<start + count], "\(start) + \(count)")
      }
    }
  }

  /// A part filled alone does not write beyond its end.
  @Test func aCutChunkStaysWithinItsBuffer() {
    let stream = RandomStream(seed: 7, replica: 1, node: "dense_1", tensor: .weight)
    var values = [Float](repeating: -99, count: 200)
    values.withUnsafeMutableBufferPointer { stream.fillNormal(UnsafeMutableBufferPointer(rebasing: $0[0..<100])) }
    #expect(values[100...].allSatisfy { $0 == -99 })
    #expect(!values[..<100].contains(-99))
  }

  @Test func everyPartOfTheKeyCounts() {
    let base = RandomStream(seed: 1, replica: 0, node: "dense_1", tensor: .weight)
    let others = [
      RandomStream(seed: 2, replica: 0, node: "dense_1", tensor: .weight),
      RandomStream(seed: 1, replica: 1, node: "dense_1", tensor: .weight),
      RandomStream(seed: 1, replica: 0, node: "dense_2", tensor: .weight),
      RandomStream(seed: 1, replica: 0, node: "dense_1", tensor: .bias),
    ]
    let count = 1_000_000
    let reference = filled(count) { base.fillNormal($0) }
    for other in others {
      let sample = filled(count) { other.fillNormal($0) }
      var products = 0.0, squares = 0.0
      for (x, y) in zip(reference, sample) {
        products += Double(x) * Double(y)
        squares += (Double(x) * Double(x) - 1) * (Double(y) * Double(y) - 1)
      }
      // For independent N(0, 1): Var(xy) = 1 and Var((x^2 - 1)(y^2 - 1)) = 4.
      #expect(abs(products) / Double(count) < FalseAlarm.mean(std: 1, count: count), "\(other)")
      #expect(abs(squares) / Double(count) < FalseAlarm.mean(std: 2, count: count), "\(other)")
    }
    #expect(base.of(.bias) == others[3])
  }

  /// Neighbours within a stream, at the distances of the layout: a lane, a word, a chunk.
  @Test(arguments: [1, 16, 32, 48, 64])
  func elementsOfAStreamAreUncorrelated(distance: Int) {
    let count = 1_000_000
    let stream = RandomStream(seed: 3, replica: 0, node: "dense_1", tensor: .input)
    let sample = filled(count + distance) { stream.fillNormal($0) }
    var products = 0.0, squares = 0.0
    for index in 0..<count {
      let x = Double(sample[index]), y = Double(sample[index + distance])
      products += x * y
      squares += (x * x - 1) * (y * y - 1)
    }
    #expect(abs(products) / Double(count) < FalseAlarm.mean(std: 1, count: count))
    #expect(abs(squares) / Double(count) < FalseAlarm.mean(std: 2, count: count))
  }

  /// The draws are part of the contract "same seed, same result": these bits hold on every processor.
  @Test func drawsAreTheSameBitsEverywhere() {
    let stream = RandomStream(seed: 42, replica: 3, node: "dense_7", tensor: .weight)
    // OpenSSL: printf dense_7 | openssl mac -macopt hexkey:2a00000000000000706f635374696e49 -macopt size:8 -in - SIPHASH
    #expect(stream.key == 0x208a_06ea_7d0c_595a)
    let normals = filled(4) { stream.fillNormal($0) }
    #expect(normals.map(\.bitPattern) == [1_052_193_429, 3_214_247_315, 3_208_856_592, 1_047_995_383])
    let uniforms = filled(4) { stream.fillUniform($0, low: -1, high: 1) }
    #expect(uniforms.map(\.bitPattern) == [3_190_420_908, 1_060_066_341, 3_211_739_989, 1_063_206_501])
    let truncated = filled(4) { stream.fillTruncatedNormal($0, mean: 0, std: 1, low: -2, high: 2) }
    #expect(truncated.map(\.bitPattern) == [3_192_696_040, 1_064_377_127, 3_217_934_488, 1_068_539_638])
  }
}
