import ArgumentParser
import InitScope
import Spelling

/// Which layers the table shows, as `--layers` says: all of them, or those of some modules.
struct LayerChoice: Hashable {
  /// The modules or layers; nil for all layers.
  let names: [String]?

  static let all = LayerChoice(names: nil)

  /// The rows of the run, each a single layer.
  func rows(of run: InitializerRun) -> [LayerBlock] {
    run.layers.filter { layer in names.map { $0.contains { Self.holds($0, layer.name, layer.scope) } } ?? true }
      .map { LayerBlock(name: $0.name, layers: [$0]) }
  }

  /// Checks that each name is one of a layer, or of a module that holds some.
  ///
  /// - Throws: `ValidationError` that names the nearest one.
  func check(_ network: Network) throws {
    for name in names ?? [] {
      let isKnown = network.nodes.contains { Self.holds(name, $0.name, $0.layer.origin?.module) }
      guard !isKnown else { continue }
      let known = Set(network.nodes.flatMap { [$0.name, $0.layer.origin?.module].compactMap(\.self) }).filter { !$0.isEmpty }
      let hint = nearestName(to: name, among: known.sorted()).map { " Did you mean '\($0)'?" } ?? ""
      throw ValidationError(
        "--layers: no layer or module of \(network.name) is called '\(TerminalText.safe(name))'.\(hint)")
    }
  }

  /// Whether the name is the layer's, or that of a module around it.
  private static func holds(_ name: String, _ layer: String, _ module: String?) -> Bool {
    if layer == name { return true }
    guard let module else { return false }
    return module == name || module.hasPrefix(name + ".") || layer.hasPrefix(name + ".")
  }
}

extension LayerChoice: ExpressibleByArgument {
  init?(argument: String) {
    let names = argument.split(separator: ",").map(String.init)
    guard !names.isEmpty else { return nil }
    self.init(names: names == ["all"] ? nil : names)
  }
}
