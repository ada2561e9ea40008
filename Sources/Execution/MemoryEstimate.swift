import NetworkGraph

extension CompiledGraph {
  /// Bytes of the parameters, once.
  package var parameterBytes: Int { graph.parameters.reduce(0) { $0 + Self.rounded(4 * $1.shape.count) } }

  /// Bytes that one forward and one backward pass hold at their peak, beside constants and parameters: the schedule of
  /// `GraphRun` with sizes in place of tensors.
  package var peakBytes: Int {
    var ledger = Ledger()
    func bytes(_ value: Int) -> Int { Self.rounded(types[value].bytes) }
    func isOwn(_ value: Int) -> Bool {
      if case .parameter = graph.values[value].source { return false }
      return constants[value] == nil
    }
    var held = Set<Int>(), unnamed = [Int](repeating: 0, count: steps.count)
    func free(_ value: Int) { if held.remove(value) != nil { ledger.give(bytes(value)) } }
    for input in graph.inputs {
      ledger.take(bytes(input.index))
      held.insert(input.index)
    }
    for (place, step) in steps.enumerated() {
      let saved = Self.rounded(4 * step.needs.saved), workspace = Self.rounded(4 * step.needs.forwardWorkspace)
      ledger.take(step.outputTypes.reduce(saved + workspace) { $0 + Self.rounded($1.bytes) })
      ledger.give(workspace)
      if !step.keepsSaved { ledger.give(saved) }
      for (slot, type) in step.outputTypes.enumerated() {
        if let output = step.outputs[slot] {
          held.insert(output)
        } else if step.runsBackward, step.needs.readsOutputs.contains(slot) {
          unnamed[place] += Self.rounded(type.bytes)
        } else {
          ledger.give(Self.rounded(type.bytes))
        }
      }
      for value in (step.inputs + step.outputs).compactMap(\.self)
      where lastRead[value] <= place && value != start.index && firstBackwardRead[value] == .max && isOwn(value) {
        free(value)
      }
    }
    var gradients = Set<Int>()
    func freeGradient(_ value: Int) { if gradients.remove(value) != nil { ledger.give(bytes(value)) } }
    ledger.take(bytes(start.index))
    gradients.insert(start.index)
    for (place, step) in steps.enumerated().reversed() {
      if step.runsBackward {
        let wanted = zip(step.inputs, step.wanted).compactMap { $1 ? $0 : nil }
        let workspace = Self.rounded(4 * step.needs.backwardWorkspace)
        ledger.take(wanted.reduce(workspace) { $0 + bytes($1) })
        ledger.give(workspace)
        // A gradient that is already there takes up the new one.
        for value in wanted where !gradients.insert(value).inserted { ledger.give(bytes(value)) }
        ledger.give((step.keepsSaved ? Self.rounded(4 * step.needs.saved) : 0) + unnamed[place])
      }
      for output in step.outputs.compactMap(\.self) {
        freeGradient(output)
        if output != start.index { free(output) }
      }
      for input in Set(step.inputs.compactMap(\.self)) where firstConsumer[input] == place {
        if case .result = graph.values[input].source { continue }
        freeGradient(input)
      }
    }
    return ledger.peak
  }

  /// As the pool rounds sizes up.
  private static func rounded(_ bytes: Int) -> Int { max(256, (bytes + 255) / 256 * 256) }

  /// What is held, and the most that was.
  private struct Ledger {
    private var held = 0
    private(set) var peak = 0

    mutating func take(_ bytes: Int) {
      held += bytes
      peak = max(peak, held)
    }

    mutating func give(_ bytes: Int) { held -= bytes }
  }
}
