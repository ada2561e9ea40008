import Glibc
import TensorKernels

/// Asks the system about memory.
public enum SystemMemory {
  /// Bytes that are available without swapping (`MemAvailable`, or a quarter of all memory), and within the limits of the
  /// process (`ulimit -v`, `ulimit -d`) and its container.
  public static var availableBytes: Int {
    let free =
      kibibytes("MemAvailable:", in: "/proc/meminfo").map { $0 << 10 }
      ?? max(1 << 28, sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE)) / 4)
    return min(free, AddressSpace.bytesLeft ?? .max, ControlGroup.bytesLeft ?? .max)
  }

  /// Bytes that work may take so that the whole process stays within a limit; without one, half of what is available.
  package static func bytesLeft(of limit: Int?) -> Int {
    limit.map { $0 - residentBytes - MemoryPlan.libraryBytes - MemoryPlan.startBytes } ?? availableBytes / 2
  }

  /// Bytes of the process that are in memory now; its peak so far where the system does not say.
  public static var residentBytes: Int {
    kibibytes("VmRSS:", in: "/proc/self/status").map { $0 << 10 } ?? peakResidentBytes
  }

  /// The largest resident size that this program has had. (`getrusage` remembers what the process was before exec: a small
  /// program started by a large one would report its parent's.)
  public static var peakResidentBytes: Int {
    if let peak = kibibytes("VmHWM:", in: "/proc/self/status") { return peak << 10 }
    var usage = rusage()
    guard getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage) == 0 else { return 0 }
    return usage.ru_maxrss << 10
  }

  /// The number in the line of a /proc file that begins with `key`.
  private static func kibibytes(_ key: String, in path: String) -> Int? {
    guard let file = fopen(path, "r") else { return nil }
    defer { fclose(file) }
    var line = [CChar](repeating: 0, count: 256)
    while fgets(&line, Int32(line.count), file) != nil {
      let text = String(decoding: line.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
      if text.hasPrefix(key) { return Int(text.filter(\.isNumber)) }
    }
    return nil
  }
}
