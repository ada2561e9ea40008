import Foundation
import NetworkGraph
import Testing

@Suite struct ShapeTests {
  static let shapes: [(Shape, [Int], Int, String)] = [
    (.features(784), [784], 784, "784"),
    (.sequence(steps: 12, features: 5), [12, 5], 60, "12 x 5"),
    (.image(channels: 3, height: 32, width: 31), [3, 32, 31], 2_976, "3 x 32 x 31"),
  ]

  @Test(arguments: shapes.indices) func extentsCountsAndText(index: Int) throws {
    let (shape, dimensions, count, text) = Self.shapes[index]
    #expect(shape.dimensions == dimensions)
    #expect(shape.count == count)
    #expect(shape.description == text)
    #expect(try Shape(dimensions: dimensions) == shape)
  }

  @Test(arguments: shapes.indices) func codesAsItsExtents(index: Int) throws {
    let (shape, dimensions, _, _) = Self.shapes[index]
    let data = try JSONEncoder().encode(shape)
    #expect(try JSONDecoder().decode([Int].self, from: data) == dimensions)
    #expect(try JSONDecoder().decode(Shape.self, from: data) == shape)
  }

  @Test(arguments: [
    ([], "a shape has one, two or three extents, got 0. Give features, [steps, features] or [channels, height, width]"),
    (
      [1, 2, 3, 4],
      "a shape has one, two or three extents, got 4. Give features, [steps, features] or [channels, height, width]"
    ),
    ([0], "a shape's extent must lie in 1...16777216, got 0. Give sizes such as 784 or [1, 28, 28]"),
    ([3, -1], "a shape's extent must lie in 1...16777216, got -1. Give sizes such as 784 or [1, 28, 28]"),
    ([16_777_217], "a shape's extent must lie in 1...16777216, got 16777217. Give sizes such as 784 or [1, 28, 28]"),
    ([1 << 13, 1 << 12], "a sample of 8192 x 4096 values is too large. At most 16777216 are allowed"),
    // Each extent is legal, and their product of 2^72 does not fit 64 bits.
    (
      [1 << 24, 1 << 24, 1 << 24],
      "a sample of 16777216 x 16777216 x 16777216 values is too large. At most 16777216 are allowed"
    ),
    (
      [Int.max, Int.max],
      "a shape's extent must lie in 1...16777216, got 9223372036854775807. Give sizes such as 784 or [1, 28, 28]"
    ),
  ])
  func badExtentsAreRefused(dimensions: [Int], message: String) throws {
    #expect(throws: SpecificationError.self) { try Shape(dimensions: dimensions) }
    do { _ = try Shape(dimensions: dimensions) } catch { #expect(error.description == message) }
    let error = #expect(throws: DecodingError.self) {
      try JSONDecoder().decode(Shape.self, from: JSONEncoder().encode(dimensions))
    }
    guard case .dataCorrupted(let context) = error else { Issue.record("\(String(describing: error))"); return }
    #expect(context.debugDescription == message)
  }
}
