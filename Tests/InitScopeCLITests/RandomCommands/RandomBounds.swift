import InitScope

/// Bounds files of random content.
enum RandomBounds {
  static func text(_ dice: inout Dice, network: String?, options: [String: String]) -> String {
    var lines = ["version: 1"]
    if let network { lines.append("network: \(network)") }
    if !options.isEmpty {
      lines.append("options: {\(options.sorted { $0.key < $1.key }.map { "\($0): \"\($1)\"" }.joined(separator: ", "))}")
    }
    if dice.chance(0.7) { lines.append("init: \"\(RandomSpecification.initializer(&dice))\"") }
    if dice.chance(0.2) { lines.append("seeds: \(dice.whole(1...4))") }
    if dice.chance(0.3) { lines.append("falseAlarmRate: \(dice.pick(["0.001", "0.5", "1e-12", "5e-324"]))") }
    if dice.chance(0.3) { lines.append("verdict: \(dice.pick(["on", "off"]))") }
    lines.append("bounds:")
    for _ in 0..<dice.whole(1...4) { lines.append("  - {\(bound(&dice))}") }
    if dice.chance(0.3) {
      let rule = dice.pick(RuleCatalogue.rules.map { type(of: $0).name } + ["*"])
      lines.append("rules: {\"\(rule)\": \(dice.pick(["error", "warning", "note", "off"]))}")
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private static func bound(_ dice: inout Dice) -> String {
    let quantity = dice.pick(GateQuantity.allCases), tensor = dice.pick(quantity.tensors)
    var fields = ["of: \(tensor.rawValue)"]
    if quantity != .growthPerLayer {
      fields.append("layers: \(dice.pick(["all", "hidden", "\"*\"", "\"dense_*\"", "dense_1"]))")
    }
    if quantity.automaticTensors.contains(tensor), dice.chance(0.5) {
      fields.append("\(quantity.rawValue): auto")
    } else {
      let ends = [end(&dice), end(&dice)].sorted()
      fields.append("\(quantity.rawValue): [\(ends[0]), \(ends[1])]")
    }
    return fields.joined(separator: ", ")
  }

  private static func end(_ dice: inout Dice) -> Double {
    let size = dice.chance(0.2) ? dice.magnitude(-300...300) : dice.magnitude(-3...1)
    return dice.chance(0.3) ? -size : size
  }
}
