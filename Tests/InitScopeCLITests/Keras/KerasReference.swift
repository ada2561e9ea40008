import Foundation
import TestSupport
import Testing

/// What Keras computes of the models of Fixtures/keras, by the models' names.
enum KerasReference {
  /// - Parameters:
  ///   - file: Below Fixtures/keras.
  ///   - name: The model's.
  static func read<Entry: Decodable>(_ file: String, _ name: String) throws -> Entry {
    let data = try Data(contentsOf: Repository.fixtures.appending(path: "keras/\(file)"))
    return try #require(try JSONDecoder().decode([String: Entry].self, from: data)[name])
  }
}
