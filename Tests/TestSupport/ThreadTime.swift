import Foundation
import Glibc

/// Measures what work costs its own thread, so that a bound on it holds on a busy machine, too.
public enum ThreadTime {
  /// Whether a sanitizer looks on, which takes memory of its own (Benchmarks/sanitize.sh sets the variable).
  public static let isWatched = ProcessInfo.processInfo.environment["INITSCOPE_SANITIZER"] != nil

  /// By how much a bound may be exceeded: 20 times under a sanitizer, which slows code down by 2 to 15 times.
  public static let patience = isWatched ? 20 : 1.0

  /// The processor time, in seconds, that the calling thread spends in `body`.
  public static func seconds(_ body: () throws -> Void) rethrows -> Double {
    let start = now
    try body()
    return now - start
  }

  private static var now: Double {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }
}
