import TensorKernels
import Testing

/// Moments by unit and geometry of samples in each layout, against sums in Double over the same array.
@Suite struct LayoutMomentsTests {
  /// Rows of units, planes shorter and longer than a vector, one value, more blocks than pieces, samples of several rows.
  static let layouts = [
    TensorLayout(outer: 1, units: 1, inner: 1, samples: 1), TensorLayout(outer: 7, units: 5, inner: 1, samples: 7),
    TensorLayout(outer: 130, units: 33, inner: 1, samples: 13), TensorLayout(outer: 600, units: 3, inner: 1, samples: 1),
    TensorLayout(outer: 1, units: 6, inner: 40, samples: 1), TensorLayout(outer: 3, units: 4, inner: 6, samples: 3),
    TensorLayout(outer: 33, units: 17, inner: 65, samples: 33), TensorLayout(outer: 2, units: 1, inner: 5000, samples: 2),
    TensorLayout(outer: 5, units: 64, inner: 49, samples: 5),
  ]

  /// A signal with a mean of its own for each unit.
  private func signal(_ layout: TensorLayout) -> [Float] {
    var values = [Float](repeating: 0, count: layout.count)
    values.withUnsafeMutableBufferPointer {
      RandomStream(seed: 8, replica: 0, node: "signal", tensor: .input).fillNormal($0, mean: 0, std: 1)
    }
    for place in values.indices { values[place] += 0.5 * Float(1 + place / layout.inner % layout.units) }
    return values
  }

  private func measure(_ values: [Float], _ layout: TensorLayout, team: ThreadTeam) -> LayoutMoments {
    values.withUnsafeBufferPointer { buffer in
      LayoutMoments(buffer.baseAddress!, layout: layout, geometry: true) { team.run(blocks: $0, $1) }
    }
  }

  @Test(arguments: layouts) func momentsOfEachUnit(_ layout: TensorLayout) {
    let values = signal(layout), own = measure(values, layout, team: ThreadTeam(size: 1))
    #expect(own.least == values.min() && own.greatest == values.max() && own.nonFinite == 0)
    for unit in 0..<layout.units {
      let part = values.indices.filter { $0 / layout.inner % layout.units == unit }.map { Double(values[$0]) }
      #expect(Double(own.pivot[unit]) == part[0])
      for power in 1...4 {
        var expected = 0.0, size = 0.0
        for x in part {
          let d = (x - part[0]) * Double(own.scale)
          let term = (0..<power).reduce(1) { product, _ in product * d }
          expected += term
          size += abs(term)
        }
        // Each term is rounded at most four times and each sum of 64 at most 64 times, by 2^-24 of what it holds.
        #expect(
          abs(own.sums[(power - 1) * layout.units + unit] - expected) <= 70 * 0x1p-24 * size, "unit \(unit), power \(power)")
      }
    }
  }

  @Test(arguments: layouts.filter { $0.samples > 1 }) func geometryOfSamples(_ layout: TensorLayout) {
    let values = signal(layout), own = measure(values, layout, team: ThreadTeam(size: 1))
    let size = layout.count / layout.samples, n = Double(layout.samples)
    let samples = (0..<layout.samples).map { values[($0 * size)..<(($0 + 1) * size)].map(Double.init) }
    let norms = samples.map { $0.reduce(0) { $0 + $1 * $1 }.squareRoot() }
    var directions = 0.0, within = 0.0
    for place in 0..<size {
      let sum = zip(samples, norms).reduce(0) { $0 + $1.0[place] / $1.1 }, mean = samples.reduce(0) { $0 + $1[place] } / n
      directions += sum * sum
      within += samples.reduce(0) { $0 + ($1[place] - mean) * ($1[place] - mean) } / n / Double(size)
    }
    #expect(own.directed == layout.samples)
    // Sums of at most 33 terms in Float, squared: (33 + 2) 2^-24, twice, of terms of one sign on average. Deviations are
    // taken from the first sample, so that the square of the mean that is subtracted may be as large as the result.
    #expect(abs(own.directions - directions) <= 70 * 0x1p-24 * n * n)
    #expect(abs(own.withinSampleVariance / Double(own.scale * own.scale) - within) <= 400 * 0x1p-24 * within)
  }

  /// Pieces do not depend on the number of threads, so that results are equal to the bit.
  @Test(arguments: layouts) func threadsDoNotChangeABit(_ layout: TensorLayout) {
    let values = signal(layout)
    let one = measure(values, layout, team: ThreadTeam(size: 1)), two = measure(values, layout, team: ThreadTeam(size: 2))
    #expect(one.sums.map(\.bitPattern) == two.sums.map(\.bitPattern))
    #expect(one.directions.bitPattern == two.directions.bitPattern)
    #expect(one.withinSampleVariance.bitPattern == two.withinSampleVariance.bitPattern)
  }

  /// Values that are not finite are counted wherever they are: in a vector, in what is left of a plane, in the first block.
  @Test(arguments: layouts) func valuesThatAreNotFiniteAreCounted(_ layout: TensorLayout) {
    for place in Set([0, layout.count / 2, layout.count - 1]) {
      for hole in [Float.nan, .infinity, -.infinity] {
        var values = signal(layout)
        values[place] = hole
        #expect(measure(values, layout, team: ThreadTeam(size: 1)).nonFinite == 1, "\(hole) at \(place)")
      }
    }
  }
}
