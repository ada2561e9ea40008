import DataSets
import Foundation
import NetworkGraph
import Testing
import TrainingRuns

/// A training that was stopped and taken up again equals one that was not, bit for bit.
@Suite struct ResumeTests {
  static let variants: [(name: String, change: @Sendable (inout TrainingConfiguration) -> Void)] = [
    ("sgd", { $0.optimizer = .sgd(learningRate: 0.1) }),
    ("momentum", { $0.optimizer = .sgd(learningRate: 0.1, momentum: 0.9) }),
    ("nesterov", { $0.optimizer = .sgd(learningRate: 0.1, momentum: 0.9, nesterov: true) }),
    ("adam", { $0.optimizer = .adam(learningRate: 0.01) }),
    ("adamw", { $0.optimizer = .adamW(learningRate: 0.01, decay: 0.1) }),
    ("rmsprop", { $0.optimizer = .rmsprop(learningRate: 0.01) }),
    ("step", { $0.schedule = (try? Schedule(parsing: "step(every=1,factor=0.5)")) ?? .constant }),
    ("cosine", { $0.schedule = (try? Schedule(parsing: "cosine")) ?? .constant }),
    ("l1l2", { $0.penalties = [(nil, .l1l2(0.01, 0.02)), ("output", .l2(0.1))] }),
    ("clipped by norm", { $0.clipping = .norm(0.1) }),
    ("clipped by value", { $0.clipping = .value(0.01) }),
    ("mean squared error", { $0.loss = .meanSquaredError }),
    ("fewer steps", { $0.stepsPerEpoch = 2 }),
    ("one small batch", { $0.batch = 64 }),
    ("whole batches", { $0.batch = 8 }),
    (
      "diverging",
      {
        $0.optimizer = .sgd(learningRate: 1e6); $0.loss = .meanSquaredError; $0.epochs = 6
      }
    ),
    (
      "accuracy after 300 steps",
      {
        // 320 samples in batches of 2: step 300 is the 140th of the second epoch.
        $0.measuresAccuracyAt300Steps = true; $0.batch = 2
        $0.data.training = Sets.separable(320)
      }
    ),
    ("early target", { $0.target = 0.3 }),
    ("late target", { $0.target = 1 }),
    ("data-dependent", { $0.initializers = [.lsuv(tolerance: 0.1, attempts: 10), .heNormal] }),
    (
      "several",
      {
        $0.initializers = [.heNormal, .glorotUniform, .orthogonal(gain: 1)]; $0.replicas = 2
      }
    ),
  ]

  /// Neither the number of threads nor that of runs has a part in a training's numbers: a checkpoint moves to another
  /// machine and takes further seeds.
  @Test func anyNumberOfThreadsTakesItUp() throws {
    var c = try TrainingConfiguration.interruptible()
    c.threads = 4
    let whole = try Training(c).run().withoutSeconds, scratch = CheckpointScratch()
    try c.stop(after: 1, in: scratch.path)
    c.checkpoints = scratch.path
    c.threads = 1
    #expect(try Training(c).run().withoutSeconds.runs == whole.runs)
    c.replicas = 2
    #expect(try Training(c).run().runs.count == 2)
  }

