import CTensorKernels
import Glibc
import NetworkGraph
import TensorKernels

/// Resampling along one axis: each new place is a sum of old places with weights.
struct AxisTaps {
  var input: Int
  var output: Int
  /// Taps of one place.
  var width: Int
  /// `output * width` places and weights.
  var places: [Int] = []
  var weights: [Float] = []
  /// Places outside the region that is looked at.
  var isOutside: [Bool] = []
  let outsideValue: Float

  /// The new axis, of outer x input x inner.
  func apply(
    _ source: UnsafePointer<Float>, outer: Int, inner: Int, into target: UnsafeMutablePointer<Float>,
    team: any OperatorTeam
  ) {
    team.split(outer, grain: max(1, (1 << 14) / max(1, output * inner))) { range in
      for row in range {
        let from = source + row * input * inner, to = target + row * output * inner
        for place in 0..<output {
          let line = to + place * inner
          if isOutside[place] {
            line.update(repeating: outsideValue, count: inner)
            continue
          }
          if inner == 1 {
            var sum: Float = 0
            for tap in place * width..<(place + 1) * width { sum += weights[tap] * from[places[tap]] }
            line[0] = sum
            continue
          }
          line.update(repeating: 0, count: inner)
          for tap in place * width..<(place + 1) * width where weights[tap] != 0 {
            if weights[tap] == 1, width == 1 {
              line.update(from: from + places[tap] * inner, count: inner)
            } else {
              Elementwise.add(from + places[tap] * inner, times: weights[tap], to: line, count: inner)
            }
          }
        }
      }
    }
  }

  /// The gradient of the old axis.
  func transpose(
    _ gradient: UnsafePointer<Float>, outer: Int, inner: Int, into target: UnsafeMutablePointer<Float>,
    team: any OperatorTeam
  ) {
    team.split(outer, grain: max(1, (1 << 14) / max(1, (output + input) * inner))) { range in
      for row in range {
        let from = gradient + row * output * inner, to = target + row * input * inner
        to.update(repeating: 0, count: input * inner)
        for place in 0..<output where !isOutside[place] {
          for tap in place * width..<(place + 1) * width where weights[tap] != 0 {
            if inner == 1 {
              to[places[tap]] += weights[tap] * from[place]
            } else {
              Elementwise.add(from + place * inner, times: weights[tap], to: to + places[tap] * inner, count: inner)
            }
          }
        }
      }
    }
  }
}

/// How `Resize` finds the place in the old tensor that a new place stands for, and what it takes from around there.
struct Resampling: Sendable {
  enum Method: String, Sendable {
    case nearest, linear, cubic
  }

  var method = Method.nearest
  /// ONNX's coordinate_transformation_mode.
  var coordinates = "half_pixel"
  /// ONNX's nearest_mode.
  var rounding = "round_prefer_floor"
  var cubicCoefficient = -0.75
  var excludesOutside = false
  var outsideValue: Float = 0

  static let knownCoordinates = [
    "half_pixel", "half_pixel_symmetric", "pytorch_half_pixel", "align_corners", "asymmetric", "tf_crop_and_resize",
    "tf_half_pixel_for_nn",
  ]
  static let knownRoundings = ["round_prefer_floor", "round_prefer_ceil", "floor", "ceil"]

  /// The taps of one axis; nil where it stays as it is.
  ///
  /// - Parameters:
  ///   - input: The old extent.
  ///   - output: The new extent.
  ///   - scale: The factor between the two, before rounding.
  ///   - region: The part of the old axis that is looked at, for `tf_crop_and_resize`.
  func taps(input: Int, output: Int, scale: Double, region: (Double, Double)?) -> AxisTaps? {
    let looksAtAll = coordinates != "tf_crop_and_resize" || region.map { $0.0 == 0 && $0.1 == 1 } ?? true
    if input == output, abs(scale - 1) <= 1e-9, looksAtAll { return nil }
    let width = method == .nearest ? 1 : method == .linear ? 2 : 4
    var taps = AxisTaps(input: input, output: output, width: width, outsideValue: outsideValue)
    guard input > 0 else { return taps }
    taps.places.reserveCapacity(output * width)
    taps.weights.reserveCapacity(output * width)
    for place in 0..<output {
      let old = coordinate(Double(place), input: Double(input), output: output, scale: scale, region: region)
      taps.isOutside.append(
        coordinates == "tf_crop_and_resize" && !(old >= 0 && old <= Double(input - 1)))
      // No more than a place before the first and after the last counts.
      let bounded = old.isFinite ? min(Double(input) + 2, max(-3, old)) : 0
      let floor = bounded.rounded(.down), first = Int(floor), fraction = bounded - floor
      var found: [(Int, Double)]
      switch method {
      case .nearest: found = [(nearest(first, fraction), 1)]
      case .linear: found = [(first, 1 - fraction), (first + 1, fraction)]
      case .cubic: found = cubic(first, fraction)
      }
      if excludesOutside {
        let total = found.reduce(0) { (0..<input).contains($1.0) ? $0 + $1.1 : $0 }
        found = found.map { ($0, (0..<input).contains($0) ? $1 / (total == 0 ? 1 : total) : 0) }
      }
      for (index, weight) in found {
        taps.places.append(min(input - 1, max(0, index)))
        taps.weights.append(Float(weight))
      }
    }
    return taps
  }

  private func coordinate(
    _ place: Double, input: Double, output: Int, scale: Double, region: (Double, Double)?
  ) -> Double {
    let extent = scale * input
    switch coordinates {
    case "align_corners": return extent == 1 ? 0 : place * (input - 1) / (extent - 1)
    case "asymmetric": return place / scale
    case "tf_half_pixel_for_nn": return (place + 0.5) / scale
    case "pytorch_half_pixel": return extent == 1 ? -0.5 : (place + 0.5) / scale - 0.5
    case "half_pixel_symmetric":
      let offset = input / 2 * (1 - Double(output) / extent)
      return offset + (place + 0.5) / scale - 0.5
    case "tf_crop_and_resize":
      let (start, end) = region ?? (0, 1)
      let inside =
        extent == 1 ? (end - start) * (input - 1) / 2 : place * (end - start) * (input - 1) / (extent - 1)
      return inside + start * (input - 1)
    default: return (place + 0.5) / scale - 0.5
    }
  }

  private func nearest(_ first: Int, _ fraction: Double) -> Int {
    guard fraction > 0 else { return first }
    switch rounding {
    case "floor": return first
    case "ceil": return first + 1
    case "round_prefer_ceil": return fraction < 0.5 ? first : first + 1
    default: return fraction <= 0.5 ? first : first + 1
    }
  }

  private func cubic(_ first: Int, _ t: Double) -> [(Int, Double)] {
    let a = cubicCoefficient
    // Two pieces of a cubic, for distances up to 1 and up to 2.
    func near(_ x: Double) -> Double { ((a + 2) * x - (a + 3)) * x * x + 1 }
    func far(_ x: Double) -> Double { ((a * x - 5 * a) * x + 8 * a) * x - 4 * a }
    return [(first - 1, far(t + 1)), (first, near(t)), (first + 1, near(1 - t)), (first + 2, far(2 - t))]
  }
}
