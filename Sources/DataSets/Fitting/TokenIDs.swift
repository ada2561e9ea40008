/// Checks that samples are token ids.
enum TokenIDs {
  /// How many samples are checked at a time.
  private static let chunk = 1024

  /// Checks every value.
  ///
  /// - Throws: `DataError` for the first value that is no whole number within `0..<vocabulary`.
  static func check(_ set: any SampleSet, vocabulary: Int) throws(DataError) {
    let width = set.featureCount
    for start in stride(from: 0, to: set.count, by: chunk) {
      let rows = start..<min(set.count, start + chunk)
      let values = [Float](unsafeUninitializedCapacity: rows.count * width) { buffer, count in
        count = rows.count * width
        set.fill(UnsafeMutableBufferPointer(rebasing: buffer[..<count]), indices: rows, scaling: .raw)
      }
      guard let place = values.firstIndex(where: { problem($0, vocabulary) != nil }) else { continue }
      throw error(
        values[place], sample: start + place / width, position: place % width, vocabulary: vocabulary, name: set.name)
    }
  }

  /// From here on whole numbers are rounded as they are read, so that a message must not claim to know them.
  private static let exactLimit: Float = 0x1p24

  private enum Problem { case fraction, negative, beyond }

  private static func problem(_ value: Float, _ vocabulary: Int) -> Problem? {
    if !(value >= 0) { return .negative }
    if value != value.rounded() { return .fraction }
    // Up to 2^24 every whole number is exact as a Float.
    return value < Float(vocabulary) ? nil : .beyond
  }

  private static func error(_ value: Float, sample: Int, position: Int, vocabulary: Int, name: String) -> DataError {
    let place = "sample \(sample), position \(position) (both counted from 0)"
    let table = "the network's embedding has the ids 0 to \(vocabulary - 1)"
    switch problem(value, vocabulary) {
    case .fraction:
      return DataError(
        path: name, "\(place) is \(value), which is no token id: \(table)",
        hint: "Give whole numbers; ids must not be scaled before they are saved")
    case .negative:
      return DataError(
        path: name, "\(place) is \(text(value)), which is no token id: \(table)",
        hint: "Count ids from 0, and pad with an id of the table")
    default:
      guard value < exactLimit else {
        return DataError(
          path: name, "\(place) is about \(text(value)), beyond the table: \(table)",
          hint: "Replace ids as large as that, such as hashes or numbers of customers, by their places in a list of all ids")
      }
      return DataError(
        path: name, "\(place) is \(text(value)), beyond the table: \(table)",
        hint: "Give the embedding a vocabulary of at least \(text(value + 1)), or replace rare ids by one of the table")
    }
  }

  private static func text(_ value: Float) -> String {
    Int(exactly: value).map { String($0) } ?? "\(value)"
  }
}
