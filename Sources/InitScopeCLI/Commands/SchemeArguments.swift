import ArgumentParser
import InitScope
import Spelling

/// The options that say what a file of weights was meant to hold.
struct SchemeArguments: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The scheme that the weights must follow: a name of `initscope list schemes`, or a YAML file.",
      valueName: "name|file"),
    completion: .file())
  var scheme: String?

  @Option(
    help: ArgumentHelp("The model's config.json, for its initializer_range, layers, heads and ties.", valueName: "file"),
    completion: .file())
  var config: String?

  func check() throws {
    try OptionChecks.notEmpty(scheme, "--scheme")
    try OptionChecks.notEmpty(config, "--config")
    guard let scheme, SchemeCatalogue.scheme(named: scheme) == nil, !isFile(scheme) else { return }
    let names = SchemeCatalogue.schemes.map(\.name)
    let remedy =
      nearestName(to: scheme, among: names).map { "Did you mean `\($0)`?" }
      ?? "`initscope list schemes` names them; a file ends in .yaml."
    throw ValidationError(TerminalText.safe("There is no scheme '\(scheme)'. \(remedy)"))
  }

  /// A name of the catalogue comes first; whatever else has a point or a slash is a path.
  private func isFile(_ text: String) -> Bool { text == "-" || text.contains("/") || text.contains(".") }

  /// What the options name.
  func load() throws -> (scheme: WeightScheme?, model: ModelConfiguration?) {
    let model = try config.map { try ModelConfiguration.read(path: $0) }
    let chosen = try scheme.map { name in
      try SchemeCatalogue.scheme(named: name) ?? SchemeFile.read(path: name, model: model)
    }
    return (chosen, model)
  }
}
