/// Chooses one of several remedies by how sure it is that the network then trains.
package enum RemedyChoice {
  /// The first remedy that is at least this sure is chosen; where there is none, the surest.
  package static let enough = 0.9

  /// The place of the remedy to recommend; nil where none is expected to help.
  ///
  /// - Parameters:
  ///   - count: The number of remedies, the simplest first.
  ///   - confidence: How sure it is that the network trains with the remedy at a place; nil where it is not expected to.
  ///     Is asked in order, and no further than needed.
  /// - Throws: What `confidence` throws.
  package static func place(among count: Int, confidence: (_ place: Int) throws -> Double?) rethrows -> Int? {
    var best: (place: Int, confidence: Double)?
    for place in 0..<count {
      guard let confidence = try confidence(place) else { continue }
      if confidence >= enough { return place }
      if confidence > best?.confidence ?? 0 { best = (place, confidence) }
    }
    return best?.place
  }
}
