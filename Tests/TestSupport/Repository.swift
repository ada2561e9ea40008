import Foundation

/// The repository, found from this file so that the working directory does not matter.
public enum Repository {
  public static let root = (0..<3).reduce(URL(filePath: #filePath)) { url, _ in url.deletingLastPathComponent() }
  public static let fixtures = root.appending(path: "Fixtures")

  /// A file of Fixtures/reference, whose script and versions stand beside it.
  public static func reference(_ path: String) -> URL { fixtures.appending(path: "reference/\(path)") }

  /// A JSON file of Fixtures/reference.
  public static func reference<Value: Decodable>(_ path: String, as type: Value.Type) throws -> Value {
    try JSONDecoder().decode(type, from: Data(contentsOf: reference(path)))
  }
}
