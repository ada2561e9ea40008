import NetworkGraph
import SignalPropagation
import TensorKernels
import Testing

/// What an audit keeps under a limit of memory.
@Suite struct MemoryPlanTests {
  private func chain(depth: Int, width: Int) throws -> ExecutionPlan {
    ExecutionPlan(try Harness.perceptron(width, Array(repeating: width, count: depth) + [10], activation: .relu))
  }

  /// Batch 1024 x width 512 makes signals of 2 MiB and weights of 1 MiB.
  @Test func givesUpWeightsThenSignalsThenBothThenWorkers() throws {
    let plan = try chain(depth: 100, width: 512)
    var seen: [String] = []
    for limit in stride(from: 1000, through: 0, by: -1) {
      guard let chosen = try? MemoryPlan.choose(plan, batch: 1024, jobs: 8, threads: 2, occupied: 0, limit: limit << 20)
      else {
        break
      }
      let name =
        "\(chosen.workers) \(chosen.segments.count > 1 ? "pieces" : "whole") \(chosen.keepsWeights ? "kept" : "drawn")"
      if seen.last != name { seen.append(name) }
      let need = MemoryPlan.need(
        plan, batch: 1024, segments: chosen.segments, keepsWeights: chosen.keepsWeights, .init(plan, batch: 1024))
      #expect(chosen.workers * (need.buffers + need.beside) <= limit << 20)
      #expect(need.buffers <= chosen.bufferBytes)
    }
    // Two workers that recompute and draw again need less than one that keeps its signals, but not less than one that does
    // neither.
    #expect(seen == ["2 whole kept", "2 whole drawn", "2 pieces kept", "2 pieces drawn", "1 pieces drawn"])
  }

  /// A chain holds each signal once, and beside them the few that are in work.
  @Test func aChainNeedsItsSignalsAndWeights() throws {
    let plan = try chain(depth: 100, width: 512)
    let need = MemoryPlan.need(
      plan, batch: 1024, segments: [0..<101], keepsWeights: true, .init(plan, batch: 1024))
    let mebibytes = need.buffers >> 20
    #expect(mebibytes >= 100 * 2 + 100 + 4 && mebibytes <= 100 * 2 + 100 + 20)
  }

  /// Sixty layers that meet in one sum: their activations wait for it, beside the pre-activations that are kept.
  @Test func activationsThatWaitAreCounted() throws {
    let names = (0..<60).map { "branch_\($0)" }
    let placements =
      names.enumerated().map { index, name in
        Network.Placement(
          name: name, layer: Dense(512, activation: .relu), inputs: [index == 0 ? "input" : names[index - 1]])
      } + [Network.Placement(name: "sum", layer: Add(), inputs: names)]
    let plan = ExecutionPlan(try Network(input: .features(512), placements: placements))
    let need = MemoryPlan.need(plan, batch: 1024, segments: [0..<61], keepsWeights: false, .init(plan, batch: 1024))
    #expect(need.buffers >> 20 >= 2 * 120 && need.buffers >> 20 <= 2 * 120 + 20)
  }

  /// Sizes whose product leaves Int are refused, not trapped on.
  @Test func absurdSizesAreRefused() throws {
    let network = try Network(input: .features(1 << 20)) { Dense(1 << 20, activation: .relu).repeated(500) }
    let configuration = AuditConfiguration(
      network: network, initializers: [.heNormal], batch: 1 << 20, replicas: 1000, threads: 256)
    let error = #expect(throws: MemoryLimitExceeded.self) { try Audit(configuration).run() }
    #expect(error.map { $0.needed > 1 << 45 } == true)
  }

  @Test func aPoolGivesIdleBuffersBackBeforeItsLimit() throws {
    let pool = BufferPool(limit: 1 << 20)
    // Sizes of which no two are alike, as in a network whose widths shrink: 100 kB each, ten of them fit.
    for count in stride(from: 25_600, to: 19_200, by: -64) {
      let buffer = try pool.take(count)
      #expect(buffer.capacity == count)
      #expect(pool.heldBytes <= pool.limit)
      pool.give(buffer)
    }
    let idle = pool.heldBytes
    let again = try pool.take(19_264)
    #expect(pool.heldBytes == idle, "the last buffer was kept and is taken again")
    // What is in use cannot be given back, and what is asked for is given.
    let large = try pool.take(1 << 19)
    #expect(large.capacity == 1 << 19 && pool.heldBytes == (again.capacity + large.capacity) * 4)
  }
}
