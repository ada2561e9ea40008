import Foundation

/// Small tables to train on.
enum TrainingTable {
  /// Two classes of four features that a line divides, `label` last, sorted by class as files often are.
  static func separable(_ rows: Int) -> String {
    var state: UInt64 = 7
    func next() -> Double {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Double(state >> 40) / Double(1 << 24) - 0.5
    }
    let lines = (0..<rows).map { row in
      let label = row < rows / 2 ? 0 : 1
      let features = (0..<4).map { String(format: "%.4f", next() + ($0 == 0 ? 0.7 * Double(label) : 0)) }
      return features.joined(separator: ",") + ",\(label)"
    }
    return (["a,b,c,d,label"] + lines).joined(separator: "\n") + "\n"
  }
}
