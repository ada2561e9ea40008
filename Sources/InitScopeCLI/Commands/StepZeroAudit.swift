import InitScope

/// The audit that `train` sets beside its results: the same network, initializers and data before the first step.
enum StepZeroAudit {
  static let batch = 256
  static let replicas = 3

  /// What is audited before the training of `c`.
  static func configuration(_ c: TrainingConfiguration, _ samples: any SampleSet, _ scaling: Scaling) -> AuditConfiguration {
    AuditConfiguration(
      network: c.network, initializers: c.initializers, input: .samples(samples, scaling),
      backward: BackwardSource(c.loss), batch: batch,
      replicas: replicas, seed: c.seed, threads: c.threads, histograms: false)
  }

  /// - Parameter judges: Whether each run gets a verdict. No remedies are tried: that is what `initscope audit` is for.
  static func run(
    _ configuration: AuditConfiguration, judges: Bool, tool: AuditReport.Tool, quiet: Bool
  ) throws -> AuditReport {
    let progress = ProgressLine(AuditPhase.audit.label, quiet: quiet)
    defer { progress.finish() }
    progress.begin(configuration)
    do {
      return try Audit(configuration).diagnose(
        tool: tool, judges: judges, recommends: false, progress: progress.update)
    } catch var error as MemoryLimitExceeded {
      (error.subject, error.option, error.remedy) = ("the audit before the training", nil, "take fewer or narrower layers")
      throw error
    }
  }
}
