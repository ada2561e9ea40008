import Foundation
import NetworkGraph
import TensorKernels
import Testing
import TrainingRuns

import Diagnosis

/// Labels that have nothing to do with their samples are noticed, and labels that have are not blamed.
@Suite struct LabelRelationTests {
  /// Two classes of two features, of which `place` gives those of a sample with two normal numbers.
  private static func table(_ count: Int, _ place: (_ label: Int, _ x: Float, _ y: Float) -> [Float]) -> SampleTable {
    var numbers = [Float](repeating: 0, count: 2 * count)
    numbers.withUnsafeMutableBufferPointer {
      RandomStream(seed: 3, replica: 0, node: "samples", tensor: .input).fillNormal($0)
    }
    let labels = RandomStream(seed: 4, replica: 0, node: "labels", tensor: .order).words(count).map { Int32($0 >> 31) }
    let values = (0..<count).flatMap { place(Int(labels[$0]), numbers[2 * $0], numbers[2 * $0 + 1]) }
    return SampleTable(values: values, features: 2, labels: labels, classCount: 2)
  }

  @Test func shiftedClassesAreRelated() {
    let table = Self.table(300) { label, x, y in [x + Float(label), 1000 * y] }
    #expect(!LabelRelation.isMissing(in: table, seed: 0))
  }

  /// One class around the other: both have the same mean.
  @Test func ringsAreRelated() {
    let table = Self.table(300) { label, x, y in
      let length = (x * x + y * y).squareRoot(), radius: Float = label == 0 ? 1 : 2
      return [x / length * radius, y / length * radius]
    }
    #expect(!LabelRelation.isMissing(in: table, seed: 0))
  }

  /// Labels without relation pass for related once in 200 tests by their means, and once in 1000 by their neighbours: of 40
  /// tables at most 3, but once in 8000 runs of such a test.
  @Test func unrelatedLabelsAreNoticed() {
    let table = Self.table(300) { _, x, y in [x, y] }
    let noticed = (0..<40).count { round in
      let words = RandomStream(seed: UInt64(round), replica: 1, node: "labels", tensor: .order).words(300)
      let shuffled = SampleTable(
        values: table.sampleValues, features: 2, labels: words.map { Int32($0 >> 31) }, classCount: 2)
      return LabelRelation.isMissing(in: shuffled, seed: UInt64(round))
    }
    #expect(noticed >= 37)
  }

  /// Rings share their mean, so that only neighbours tell them. Half moons and shifted classes have means of their own.
  @Test func classesWithoutAMeanOfTheirOwnAreEntangled() {
    func direction(_ x: Float, _ y: Float) -> (Float, Float) {
      let length = (x * x + y * y).squareRoot()
      return (x / length, y / length)
    }
    let rings = Self.table(300) { label, x, y in
      let (u, v) = direction(x, y), radius: Float = label == 0 ? 1 : 2
      return [u * radius, v * radius]
    }
    let moons = Self.table(300) { label, x, y in
      let (u, v) = direction(x, y.magnitude)
      return label == 0 ? [u, v] : [1 - u, 0.5 - v]
    }
    #expect(isEntangled(rings) && !isEntangled(moons))
    #expect(!isEntangled(Self.table(300) { label, x, y in [x + 3 * Float(label), y] }))
    #expect(!isEntangled(Self.table(300) { _, x, y in [x, y] }))
  }

  @Test func fewSamplesSayNothing() {
    #expect(!LabelRelation.isMissing(in: Self.table(99) { _, x, y in [x, y] }, seed: 0))
  }

  private func isEntangled(_ table: SampleTable) -> Bool { LabelRelation.told(table)?.isEntangled ?? false }

  /// Where three quarters of two classes' labels are drawn anew, 0.63 is the most that can be learned, and 0.78 would count
  /// as learned; of the labels as they were nearly all can be.
  @Test func noisyLabelsTellTooLittle() throws {
    let clean = Self.table(500) { label, x, y in [x / 4 + 3 * Float(label), y / 4] }
    let words = RandomStream(seed: 9, replica: 0, node: "noise", tensor: .order).words(1000)
    let labels = clean.labels.indices.map { words[2 * $0] < 3 << 30 ? Int32(words[2 * $0 + 1] >> 31) : clean.labels[$0] }
    let noisy = SampleTable(values: clean.sampleValues, features: 2, labels: labels, classCount: 2)
    let right = try #require(LabelRelation.told(clean)), wrong = try #require(LabelRelation.told(noisy))
    #expect(right.best > 0.95 && right.best > right.needed)
    #expect(wrong.best + LabelRelation.noiseMargin * (1 - wrong.largest) < wrong.needed)
  }
}
