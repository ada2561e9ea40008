import DataSets

/// Reads a JSON file of moderate size as a whole.
package enum JSONFile {
  /// The largest file, in bytes.
  package static let largestFile = 64 << 20

  /// Reads the document at `path`.
  ///
  /// - Parameters:
  ///   - path: Of the file.
  ///   - allowsInfinity: Whether Infinity and NaN are numbers, as Python writes them; they are null here.
  /// - Throws: `DataError` naming the byte where it is no JSON, repeats a key or is too large.
  package static func read(path: String, allowsInfinity: Bool = false) throws(DataError) -> JSONValue {
    let bytes = try InputFile.contents(of: path, limit: largestFile)
    do throws(JSONScanner.Problem) {
      var scanner = JSONScanner(bytes)
      scanner.allowsInfinity = allowsInfinity
      let value = try scanner.value()
      try scanner.end()
      return value
    } catch {
      throw DataError(
        path: path, position: .byte(error.offset), "is no valid JSON: \(error.message)", hint: "Give a JSON file")
    }
  }
}
