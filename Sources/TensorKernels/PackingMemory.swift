import COpenBLAS
import Glibc
import Synchronization

/// Reserves the memory that OpenBLAS needs to pack operands, one region for each thread that multiplies.
///
/// OpenBLAS maps a region (128 MiB, of which it touches little) when a thread's first product begins, keeps it, and where
/// the mapping is refused tries again for ever. Hence regions are taken here, after a look whether they can be had, before
/// any thread multiplies.
enum PackingMemory {
  /// OpenBLAS's BUFFER_SIZE on x86-64 and the page that it adds, rounded up.
  private static let regionBytes = 129 << 20
  /// Memory that must be left beside them, for threads' stacks, compiled kernels and signals.
  private static let reserve = 48 << 20
  /// OpenBLAS ends the process where more threads than it was built for (128 and more) multiply at once.
  private static let mostRegions = 127

  private static let taken = Mutex(0)

  /// Reserves regions for `wanted` threads, or for as many as there is memory for.
  ///
  /// - Returns: How many can.
  static func take(_ wanted: Int) -> Int {
    let wanted = min(wanted, mostRegions)
    return taken.withLock { taken in
      guard taken < wanted else { return wanted }
      guard initscope_has_packing_pool() != 0 else {
        // OpenBLAS's internals are unknown here; all that can be checked is whether the memory exists.
        while taken < wanted, AddressSpace.canMap((taken + 1) * regionBytes + reserve) { taken += 1 }
        return taken
      }
      // The pool hands out its existing regions before it maps new ones, so all are held until the last is mapped.
      var held: [UnsafeMutableRawPointer] = []
      while held.count < wanted, AddressSpace.canMap(regionBytes + reserve) {
        guard let region = blas_memory_alloc(0) else { break }
        held.append(region)
      }
      for region in held { blas_memory_free(region) }
      taken = max(taken, held.count)
      return min(taken, wanted)
    }
  }
}

/// The error that the system refused the memory without which no product can be computed.
public struct PackingMemoryRefused: Error, Sendable, CustomStringConvertible {
  public var description: String {
    let cause =
      AddressSpace.limitText.map { "the memory of this process is limited (\($0))" } ?? "the system has no memory left"
    return "matrix products need 130 MiB of address space per thread, and \(cause). Raise the limit to 1 GiB or more "
      + "(ulimit -v unlimited), or close other programs"
  }
}
