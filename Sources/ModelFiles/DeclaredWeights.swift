import KerasFiles
import TensorFiles
import WeightAudit

/// What a file of weights declares for them itself: a `.keras` file names an initializer for every array.
package enum DeclaredWeights {
  /// Beyond so many tensors nothing is declared, since each has a rule of its own.
  private static let largestCount = 10_000

  /// The scheme of the file at `path`, from its tensors; nil where it declares nothing.
  package static func scheme(path: String) -> (@Sendable ([TensorEntry]) -> WeightScheme?)? {
    guard let declarations = KerasDeclarations(path: path) else { return nil }
    return { entries in
      guard entries.count <= largestCount else { return nil }
      let rules = entries.compactMap { entry -> SchemeRule? in
        // A name with a pattern's characters would mean other tensors, too.
        guard let origin = entry.keras, !entry.name.contains(where: { "*?|@".contains($0) }),
          let variable = entry.name.split(separator: "/").last,
          let declared = declarations.law(path: origin.path, variable: String(variable), rank: entry.shape.count)
        else { return nil }
        let laws = declared.laws.compactMap { text -> DeclaredLaw? in
          guard var law = try? DeclaredLaw(parsing: text) else { return nil }
          law.text = declared.name
          return law
        }
        return laws.isEmpty ? nil : SchemeRule(TensorPattern(entry.name), laws)
      }
      guard !rules.isEmpty else { return nil }
      var scheme = WeightScheme(
        name: "config.json", summary: "What the model's own configuration declares, layer by layer.",
        source: "config.json within the file", rules: rules)
      scheme.isOfFile = true
      return scheme
    }
  }
}
