import DataSets

/// Reads a JSON file of moderate size as a whole.
package enum JSONFile {
  /// The largest file, in bytes.
  package static let largestFile = 64 << 20

  /// Reads the document at `path`.
  ///
  /// - Throws: `DataError` naming the byte where it is no JSON, repeats a key or is too large.
  package static func read(path: String) throws(DataError) -> JSONValue {
    let bytes = try InputFile.contents(of: path, limit: largestFile)
    do throws(JSONScanner.Problem) {
      var scanner = JSONScanner(bytes)
      let value = try scanner.value()
      try scanner.end()
      return value
    } catch {
      throw DataError(
        path: path, position: .byte(error.offset), "is no valid JSON: \(error.message)", hint: "Give a JSON file")
    }
  }
}
