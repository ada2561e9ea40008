import InitScope

/// The network under test: what a package would build its model from.
public enum Classifier {
  public static func network() throws -> Network {
    try Network(name: "classifier", input: .features(64)) {
      Dense(64, activation: .relu).repeated(12)
      Dense(10)
    }
  }

  /// 64 x 64 weights of one layer, a tenth of them far too large.
  public static var damagedWeights: [Float] {
    (0..<4096).map { index in
      let wave = Float(index % 17) / 17 - 0.47
      return index % 10 == 0 ? 5 * wave : wave
    }
  }
}
