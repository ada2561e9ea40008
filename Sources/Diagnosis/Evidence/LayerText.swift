import NetworkGraph
import SignalPropagation

extension LayerText {
  /// "layer dense_3", "layers dense_3 to dense_9", "3 layers (the first is dense_3)".
  static func range(_ layers: [LayerResult]) -> String {
    guard let first = layers.first, let last = layers.last else { return "no layer" }
    if layers.count == 1 { return "layer \(first.name)" }
    let isRun = zip(layers, layers.dropFirst()).allSatisfy { $1.index == $0.index + 1 }
    return isRun ? "layers \(first.name) to \(last.name)" : "\(layers.count) layers (the first is \(first.name))"
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

extension String {
  /// The same with a capital letter at its beginning.
  var capitalizedFirst: String { prefix(1).uppercased() + dropFirst() }
}
