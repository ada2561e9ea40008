import NetworkGraph

extension CompiledGraph {
  /// Splits the steps into pieces of like size, at places where later steps have read few bytes of earlier ones.
  ///
  /// - Parameter count: How many pieces there are at most.
  /// - Returns: Ranges of steps, in order.
  public func segments(_ count: Int) -> [Range<Int>] {
    guard count > 1, steps.count > 1 else { return schedule.whole }
    // Bytes that the backward passes of all steps before a place need, and those that are alive at it.
    var needed = [0.0], changes = [Double](repeating: 0, count: steps.count + 1)
    for (place, step) in steps.enumerated() {
      let made = step.outputs.compactMap(\.self)
      let kept = made.filter { firstBackwardRead[$0] != .max }.reduce(0) { $0 + types[$1].bytes }
      needed.append(needed[place] + Double(kept + (step.keepsSaved ? 4 * step.needs.saved : 0)))
      for value in made where schedule.lastRead[value] > place {
        changes[place + 1] += Double(types[value].bytes)
        changes[schedule.lastRead[value] + 1] -= Double(types[value].bytes)
      }
    }
    var alive: [Double] = [], sum = 0.0
    for change in changes {
      sum += change
      alive.append(sum)
    }
    let whole = needed[steps.count], share = whole / Double(count)
    var bounds = [0]
    for number in 1..<count {
      let window = (Double(number) - 0.5) * share...(Double(number) + 0.5) * share
      let places = (bounds[bounds.count - 1] + 1..<steps.count).filter { window.contains(needed[$0]) }
      if let best = places.min(by: { alive[$0] < alive[$1] }) { bounds.append(best) }
    }
    bounds.append(steps.count)
    return zip(bounds, bounds.dropFirst()).map { $0..<$1 }
  }

  /// Whether a run holds memory of its own for a value: for all but parameters and constants.
  func isOwn(_ value: Int) -> Bool {
    if case .parameter = graph.values[value].source { return false }
    return constants[value] == nil
  }
}
