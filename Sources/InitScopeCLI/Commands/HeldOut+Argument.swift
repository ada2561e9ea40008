import ArgumentParser
import InitScope

extension HeldOut: ExpressibleByArgument {
  /// `5000`, or a share such as `0.1`.
  public init?(argument: String) {
    if let count = Int(argument) {
      guard count >= 0 else { return nil }
      self = .samples(count)
    } else {
      guard let fraction = Double(argument), fraction >= 0, fraction < 1 else { return nil }
      self = .fraction(fraction)
    }
  }
}
