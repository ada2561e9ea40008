import InitScope
import NumberText

/// Expects a matrix to be orthogonal up to a gain, in its rows or, where it has fewer of them, in its columns.
///
/// Every entry of `W W^T / g^2 - I` (or `W^T W`) must lie within `n 2^-22`, n the larger dimension: products of n terms,
/// each of which a factorization in Float leaves with a few units of 2^-24.
///
/// - Parameters:
///   - weights: Row-major, rows x columns.
///   - rows: Of the matrix.
///   - columns: Of the matrix.
///   - gain: Length of the vectors.
///   - fileID: Of the place in the source that a failure names.
///   - filePath: Of that place.
///   - line: Of that place.
///   - column: Of that place.
/// - Returns: Whether the expectation holds.
@discardableResult
public func expectOrthogonal(
  _ weights: [Float], rows: Int, columns: Int, gain: Double = 1,
  fileID: StaticString = #fileID, filePath: StaticString = #filePath, line: UInt = #line, column: UInt = #column
) -> Bool {
  precondition(
    rows > 0 && columns > 0 && weights.count == rows * columns,
    "\(rows) x \(columns) weights are needed, got \(weights.count)")
  precondition(gain > 0, "a gain above 0 is needed, got \(gain)")
  let place = SourcePlace(fileID: fileID, filePath: filePath, line: line, column: column)
  let byRows = rows <= columns
  let count = min(rows, columns), length = max(rows, columns)
  func entry(_ vector: Int, _ index: Int) -> Double {
    Double(byRows ? weights[vector * columns + index] : weights[index * columns + vector])
  }
  var worst = (value: 0.0, first: 0, second: 0)
  for first in 0..<count {
    for second in 0...first {
      var sum = 0.0
      for index in 0..<length { sum += entry(first, index) * entry(second, index) }
      let defect = abs(sum / (gain * gain) - (first == second ? 1 : 0))
      // A NaN is worse than any number.
      if !(defect <= worst.value) { worst = (defect, first, second) }
    }
  }
  let bound = Double(length) * 0x1p-22
  guard !(worst.value <= bound) else { return true }
  let name = byRows ? "rows" : "columns"
  let what =
    worst.first == worst.second
    ? "squared length of \(name.dropLast()) \(worst.first)" : "product of \(name) \(worst.first) and \(worst.second)"
  place.report(
    "\(rows) x \(columns) weights, orthogonal with gain \(MessageNumber.given(gain)): \(what) is off by "
      + "\(MessageNumber.given(worst.value)), bound \(MessageNumber.given(bound))")
  return false
}
