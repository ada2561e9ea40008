import Glibc

/// What the system says of memory.
public enum SystemMemory {
  /// Bytes that could be had without swapping (`MemAvailable`); a quarter of all memory where the system does not say.
  public static var availableBytes: Int {
    if let file = fopen("/proc/meminfo", "r") {
      defer { fclose(file) }
      var line = [CChar](repeating: 0, count: 256)
      while fgets(&line, Int32(line.count), file) != nil {
        let text = String(decoding: line.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
        guard text.hasPrefix("MemAvailable:") else { continue }
        let digits = text.filter(\.isNumber)
        if let kibibytes = Int(digits) { return kibibytes << 10 }
      }
    }
    return max(1 << 28, sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE)) / 4)
  }

  /// Bytes of the process that are in memory now; its peak so far where the system does not say.
  public static var residentBytes: Int {
    if let file = fopen("/proc/self/statm", "r") {
      defer { fclose(file) }
      var line = [CChar](repeating: 0, count: 256)
      if fgets(&line, Int32(line.count), file) != nil {
        let fields = String(decoding: line.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self).split(separator: " ")
        if fields.count > 1, let pages = Int(fields[1]) { return pages * sysconf(Int32(_SC_PAGESIZE)) }
      }
    }
    return peakResidentBytes
  }

  /// The largest resident size that this process has had.
  public static var peakResidentBytes: Int {
    var usage = rusage()
    guard getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage) == 0 else { return 0 }
    return usage.ru_maxrss << 10
  }
}
