import Foundation

/// Recurrent cells in Double, as their equations stand, one sample and one unit at a time.
struct RecurrentReference {
  var batch: Int
  var steps: Int
  var inputs: Int
  var units: Int

  static func logistic(_ x: Double) -> Double { 1 / (1 + exp(-x)) }

  /// Runs a cell over all samples and steps: `(x_t, state) -> state`, the first `units` values of a state being h.
  /// Returns h of all steps, or of the last.
  func run(_ x: [Double], stateSize: Int, all: Bool, cell: ([Double], [Double]) -> [Double]) -> [Double] {
    (0..<batch).flatMap { sample -> [Double] in
      var state = [Double](repeating: 0, count: stateSize), result: [Double] = []
      for step in 0..<steps {
        let start = (sample * steps + step) * inputs
        state = cell(Array(x[start..<start + inputs]), state)
        if all || step == steps - 1 { result += state[0..<units] }
      }
      return result
    }
  }

  /// `sum_j W[row][j] v[j]` for row-major `W` with as many columns as v has values.
  func product(_ w: [Double], _ row: Int, _ v: ArraySlice<Double>) -> Double {
    v.enumerated().reduce(0) { $0 + w[row * v.count + $1.offset] * $1.element }
  }

  func simpleRNN(_ x: [Double], _ w: [[Double]], rectified: Bool, all: Bool) -> [Double] {
    run(x, stateSize: units, all: all) { x, h in
      (0..<units).map { unit in
        let sum = product(w[0], unit, x[...]) + product(w[1], unit, h[...]) + (w.count > 2 ? w[2][unit] : 0)
        return rectified ? max(0, sum) : tanh(sum)
      }
    }
  }

  func lstm(_ x: [Double], _ w: [[Double]], forgetBias: Double, all: Bool) -> [Double] {
    run(x, stateSize: 2 * units, all: all) { x, state in
      let h = state[0..<units], c = state[units...]
      func gate(_ index: Int, _ unit: Int) -> Double {
        let row = index * units + unit
        return product(w[0], row, x[...]) + product(w[1], row, h) + (w.count > 2 ? w[2][row] : 0)
      }
      let cells = (0..<units).map { unit in
        Self.logistic(gate(1, unit) + forgetBias) * c[units + unit] + Self.logistic(gate(0, unit)) * tanh(gate(2, unit))
      }
      return (0..<units).map { Self.logistic(gate(3, $0)) * tanh(cells[$0]) } + cells
    }
  }

  func gru(_ x: [Double], _ w: [[Double]], all: Bool) -> [Double] {
    run(x, stateSize: units, all: all) { x, h in
      (0..<units).map { unit in
        func sums(_ index: Int) -> (Double, Double) {
          let row = index * units + unit
          return (
            product(w[0], row, x[...]) + (w.count > 2 ? w[2][row] : 0),
            product(w[1], row, h[...]) + (w.count > 2 ? w[3][row] : 0)
          )
        }
        let r = sums(0), z = sums(1), n = sums(2)
        let update = Self.logistic(z.0 + z.1)
        return (1 - update) * tanh(n.0 + Self.logistic(r.0 + r.1) * n.1) + update * h[unit]
      }
    }
  }
}
