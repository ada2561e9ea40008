/// The configuration of one Keras layer, read by key.
///
/// A value of another type than Keras writes is a problem of that layer, which names the key.
struct KerasFields {
  let value: JSONValue

  init(_ value: JSONValue?) { self.value = value ?? .object([]) }

  /// The value under the key; nil where it is missing or null.
  subscript(key: String) -> JSONValue? {
    guard let found = value[key], !found.isNull else { return nil }
    return found
  }

  /// The same without a key.
  func without(_ key: String) -> KerasFields {
    KerasFields(value.members.map { .object($0.filter { $0.key != key }) } ?? value)
  }

  /// The whole number under the key.
  func integer(_ key: String) throws(KerasStop) -> Int? {
    guard let found = self[key] else { return nil }
    guard let number = found.integer else { throw .problem("\(key) is no whole number") }
    return number
  }

  /// The whole number under the key, which must be there.
  func required(_ key: String) throws(KerasStop) -> Int {
    guard let number = try integer(key) else { throw .problem("\(key) is missing") }
    return number
  }

  /// The finite number under the key.
  func number(_ key: String) throws(KerasStop) -> Double? {
    guard let found = self[key] else { return nil }
    guard let number = found.number, number.isFinite else { throw .problem("\(key) is no finite number") }
    return number
  }

  /// The truth value under the key, or what stands for a missing one.
  func boolean(_ key: String, default standard: Bool) throws(KerasStop) -> Bool {
    guard let found = self[key] else { return standard }
    guard let truth = found.boolean else { throw .problem("\(key) is neither true nor false") }
    return truth
  }

  /// The text under the key.
  func string(_ key: String) throws(KerasStop) -> String? {
    guard let found = self[key] else { return nil }
    guard let text = found.string else { throw .problem("\(key) is no text") }
    return text
  }

  /// One whole number for all axes, or one for each.
  func extents(_ key: String, rank: Int) throws(KerasStop) -> [Int]? {
    guard let found = self[key] else { return nil }
    if let one = found.integer { return Array(repeating: one, count: rank) }
    guard let list = found.array, list.count == rank else { throw .problem("\(key) is no list of \(rank) whole numbers") }
    var numbers: [Int] = []
    for item in list {
      guard let number = item.integer else { throw .problem("\(key) is no list of whole numbers") }
      numbers.append(number)
    }
    return numbers
  }

  /// A list of extents, of which nil are not known.
  func shape(_ key: String) throws(KerasStop) -> [Int?]? {
    guard let found = self[key] else { return nil }
    return try Self.shape(found, key)
  }

  static func shape(_ value: JSONValue, _ key: String) throws(KerasStop) -> [Int?] {
    guard let list = value.array, list.count <= 16 else { throw .problem("\(key) is no shape") }
    var extents: [Int?] = []
    for item in list {
      if item.isNull {
        extents.append(nil)
      } else {
        guard let number = item.integer else { throw .problem("\(key) is no shape") }
        extents.append(number)
      }
    }
    return extents
  }

  /// Refuses a value other than the one that has a counterpart.
  func require(_ key: String, _ allowed: Bool, because reason: String) throws(KerasStop) {
    if try boolean(key, default: allowed) != allowed { throw .problem(reason) }
  }
}
