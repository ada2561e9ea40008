import Glibc
import NetworkGraph
import SignalPropagation

/// Numbers as messages show them.
enum Figures {
  /// 10^x: digits near 1, "1.2e-36" far from it, and never a Double that overflows.
  static func power(log10 exponent: Double) -> String {
    if exponent.magnitude < 3 { return shortNumber(pow(10, exponent), digits: exponent.magnitude < 0.05 ? 4 : 3) }
    var whole = exponent.rounded(.down)
    var digits = shortNumber(pow(10, exponent - whole), digits: 2)
    if digits == "10" { (digits, whole) = ("1", whole + 1) }
    guard whole.magnitude < 1e15 else { return "10^\(shortNumber(exponent))" }
    let size = Int(whole.magnitude)
    return "\(digits)e\(whole < 0 ? "-" : "+")\(size < 10 ? "0" : "")\(size)"
  }

  static func percent(_ fraction: Double) -> String { "\(shortNumber(100 * fraction, digits: 3))%" }

  static func number(_ value: Double) -> String {
    let magnitude = value.magnitude
    if magnitude >= 1e5 || magnitude < 1e-4, magnitude > 0, magnitude.isFinite {
      return (value < 0 ? "-" : "") + power(log10: log10(magnitude))
    }
    return shortNumber(value, digits: 3)
  }

  /// "layer dense_3", "layers dense_3 to dense_9", "3 layers, the first of them dense_3".
  static func layers(_ layers: [LayerResult]) -> String {
    guard let first = layers.first, let last = layers.last else { return "no layer" }
    if layers.count == 1 { return "layer \(first.name)" }
    let isRun = zip(layers, layers.dropFirst()).allSatisfy { $1.index == $0.index + 1 }
    return isRun ? "layers \(first.name) to \(last.name)" : "\(layers.count) layers, the first of them \(first.name)"
  }
}

extension Network.Node {
  /// Units with weights of their own: channels of an image, features of a sequence's steps, else all.
  var independentUnits: Int {
    switch shape {
    case .features(let count): count
    case .image(let channels, _, _): channels
    case .sequence(_, let features): features
    }
  }
}

extension Network {
  /// The place of the output layer: the last node with weights, or the last of all. What follows it belongs to the output.
  var outputStart: Int {
    nodes.lastIndex { node in node.parameters.contains { $0.role == .weight } } ?? nodes.count - 1
  }
}

extension InitializerRun {
  /// All layers but the output; a network of one layer has none.
  var hiddenLayers: ArraySlice<LayerResult> { layers.dropLast() }
}
