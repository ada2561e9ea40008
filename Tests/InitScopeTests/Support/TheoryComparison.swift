import Foundation
import InitScope

// Shared by the test and, through a symbolic link, by Benchmarks' theory-check.

/// An audit of a network at one point against theory, in units of the standard error that theory predicts.
///
/// Layers of one width on Gaussian inputs of as many features, all with the activation; Gaussian weights, biases and
/// cotangents. Every replica draws anew, so a mean over R replicas has the standard error sqrt(predicted variance / R).
struct TheoryComparison {
  enum Quantity: String, CaseIterable {
    /// Mean over replicas of log10 of the second moment, pooled over units and batch.
    case preactivation = "q(l)", activation = "E a² (l)", gradient = "E (dL/da)² (l)"
    case preactivationGradient = "E (dL/dz)² (l)"
    /// Mean cosine between samples.
    case preactivationCosine = "c(l)", activationCosine = "c(l) of activations"
    /// Least-squares slope of log10 of the second moment.
    case forwardGrowth = "forward growth", backwardGrowth = "gradient growth"
  }

  struct Deviation {
    var quantity: Quantity
    /// From 1; 0 for growth.
    var layer: Int
    var measured: Double
    var predicted: Double
    var standardError: Double
    /// The variance over replicas relative to the predicted one; nil for cosines, of which an audit gives the mean only.
    var spread: Double?
    /// Standard normal where theory holds.
    var z: Double { (measured - predicted) / standardError }
  }

  struct Size {
    var width: Int
    var depth: Int
    var batch: Int
    var replicas: Int
  }

  var point: TheoryPoint
  var deviations: [Deviation] = []
  /// Comparisons that are not made: where log m varies by more than first order in 1/width can follow, and where a cosine's
  /// standard error is below what Float32 resolves.
  var beyondFirstOrder = 0
  var belowResolution = 0

  /// A standard deviation of log m of 0.3 within one replica: its variance is known to first order, 1 + 0.09 / 2.
  static let largestVariance = 0.09 / (log(10) * log(10))
  /// Products of 2^-24-rounded factors move a cosine near 1 by about 2^-23; at 16 times that the standard error covers it.
  static let leastCosineError = 0x1p-19

  init(_ point: TheoryPoint, size: Size, seed: UInt64, threads: Int = 2) throws {
    self.point = point
    let depth = min(size.depth, point.depth)
    let bias: Initializer = point.biasVariance > 0 ? .normal(std: point.biasVariance.squareRoot()) : .zeros
    let network = try Network(input: .features(size.width)) {
      Dense(size.width, activation: point.activation, bias: bias).repeated(depth)
    }
    let run = try Audit(
      AuditConfiguration(
        network: network, initializers: [.varianceScaling(scale: point.weightVariance)], batch: size.batch,
        replicas: size.replicas, seed: seed, threads: threads, histograms: false)
    ).run().runs[0]
    let prediction = try ChainPrediction(
      (0..<depth).map { _ in
        ChainLayer(
          fanIn: size.width, units: size.width, weightVariance: point.weightVariance / Double(size.width),
          biasVariance: point.biasVariance, activation: point.activation)
      }, input: .gaussian(features: size.width, batch: size.batch))
    let correlations = try prediction.correlations()
    let replicas = Double(size.replicas)
    // An audit gives Student's interval of a mean: the interval of 0, 1, ..., R - 1, whose variance is R (R + 1) / 12, takes
    // it back to a variance over replicas.
    let ramp = MeanEstimate(of: (0..<size.replicas).map(Double.init)).halfWidth ?? .nan
    func spread(_ interval: Interval?, _ variance: Double) -> Double? {
      interval.map { pow(($0.high - $0.low) / 2 / ramp, 2) * replicas * (replicas + 1) / 12 / variance }
    }
    for (index, layer) in run.layers.enumerated() {
      let theory = prediction.layers[index]
      for (quantity, measured, predicted) in [
        (Quantity.preactivation, layer.preactivation, theory.preactivation),
        (.activation, layer.activation, theory.activation), (.gradient, layer.gradient, theory.gradient),
        (.preactivationGradient, layer.preactivationGradient, theory.preactivationGradient),
      ] {
        guard let value = measured.log10SecondMoment, predicted.varianceLog10 <= Self.largestVariance else {
          beyondFirstOrder += 1
          continue
        }
        deviations.append(
          Deviation(
            quantity: quantity, layer: index + 1, measured: value, predicted: predicted.meanLog10,
            standardError: (predicted.varianceLog10 / replicas).squareRoot(),
            spread: spread(measured.interval, predicted.varianceLog10)))
      }
      let pairs = correlations[index]
      for (quantity, measured, predicted, moment) in [
        (Quantity.preactivationCosine, layer.preactivation, pairs.preactivation, theory.preactivation),
        (.activationCosine, layer.activation, pairs.activation, theory.activation),
      ] {
        let error = (predicted.variance / replicas).squareRoot()
        guard moment.varianceLog10 <= Self.largestVariance else {
          beyondFirstOrder += 1
          continue
        }
        guard let cosine = measured.cosineSimilarity, error >= Self.leastCosineError else {
          belowResolution += 1
          continue
        }
        deviations.append(
          Deviation(
            quantity: quantity, layer: index + 1, measured: cosine, predicted: predicted.mean, standardError: error))
      }
    }
    // An audit's growth is over the hidden layers, all but the last; the most variable of them decides.
    let hidden = 0..<(depth - 1)
    for (quantity, measured, predicted, variances) in [
      (
        Quantity.forwardGrowth, run.forwardGrowth, prediction.forwardGrowth(over: hidden),
        prediction.layers.map(\.activation)
      ),
      (.backwardGrowth, run.backwardGrowth, prediction.backwardGrowth(over: hidden), prediction.layers.map(\.gradient)),
    ] {
      guard let measured, let predicted, variances.allSatisfy({ $0.varianceLog10 <= Self.largestVariance }) else {
        beyondFirstOrder += 1
        continue
      }
      deviations.append(
        Deviation(
          quantity: quantity, layer: 0, measured: measured.log10, predicted: predicted.log10,
          standardError: (predicted.variance / replicas).squareRoot(),
          spread: spread(measured.interval, predicted.variance)))
    }
  }
}

