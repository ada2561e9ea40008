import CTensorKernels

/// How the values of a tensor belong to samples and units: `outer` x `units` x `inner`, row-major.
///
/// A unit is what shares a row of weights: a channel of an image, with its positions as `inner`; a feature of a sequence,
/// with samples and steps as `outer`.
public struct TensorLayout: Sendable, Hashable {
  public var outer: Int
  public var units: Int
  public var inner: Int
  /// How many samples the tensor holds, one after another; 1 where its first axis is not that of the samples.
  public var samples: Int

  /// Describes a layout.
  ///
  /// - Parameters:
  ///   - outer: Blocks of units.
  ///   - units: Units.
  ///   - inner: Values of a unit that lie side by side.
  ///   - samples: Samples, which divide the values evenly.
  public init(outer: Int, units: Int, inner: Int, samples: Int) {
    precondition(outer > 0 && units > 0 && inner > 0 && samples > 0, "extents of a layout must be positive")
    precondition((outer * units * inner) % samples == 0, "samples must have one size")
    self.outer = outer
    self.units = units
    self.inner = inner
    self.samples = samples
  }

  public var count: Int { outer * units * inner }
}

/// Sums of powers of every unit of a tensor, and what its samples have in common, in two passes over it.
public struct LayoutMoments: Sendable {
  public let layout: TensorLayout
  /// The power of two by which deviations from the pivot are multiplied.
  public let scale: Float
  /// The value of each unit in the first block.
  public let pivot: [Float]
  /// Four arrays of one sum per unit: d, d^2, d^3, d^4 with `d = (x - pivot) * scale`.
  public let sums: [Double]
  public let least: Float
  public let greatest: Float
  public let nonFinite: Int
  /// Samples that are not zero.
  public let directed: Int
  /// The squared norm of the sum of the samples' unit vectors.
  public let directions: Double
  /// The mean over the values of a sample of the variance over samples, divisor samples, in units of scale^-2.
  public let withinSampleVariance: Double

  /// Rows, columns or planes in one piece of work; pieces do not depend on the number of threads.
  private static let pieces = 16

  /// Measures a tensor.
  ///
  /// - Parameters:
  ///   - x: Its values.
  ///   - layout: How they belong to units and samples.
  ///   - geometry: Whether samples are compared.
  ///   - closely: Whether the scale follows from all samples instead of four.
  ///   - run: Calls a body for every block below a number, on one thread or several.
  public init(
    _ x: UnsafePointer<Float>, layout: TensorLayout, geometry: Bool, closely: Bool = false,
    run: (_ blocks: Int, _ body: (Int) -> Void) -> Void
  ) {
    let units = layout.units, inner = layout.inner, outer = layout.outer
    let perSample = layout.count / layout.samples
    let scales = MomentAccumulator.scales(
      sampling: x, rows: layout.samples > 1 ? layout.samples : outer,
      columns: layout.samples > 1 ? perSample : units * inner, samples: closely ? .max : 4)
    let pivot = (0..<units).map { x[$0 * inner] }
    var sums = [Double](repeating: 0, count: 4 * units)
    var least = Float.infinity, greatest = -Float.infinity
    if inner == 1 {
      // Pieces of whole rows, each with sums of its own.
      let step = max(1, (outer + Self.pieces - 1) / Self.pieces), count = (outer + step - 1) / step
      var partial = [Double](repeating: 0, count: count * 5 * units)
      var extremes = [Float](repeating: 0, count: 2 * count)
      for piece in 0..<count { (extremes[2 * piece], extremes[2 * piece + 1]) = (.infinity, -.infinity) }
      partial.withUnsafeMutableBufferPointer { partial in
        extremes.withUnsafeMutableBufferPointer { extremes in
          guard let partial = partial.baseAddress, let extremes = extremes.baseAddress else { return }
          run(count) { piece in
            var row = piece * step
            let end = min(outer, row + step)
            while row < end {
              let rows = min(MomentAccumulator.blockRows, end - row)
              initscope_add_moments(
                x + row * units, rows, units, pivot, scales.deviation, 0, nil, partial + piece * 5 * units,
                extremes + 2 * piece)
              row += rows
            }
          }
        }
      }
      for piece in 0..<count {
        for place in 0..<4 * units { sums[place] += partial[piece * 5 * units + place] }
        least = min(least, extremes[2 * piece])
        greatest = max(greatest, extremes[2 * piece + 1])
      }
    } else {
      let planes = outer * units
      var partial = [Double](repeating: 0, count: 4 * planes)
      var extremes = [Float](repeating: 0, count: 2 * planes)
      for plane in 0..<planes { (extremes[2 * plane], extremes[2 * plane + 1]) = (.infinity, -.infinity) }
      partial.withUnsafeMutableBufferPointer { partial in
        extremes.withUnsafeMutableBufferPointer { extremes in
          guard let partial = partial.baseAddress, let extremes = extremes.baseAddress else { return }
          let step = max(1, (planes + Self.pieces - 1) / Self.pieces)
          run((planes + step - 1) / step) { piece in
            for plane in piece * step..<min(planes, (piece + 1) * step) {
              initscope_add_plane_moments(
                x + plane * inner, inner, pivot[plane % units], scales.deviation, partial + 4 * plane, extremes + 2 * plane)
            }
          }
        }
      }
      for plane in 0..<planes {
        for power in 0..<4 { sums[power * units + plane % units] += partial[4 * plane + power] }
        least = min(least, extremes[2 * plane])
        greatest = max(greatest, extremes[2 * plane + 1])
      }
    }
    self.layout = layout
    scale = scales.deviation
    self.pivot = pivot
    (self.least, self.greatest) = (least, greatest)
    // Powers are not finite where a value is not, or where the scale of a few samples was too large.
    let isSuspicious = !sums.allSatisfy(\.isFinite)
    nonFinite = isSuspicious ? initscope_count_nonfinite(x, layout.count) : 0
    self.sums = sums
    guard geometry, layout.samples > 1 else {
      (directed, directions, withinSampleVariance) = (0, 0, 0)
      return
    }
    let samples = layout.samples
    var inverse = [Float](repeating: 0, count: samples)
    inverse.withUnsafeMutableBufferPointer { inverse in
      guard let inverse = inverse.baseAddress else { return }
      run(samples) { initscope_inverse_norms(x + $0 * perSample, 1, perSample, scales.magnitude, inverse + $0) }
    }
    directed = inverse.count { $0 > 0 }
    let step = max(1024, (perSample + Self.pieces - 1) / Self.pieces), count = (perSample + step - 1) / step
    var results = [Double](repeating: 0, count: 2 * count)
    results.withUnsafeMutableBufferPointer { results in
      guard let results = results.baseAddress else { return }
      run(count) { piece in
        let start = piece * step
        initscope_sample_geometry(
          x + start, samples, perSample, min(step, perSample - start), inverse, scales.magnitude, scales.deviation,
          results + 2 * piece)
      }
    }
    directions = stride(from: 0, to: 2 * count, by: 2).reduce(0.0) { $0 + results[$1] }
    withinSampleVariance = stride(from: 1, to: 2 * count, by: 2).reduce(0.0) { $0 + results[$1] } / Double(perSample)
  }
}
