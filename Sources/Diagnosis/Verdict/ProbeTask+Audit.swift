import DataSets
import NetworkGraph
import SignalPropagation
import TensorKernels
import TrainingRuns

extension ProbeTask {
  /// How many samples are enough for the replicas of a verdict.
  private static let count = 4 * TangentProbe.batch

  /// The task for a verdict: the audit's own samples with their classes, or grouped into classes where there are none;
  /// without samples, artificial ones with the same mean and deviation.
  static func of(_ c: AuditConfiguration) -> ProbeTask {
    // The audit has refused samples that do not fit.
    switch (try? c.fittedInput()) ?? c.input {
    case .samples(let set, let scaling):
      let indices = choose(min(count, set.count), of: set, seed: c.seed)
      let table = SampleTable(set, indices: indices, scaling: scaling)
      let minority = set.labels.map { labels in
        ProbeTask.minority(labels.map { Int32($0) }, classes: set.classCount ?? 0)
      }
      return ProbeTask(table, outputs: c.network.output.count, minority: minority) ?? ProbeTask(
        clustering: table, outputs: c.network.output.count)
        ?? ProbeTask(standInFor: c.network, samples: count, seed: c.seed)
    case .gaussian:
      return ProbeTask(standInFor: c.network, samples: count, seed: c.seed)
    case .uniform(let scaling):
      let (mean, deviation): (Float, Float) =
        switch scaling {
        case .standardized: (0, 1)
        case .symmetric: (0, 1 / Float(3).squareRoot())
        default: (0.5, 1 / Float(12).squareRoot())
        }
      return ProbeTask(standInFor: c.network, samples: count, seed: c.seed, mean: mean, deviation: deviation)
    }
  }

  /// Some of the audit's own samples with their classes, in a random order; nil where it has none.
  static func labelled(_ c: AuditConfiguration, most: Int) -> SampleTable? {
    guard case .samples(let set, let scaling) = (try? c.fittedInput()) ?? c.input, set.labels != nil,
      c.network.tokenVocabulary == nil
    else { return nil }
    let order = RandomStream(seed: c.seed, replica: 0, node: "labelled", tensor: .order).order(set.count)
    let table = SampleTable(set, indices: Array(Array(order).prefix(most)), scaling: scaling)
    return table.labels.isEmpty ? nil : table
  }

  /// The first samples in a random order; each class in turn as long as it has samples.
  private static func choose(_ count: Int, of set: any SampleSet, seed: UInt64) -> [Int] {
    let order = RandomStream(seed: seed, replica: 0, node: "task", tensor: .order).order(set.count)
    return balanced(Array(order), count) { index in set.labels.map { $0[index] } ?? 0 }
  }
}

extension TangentProbe {
  /// The parameters that an audit was given, by `layer/parameter`.
  static func given(_ tensors: GivenTensors, _ network: Network) -> [String: [Float]] {
    var all = tensors.parameters
    for node in network.nodes {
      if let values = tensors.weights[node.name], let tensor = node.parameters.first(where: { $0.role == .weight }) {
        all["\(node.name)/\(tensor.name)"] = values
      }
      if let values = tensors.biases[node.name], let tensor = node.parameters.first(where: { $0.role == .bias }) {
        all["\(node.name)/\(tensor.name)"] = values
      }
    }
    return all
  }
}
