import Glibc
import SignalPropagation

/// Proposes bounds around what an audit measured, as wide as its own sampling error.
///
/// Two independent audits of one network differ by no more than the sum of both half widths but with the probability that
/// the intervals have: another seed keeps every bound with a probability of at least 1 - `falseAlarmRate`.
public enum BoundsProposal {
  /// One bound: what was measured of a layer's tensor, and the interval that is to hold.
  public struct Line: Sendable, Equatable {
    public var layer: String
    public var tensor: GateTensor
    public var quantity: GateQuantity
    public var measured: Double
    public var interval: Interval
  }

  /// Bounds on the second moments of activations and gradients of every layer, and on weight variances.
  ///
  /// - Returns: The lines, and remarks on what has no bound and why.
  public static func lines(
    of run: InitializerRun, replicas: Int, falseAlarmRate: Double
  ) -> (lines: [Line], remarks: [String]) {
    precondition(falseAlarmRate > 0 && falseAlarmRate < 1, "a false-alarm rate lies in (0, 1), got \(falseAlarmRate)")
    let reader = GateReader(run: run, replicas: replicas)
    var found: [(layer: LayerResult, tensor: GateTensor, quantity: GateQuantity, reading: GateReading)] = []
    var remarks: [String] = []
    for layer in run.layers {
      let wanted: [(GateTensor, GateQuantity)] = [
        (.activations, .secondMoment), (.gradients, .secondMoment), (.weights, .variance),
      ]
      for (tensor, quantity) in wanted where tensor != .weights || layer.weights != nil {
        do throws(GateReading.Absence) {
          let reading = try reader.reading(quantity, tensor, layer)
          // A number beyond Double's range cannot be written.
          guard reading.value.isFinite, abs(reading.value) < 300 else {
            remarks.append(
              "\(layer.name): no bound on the \(quantity.words(of: tensor)), which is zero or beyond Double's range")
            continue
          }
          found.append((layer, tensor, quantity, reading))
        } catch {
          remarks.append("\(layer.name): no bound on the \(quantity.words(of: tensor)): \(error.reason)")
        }
      }
    }
    let rate = GateBounds(falseAlarmRate: falseAlarmRate).sharedRate(among: found.count)
    let lines = found.map { item in
      let interval = item.reading.interval(rate: rate)
      // Where nothing scatters, Float's rounding remains: a part in a million of a second moment.
      let slack = 0x1p-20
      return Line(
        layer: item.layer.name, tensor: item.tensor, quantity: item.quantity,
        measured: item.quantity.unscaled(item.reading.value),
        interval: Interval(
          low: item.quantity.unscaled(interval.low - slack), high: item.quantity.unscaled(interval.high + slack)))
    }
    return (lines, remarks)
  }
}
