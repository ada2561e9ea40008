import NetworkGraph

extension CompiledGraph {
  /// Bytes of the parameters, once.
  package var parameterBytes: Int { graph.parameters.reduce(0) { $0 + rounded(4 * $1.shape.count) } }

  /// Bytes that one forward and one backward pass hold at their peak, beside constants and parameters: the steps of
  /// `GraphRun` with sizes in place of tensors.
  ///
  /// - Parameter segments: As `GraphRun` has them.
  package func peakBytes(_ segments: [Range<Int>]) -> Int {
    let count = MemoryCount(graph: self)
    for input in graph.inputs { count.hold(input.index) }
    schedule.forward(in: segments, by: count)
    count.start()
    schedule.backward(in: segments, by: count)
    return count.peak
  }
}

/// Counts what a run holds, step by step.
private final class MemoryCount: StepRunner {
  private let graph: CompiledGraph
  private var ledger = Ledger()
  private var held = Set<Int>()
  private var gradients = Set<Int>()
  private var unnamed: [Int: Int] = [:]

  init(graph: CompiledGraph) { self.graph = graph }

  /// The most bytes that were held at once.
  var peak: Int { ledger.peak }

  private func bytes(_ value: Int) -> Int { rounded(graph.types[value].bytes) }

  func hold(_ value: Int) { if held.insert(value).inserted { ledger.take(bytes(value)) } }

  /// The gradient from which the backward pass starts.
  func start() {
    ledger.take(bytes(graph.start.index))
    gradients.insert(graph.start.index)
  }

  private func free(_ value: Int) {
    if value != graph.start.index, graph.isOwn(value), held.remove(value) != nil { ledger.give(bytes(value)) }
  }

  private func freeGradient(_ value: Int) {
    if gradients.remove(value) != nil { ledger.give(bytes(value)) }
  }

  func forward(_ place: Int, _ pass: StepSchedule.Pass) {
    let step = graph.steps[place]
    if pass.isRepeated { for output in step.outputs.compactMap(\.self) { free(output) } }
    let saved = rounded(4 * step.needs.saved), workspace = rounded(4 * step.needs.forwardWorkspace)
    let shown = step.trace.map { rounded($0.gates.bytes) } ?? 0
    ledger.take(step.outputTypes.reduce(saved + workspace + shown) { $0 + rounded($1.bytes) })
    ledger.give(workspace + shown)
    if !(pass.keeps && step.keepsSaved) { ledger.give(saved) }
    for (slot, type) in step.outputTypes.enumerated() {
      if let output = step.outputs[slot] {
        if !held.insert(output).inserted { ledger.give(bytes(output)) }
      } else if pass.keeps, step.runsBackward, step.needs.readsOutputs.contains(slot) {
        unnamed[place, default: 0] += rounded(type.bytes)
      } else {
        ledger.give(rounded(type.bytes))
      }
    }
  }

  func release(_ value: Int, _ pass: StepSchedule.Pass) {
    if !pass.keeps || graph.firstBackwardRead[value] == .max { free(value) }
  }

  func backward(_ place: Int) {
    let step = graph.steps[place]
    if step.runsBackward {
      let wanted = zip(step.inputs, step.wanted).compactMap { $1 ? $0 : nil }
      let workspace = rounded(4 * step.needs.backwardWorkspace) + (step.trace.map { rounded($0.gates.bytes) } ?? 0)
      ledger.take(wanted.reduce(workspace) { $0 + bytes($1) })
      ledger.give(workspace)
      // A gradient that is already there takes up the new one.
      for value in wanted where !gradients.insert(value).inserted { ledger.give(bytes(value)) }
      ledger.give((step.keepsSaved ? rounded(4 * step.needs.saved) : 0) + (unnamed[place] ?? 0))
    }
    for output in step.outputs.compactMap(\.self) {
      freeGradient(output)
      free(output)
    }
    for input in Set(step.inputs.compactMap(\.self)) where graph.firstConsumer[input] == place {
      if case .result = graph.graph.values[input].source { continue }
      freeGradient(input)
    }
  }

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

/// As the pool rounds sizes up.
private func rounded(_ bytes: Int) -> Int { max(256, (bytes + 255) / 256 * 256) }
