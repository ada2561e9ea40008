import Glibc

/// How fast this machine computes now, beside the one on which the costs of `seconds(multiplications:values:weights:)` were
/// measured.
package enum MachineSpeed {
  /// Multiplications and additions per second of processor time where the costs were measured, of small products.
  private static let reference = 14e9
  /// Extent of the square matrices that are multiplied.
  private static let side = 120

  /// The cores that work at once.
  package static var cores: Int { max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))) }

  /// Seconds of one thread of the machine that the costs were measured on.
  ///
  /// - Parameters:
  ///   - multiplications: Multiplications of matrix products, 20 picoseconds each.
  ///   - values: Numbers that are written and looked at, 10 nanoseconds each.
  ///   - weights: Weights that are drawn, or changed by a step, 2 nanoseconds each.
  /// - Returns: The seconds.
  package static func seconds(multiplications: Double, values: Double, weights: Double) -> Double {
    20e-12 * multiplications + 10e-9 * values + 2e-9 * weights
  }

  /// How many times as fast as there a computation of so many threads will be here, by the processor and by what else it
  /// has to do: above 1 on a faster machine, below 1 where other programs keep it busy. Takes a few milliseconds.
  package static func factor(threads: Int) -> Double {
    let a = [Float](repeating: 0.5, count: side * side), b = a
    var c = a
    let products = 40
    func run() -> Double {
      let start = processorSeconds()
      for _ in 0..<products {
        c.withUnsafeMutableBufferPointer { c in
          if let c = c.baseAddress { MatrixProduct.nt(m: side, n: side, k: side, alpha: 1, a, b, into: c) }
        }
      }
      return processorSeconds() - start
    }
    // The first sets the library up.
    _ = run()
    let seconds = run() + run()
    let speed = seconds > 0 ? 2 * Double(products * side * side * side) / seconds / reference : 1
    return speed / max(1, (load() + Double(threads)) / Double(cores))
  }

  /// Programs that wanted a core in the last minute, in the mean.
  private static func load() -> Double {
    var load = 0.0
    return getloadavg(&load, 1) == 1 && load.isFinite ? max(0, load) : 0
  }

  /// What this thread has computed so far. Other programs do not count.
  private static func processorSeconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) + 1e-9 * Double(time.tv_nsec)
  }
}
