import NetworkGraph

/// The version of Keras that wrote a file, which decides what names mean.
struct KerasVersion: Equatable {
  let number: LibraryVersion

  /// Whether the file is of Keras 2, TensorFlow's included.
  var isTwo: Bool { number < LibraryVersion.kerasThree }

  init(_ number: LibraryVersion) { self.number = number }

  /// Reads a version such as `3.15.1`, `2.4.0-tf` or `3.0.0.dev2024`: the numbers that it begins with.
  init?(_ text: String) {
    var parts: [Substring] = []
    for piece in text.split(separator: ".", omittingEmptySubsequences: false) {
      let digits = piece.prefix { $0.isASCII && $0.isNumber }
      guard !digits.isEmpty, digits.count <= 4, parts.count < 4 else { break }
      parts.append(digits)
      if digits.count < piece.count { break }
    }
    guard !parts.isEmpty, let number = LibraryVersion(parts.joined(separator: ".")) else { return nil }
    self.number = number
  }

  /// The version in an initializer's specification where fans depend on it; empty where the newest rules hold.
  var argument: String? { number < LibraryVersion.kerasFansByAxes ? "version=\(number)" : nil }
}
