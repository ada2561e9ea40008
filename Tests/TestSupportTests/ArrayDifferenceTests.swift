import TestSupport
import Testing

/// Long arrays are compared in one pass, and told apart in one line.
@Suite struct ArrayDifferenceTests {
  @Test func equalArraysDoNotDiffer() {
    #expect(ArrayDifference([1, .infinity, .nan, -0.0], [1, .infinity, .nan, 0], tolerance: 0) == nil)
    #expect(ArrayDifference([Double](), [], tolerance: 0) == nil)
    #expect(ArrayDifference([1.0, 2], [1.25, 1.75], tolerance: 0.25) == nil)
  }

  @Test func theFirstAndTheWorstAreNamed() throws {
    let difference = try #require(ArrayDifference([0, 1, 5, 3], [0, 2, 2, 3], tolerance: 0.5))
    #expect(difference.differing == 2)
    #expect(difference.description == "2 of 4 differ, first 1.0 for 2.0 at 1; worst 5.0 for 2.0 at 2")
    let one = try #require(ArrayDifference([0, 1], [0, 3], tolerance: 0))
    #expect(one.description == "1 of 2 differ, first 1.0 for 3.0 at 1")
  }

  @Test func whatIsNoNumberIsWorst() throws {
    let difference = try #require(ArrayDifference([9, .nan, 100], [0, 1, 0], tolerance: 0))
    #expect(difference.worst?.index == 1)
    #expect(ArrayDifference([.infinity], [-.infinity], tolerance: 1e300) != nil)
    #expect(ArrayDifference([.nan], [1], tolerance: 1e300) != nil)
  }

  @Test func lengthsCount() throws {
    #expect(ArrayDifference([1.0], [1, 2], tolerance: 0)?.description == "1 values for 2")
    #expect(
      ArrayDifference([3.0, 1], [2], tolerance: 0)?.description == "2 values for 1; 1 of 1 differ, first 3.0 for 2.0 at 0")
  }

  @Test func aFailureIsOneIssue() {
    withKnownIssue { expectEqual([Float](repeating: 1, count: 100_000), [Float](repeating: 2, count: 100_000)) }
    expectEqual([1, 2, 3], [1, 2, 3])
    expectEqual([UInt8(1)], [UInt8(1)])
  }
}
