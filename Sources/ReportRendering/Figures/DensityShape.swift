import Glibc
import SignalPropagation

/// A histogram as a density, ready to draw at any magnitude.
package struct DensityShape: Sendable, Equatable {
  /// The bounds of the bins in units of `unit`.
  package var edges: [Double]
  /// The share of the values per unit of width; sums to 1 over the bins' widths.
  package var densities: [Double]
  package var shares: [Double]
  /// The number by which the edges were divided: the root mean square of the histogram, or 1.
  package var unit: Double

  /// Makes the density; nil for an empty or malformed histogram, and for one of zeros where edges should be in units of the
  /// root mean square. That is taken from the bins, E x^2 = sum share (mid^2 + width^2/12), with the largest edge factored
  /// out so that squares of 1e-200 and 1e+200 stay in range.
  package init?(_ histogram: Histogram, inRootMeanSquares: Bool) {
    let counts = histogram.counts
    let edges = histogram.edges
    let total = counts.reduce(0.0) { $0 + Double($1) }
    guard counts.count >= 1, edges.count == counts.count + 1, total > 0, edges.allSatisfy(\.isFinite),
      zip(edges, edges.dropFirst()).allSatisfy({ $0 < $1 }), counts.allSatisfy({ $0 >= 0 })
    else { return nil }

    let largest = edges.reduce(0) { max($0, abs($1)) }
    let shares = counts.map { Double($0) / total }
    var unit = 1.0
    if inRootMeanSquares {
      var meanSquare = 0.0
      for (index, share) in shares.enumerated() {
        let low = edges[index] / largest
        let high = edges[index + 1] / largest
        let middle = (low + high) / 2
        meanSquare += share * (middle * middle + (high - low) * (high - low) / 12)
      }
      unit = largest * sqrt(meanSquare)
      guard unit > 0, unit.isFinite else { return nil }
    }
    let scaled = edges.map { $0 / unit }
    guard zip(scaled, scaled.dropFirst()).allSatisfy({ $0 < $1 }) else { return nil }
    self.edges = scaled
    self.shares = shares
    self.unit = unit
    densities = shares.indices.map { shares[$0] / (scaled[$0 + 1] - scaled[$0]) }
  }

  /// The height that shows the main part. Each bin counts no more than its higher neighbour, so that a single bin (the zeros
  /// of a ReLU, the ends of a saturated tanh) does not flatten the rest.
  package var bodyHeight: Double {
    let tallest = densities.max() ?? 0
    guard densities.count > 1 else { return tallest }
    let body = densities.indices.reduce(0.0) { height, index in
      let before = index > 0 ? densities[index - 1] : 0
      let after = index + 1 < densities.count ? densities[index + 1] : 0
      return max(height, min(densities[index], max(before, after)))
    }
    // A tallest bin that is only a little above the rest is no spike. Without any other bins the spike is all there is.
    return body > 0 && tallest > 1.6 * body ? body : tallest
  }

  /// The share of the values in bins higher than `height`.
  package func share(above height: Double) -> Double {
    zip(densities, shares).reduce(0) { $1.0 > height * (1 + 1e-12) ? $0 + $1.1 : $0 }
  }

  /// The value below which a share `probability` of the values lies, interpolated within a bin.
  package func quantile(_ probability: Double) -> Double {
    var below = 0.0
    for (index, share) in shares.enumerated() where share > 0 {
      if below + share >= probability {
        return edges[index] + (edges[index + 1] - edges[index]) * max(0, probability - below) / share
      }
      below += share
    }
    return edges[edges.count - 1]
  }

  /// The outline of the bins as a closed polygon on `baseline`, with bars cut off at `cut`.
  func outline(x: Axis, baseline: Double, pixelsPerDensity: Double, cut: Double) -> [Point] {
    var points: [Point] = [Point(x.position(edges[0]), baseline)]
    for (index, density) in densities.enumerated() {
      let y = baseline - min(density, cut) * pixelsPerDensity
      points.append(Point(x.position(edges[index]), y))
      points.append(Point(x.position(edges[index + 1]), y))
    }
    points.append(Point(x.position(edges[edges.count - 1]), baseline))
    return points
  }
}
