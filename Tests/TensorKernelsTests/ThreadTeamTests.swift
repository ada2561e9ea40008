import Synchronization
import TensorKernels
import Testing

@Suite struct ThreadTeamTests {
  /// Each block is done once, whatever the number of threads; many short pieces of work follow each other.
  @Test(arguments: [1, 2, 4]) func everyBlockIsDoneOnce(size: Int) {
    let team = ThreadTeam(size: size)
    for round in 0..<500 {
      let blocks = round % 37
      let counts = Mutex([Int](repeating: 0, count: blocks))
      team.run(blocks: blocks) { block in counts.withLock { $0[block] += 1 } }
      #expect(counts.withLock { $0.allSatisfy { $0 == 1 } })
    }
  }
}
