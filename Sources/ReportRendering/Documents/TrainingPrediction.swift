import Glibc
import SignalPropagation
import TrainingRuns

extension TrainingDocument {
  /// What a verdict predicted of one initializer, at the learning rate that the training used.
  public struct Prediction: Sendable, Equatable {
    public var verdict: Verdict
    /// Training accuracy after 300 steps that is expected at the training's learning rate: between the two rates next to it,
    /// on a line over the rate's logarithm. Nil beyond 0.001 and 1, for another optimizer than plain SGD, and without a
    /// prediction.
    public var expectedAccuracy: Double?
    /// The accuracy that counts as having learned, as the verdict's `trains` does: 5/9 of the way from always naming the
    /// commonest class to naming every one right, which is 60% for ten equal classes. Nil for answers that are numbers.
    public var learnedAccuracy: Double?

    /// The accuracy that counts as having learned where always naming the commonest class is right in a share `majority`.
    package static func learnedAccuracy(majority: Double) -> Double { majority + 5.0 / 9 * (1 - majority) }

    /// What the verdict expects at its best learning rate.
    public var bestAccuracy: Double? { verdict.expectedAccuracies.map(\.accuracy).max() }
  }

  /// For the initializer at that place of the summary; nil without a verdict.
  public func prediction(_ index: Int) -> Prediction? {
    guard let runs = audit?.runs, runs.indices.contains(index), let verdict = runs[index].verdict else { return nil }
    return Prediction(
      verdict: verdict,
      expectedAccuracy: choices.isPlainSGD ? Self.expected(verdict, at: choices.learningRate) : nil,
      learnedAccuracy: choices.majority.map(Prediction.learnedAccuracy))
  }

  /// Runs of the initializer at that place whose accuracy after 300 steps is known, and how many of them had learned by
  /// then.
  public func learned(_ index: Int) -> (count: Int, of: Int)? {
    guard let least = prediction(index)?.learnedAccuracy else { return nil }
    let reached = runs(index).compactMap(\.trainingAccuracyAt300Steps)
    return reached.isEmpty ? nil : (reached.count { $0 >= least }, reached.count)
  }

  /// Interpolated between the rates of the prediction; nil outside of them.
  static func expected(_ verdict: Verdict, at rate: Double) -> Double? {
    let known = verdict.expectedAccuracies.sorted { $0.learningRate < $1.learningRate }
    if let same = known.first(where: { $0.learningRate == rate }) { return same.accuracy }
    guard let above = known.firstIndex(where: { $0.learningRate > rate }), above > 0 else { return nil }
    let low = known[above - 1], high = known[above]
    let share = log(rate / low.learningRate) / log(high.learningRate / low.learningRate)
    return low.accuracy + share * (high.accuracy - low.accuracy)
  }

  /// Where the training differs from what the verdict is about, in words: `batches of 32 in place of 128`. Empty where it
  /// does not.
  public var differencesFromVerdict: [String] { choices.differences }

  /// The learning rate of the optimizer, before any schedule.
  public var learningRate: Double { choices.learningRate }

  /// The number of steps of one run that does not diverge.
  public var steps: Int { choices.steps }

  /// The choices of a training that decide whether a verdict speaks of it.
  struct TrainingChoices: Sendable {
    var learningRate: Double
    var isPlainSGD: Bool
    /// Share of the commonest class among the training samples; nil for answers that are numbers.
    var majority: Double?
    /// Steps of one run.
    var steps: Int
    var differences: [String]

    /// Batch and steps of the verdict's experiment.
    static let batch = 128

    init(_ c: TrainingConfiguration) {
      learningRate = c.optimizer.learningRate
      isPlainSGD = c.optimizer == .sgd(learningRate: c.optimizer.learningRate)
      let samples = c.stepsPerEpoch.map { min(c.data.training.count, $0 * c.batch) } ?? c.data.training.count
      steps = c.epochs * ((samples + c.batch - 1) / c.batch)
      var counts = [Int](repeating: 0, count: c.data.training.classCount)
      for label in c.data.training.labels { counts[Int(label)] += 1 }
      majority = counts.max().map { Double($0) / Double(max(1, c.data.training.labels.count)) }
      var words: [String] = []
      if !isPlainSGD { words.append("\(c.optimizer) in place of plain SGD") }
      if c.batch != Self.batch { words.append("batches of \(c.batch) in place of \(Self.batch)") }
      if c.schedule != .constant { words.append("a \(c.schedule) learning rate in place of a constant one") }
      if c.clipping != nil { words.append("clipped gradients") }
      if !c.penalties.isEmpty { words.append("a penalty on weights") }
      if c.loss == .meanSquaredError { words.append("a mean squared error in place of a cross entropy") }
      differences = words
    }
  }
}
