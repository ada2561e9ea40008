import CGSL
import TensorKernels
import Testing

/// Power sums of the fused pass against sums in Double over the same array.
@Suite struct MomentAccumulatorTests {
  /// A signal with a mean of its own for each unit, from a stream.
  private func signal(rows: Int, columns: Int, mean: Float = 0.5, std: Double = 1) -> [Float] {
    var values = [Float](repeating: 0, count: rows * columns)
    values.withUnsafeMutableBufferPointer {
      RandomStream(seed: 6, replica: 0, node: "signal", tensor: .input).fillNormal($0, mean: 0, std: std)
    }
    for index in values.indices { values[index] += mean * Float(1 + index % columns) }
    return values
  }

  private func accumulate(_ values: [Float], rows: Int, columns: Int, directions: Bool = true) -> MomentAccumulator {
    let accumulator = MomentAccumulator()
    values.withUnsafeBufferPointer { buffer in
      guard let x = buffer.baseAddress else { return }
      accumulator.begin(
        units: columns, first: x, scales: MomentAccumulator.scales(sampling: x, rows: rows, columns: columns),
        directions: directions)
      for row in stride(from: 0, to: rows, by: MomentAccumulator.blockRows) {
        accumulator.add(x + row * columns, rows: min(MomentAccumulator.blockRows, rows - row))
      }
    }
    return accumulator
  }

  /// Shapes around sixteen columns and blocks of 32 rows, in which the kernel works.
  @Test(arguments: [(1, 1), (1, 40), (2, 3), (31, 15), (32, 16), (33, 17), (65, 31), (100, 64), (97, 83)])
  func sumsOfPowersAndDirections(rows: Int, columns: Int) {
    let values = signal(rows: rows, columns: columns)
    let own = accumulate(values, rows: rows, columns: columns)
    #expect(own.rows == rows && own.units == columns && own.nonFinite == 0 && own.directedRows == rows)
    #expect(own.least == values.min() && own.greatest == values.max())
    let norms = (0..<rows).map { row in
      values[(row * columns)..<((row + 1) * columns)].reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
    }
    for unit in 0..<columns {
      let column = (0..<rows).map { Double(values[$0 * columns + unit]) }
      for power in 1...4 {
        var expected = 0.0, size = 0.0
        for x in column {
          let d = (x - column[0]) * Double(own.scale)
          var term = d
          for _ in 1..<power { term *= d }
          expected += term
          size += abs(term)
        }
        // Each term is rounded at most four times and each sum of 32 at most 32 times, by 2^-24 of what it holds.
        #expect(
          abs(own.sums[(power - 1) * columns + unit] - expected) <= 40 * 0x1p-24 * size, "unit \(unit), power \(power)")
      }
      let direction = zip(column, norms).reduce(0) { $0 + $1.0 / $1.1 }
      // Components of unit vectors are at most 1.
      #expect(abs(own.sums[4 * columns + unit] - direction) <= 40 * 0x1p-24 * Double(rows))
    }
  }

  /// Fourth powers of a spread at the last bits of a mean would underflow in a scale chosen for the mean.
  @Test(arguments: [Float(0x1p-20), 0x1p-23])
  func aTinySpreadAroundALargeMeanKeepsItsFourthPowers(spread: Float) throws {
    // On a worker, where subnormals are flushed.
    try WorkerThreads.run(count: 1, workers: 1, makeState: {}) { _, _ in
      let own = accumulate((0..<64).map { 1.5 + ($0 % 4 == 0 ? 0 : spread) }, rows: 64, columns: 1)
      let d = Double(spread * own.scale)
      for power in 1...4 {
        // Powers of two: every product and sum is exact.
        #expect(own.sums[power - 1] == 48 * (1...power).reduce(1.0) { product, _ in product * d })
      }
    }
  }

  @Test func nonFiniteValuesAndZeroRowsAreCounted() {
    var values = signal(rows: 70, columns: 20)
    for column in 0..<20 { values[33 * 20 + column] = 0 }
    let clean = accumulate(values, rows: 70, columns: 20)
    #expect(clean.nonFinite == 0 && clean.directedRows == 69)
    values[5 * 20 + 3] = .nan
    values[66 * 20 + 19] = .infinity
    values[66 * 20] = -.infinity
    let own = accumulate(values, rows: 70, columns: 20)
    #expect(own.nonFinite == 3 && own.directedRows == 67)
    #expect(own.greatest == .infinity && own.least == -.infinity)
  }

  @Test func scalesBringTheLargestTo2ToTheMinus10() {
    for exponent in [-110, -40, 0, 40, 110] {
      let size = Float(sign: .plus, exponent: exponent, significand: 1)
      let values = [3 * size, 3 * size, 3.25 * size, 3 * size]
      let scales = MomentAccumulator.scales(sampling: values, rows: 4, columns: 1)
      #expect(scales.deviation == Float(sign: .plus, exponent: min(120, -10 - exponent + 2), significand: 1))
      #expect(scales.magnitude == Float(sign: .plus, exponent: max(-120, -10 - exponent - 1), significand: 1))
    }
    // What four sampled rows do not show is looked for in all of them.
    var hidden = [Float](repeating: 0, count: 100)
    hidden[37] = 1
    #expect(MomentAccumulator.scales(sampling: hidden, rows: 100, columns: 1).deviation == 0x1p-10)
    #expect(MomentAccumulator.scales(sampling: [0, 0, 0], rows: 3, columns: 1) == .init(deviation: 1, magnitude: 1))
  }
}
