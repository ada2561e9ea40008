/// Does the work of single steps in the order of a `StepSchedule`.
package protocol StepRunner: AnyObject {
  /// What a step may throw; `Never` for nothing.
  associatedtype Failure: Error

  /// Runs a step on the values that it reads.
  func forward(_ step: Int, _ pass: StepSchedule.Pass) throws(Failure)

  /// Is told that no later step of this pass reads a value, and that the pass will not be repeated with it. Where
  /// `pass.keeps`, the step's backward pass may still read it.
  func release(_ value: Int, _ pass: StepSchedule.Pass)

  /// Sends gradients back through a step, from the values that it makes to those that it reads.
  func backward(_ step: Int) throws(Failure)
}

/// The order in which the steps of a network run forward and backward, and when a value is not needed any more.
///
/// Everything that walks a network walks it here: audits, trainings, probes of the tangent kernel, runs of models from
/// files, and the count of the memory that such a run needs. They differ in what a step does, which is their `StepRunner`'s
/// affair. (A layer's own few operators run inside one step, one after another: `LoweredKernel` of LayerKernels.)
///
/// With one segment, everything that the backward pass reads is kept. With several, it is kept for one segment at a time:
/// the backward pass runs each earlier segment forward again, from the values that later segments have read of it
/// (Chen 2016, "Training deep nets with sublinear memory cost").
package struct StepSchedule: Sendable {
  /// What a step's run forward is for.
  package struct Pass: Sendable {
    /// Whether the step's backward pass comes before the step is run again.
    package var keeps: Bool
    /// Whether the step has run before on the same values.
    package var isRepeated: Bool
  }

  /// The number of steps.
  package let count: Int
  /// For each step: the values that it reads, and those that it reads or makes.
  private let reads: [[Int]]
  private let touched: [[Int]]
  /// For each value: the last step that reads it, -1 for none; the step that makes it, -1 for what is there before.
  let lastRead: [Int]
  let maker: [Int]

  /// Prepares the schedule of steps that are in an order in which each comes after those whose values it reads.
  ///
  /// - Parameters:
  ///   - steps: For each step, the values that it reads and those that it makes, by number.
  ///   - values: The number of values.
  package init(_ steps: [(reads: [Int], makes: [Int])], values: Int) {
    count = steps.count
    reads = steps.map(\.reads)
    touched = steps.map { $0.reads + $0.makes }
    var lastRead = [Int](repeating: -1, count: values), maker = lastRead
    for (place, step) in steps.enumerated() {
      for value in step.reads { lastRead[value] = place }
      for value in step.makes { maker[value] = place }
    }
    self.lastRead = lastRead
    self.maker = maker
  }

  /// All steps as one segment.
  package var whole: [Range<Int>] { [0..<count] }

  /// Runs every step forward.
  ///
  /// - Parameters:
  ///   - segments: Ranges of steps, in order: what is kept at a time.
  ///   - keeping: Whether a backward pass follows.
  ///   - runner: Does the steps' work.
  package func forward<Runner: StepRunner>(
    in segments: [Range<Int>], keeping: Bool = true, by runner: Runner
  ) throws(Runner.Failure) {
    for segment in segments {
      let pass = Pass(keeps: keeping && segment.upperBound == count, isRepeated: false)
      for step in segment {
        try runner.forward(step, pass)
        for value in touched[step] where lastRead[value] <= step {
          // What a segment reads of an earlier one is read again when it is repeated.
          let isReadAgain = keeping && segments.count > 1 && !segment.contains(maker[value])
          if !isReadAgain { runner.release(value, pass) }
        }
      }
    }
  }

  /// Runs every step backward, last first, after `forward` in the same segments.
  ///
  /// - Parameters:
  ///   - segments: As `forward` had them.
  ///   - runner: Does the steps' work.
  package func backward<Runner: StepRunner>(in segments: [Range<Int>], by runner: Runner) throws(Runner.Failure) {
    for segment in segments.reversed() {
      if segment.upperBound < count { try repeatForward(segment, by: runner) }
      for step in segment.reversed() { try runner.backward(step) }
    }
  }

  /// Runs an earlier segment forward again, for its backward pass.
  private func repeatForward<Runner: StepRunner>(_ segment: Range<Int>, by runner: Runner) throws(Runner.Failure) {
    // Later segments have had their backward pass: only reads within this one count.
    var lastRead: [Int: Int] = [:]
    for step in segment { for value in reads[step] { lastRead[value] = step } }
    let pass = Pass(keeps: true, isRepeated: true)
    for step in segment {
      try runner.forward(step, pass)
      for value in touched[step] where lastRead[value, default: -1] <= step && segment.contains(maker[value]) {
        runner.release(value, pass)
      }
    }
  }
}
