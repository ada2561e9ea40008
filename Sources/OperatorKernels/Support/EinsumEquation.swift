import NetworkGraph

/// The equation of an `Einsum`, with its ellipsis spelled out: labels of each operand's axes, and of the result's.
struct EinsumEquation {
  /// For each operand a label per axis.
  let operands: [[Int]]
  let result: [Int]
  /// The extent of each label.
  let extents: [Int: Int]

  /// The labels of an ellipsis, from the last axis on: no letter has them.
  private static let ellipsis = 1 << 20

  /// Reads an equation.
  ///
  /// - Parameters:
  ///   - text: The equation, such as `bij,bjk->bik`.
  ///   - shapes: Shapes of the operands.
  /// - Throws: `SpecificationError` where the two do not fit.
  init(_ text: String, shapes: [TensorShape]) throws(SpecificationError) {
    func refuse(_ reason: String) -> SpecificationError {
      SpecificationError("Einsum's equation '\(text)' \(reason)", hint: "Check the model's equation")
    }
    let plain = String(text.unicodeScalars.filter { $0 != " " }.map(Character.init))
    let sides = plain.split(separator: ">", omittingEmptySubsequences: false)
    var left = String(sides[0])
    guard sides.count <= 2, sides.count == 1 || left.hasSuffix("-") else { throw refuse("has no single arrow '->'") }
    if sides.count == 2 { left.removeLast() }
    let terms = left.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    guard terms.count == shapes.count else { throw refuse("names \(terms.count) operands and the node has \(shapes.count)") }

    func letters(_ term: String) throws(SpecificationError) -> [Int?] {
      var result: [Int?] = [], rest = Substring(term)
      while let first = rest.unicodeScalars.first {
        if rest.hasPrefix("...") {
          guard !result.contains(where: { $0 == nil }) else { throw refuse("has two ellipses in one term") }
          result.append(nil)
          rest = rest.dropFirst(3)
        } else {
          guard first.isASCII, first.properties.isAlphabetic else { throw refuse("has the character '\(first)'") }
          result.append(Int(first.value))
          rest = rest.dropFirst()
        }
      }
      return result
    }

    var operands: [[Int]] = [], extents: [Int: Int] = [:], hidden = 0
    for (term, shape) in zip(terms, shapes) {
      let found = try letters(term), named = found.count { $0 != nil }
      guard found.contains(where: { $0 == nil }) ? shape.rank >= named : shape.rank == named else {
        throw refuse("names \(named) axes of an operand of rank \(shape.rank)")
      }
      let more = shape.rank - named
      hidden = max(hidden, more)
      let labels = found.flatMap { $0.map { [$0] } ?? (0..<more).reversed().map { Self.ellipsis + $0 } }
      for (label, extent) in zip(labels, shape.extents) {
        guard let known = extents[label], known != 1 else {
          extents[label] = extent
          continue
        }
        guard extent == known || extent == 1 else {
          throw refuse("gives one label the extents \(known) and \(extent)")
        }
      }
      operands.append(labels)
    }
    let all = (0..<hidden).reversed().map { Self.ellipsis + $0 }
    if sides.count == 2 {
      result = try letters(String(sides[1])).flatMap { $0.map { [$0] } ?? all }
    } else {
      // Letters that occur once, in the alphabet's order, behind the ellipsis.
      let letters = operands.joined().filter { $0 < Self.ellipsis }
      result = all + Set(letters).filter { letter in letters.count { $0 == letter } == 1 }.sorted()
    }
    guard Set(result).count == result.count else { throw refuse("repeats a label in its result") }
    guard result.allSatisfy({ extents[$0] != nil }) else { throw refuse("has a label in its result that no operand has") }
    self.operands = operands
    self.extents = extents
  }

  var resultExtents: [Int] { result.map { extents[$0] ?? 1 } }
}
