import Glibc
import NetworkGraph
import TensorKernels

/// How much of a layer is saturated: where its nonlinearity is nearly flat, |f'| below 5% of its maximum.
struct Saturation {
  /// The share of units that are saturated for 95% of the samples.
  var units: Double
  /// The share of all entries (units times samples) that are saturated.
  var entries: Double

  init(units: Double, entries: Double) {
    self.units = units
    self.entries = entries
  }

  /// Computes the share of saturated units.
  ///
  /// - Parameter counts: For how many samples each unit is saturated.
  init(counts: [UInt32], samples: Int) {
    let limit = 0.95 * Double(samples), columns = Double(counts.count)
    units = Double(counts.count { Double($0) >= limit }) / columns
    entries = counts.reduce(0) { $0 + Double($1) } / (columns * Double(samples))
  }
}

extension Saturation {
  /// Measures how saturated a recurrent cell's gates are, each under its own nonlinearity.
  ///
  /// - Parameters:
  ///   - signal: Pre-activations: one row per sample, with the gates of each step one after another.
  ///   - steps: The number of steps.
  ///   - gates: The gates of a step.
  ///   - pool: Where memory comes from.
  /// - Throws: `OutOfMemory`.
  init(of signal: ScaledSignal, steps: Int, gates: [CellGate], pool: BufferPool) throws {
    let units = signal.columns / (steps * gates.count)
    let scratch = try ScaledSignal(rows: 3, columns: units, pool: pool)
    let shifted = scratch.data, value = shifted + units, slope = value + units
    let kernels = gates.map { ActivationKernel($0.activation) }
    let thresholds = gates.map { ($0.activation.laws.maximumSlope).map { Float(0.05 * $0) } ?? 0 }
    var counts = [UInt32](repeating: 0, count: signal.columns)
    for row in 0..<signal.rows {
      for place in 0..<steps * gates.count {
        let gate = place % gates.count, column = place * units, z = signal.data + row * signal.columns + column
        let offset = Float(gates[gate].offset)
        for unit in 0..<units { shifted[unit] = z[unit] + offset }
        kernels[gate].valueAndDerivative(shifted, value: value, derivative: slope, count: units)
        for unit in 0..<units where abs(slope[unit]) < thresholds[gate] { counts[column + unit] += 1 }
      }
    }
    self.init(counts: counts, samples: signal.rows)
  }
}

/// Applies activation, derivative and statistics to a layer's signals in one pass, block by block of rows while the block is
/// in cache.
final class ActivationPass {
  private let pool: BufferPool
  private let sampling: Sampling
  /// False only to measure what the statistics cost.
  let measures: Bool
  private let zProbe = SignalProbe()
  private let aProbe = SignalProbe()
  private var counts: [UInt32] = []
  /// The shape of the node that is measured, which says what its channels or steps are.
  var shape: Shape?

  init(pool: BufferPool, sampling: Sampling, measures: Bool) {
    self.pool = pool
    self.sampling = sampling
    self.measures = measures
  }

  /// Computes `a = f(z)` without measuring.
  func forward(_ z: ScaledSignal, scaling: ActivationScaling) throws -> ScaledSignal {
    if isIdentity(scaling) { return z }
    let a = try ScaledSignal(
      rows: z.rows, columns: z.columns, exponent: scaling.valueExponent(forPreactivation: z.exponent), pool: pool)
    forEachBlock(of: z) { row, count in
      let offset = row * z.columns
      scaling.value(z.data + offset, exponent: z.exponent, into: a.data + offset, count: count * z.columns)
    }
    return a
  }

  struct MeasuredForward {
    var activation: ScaledSignal
    var preactivationSummary: SignalSummary?
    var activationSummary: SignalSummary?
  }

  /// Computes `a = f(z)` with the statistics of both.
  func measuredForward(_ z: ScaledSignal, scaling: ActivationScaling, fanIn: Int?) throws -> MeasuredForward {
    let identity = isIdentity(scaling)
    let a =
      identity
      ? z
      : try ScaledSignal(
        rows: z.rows, columns: z.columns, exponent: scaling.valueExponent(forPreactivation: z.exponent), pool: pool)
    guard measures else { return MeasuredForward(activation: try forwardUnmeasured(z, into: a, scaling: scaling)) }
    forEachBlock(of: z) { row, count in
      let zBlock = z.data + row * z.columns, aBlock = a.data + row * z.columns
      if row == 0 { begin(zProbe, z, available: z.rows) }
      zProbe.add(zBlock, firstRow: row, rows: count)
      guard !identity else { return }
      scaling.value(zBlock, exponent: z.exponent, into: aBlock, count: count * z.columns)
      if row == 0 { begin(aProbe, a, available: count) }
      aProbe.add(aBlock, firstRow: row, rows: count)
    }
    let zReading = settledReading(zProbe, z)
    let aReading = identity ? zReading : settledReading(aProbe, a)
    z.log2RMS = zReading.log2RMS
    a.log2RMS = aReading.log2RMS
    var summary = aReading.summary
    summary.groups = shape.flatMap(aReading.groupMoments)
    summary.deadFraction = aReading.deadFraction(of: shape)
    summary.duplicateFraction = zReading.duplicateFraction(of: shape)
    summary.tokenCosine = TokenGeometry.meanCosine(of: a, shape: shape)
    aReading.describeSpread(fanIn: fanIn ?? 1, in: &summary)
    var zSummary = zReading.summary
    zSummary.groups = shape.flatMap(zReading.groupMoments)
    return MeasuredForward(activation: a, preactivationSummary: zSummary, activationSummary: summary)
  }

