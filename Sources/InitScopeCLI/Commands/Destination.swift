import ArgumentParser
import InitScope

/// Looks before a long computation whether its results can be written; writing itself is what decides.
enum Destination {
  /// An option that names where something goes; nil where it was not given.
  enum Option {
    case file(String, String?)
    case directory(String, String?)
  }

  /// - Throws: `ValidationError` for an empty name and for two options with one file, `OutputError` where a directory could
  ///   not be created or a file not be put beside its neighbours.
  static func check(_ options: Option...) throws {
    var seen: [String: String] = [:]
    for option in options {
      switch option {
      case .directory(let name, let path?):
        guard !path.isEmpty else { throw ValidationError("\(name) needs the name of a directory, and it is empty.") }
        try AtomicFile.probe(directory: path)
      case .file(let name, let path?):
        guard !path.isEmpty else { throw ValidationError("\(name) needs the name of a file, and it is empty.") }
        if let other = seen.updateValue(name, forKey: path), !path.hasPrefix("/dev/") {
          throw ValidationError("\(other) and \(name) name one file, '\(path)'. Give each its own.")
        }
        try AtomicFile.probe(path)
      case .file(_, nil), .directory(_, nil): continue
      }
    }
  }
}
