/// Where a network comes from, which decides what a message can advise.
public enum NetworkOrigin: Sendable {
  /// A file whose `input:` says what the network takes.
  case file
  /// A preset of the command line, whose `--inputs` says it.
  case preset
  /// A program.
  case code

  /// How the network comes to take samples of that size: a number of features, or axes as `[3, 28, 28]`.
  func input(of size: String) -> String {
    switch self {
    case .file: "Write input: \(size) in the network's file"
    case .preset: size.hasPrefix("[") ? "Leave --inputs out" : "Give --inputs \(size)"
    case .code: "Give the network an input of \(size)\(size.hasPrefix("[") ? "" : " features")"
    }
  }
}
