import InitScope

/// A textbook experiment that runs by name.
protocol Experiment: Sendable {
  var name: String { get }
  /// One sentence for `initscope reproduce --list`.
  var summary: String { get }
  var source: String { get }
  /// What the original shows or reports.
  var original: String { get }
  /// Seeds of a full run, chosen so that it takes less than three minutes on two cores.
  var seeds: Int { get }
  var data: ExperimentData { get }
  func run(_ context: ExperimentContext) throws -> ExperimentOutcome
}

/// What `--data` may name for an experiment.
enum ExperimentData: Sendable {
  /// The experiment brings or draws its own.
  case fixed(String)
  /// Labelled images; Fashion-MNIST unless another set is named. The second is what the original used.
  case images(original: String)
  /// Labelled token sequences; a synthetic task unless IMDB is named.
  case sequences
}

/// What an experiment found, and its pictures, which are drawn only where they are wanted.
struct ExperimentOutcome {
  var report: ExperimentReport
  var pictures: [(name: String, render: () throws -> [UInt8])] = []
}

enum ExperimentCatalogue {
  static let all: [any Experiment] = [
    KerasMNIST(), TorchMNIST(), IrisExperiment(), WeightHistogramsExperiment(), DeviationSweep(), Methods(),
    ConvolutionExperiment(),
    RecurrentExperiment(), SelfNormalizing(), Remedies(), Trainability(),
  ]

  static func named(_ name: String) -> (any Experiment)? {
    let folded = String(name.lowercased().map { $0 == "_" ? "-" : $0 })
    return all.first { $0.name == folded }
  }
}
