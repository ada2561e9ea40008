import ArgumentParser

/// Measures InitScope's speed against the machine's limit and against PyTorch, as ratios within one run.
@main
struct Benchmarks: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "initscope-benchmarks", abstract: "Ratios, never bare times. Run on an otherwise idle machine.",
    subcommands: [
      LimitBenchmark.self, WaitingBenchmark.self, StatisticsBenchmark.self, PeerBenchmark.self, ColdStartBenchmark.self,
      SamplingBenchmark.self,
      ScalingBenchmark.self, TheoryBenchmark.self, TheoryCheck.self, TrainingBenchmark.self, MutationReport.self,
      EvidenceTraining.self, KindTraining.self, KindReport.self, EvidenceReadings.self, VerdictReport.self,
      HealthyTraining.self, PresetTraining.self, GateFalseAlarms.self, GatePower.self, Soak.self,
    ])
}
