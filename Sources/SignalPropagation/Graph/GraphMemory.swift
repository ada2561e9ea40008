import Execution
import NetworkGraph
import TensorKernels

/// How many replicas of a model run at once, and what each may hold.
struct GraphMemory {
  let workers: Int
  /// Bytes of each worker's pool.
  let poolBytes: Int
  /// How much larger than asked a buffer of the pool may be: 1 where memory is scarce.
  let slack: Int

  /// Chooses the most workers that fit.
  ///
  /// - Parameters:
  ///   - plan: The model.
  ///   - draws: Whether any run draws weights, so that each worker has parameters of its own.
  ///   - most: The most workers that are of use.
  ///   - limit: Bytes that the process may use.
  /// - Throws: `MemoryLimitExceeded` where not even one worker fits, before anything is computed.
  init(_ plan: GraphPlan, draws: Bool, most: Int, limit: Int) throws {
    let graph = plan.compiled, parameters = graph.parameterBytes
    // Measuring takes a copy of the largest weights, transposed, and slopes of the largest signal twice.
    let largestWeights = plan.model.graph.parameters.map { 4 * $0.shape.count }.max() ?? 0
    let largestSignal = plan.observed.keys.map { graph.type(of: $0).bytes }.max() ?? 0
    let pool = graph.peakBytes + largestWeights + 2 * largestSignal
    let own = (draws ? parameters + largestWeights : 0) + MemoryPlan.workerBytes
    // Constants are there already and counted as resident.
    let free = limit - SystemMemory.residentBytes - parameters - MemoryPlan.libraryBytes
    guard let workers = (1...most).last(where: { (pool + own) <= free / $0 }) else {
      throw MemoryLimitExceeded(
        needed: limit - free + pool + own, limit: limit, remedy: "export the model with a smaller batch")
    }
    self.workers = workers
    poolBytes = free / workers - own
    slack = 2 * pool <= poolBytes ? 2 : 1
  }
}
