import Testing

import Execution

/// The walk that audits, trainings and runs of models share, on random graphs: a runner that notes what is in memory finds
/// every value that a step needs, and nothing that no step needs any more.
@Suite struct StepScheduleTests {
  /// A graph of steps that each make one value and read up to three earlier ones; value 0 is the input.
  private struct RandomGraph {
    var steps: [(reads: [Int], makes: [Int])] = []
    var state: UInt64

    init(seed: UInt64, count: Int) {
      state = seed
      for step in 0..<count {
        let reads = (0...below(3)).map { _ in max(0, step - below(5)) }
        steps.append((Array(Set(reads)).sorted(), [step + 1]))
      }
    }

    /// Knuth's MMIX generator.
    mutating func below(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % bound
    }

    mutating func segments() -> [Range<Int>] {
      let bounds = Set((0..<below(5)).map { _ in below(steps.count) } + [0, steps.count]).sorted()
      return zip(bounds, bounds.dropFirst()).map { $0..<$1 }
    }
  }

  /// Holds values as an executor would: forward while they are read, backward while their own step has not had its turn.
  private final class Memory: StepRunner {
    let steps: [(reads: [Int], makes: [Int])]
    /// Values that can be read forward, and steps whose backward pass could run now.
    var present: Set<Int> = [0], kept: Set<Int> = []
    var mostKept = 0, order: [Int] = [], repeated: [Int] = [], backwardOrder: [Int] = [], missing: [Int] = []

    init(_ steps: [(reads: [Int], makes: [Int])]) { self.steps = steps }

    func forward(_ step: Int, _ pass: StepSchedule.Pass) {
      if !present.isSuperset(of: steps[step].reads) { missing.append(step) }
      present.formUnion(steps[step].makes)
      if pass.isRepeated { repeated.append(step) } else { order.append(step) }
      if pass.keeps { kept.insert(step) }
      mostKept = max(mostKept, kept.count)
    }

    func release(_ value: Int, _ pass: StepSchedule.Pass) { present.remove(value) }

    func backward(_ step: Int) {
      if kept.remove(step) == nil { missing.append(step) }
      backwardOrder.append(step)
    }
  }

  @Test(arguments: 0..<200)
  func everyStepFindsWhatItReads(seed: UInt64) {
    var graph = RandomGraph(seed: seed, count: 2 + Int(seed % 30))
    let segments = graph.segments(), all = Array(graph.steps.indices)
    let schedule = StepSchedule(graph.steps, values: graph.steps.count + 1), memory = Memory(graph.steps)
    schedule.forward(in: segments, by: memory)
    schedule.backward(in: segments, by: memory)
    #expect(memory.missing.isEmpty && memory.order == all && memory.backwardOrder == all.reversed())
    // Each step of an earlier segment runs a second time, and no more than one segment is kept at a time.
    #expect(memory.repeated.sorted() == Array(0..<(segments.last?.lowerBound ?? 0)))
    #expect(memory.mostKept == segments.map(\.count).max())
  }

  /// Without a backward pass nothing is kept, and every value is free in the end.
  @Test(arguments: 0..<50)
  func aPassForwardLeavesNothing(seed: UInt64) {
    var graph = RandomGraph(seed: seed, count: 20)
    let segments = graph.segments(), memory = Memory(graph.steps)
    StepSchedule(graph.steps, values: 21).forward(in: segments, keeping: false, by: memory)
    #expect(memory.missing.isEmpty && memory.kept.isEmpty && memory.present.isSubset(of: [0]))
    // The input stays only where no step reads it.
    #expect(memory.present.contains(0) == !graph.steps.contains { $0.reads.contains(0) })
  }

  /// A value that only its own segment reads is free behind its last reader; one that a later segment reads stays for it,
  /// and for the repetition.
  @Test func valuesAreFreeBehindTheirLastReader() {
    // 0 -> 1 -> 2 -> 3, and 1 is read by the last step again.
    let steps: [(reads: [Int], makes: [Int])] = [([0], [1]), ([1], [2]), ([1, 2], [3])]
    func present(_ segments: [Range<Int>]) -> Set<Int> {
      let memory = Memory(steps)
      StepSchedule(steps, values: 4).forward(in: segments, by: memory)
      return memory.present
    }
    #expect(present([0..<3]) == [])
    // The second segment is run again from 1, the last from 1 and 2.
    #expect(present([0..<1, 1..<3]) == [0, 1])
    #expect(present([0..<2, 2..<3]) == [0, 1, 2])
  }
}