  struct MeasuredBackward {
    /// The activation, computed again from z where a weight gradient needs it.
    var activation: ScaledSignal?
    var gradientSummary: SignalSummary?
    var preactivationGradientSummary: SignalSummary?
    var saturation: Saturation?
  }

  /// Turns `gradient`, which is with respect to `a`, into that with respect to `z` in place, with the statistics of both.
  func backward(
    _ z: ScaledSignal, gradient g: ScaledSignal, scaling: ActivationScaling, fanOut: Int, wantsActivation: Bool
  ) throws -> MeasuredBackward {
    if isIdentity(scaling) {
      let reading = measures ? measured(g) : nil
      g.log2RMS = reading?.log2RMS ?? g.log2RMS
      let summary = reading.map(grouped)
      return MeasuredBackward(
        activation: wantsActivation ? z : nil, gradientSummary: summary, preactivationGradientSummary: summary,
        saturation: Saturation(units: 0, entries: 0))
    }
    let derivativeExponent = scaling.derivativeExponent(forPreactivation: z)
    let before = g.exponent, after = g.exponent + derivativeExponent
    let columns = z.columns
    let a =
      wantsActivation
      ? try ScaledSignal(
        rows: z.rows, columns: columns, exponent: scaling.valueExponent(forPreactivation: z.exponent), pool: pool) : nil
    let scratch = try ScaledSignal(rows: 2 * min(z.rows, MomentAccumulator.blockRows), columns: columns, pool: pool)
    let slope = scratch.data, unwanted = scratch.data + scratch.count / 2
    let steepest = scaling.activation.laws.maximumSlope
    // In units of the derivative's own scale. Where the slope is unbounded nothing counts as saturated.
    let threshold = Float(Scale.apply(-derivativeExponent, to: 0.05 * (steepest ?? 0)))
    counts.removeAll(keepingCapacity: true)
    counts.append(contentsOf: repeatElement(0, count: columns))
    forEachBlock(of: z) { row, count in
      let offset = row * columns, values = count * columns
      let gBlock = g.data + offset
      if measures {
        if row == 0 { begin(aProbe, g, available: g.rows, samples: g.rows) }
        aProbe.add(gBlock, firstRow: row, rows: count)
      }
      scaling.valueAndDerivative(
        z.data + offset, exponent: z.exponent, value: a.map { $0.data + offset } ?? unwanted, derivative: slope,
        derivativeExponent: derivativeExponent, count: values)
      Elementwise.multiply(gBlock, by: slope, rows: count, columns: columns, countingBelow: threshold, into: &counts)
      if measures {
        g.exponent = after
        if row == 0 { begin(zProbe, g, available: count) }
        g.exponent = before
        zProbe.add(gBlock, firstRow: row, rows: count)
      }
    }
    g.exponent = after
    var result = MeasuredBackward(activation: a)
    guard measures else { return result }
    // By now the gradient is overwritten and cannot be measured again, so its scale came from all of its rows.
    result.gradientSummary = grouped(aProbe.reading())
    let reading = settledReading(zProbe, g)
    g.log2RMS = reading.log2RMS
    result.preactivationGradientSummary = grouped(reading)
    if steepest != nil {
      result.saturation = Saturation(counts: counts, samples: z.rows)
    }
    return result
  }

  // MARK: Gates

  /// Summarizes the pre-activations of a recurrent layer's gates, or their gradients, with moments by step.
  func summary(of gates: ScaledSignal, steps: Int) -> SignalSummary {
    let reading = measured(gates)
    gates.log2RMS = reading.log2RMS
    var summary = reading.summary
    summary.groups = (try? Shape(dimensions: [steps, gates.columns / steps])).flatMap(reading.groupMoments)
    return summary
  }

  // MARK: Parts

  private func grouped(_ reading: SignalReading) -> SignalSummary {
    var summary = reading.summary
    summary.groups = shape.flatMap(reading.groupMoments)
    return summary
  }

  private func isIdentity(_ scaling: ActivationScaling) -> Bool { scaling.activation.isIdentity }

  private func forwardUnmeasured(
    _ z: ScaledSignal, into a: ScaledSignal, scaling: ActivationScaling
  ) throws -> ScaledSignal {
    if a !== z { scaling.value(z.data, exponent: z.exponent, into: a.data, count: z.count) }
    return a
  }

  private func forEachBlock(of signal: ScaledSignal, _ body: (_ row: Int, _ count: Int) -> Void) {
    var row = 0
    while row < signal.rows {
      let count = min(MomentAccumulator.blockRows, signal.rows - row)
      body(row, count)
      row += count
    }
  }

  private func begin(_ probe: SignalProbe, _ signal: ScaledSignal, available: Int, samples: Int = 4) {
    probe.begin(
      rows: signal.rows, columns: signal.columns, exponent: signal.exponent, first: signal.data, available: available,
      samples: samples, sampling: sampling)
  }

  private func measured(_ signal: ScaledSignal) -> SignalReading {
    zProbe.measure(signal, sampling: sampling)
    return zProbe.reading()
  }

  /// The probe's reading. The whole signal is measured again where its first rows suggested a scale that lost it.
  private func settledReading(_ probe: SignalProbe, _ signal: ScaledSignal) -> SignalReading {
    if probe.lostRange { probe.measure(signal, sampling: sampling) }
    return probe.reading()
  }
}
