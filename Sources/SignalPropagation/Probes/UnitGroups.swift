import NetworkGraph

/// Groups of units that belong together: positions of one channel, features of one step, or steps of one feature.
struct UnitGroups {
  let count: Int
  let units: Int
  /// Whether a group's units are neighbours in memory, as a channel's positions are, or `count` apart, as a feature's steps
  /// are.
  let isContiguous: Bool

  /// The groups that a report shows: channels of an image, steps of a sequence; nil for plain features.
  static func shown(in shape: Shape) -> (groups: UnitGroups, kind: GroupMoments.Kind)? {
    switch shape {
    case .features: nil
    case .image(let channels, _, _): (UnitGroups(count: channels, units: shape.count, isContiguous: true), .channel)
    case .sequence(let steps, _): (UnitGroups(count: steps, units: shape.count, isContiguous: true), .step)
    }
  }

  /// The groups that share a row of weights: channels of an image, features of a sequence, else single units.
  static func sharingWeights(in shape: Shape) -> UnitGroups {
    switch shape {
    case .features(let count): UnitGroups(count: count, units: count, isContiguous: true)
    case .image(let channels, _, _): UnitGroups(count: channels, units: shape.count, isContiguous: true)
    case .sequence(_, let features): UnitGroups(count: features, units: shape.count, isContiguous: false)
    }
  }

  /// The mean and variance of each group, from its units' means and variances over one batch.
  func moments(means: [Double], variances: [Double]) -> (means: [Double], variances: [Double]) {
    precondition(means.count == units && variances.count == units, "\(means.count) units for groups of \(units)")
    let size = units / count
    if size == 1 { return (means, variances) }
    var pooled = (means: [Double](), variances: [Double]())
    for group in 0..<count {
      let members = (0..<size).map { isContiguous ? group * size + $0 : $0 * count + group }
      let mean = members.reduce(0) { $0 + means[$1] } / Double(size)
      let between = members.reduce(0) { $0 + (means[$1] - mean) * (means[$1] - mean) } / Double(size)
      pooled.means.append(mean)
      pooled.variances.append(members.reduce(0) { $0 + variances[$1] } / Double(size) + between)
    }
    return pooled
  }

  /// The third and fourth central moment of each group, from its units' moments over one batch (Pebay 2008, eq. 3.1).
  func shapes(means: [Double], variances: [Double], shapes: [SIMD2<Double>]) -> [SIMD2<Double>] {
    let size = units / count
    if size == 1 { return shapes }
    return (0..<count).map { group in
      let members = (0..<size).map { isContiguous ? group * size + $0 : $0 * count + group }
      let mean = members.reduce(0) { $0 + means[$1] } / Double(size)
      var sum = SIMD2<Double>()
      for member in members {
        let delta = means[member] - mean, variance = variances[member], own = shapes[member]
        sum.x += own.x + delta * (3 * variance + delta * delta)
        sum.y += own.y + delta * (4 * own.x + delta * (6 * variance + delta * delta))
      }
      return sum / Double(size)
    }
  }
}

extension SignalReading {
  /// The moments of the shape's channels or steps, in true units.
  func groupMoments(of shape: Shape) -> GroupMoments? {
    guard let (groups, kind) = UnitGroups.shown(in: shape), groups.units == moments.unitMeans.count else { return nil }
    let pooled = groups.moments(means: moments.unitMeans, variances: moments.unitVariances)
    return GroupMoments(
      kind: kind, mean: pooled.means.map { Scale.apply(exponent, to: $0) },
      variance: pooled.variances.map { Scale.apply(2 * exponent, to: $0) },
      secondMoment: zip(pooled.means, pooled.variances).map { Scale.apply(2 * exponent, to: $0 * $0 + $1) })
  }
}
