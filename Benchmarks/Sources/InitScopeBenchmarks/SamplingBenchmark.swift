import ArgumentParser
import Foundation
import InitScope
import TensorKernels

/// Measures how fast weights are drawn.
struct SamplingBenchmark: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sampling", abstract: "Normals a second on one and on two threads, a 512 x 512 tensor at a time.")

  @Option var rounds = 7

  func run() throws {
    let count = 512 * 512, tensors = 400
    for threads in [1, 2] {
      var rates: [Double] = []
      for _ in 0..<rounds {
        let seconds = try Measuring.seconds {
          try WorkerThreads.run(count: tensors, workers: threads, makeState: { FloatPage(count: count) }) { job, page in
            RandomStream(seed: 1, replica: 0, node: "layer\(job)", tensor: .weight).fillNormal(page.buffer, mean: 0, std: 1)
          }
        }
        rates.append(Double(count * tensors) / seconds / 1e6)
      }
      print(
        String(
          format: "%d thread%@: %.0f million normals/s (%.0f..%.0f), median of %d", threads, threads == 1 ? "" : "s",
          Measuring.median(rates), rates.min() ?? 0, rates.max() ?? 0, rounds))
    }
  }
}

/// The storage of one thread.
private final class FloatPage {
  let buffer: UnsafeMutableBufferPointer<Float>
  init(count: Int) { buffer = .allocate(capacity: count) }
  deinit { buffer.deallocate() }
}
