import Glibc
import SampleStatistics
import TensorKernels

/// Records the weights' gradients and updates at a few steps of a run.
struct Tracer {
  private let parameters: ParameterBlock
  private let steps: Set<Int>
  private var kept: [Float] = []
  private(set) var traces: [TrainingRun.LayerTrace]

  /// The number of bins of the histograms.
  static let bins = 64

  init(_ parameters: ParameterBlock, steps: Int, count: Int) {
    self.parameters = parameters
    self.steps = Set(Self.places(steps: steps, count: count))
    traces = parameters.tensors.indices.filter { parameters.tensors[$0].isWeight }.map { index in
      let tensor = parameters.tensors[index]
      let name = tensor.parameter.name == "weight" ? tensor.layer : "\(tensor.layer)/\(tensor.parameter.name)"
      let histogram = Self.histogram(parameters.value(index), tensor.count)
      return TrainingRun.LayerTrace(
        name: name, steps: [], gradientNorm: [], updateRatio: [], before: histogram, after: histogram)
    }
  }

  private var weights: [Int] { parameters.tensors.indices.filter { parameters.tensors[$0].isWeight } }

  /// The steps at which gradients and updates are measured: `count` of them from the first to the last, in order.
  static func places(steps: Int, count: Int) -> [Int] {
    let last = max(0, steps - 1)
    return count < 2 ? [] : Set((0..<count).map { $0 * last / (count - 1) }).sorted()
  }

  /// Continues the traces of the same layers.
  mutating func resume(_ saved: [TrainingRun.LayerTrace]) { traces = saved }

  /// Measures before the optimizer's step of that number.
  mutating func before(_ step: Int) {
    guard steps.contains(step) else { return }
    kept = Array(UnsafeBufferPointer(start: parameters.values, count: parameters.count))
  }

  mutating func after(_ step: Int) {
    guard steps.contains(step) else { return }
    kept.withUnsafeBufferPointer { old in
      guard let base = old.baseAddress else { return }
      for (place, index) in weights.enumerated() {
        let tensor = parameters.tensors[index]
        let change = Elementwise.squaredDistance(parameters.value(index), base + tensor.offset, count: tensor.count)
        let size = Elementwise.sumOfSquares(base + tensor.offset, count: tensor.count)
        traces[place].steps.append(step)
        traces[place].gradientNorm.append(
          Elementwise.sumOfSquares(parameters.gradient(index), count: tensor.count).squareRoot())
        traces[place].updateRatio.append(change == 0 ? 0 : (change / size).squareRoot())
      }
    }
  }

  /// The traces, with the weights as they are now.
  func finished() -> [TrainingRun.LayerTrace] {
    var traces = traces
    for (place, index) in weights.enumerated() {
      traces[place].after = Self.histogram(parameters.value(index), parameters.tensors[index].count)
    }
    return traces
  }

  private static func histogram(_ values: UnsafePointer<Float>, _ count: Int) -> WeightHistogram {
    let all = UnsafeBufferPointer(start: values, count: count)
    let low = all.min() ?? 0, high = all.max() ?? 0
    let mean = all.reduce(0.0) { $0 + Double($1) } / Double(max(1, count))
    let variance = all.reduce(0.0) { $0 + (Double($1) - mean) * (Double($1) - mean) } / Double(max(1, count))
    let counts =
      low < high && low.isFinite && high.isFinite
      ? Elementwise.histogram(values, count: count, low: low, high: high, bins: bins) : [count]
    return WeightHistogram(
      low: Double(low), high: Double(high), counts: counts, mean: mean, deviation: variance.squareRoot())
  }
}
