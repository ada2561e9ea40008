import Glibc
import NetworkGraph

/// A run saved after each epoch, so that a process that dies loses one epoch at most.
struct Checkpoint {
  let path: String
  private let fingerprint: UInt64

  struct Saved {
    var run: TrainingRun
    var state: [[Float]]
  }

  init(directory: String, configuration: TrainingConfiguration, run: TrainingRun) {
    fatalError("pending")
  }
  func load(parameters: ParameterBlock, optimizer: OptimizerState) throws -> Saved? { nil }
  func save(_ run: TrainingRun, parameters: ParameterBlock, optimizer: OptimizerState, state: [[Float]]) throws {}
}
