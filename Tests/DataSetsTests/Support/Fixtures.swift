import Foundation
import TestSupport

/// Paths in the repository's Fixtures folder.
enum Fixtures {
  static let root = Repository.fixtures

  static func hostile(_ name: String) -> String { root.appending(path: "hostile/\(name)").path }
  static func sequences(_ name: String) -> String { root.appending(path: "reference/sequences/\(name)").path }
  static func array(_ name: String) -> String { root.appending(path: "reference/arrays/\(name).npy").path }

  static func reference<Value: Decodable>(_ name: String, as type: Value.Type) throws -> Value {
    try Repository.reference("\(name).json", as: type)
  }
}
