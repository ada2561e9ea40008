import NetworkGraph
import SampleStatistics
import TensorKernels

/// Fits the weights of data-dependent initializers to one batch, layer by layer, before training begins.
enum DataCalibration {
  /// Fits all such weights. The graph's input must hold the batch.
  static func fit(_ graph: TrainingGraph, _ assignment: InitializerAssignment) {
    graph.forward { index in
      let node = graph.node(index)
      for tensor in graph.parameters.tensors(of: index) where graph.parameters.tensors[tensor].isWeight {
        let parameter = graph.parameters.tensors[tensor].parameter
        guard case .dataDependent(let scheme) = assignment.law(for: parameter, of: node.name) else { continue }
        switch scheme {
        case .lsuv(let tolerance, let attempts):
          fitVariance(graph, index, tensor, tolerance: tolerance, attempts: attempts)
        case .withinLayer where !node.layer.hasRowPerUnit:
          break
        case .withinLayer:
          fitUnits(graph, index, tensor, units: parameter.shape.rows, perUnit: graph.batch * node.shape.count)
        }
        // Other weights of the same layer stay as they were drawn.
        break
      }
    }
  }

  /// LSUV (Mishkin and Matas 2016, algorithm 1): divides by the deviation of the layer's output until its variance is 1.
  private static func fitVariance(_ graph: TrainingGraph, _ index: Int, _ tensor: Int, tolerance: Double, attempts: Int) {
    let weights = graph.parameters.value(tensor), count = graph.parameters.tensors[tensor].count
    for _ in 0..<attempts {
      let z = graph.preactivation(index)
      let n = Double(z.count)
      let mean = z.reduce(0.0) { $0 + Double($1) } / n
      let variance = z.reduce(0.0) { $0 + (Double($1) - mean) * (Double($1) - mean) } / n
      if abs(variance - 1) < tolerance || !(variance > 0) || !variance.isFinite { return }
      Elementwise.scale(weights, by: Float(1 / variance.squareRoot()), count: count)
      graph.run(index, .training)
    }
  }

  /// Krähenbühl 2016, section 3.1: gives each unit mean 0 and variance 1 over the batch; channels count as units.
  private static func fitUnits(_ graph: TrainingGraph, _ index: Int, _ tensor: Int, units: Int, perUnit: Int) {
    let z = graph.preactivation(index), weights = graph.parameters.value(tensor)
    let columns = graph.parameters.tensors[tensor].count / units
    let bias = graph.parameters.tensors(of: index).first { graph.parameters.tensors[$0].parameter.role == .bias }
    let shape = graph.node(index).shape
    // Values of one unit in one sample are neighbours in an image, and one step apart in a sequence.
    let inner: Int
    if case .image(_, let height, let width) = shape { inner = height * width } else { inner = 1 }
    for unit in 0..<units {
      var sum = 0.0, squares = 0.0, count = 0.0
      var block = unit
      while block * inner < z.count {
        for place in (block * inner)..<((block + 1) * inner) {
          sum += Double(z[place])
          squares += Double(z[place]) * Double(z[place])
          count += 1
        }
        block += units
      }
      let mean = sum / count, deviation = max(0, squares / count - mean * mean).squareRoot()
      // A unit that is constant over the batch cannot be given unit variance; it stays as drawn.
      let factor = Float(1 / deviation)
      guard factor.isNormal else { continue }
      Elementwise.scale(weights + unit * columns, by: factor, count: columns)
      if let bias {
        let value = graph.parameters.value(bias)
        value[unit] = Float((Double(value[unit]) - mean) / deviation)
      }
    }
    graph.run(index, .training)
  }
}