  @Test(arguments: variants.indices) func equalsTheUninterruptedRun(variant: Int) throws {
    let (name, change) = Self.variants[variant]
    let c = try TrainingConfiguration.interruptible(change)
    let whole = try Training(c).run().withoutSeconds
    let epochs = whole.runs.reduce(0) { $0 + $1.epochs.count }
    for stop in 1...epochs {
      let scratch = CheckpointScratch()
      try c.stop(after: stop, in: scratch.path)
      var resumed = c
      resumed.checkpoints = scratch.path
      let report = try Training(resumed).run().withoutSeconds
      #expect("\(report.runs)" == "\(whole.runs)", "\(name), stopped after \(stop) epochs")
      #expect(
        scratch.files.allSatisfy { $0.hasSuffix(".checkpoint") } && scratch.files.count == c.initializers.count * c.replicas)
      // Taken up once more, nothing is left to train.
      let again = try Training(resumed).run().withoutSeconds
      #expect("\(again.runs)" == "\(whole.runs)", "\(name), taken up twice after \(stop) epochs")
    }
  }

  /// A target that is named only on resuming is looked for in what was saved, too.
  @Test func aTargetIsLookedForInSavedEpochs() throws {
    let c = try TrainingConfiguration.interruptible { $0.optimizer = .adam(learningRate: 0.05) }
    var aimed = c
    aimed.target = 0.6
    let whole = try Training(aimed).run().runs[0]
    let reached = try #require(whole.epochsToTarget)
    for stop in 1...3 {
      let scratch = CheckpointScratch()
      try c.stop(after: stop, in: scratch.path)
      aimed.checkpoints = scratch.path
      #expect(try Training(aimed).run().runs[0].epochsToTarget == reached, "stopped after \(stop)")
      // And a target that was saved and is not asked for again is forgotten.
      var plain = c
      plain.checkpoints = scratch.path
      #expect(try Training(plain).run().runs[0].epochsToTarget == nil)
    }
  }

  /// A training may be made longer, once and again, and equals one that was meant to be as long from the start; but for the
  /// steps at which gradients are measured, which are spread over the whole training.
  @Test(arguments: ["constant", "step(every=2,factor=0.5)"], [1, 2]) func aTrainingIsMadeLonger(
    schedule: String, stop: Int
  ) throws {
    func configuration(epochs: Int) throws -> TrainingConfiguration {
      try .interruptible {
        $0.optimizer = .sgd(learningRate: 0.1, momentum: 0.9)
        $0.schedule = (try? Schedule(parsing: schedule)) ?? .constant
        $0.epochs = epochs
      }
    }
    let whole = try Training(configuration(epochs: 6)).run().withoutSeconds.runs[0]
    let scratch = CheckpointScratch()
    try configuration(epochs: 2).stop(after: stop, in: scratch.path)
    var longer = try configuration(epochs: 4)
    try longer.stop(after: 1, in: scratch.path)
    longer.epochs = 6
    longer.checkpoints = scratch.path
    let resumed = try Training(longer).run().withoutSeconds.runs[0]
    #expect("\(resumed.epochs)" == "\(whole.epochs)")
    #expect(resumed.testLoss == whole.testLoss && resumed.testAccuracy == whole.testAccuracy)
    #expect("\(resumed.layers.map(\.after))" == "\(whole.layers.map(\.after))")
    // Taken up once more, what was saved is what such a training leaves.
    let again = try Training(longer).run().withoutSeconds.runs[0]
    #expect("\(again)" == "\(resumed)")
    // A training does not become shorter.
    longer.epochs = 5
    #expect { try Training(longer).run() } throws: { "\($0)".contains("--epochs was 6 and is 5 now") }
  }

  /// Runs of other initializers and seeds are separate: adding some keeps those that are there.
  @Test func runsMayBeAdded() throws {
    let scratch = CheckpointScratch()
    var c = try TrainingConfiguration.interruptible()
    c.checkpoints = scratch.path
    let first = try Training(c).run().runs[0]
    c.initializers = [.glorotUniform, .heNormal]
    c.replicas = 2
    let report = try Training(c).run()
    #expect(scratch.files.count == 4)
    let same = try #require(report.runs.first { $0.initializer == first.initializer && $0.seed == 0 })
    #expect(same.epochs == first.epochs, "its seconds, too: it was not trained again")
  }

  // MARK: Identity

  static let changes: [(name: String, change: @Sendable (inout TrainingConfiguration) -> Void)] = [
    ("--seed", { $0.seed = 6 }),
    ("--scaling", { $0.data.scaling = .unit }),
    ("the contents of the training samples", { $0.data.training = $0.data.training.mapped { $0 == $0 ? $0.nextUp : $0 } }),
    ("the contents of the validation samples", { $0.data.validation = $0.data.validation?.mapped { -$0 } }),
    ("the contents of the test samples", { $0.data.test = $0.data.test?.mapped { -$0 } }),
    ("the number of training samples", { $0.data.training = $0.data.training.subset(0..<39) }),
    ("the number of validation samples", { $0.data.validation = nil }),
    ("--loss", { $0.loss = .meanSquaredError }),
    ("--optimizer", { $0.optimizer = .sgd(learningRate: 0.02) }),
    ("--optimizer", { $0.optimizer = .adam() }),
    ("--schedule", { $0.schedule = (try? Schedule(parsing: "cosine")) ?? .constant }),
    ("--clip", { $0.clipping = .norm(1) }),
    ("--penalty", { $0.penalties = [(nil, .l2(0.1))] }),
    ("--batch", { $0.batch = 15 }),
    ("--epochs", { $0.epochs = 2 }),
    (
      "--schedule",
      {
        $0.schedule = (try? Schedule(parsing: "cosine")) ?? .constant; $0.epochs = 4
      }
    ),
    ("--steps-per-epoch", { $0.stepsPerEpoch = 2 }),
    ("the number of measured steps", { $0.traces = 6 }),
    (
      "layer first",
      { c in
        let network = try? Network(input: .features(4)) {
          Dense(12, activation: .relu).named("first")
          Dropout(0.4)
          BatchNorm(activation: .relu)
          Dense(8, activation: .gelu)
          Dropout(0.2)
          Dense(2).named("output")
        }
        if let network { c.network = network }
      }
    ),
  ]

  @Test(arguments: changes.indices) func anotherTrainingIsRefused(index: Int) throws {
    let (name, change) = Self.changes[index]
    let scratch = CheckpointScratch()
    var c = try TrainingConfiguration.interruptible { $0.data.scaling = .standardized }
    try c.stop(after: 1, in: scratch.path)
    let before = try scratch.bytes(scratch.files[0])
    change(&c)
    c.checkpoints = scratch.path
    #expect {
      _ = try Training(c).run()
    } throws: { error in
      let text = "\(error)"
      return text.contains("belongs to another training: \(name) ") && text.contains(scratch.path)
        && text.contains("name another directory")
    }
    #expect(try scratch.bytes(scratch.files[0]) == before)
  }

  /// Two values that change their signs: what a checksum of sums would not see.
  @Test func theDigestSeesSigns() throws {
    let scratch = CheckpointScratch()
    var c = try TrainingConfiguration.interruptible()
    try c.stop(after: 1, in: scratch.path)
    var flips = 0
    c.data.training = c.data.training.mapped { value in
      flips += 1
      return flips == 2 || flips == 4 ? -value : value
    }
    c.checkpoints = scratch.path
    #expect { _ = try Training(c).run() } throws: { "\($0)".contains("the contents of the training samples changed") }
  }
}
