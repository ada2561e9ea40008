import Glibc

/// The memory limits that a container or a service manager sets for the process (cgroups, versions 2 and 1).
enum ControlGroup {
  /// Bytes left under the tightest limit, from the process's own group upwards; nil where there is no limit.
  ///
  /// Pages of files that nobody has used for a while count as left: the system takes them back first.
  static var bytesLeft: Int? {
    var left: Int?
    for line in lines("/proc/self/cgroup") {
      let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      guard parts.count == 3 else { continue }
      let isSecond = parts[0] == "0" && parts[1].isEmpty
      guard isSecond || parts[1].split(separator: ",").contains("memory") else { continue }
      let root = isSecond ? "/sys/fs/cgroup" : "/sys/fs/cgroup/memory"
      var path = parts[2] == "/" ? Substring() : parts[2]
      while true {
        if let bytes = bytesLeft(in: root + path, isSecond: isSecond) { left = min(left ?? .max, bytes) }
        guard let slash = path.lastIndex(of: "/") else { break }
        path = path[..<slash]
      }
    }
    return left
  }

  private static func bytesLeft(in directory: String, isSecond: Bool) -> Int? {
    let limit = number("\(directory)/\(isSecond ? "memory.max" : "memory.limit_in_bytes")")
    let used = number("\(directory)/\(isSecond ? "memory.current" : "memory.usage_in_bytes")")
    // Version 1 writes a number near 2^63 where there is no limit, version 2 the word max.
    guard let limit, let used, limit < 1 << 60 else { return nil }
    let key = isSecond ? "inactive_file " : "total_inactive_file "
    let idle = lines("\(directory)/memory.stat").first { $0.hasPrefix(key) }.flatMap { Int($0.dropFirst(key.count)) } ?? 0
    return max(0, limit - max(0, used - idle))
  }

  private static func number(_ path: String) -> Int? { lines(path).first.flatMap { Int($0) } }

  private static func lines(_ path: String) -> [Substring] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return [] }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: 1 << 14)
    let count = read(descriptor, &bytes, bytes.count)
    return count > 0 ? String(decoding: bytes[..<count], as: UTF8.self).split(separator: "\n") : []
  }
}
