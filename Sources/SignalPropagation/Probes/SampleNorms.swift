/// How the second moment of single samples varies within a batch.
enum SampleNorms {
  /// Groups that a batch is divided into, at most.
  static let groupCount = 16

  /// Second moments of the samples (rows), sorted and averaged in groups of equal size; true units.
  static func groups(of signal: ScaledSignal) -> [Double] {
    var moments: [Double] = []
    moments.reserveCapacity(signal.rows)
    for row in 0..<signal.rows {
      var sum = 0.0
      for column in 0..<signal.columns {
        let value = Double(signal.data[row * signal.columns + column])
        sum += value * value
      }
      moments.append(Scale.apply(2 * signal.exponent, to: sum / Double(signal.columns)))
    }
    moments.sort()
    let count = min(groupCount, moments.count)
    return (0..<count).map { group in
      let members = moments[(group * moments.count / count)..<((group + 1) * moments.count / count)]
      return members.reduce(0, +) / Double(members.count)
    }
  }
}
