/// Names of initializers in a sentence.
enum NameList {
  /// Names that are written out; of more, one fewer and how many are left.
  private static let mostNames = 5

  /// "A", "A and B", "A, B and C", "A, B, C, D and 3 more".
  static func text(_ names: [String]) -> String {
    guard names.count > 1, let last = names.last else { return names.first ?? "" }
    if names.count <= mostNames { return names.dropLast().joined(separator: ", ") + " and " + last }
    return names.prefix(mostNames - 1).joined(separator: ", ") + " and \(names.count - mostNames + 1) more"
  }

  /// The same of places in a list of all; "all except A and B" where that is shorter, "all 9" where none is left out.
  static func text(_ places: [Int], of all: [String]) -> String {
    let chosen = Set(places)
    let others = all.indices.filter { !chosen.contains($0) }.map { all[$0] }
    if others.isEmpty, all.count > 1 { return all.count == 2 ? "both" : "all \(all.count)" }
    if others.count <= 2, chosen.count > 3 { return "all except \(text(others))" }
    return text(all.indices.filter(chosen.contains).map { all[$0] })
  }
}
