import CTensorKernels
import Glibc

/// Says how much memory the process may still map, and which limit applies.
///
/// Many libraries answer a refused mapping with a crash, or try again for ever, so code that is about to need much memory
/// checks here first.
public enum AddressSpace {
  /// Whether the system would grant a private mapping of so many bytes now.
  public static func canMap(_ bytes: Int) -> Bool {
    guard bytes > 0 else { return true }
    guard let region = mmap(nil, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), region != MAP_FAILED
    else { return false }
    munmap(region, bytes)
    return true
  }

  /// Has freed blocks of 128 KiB and more go back to the system at once, for a program that keeps within a limit. It is said
  /// once, at the start of a process: other programs that use this library decide for themselves.
  public static func returnFreedBlocks() { initscope_map_blocks_from(128 << 10) }

  /// Bytes left under the limits on address space and data (`ulimit -v`, `ulimit -d`); nil where there is no limit.
  public static var bytesLeft: Int? {
    var left: Int?
    for (limit, key) in [(RLIMIT_AS, "VmSize:"), (RLIMIT_DATA, "VmData:")] {
      guard let bytes = softLimit(limit) else { continue }
      left = min(left ?? .max, max(0, bytes - (statusBytes(key) ?? 0)))
    }
    return left
  }

  /// The limits that are set, as a message names them: `ulimit -v is 500 MiB`; nil where there is none.
  public static var limitText: String? {
    let texts = [(RLIMIT_AS, "ulimit -v"), (RLIMIT_DATA, "ulimit -d")].compactMap { limit, name in
      softLimit(limit).map { "\(name) is \($0 >> 20) MiB" }
    }
    return texts.isEmpty ? nil : texts.joined(separator: ", ")
  }

  /// Whether the system counts every mapping against its memory (`vm.overcommit_memory` is 2).
  public static var isStrict: Bool {
    let descriptor = open("/proc/sys/vm/overcommit_memory", O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    var byte: UInt8 = 0
    return read(descriptor, &byte, 1) == 1 && byte == UInt8(ascii: "2")
  }

  private static func softLimit(_ resource: __rlimit_resource) -> Int? {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(resource.rawValue), &limit) == 0, limit.rlim_cur != rlim_t.max else { return nil }
    return Int(clamping: limit.rlim_cur)
  }

  /// Reads a number from /proc/self/status, without buffers of the C library, which may be out of memory.
  private static func statusBytes(_ key: String) -> Int? {
    let descriptor = open("/proc/self/status", O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: 4096)
    let count = read(descriptor, &bytes, bytes.count)
    guard count > 0 else { return nil }
    for line in String(decoding: bytes[..<count], as: UTF8.self).split(separator: "\n") where line.hasPrefix(key) {
      return Int(line.filter(\.isNumber)).map { $0 << 10 }
    }
    return nil
  }
}
