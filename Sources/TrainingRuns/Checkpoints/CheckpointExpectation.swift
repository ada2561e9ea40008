/// Checks that a saved run is one that this configuration can produce, since a file with the right checksum may hold
/// anything.
struct CheckpointExpectation {
  var configuration: TrainingConfiguration
  var stepsPerEpoch: Int
  /// The run and its traces before the first step.
  var run: TrainingRun
  var layers: [TrainingRun.LayerTrace]

  /// A key of the header, and what is wrong with it.
  struct Flaw: Error {
    var place: String
    var message: String
  }

  /// Checks a saved run.
  ///
  /// - Parameters:
  ///   - time: Steps that the optimizer has taken.
  ///   - history: What the training was meant to be before its number of epochs was raised.
  ///   - isFinite: Whether all parameters were finite.
  func check(_ saved: TrainingRun, time: Int, history: [Checkpoint.ShorterTraining], isFinite: Bool) throws(Flaw) {
    try require(saved.initializer == run.initializer, "run.initializer", "is not the run's")
    try require(saved.seed == run.seed, "run.seed", "is \(saved.seed) and not the run's")
    let epochs = saved.epochs.count
    try require(
      epochs <= configuration.epochs, "run.epochs", "has \(epochs) epochs of at most \(configuration.epochs)")
    try require(saved.testLoss == nil && saved.testAccuracy == nil, "run.testLoss", "is there before the end")
    try require(
      (saved.epochsToTarget ?? 1) >= 1 && (saved.epochsToTarget ?? 1) <= max(1, epochs), "run.epochsToTarget",
      "lies outside the epochs")
    var taken = epochs * stepsPerEpoch
    if let end = saved.divergence {
      try require(end.epoch == epochs && epochs > 0, "run.divergence.epoch", "is not the last epoch")
      try require(
        end.step >= 0 && end.step < stepsPerEpoch, "run.divergence.step", "lies outside the epoch's \(stepsPerEpoch) steps")
      taken = (epochs - 1) * stepsPerEpoch + end.step
    }
    try require(time == taken, "time", "is \(time) and should be \(taken) steps")
    for (index, epoch) in saved.epochs.enumerated() {
      try check(epoch, index, isLast: saved.divergence != nil && index == epochs - 1)
    }
    let isJudged = configuration.measuresAccuracyAt300Steps && !configuration.data.training.labels.isEmpty
    try require(
      isShare(saved.trainingAccuracyAt300Steps)
        && (saved.trainingAccuracyAt300Steps != nil) == (isJudged && taken >= TrainingRun.verdictSteps),
      "run.trainingAccuracyAt300Steps", "is no accuracy of this training after \(taken) steps")
    var last = (epochs: 0, end: 0)
    for part in history {
      try require(
        part.epochs > last.epochs && part.epochs < configuration.epochs && part.end >= last.end
          && part.end <= min(part.epochs, epochs), "history", "is not that of a training that was made longer")
      last = (part.epochs, part.end)
    }
    try check(saved.layers, time: taken, history, isFinite: isFinite && saved.divergence == nil)
    try check(stepLosses: saved.stepLosses, count: saved.divergence == nil ? taken : taken + 1)
  }

  private func check(_ epoch: TrainingRun.Epoch, _ index: Int, isLast diverged: Bool) throws(Flaw) {
    let place = "run.epochs[\(index)]", data = configuration.data
    try require(diverged || epoch.loss.isFinite, "\(place).loss", "is not a number, and the training went on")
    try require(epoch.seconds.isFinite && epoch.seconds >= 0, "\(place).seconds", "is no time")
    let hasClasses = !data.training.labels.isEmpty
    try require(
      isShare(epoch.accuracy) && (diverged || (epoch.accuracy != nil) == hasClasses), "\(place).accuracy",
      "is no accuracy of this data")
    let isValidated = data.validation != nil && !diverged
    let hasValidationClasses = isValidated && data.validation?.labels.isEmpty == false
    try require((epoch.validationLoss != nil) == isValidated, "\(place).validationLoss", "does not fit the data")
    try require(
      isShare(epoch.validationAccuracy) && (epoch.validationAccuracy != nil) == hasValidationClasses,
      "\(place).validationAccuracy", "is no accuracy of this data")
    let rate = configuration.optimizer.learningRate
    try require(
      epoch.learningRate.isFinite && epoch.learningRate >= 0 && (diverged || epoch.learningRate == rate * factor(index)),
      "\(place).learningRate", "is not the schedule's")
  }

  /// The schedule's factor in an epoch's last step.
  private func factor(_ epoch: Int) -> Double {
    configuration.schedule.factor(
      step: (epoch + 1) * stepsPerEpoch - 1, total: configuration.epochs * stepsPerEpoch, stepsPerEpoch: stepsPerEpoch)
  }

  private func isShare(_ value: Double?) -> Bool { value.map { $0 >= 0 && $0 <= 1 } ?? true }

  /// The steps at which traces are taken, in order: those of each part of the training, as long as it lasted.
  private func steps(_ history: [Checkpoint.ShorterTraining]) -> [Int] {
    let whole = Checkpoint.ShorterTraining(epochs: configuration.epochs, end: configuration.epochs)
    var start = 0
    return (history + [whole]).flatMap { part in
      let range = start..<max(start, part.end * stepsPerEpoch)
      start = range.upperBound
      return Tracer.places(steps: part.epochs * stepsPerEpoch, count: configuration.traces).filter(range.contains)
    }
  }

  private func check(
    _ saved: [TrainingRun.LayerTrace], time: Int, _ history: [Checkpoint.ShorterTraining], isFinite: Bool
  ) throws(Flaw) {
    try require(
      saved.map(\.name) == layers.map(\.name), "run.layers", "has \(saved.count) layers that are not the network's")
    let past = steps(history).prefix { $0 < time }
    for (index, layer) in saved.enumerated() {
      let place = "run.layers[\(index)]"
      try require(layer.steps.elementsEqual(past), "\(place).steps", "are not the steps that were measured")
      try require(
        layer.gradientNorm.count == past.count
          && layer.gradientNorm.allSatisfy { isFinite ? $0 >= 0 && $0.isFinite : !($0 < 0) }, "\(place).gradientNorm",
        "does not have a norm for each step")
      try require(
        layer.updateRatio.count == past.count && layer.updateRatio.allSatisfy { !($0 < 0) }, "\(place).updateRatio",
        "does not have a ratio for each step")
      // Weights are drawn again before a run is continued, so their first values cannot differ. (As text, in which a value
      // that is no number equals itself.)
      let drawn = "\(layers[index].before)"
      try require("\(layer.before)" == drawn, "\(place).before", "is not what the weights were drawn as")
      try require("\(layer.after)" == drawn, "\(place).after", "is not what the weights were drawn as")
    }
  }

  private func check(stepLosses: [Double]?, count: Int) throws(Flaw) {
    let expected: Int? = configuration.given.keepsStepLosses ? count : nil
    try require(stepLosses?.count == expected, "run.stepLosses", "does not have a loss for each step")
  }

  private func require(_ holds: Bool, _ place: String, _ message: String) throws(Flaw) {
    guard holds else { throw Flaw(place: place, message: message) }
  }
}
