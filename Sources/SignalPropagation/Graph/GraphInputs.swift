import Execution
import NetworkGraph
import OperatorKernels
import TensorKernels

/// Fills the inputs of a graph for one replica.
package enum GraphInputs {
  /// Fills one input: with what is given for it, else with what stands in for data.
  package static func fill(
    _ input: GraphModel.Input, _ view: TensorView, given: GraphArrays, seed: UInt64, replica: Int
  ) {
    if let constant = given.inputs[input.name] {
      // `GraphPlan.check` has seen that it fits.
      constant.write(to: view.memory)
      return
    }
    let stream = RandomStream(seed: seed, replica: replica, node: input.name, tensor: .input)
    let count = view.count
    switch (view.type.element, input.draw) {
    case (.float32, .normal), (.float32, .identifiers):
      stream.fillNormal(UnsafeMutableBufferPointer(start: view.floats, count: count))
    case (.float32, .ones): view.floats.update(repeating: 1, count: count)
    case (.float32, .zeros): view.floats.update(repeating: 0, count: count)
    case (.float32, .positions):
      let last = view.shape.extents.last ?? 1
      for place in 0..<count { view.floats[place] = Float(place % max(1, last)) }
    case (.int64, .identifiers(let below)):
      let words = stream.words(count)
      for place in 0..<count { view.integers[place] = Int64(words[place].number(below: max(1, below))) }
    case (.int64, .positions):
      let last = view.shape.extents.last ?? 1
      for place in 0..<count { view.integers[place] = Int64(place % max(1, last)) }
    case (.int64, .ones), (.int64, .normal): view.integers.update(repeating: 1, count: count)
    case (.int64, .zeros): view.integers.update(repeating: 0, count: count)
    case (.bool, .zeros): view.bools.update(repeating: 0, count: count)
    case (.bool, _): view.bools.update(repeating: 1, count: count)
    }
  }
}