/// All comparisons together, judged at a stated rate of false alarms.
struct TheoryVerdict {
  var comparisons: [TheoryComparison]
  var replicas: Int
  /// The probability that anything at all fails where theory is right.
  static let falseAlarmRate = 1e-3

  func deviations(_ quantity: TheoryComparison.Quantity) -> [TheoryComparison.Deviation] {
    comparisons.flatMap { $0.deviations.filter { $0.quantity == quantity } }
  }

  var count: Int { comparisons.reduce(0) { $0 + $1.deviations.count } }

  /// No |z| of so many normal ones exceeds this but with half the false-alarm rate (Bonferroni, so whatever their
  /// dependence).
  var largestAllowed: Double { Estimators.normalQuantile(twoSided: Self.falseAlarmRate / 2 / Double(count)) }

  func largest(_ quantity: TheoryComparison.Quantity) -> Double { deviations(quantity).map { abs($0.z) }.max() ?? 0 }

  func mean(_ quantity: TheoryComparison.Quantity) -> Double { Estimators.mean(deviations(quantity).map(\.z)) }

  func rms(_ quantity: TheoryComparison.Quantity) -> Double {
    let all = deviations(quantity)
    return (all.reduce(0) { $0 + $1.z * $1.z } / Double(all.count)).squareRoot()
  }

  /// Where the root mean square of a quantity's z must lie. Layers of one network share deviations: at worst each point is
  /// one observation, and the mean square a chi-square of as many degrees of freedom as points.
  func rmsBounds(_ quantity: TheoryComparison.Quantity) -> ClosedRange<Double> { bounds(points(quantity)) }

  /// The root of the mean over layers and points of measured against predicted variance over replicas; nil for cosines.
  func spread(_ quantity: TheoryComparison.Quantity) -> Double? {
    let all = deviations(quantity).compactMap(\.spread)
    return all.isEmpty ? nil : Estimators.mean(all).squareRoot()
  }

  /// Where that root must lie: at worst a chi-square of R - 1 degrees of freedom a point.
  func spreadBounds(_ quantity: TheoryComparison.Quantity) -> ClosedRange<Double> {
    bounds(points(quantity) * (replicas - 1))
  }

  private func points(_ quantity: TheoryComparison.Quantity) -> Int {
    comparisons.count { $0.deviations.contains { $0.quantity == quantity } }
  }

  /// Of the root of a chi-square over its degrees of freedom. Half the false-alarm rate is spread over both ends of eight
  /// quantities' z and six quantities' spreads.
  private func bounds(_ degrees: Int) -> ClosedRange<Double> {
    let z = Estimators.normalQuantile(twoSided: Self.falseAlarmRate / 2 / 14)
    // Wilson and Hilferty 1931: the cube root of a mean square is nearly normal.
    func root(_ z: Double) -> Double {
      let v = 2 / (9 * Double(degrees))
      return pow(max(0, 1 - v + z * v.squareRoot()), 1.5)
    }
    return root(-z)...root(z)
  }

  /// What fails, in words; empty where theory and networks agree.
  var failures: [String] {
    var failures: [String] = []
    for comparison in comparisons {
      for d in comparison.deviations where !(abs(d.z) <= largestAllowed) {
        failures.append(
          String(
            format: "%@, %@, %@, layer %d: measured %.6g, predicted %.6g ± %.2g, z = %.2f",
            comparison.point.activation.description, comparison.point.regime.rawValue, d.quantity.rawValue, d.layer,
            d.measured, d.predicted, d.standardError, d.z))
      }
    }
    for quantity in TheoryComparison.Quantity.allCases {
      for (name, value, bounds) in [
        ("rms of z", rms(quantity), rmsBounds(quantity)),
        ("spread over replicas", spread(quantity) ?? 1, spreadBounds(quantity)),
      ] where !bounds.contains(value) {
        failures.append(
          String(
            format: "%@: the %@ is %.3f, outside %.3f...%.3f", quantity.rawValue, name, value, bounds.lowerBound,
            bounds.upperBound))
      }
    }
    return failures
  }
}
