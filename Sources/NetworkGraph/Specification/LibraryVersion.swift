/// A version number of a library: `3.15`, `3.14.1`. Missing parts count as 0.
public struct LibraryVersion: Hashable, Sendable, Comparable, CustomStringConvertible {
  public var parts: [Int]

  /// Parses a version; nil for what is not one to four whole numbers up to 9999 with dots between them.
  public init?(_ text: some StringProtocol) {
    var parts: [Int] = []
    for piece in text.split(separator: ".", omittingEmptySubsequences: false) {
      guard !piece.isEmpty, piece.count <= 4, piece.allSatisfy({ $0.isASCII && $0.isNumber }), let part = Int(piece) else {
        return nil
      }
      parts.append(part)
    }
    guard 1...4 ~= parts.count else { return nil }
    self.parts = parts
  }

  public static func < (first: LibraryVersion, second: LibraryVersion) -> Bool {
    let length = max(first.parts.count, second.parts.count)
    func padded(_ version: LibraryVersion) -> [Int] {
      version.parts + Array(repeating: 0, count: length - version.parts.count)
    }
    return padded(first).lexicographicallyPrecedes(padded(second))
  }

  public var description: String { parts.map(String.init).joined(separator: ".") }

  /// The newest version of Keras whose initializers are known here.
  package static let newestKeras = kerasFansByAxes

  private init(parts: [Int]) { self.parts = parts }

  /// From this version on Keras computes the fans of an attention's kernels along their axes (pull request 22789, April
  /// 2026).
  package static let kerasFansByAxes = LibraryVersion(parts: [3, 15])

  /// The last version of Keras 2.
  package static let lastKerasTwo = LibraryVersion(parts: [2, 15])

  /// The first version of Keras 3, which is no part of TensorFlow.
  package static let kerasThree = LibraryVersion(parts: [3])
}
