import ArgumentParser
import Foundation
import InitScope
import TensorKernels

/// How a network is audited: the options that `audit` and `check` share. What is not given is nil, so that a file may say
/// it.
struct AuditArguments: ParsableArguments {
  @Option(
    name: .customLong("init"),
    help: ArgumentHelp(
      "Initializers to compare, separated by commas; see `initscope list initializers`.", valueName: "list"),
    transform: Initializer.list(parsing:))
  var initializers: [Initializer]?

  @Option(
    help: ArgumentHelp("Where samples come from; see `initscope list data`. (default: gaussian)", valueName: "source"))
  var input: String?

  @Option(help: "How samples are scaled (default: standardized).")
  var scaling: Scaling?

  @Option(
    help: ArgumentHelp(
      "What the backward pass starts from: N(0, 1) cotangents, or a loss's gradient on labelled data (default: gaussian).",
      valueName: "source"))
  var backward: BackwardSource?

  // Unconditional, so that a negative number is told from a missing one.
  @Option(parsing: .unconditional, help: ArgumentHelp("Samples in a batch. (default: 256)", valueName: "n"))
  var batch: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Replicas: independent drawings of weights, inputs and cotangents. (default: 5)", valueName: "n"))
  var seeds: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("The seed from which every stream is derived. (default: 0)", valueName: "s"))
  var seed: UInt64?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Memory to use at most, such as 4G (default: half of what is free).", valueName: "size"))
  var memory: MemorySize?

  @Option(parsing: .unconditional, help: ArgumentHelp("Worker threads (default: one a core).", valueName: "n"))
  var threads: Int?

  func validate() throws {
    try OptionChecks.range(batch, "--batch", AuditConfiguration.batchRange)
    try OptionChecks.range(seeds, "--seeds", AuditConfiguration.replicaRange)
    try OptionChecks.range(threads, "--threads", AuditConfiguration.threadRange)
    let source = try source
    // Without --input a file may still name data.
    if input != nil { try check(source) }
  }

  /// What `--input` names.
  var source: DataSource { get throws { try OptionChecks.source(input ?? "gaussian", "--input") } }

  /// - Throws: `ValidationError` where the backward pass needs labels that the source cannot have.
  func check(_ source: DataSource) throws {
    if let backward, backward != .gaussian, source == .gaussian || source == .uniform {
      throw ValidationError("--backward \(backward.rawValue) needs labelled data. Choose an --input such as fashion-mnist.")
    }
  }

  /// The audit of that network; reads the data.
  ///
  /// - Parameter load: Makes the network, given the shape of the samples.
  func configuration(
    initializers: [Initializer], source: DataSource, histograms: Bool = true, load: (_ shape: [Int]?) throws -> Network
  ) throws -> AuditConfiguration {
    let samples: (any SampleSet)?
    switch source {
    case .gaussian, .uniform, .digits, .iris: samples = try source.load()
    // Reading a file takes one thread as long as compiling a kernel takes the other.
    default: samples = try KernelLibrary.warmingUp { try source.load() }
    }
    let network = try load(samples?.shape)
    let scaling = scaling ?? .standardized
    let input: AuditInput
    if let samples {
      input = .samples(samples, scaling)
    } else {
      input = source == .gaussian ? .gaussian : .uniform(scaling)
    }
    return AuditConfiguration(
      network: network, initializers: network.distinct(initializers), input: input,
      backward: backward ?? .gaussian, batch: batch ?? 256,
      replicas: seeds ?? 5, seed: seed ?? 0,
      threads: threads ?? min(ProcessInfo.processInfo.activeProcessorCount, AuditConfiguration.threadRange.upperBound),
      memoryLimit: memory?.bytes, histograms: histograms)
  }
}

extension Scaling: ExpressibleByArgument {}
extension BackwardSource: ExpressibleByArgument {}
