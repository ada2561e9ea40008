import ArgumentParser

/// A number of bytes as written on the command line: `4G`, `512M`, `1.5GiB`, or plain bytes.
struct MemorySize: ExpressibleByArgument {
  var bytes: Int

  /// A megabyte: what is smaller was meant as another unit, since no command runs in so little.
  private static let least = 1 << 20

  init?(argument: String) {
    let folded = argument.lowercased()
    let number = folded.prefix { $0.isNumber || $0 == "." }
    let factors = ["": 1, "b": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30, "t": 1 << 40]
    var unit = String(folded.dropFirst(number.count))
    for suffix in ["ib", "b"] where unit.count > suffix.count && unit.hasSuffix(suffix) { unit.removeLast(suffix.count) }
    guard let factor = factors[unit], let value = Double(number), value * Double(factor) < 0x1p62, value > 0 else {
      return nil
    }
    bytes = Int(value * Double(factor))
    guard bytes >= Self.least else { return nil }
  }
}
