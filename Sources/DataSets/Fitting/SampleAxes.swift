import NetworkGraph

/// Checks that the axes of samples fit those of a network's input.
///
/// They fit where they are equal apart from axes of length 1, or where one of the two is flat: a vector is read in row-major
/// order, and a network on a vector takes the values of any array in that order. Equal products alone do not fit: values
/// would silently change places.
enum SampleAxes {
  /// Checks that the axes fit.
  ///
  /// - Throws: `DataError` saying what the samples hold, what the network takes, and how to turn one into the other.
  static func check(_ set: any SampleSet, _ network: Network, _ origin: NetworkOrigin = .code) throws(DataError) {
    let stored = set.shape, wanted = network.input.dimensions
    guard set.featureCount == network.input.count else { throw sizeMismatch(set, network, origin) }
    let own = stored.filter { $0 != 1 }, other = wanted.filter { $0 != 1 }
    if network.tokenVocabulary != nil, own.count > 1 {
      throw DataError(
        path: set.name, "holds \(text(stored)), the network takes a vector of \(network.input.count) token ids",
        hint: "Save each text as one row of ids; one-hot codes become ids with x.argmax(-1)")
    }
    if own == other || own.count <= 1 || other.count <= 1 { return }
    throw DataError(
      path: set.name, "holds \(text(stored)), the network takes \(text(wanted))", hint: remedy(stored, wanted, origin))
  }

  /// Whether an image of these axes seems to have its channels last: a few of them behind two long axes.
  static func looksChannelsLast(_ shape: [Int]) -> Bool {
    let few = [1, 2, 3, 4]
    return shape.count == 3 && few.contains(shape[2]) && !few.contains(shape[0]) && !few.contains(shape[1])
  }

  static func text(_ shape: [Int]) -> String { shape.map(String.init).joined(separator: " x ") }

  static func remedy(_ stored: [Int], _ wanted: [Int], _ origin: NetworkOrigin = .code) -> String {
    if let order = permutation(of: stored, into: wanted) {
      return "Transpose with x.transpose(0, \(order.map { String($0 + 1) }.joined(separator: ", ")))"
    }
    return "Bring the samples to the network's axes, such as with "
      + "x.reshape(-1, \(wanted.map(String.init).joined(separator: ", "))) where that is the order of their values, "
      + "or: \(origin.input(of: list(stored)))"
  }

  /// The first order of axes, counted from 0, in which `stored` reads as `wanted`, apart from axes of length 1.
  static func permutation(of stored: [Int], into wanted: [Int]) -> [Int]? {
    let goal = wanted.filter { $0 != 1 }
    // Arrays of more axes are samples of no network.
    guard stored.count <= 6, stored.filter({ $0 != 1 }).sorted() == goal.sorted() else { return nil }
    // Axes of length 1 go where the network has them, if it has as many; otherwise they stay in front.
    let target = stored.count == wanted.count ? wanted : Array(repeating: 1, count: stored.count - goal.count) + goal
    var used = Set<Int>()
    return target.reduce(into: [Int]?([])) { order, length in
      guard let axis = stored.indices.first(where: { stored[$0] == length && !used.contains($0) }) else {
        return order = nil
      }
      used.insert(axis)
      order?.append(axis)
    }
  }

  private static func list(_ shape: [Int]) -> String { "[\(shape.map(String.init).joined(separator: ", "))]" }

  private static func sizeMismatch(_ set: any SampleSet, _ network: Network, _ origin: NetworkOrigin) -> DataError {
    let count = set.featureCount
    let hasAnswers = set.labels != nil || set.targetCount != nil
    if let names = set.featureNames {
      return FeatureColumns.mismatch(
        set.name, names, network: network.input.count, origin, quantities: set.quantities, hasAnswers: hasAnswers)
    }
    let whole = hasAnswers ? [] : set.wholeColumns
    if set.shape.count == 1, count == network.input.count + 1, whole == [0] || whole == [count - 1] {
      let place = whole == [0] ? "first" : "last"
      return DataError(
        path: set.name,
        "has samples of \(count) values, the network takes \(network.input.count); of its columns only "
          + "the \(place) holds whole numbers, as classes are",
        hint: "If it holds the answers, give --label-column \(whole[0] + 1). If not: \(origin.input(of: "\(count)"))")
    }
    let values = count == 1 ? "1 value" : "\(count) values"
    let held = set.shape.count > 1 ? "\(text(set.shape)), \(values)" : values
    if looksChannelsLast(set.shape) {
      let axes = [set.shape[2], set.shape[0], set.shape[1]]
      return DataError(
        path: set.name, "has samples of \(held), the network takes \(network.input.count)",
        hint: "The axes look like height x width x channels: transpose with x.transpose(0, 3, 1, 2), and then: "
          + origin.input(of: list(axes)))
    }
    let input = origin.input(of: set.shape.count > 1 ? list(set.shape) : "\(count)")
    let hint = set is TokenSet ? "Give --sequence-length \(network.input.count). Or: \(input)" : input
    return DataError(
      path: set.name, "has samples of \(held), the network takes \(network.input.count)", hint: hint)
  }
}

extension SampleSet {
  /// The error for an array of images with channels last where a network is to be made for it; nil for other arrays.
  public var channelsLastProblem: DataError? {
    guard SampleAxes.looksChannelsLast(shape) else { return nil }
    return DataError(
      path: name,
      "holds \(SampleAxes.text(shape)), which looks like images with their channels last; networks here take channels "
        + "x height x width",
      hint: "Transpose with x.transpose(0, 3, 1, 2)")
  }
}
