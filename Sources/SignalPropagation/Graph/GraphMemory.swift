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
  /// Of which steps everything that a backward pass reads is kept at a time.
  let segments: [Range<Int>]

  /// Chooses the most workers that fit; where not even one does, it computes signals again in the backward pass, in as few
  /// pieces as needed.
  ///
  /// - Parameters:
  ///   - plan: The model.
  ///   - draws: Whether any run draws weights, so that each worker has parameters of its own.
  ///   - most: The most workers that are of use.
  ///   - limit: Bytes that the process may use.
  /// - Throws: `MemoryLimitExceeded` where not even one worker fits, before anything is computed.
  init(_ plan: GraphPlan, draws: Bool, most: Int, limit: Int) throws {
    let graph = plan.compiled, parameters = graph.parameterBytes
    // Measuring takes a copy of the largest weights, transposed, slopes of the largest signal twice, and a copy of a signal
    // whose samples lie inside other axes, or of the gates of a layer that is written out.
    let largestWeights = plan.model.graph.parameters.map { 4 * $0.shape.count }.max() ?? 0
    let largestSignal = plan.observed.keys.map { graph.type(of: $0).bytes }.max() ?? 0
    func pool(_ segments: [Range<Int>]) -> Int {
      graph.peakBytes(segments) + largestWeights + 2 * largestSignal + plan.scatteredBytes + plan.gateBytes
    }
    let own = (draws ? parameters + largestWeights : 0) + MemoryPlan.workerBytes
    // Constants are there already and counted as resident.
    let free = limit - SystemMemory.residentBytes - parameters - MemoryPlan.libraryBytes
    var pieces = graph.segments(1), needed = pool(pieces)
    let workers = (1...most).last { needed + own <= free / $0 }
    if workers == nil {
      // Threads share each operator's work, so that one worker with everything in memory is faster than two without.
      let choices = Self.counts.map(graph.segments).map { (segments: $0, bytes: pool($0)) }
      guard let fitting = choices.first(where: { $0.bytes + own <= free }) else {
        let least = min(needed, choices.map(\.bytes).min() ?? needed)
        throw MemoryLimitExceeded(
          // What is resident before a run differs a little from one to the next.
          needed: limit - free + least + own + (1 << 20), limit: limit, remedy: "export the model with a smaller batch")
      }
      (pieces, needed) = fitting
    }
    self.workers = workers ?? 1
    segments = pieces
    poolBytes = free / self.workers - own
    slack = 2 * needed <= poolBytes ? 2 : 1
  }

  /// In how many pieces a run may be cut; more of them hold more signals between pieces than they save inside.
  private static let counts = [2, 3, 4, 6, 8, 12, 16, 24, 32, 48]
}
