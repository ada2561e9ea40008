import Foundation
import OperatorKernels

/// A team that runs blocks from the last to the first, on several threads: results must be those of a single one.
final class ShuffledTeam: OperatorTeam {
  static let shared = ShuffledTeam()
  let size = 3
  func run(blocks: Int, _ body: (Int) -> Void) {
    withoutActuallyEscaping(body) { body in
      // `concurrentPerform` returns after the last block, so that the closure does not outlive its call.
      let shared = UncheckedBody(run: body)
      DispatchQueue.concurrentPerform(iterations: blocks) { shared.run(blocks - 1 - $0) }
    }
  }
}

/// Blocks share what the operator lets them share; whether they may is what the tests look for.
private struct UncheckedBody: @unchecked Sendable {
  let run: (Int) -> Void
}
