import Foundation

/// The repository's Fixtures folder, found from this file so that the working directory does not matter.
enum Fixtures {
  static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appending(path: "Fixtures")

  static func hostile(_ name: String) -> String { root.appending(path: "hostile/\(name)").path }
  static func sequences(_ name: String) -> String { root.appending(path: "reference/sequences/\(name)").path }
  static func array(_ name: String) -> String { root.appending(path: "reference/arrays/\(name).npy").path }

  static func reference<Value: Decodable>(_ name: String, as type: Value.Type) throws -> Value {
    try JSONDecoder().decode(type, from: Data(contentsOf: root.appending(path: "reference/\(name).json")))
  }
}
