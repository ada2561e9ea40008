// Parameters that several entries share. Magnitudes end at 1e100, so that every variance fits into a Double.

extension Parameter {
  static func std(_ standard: Double, _ meaning: String = "standard deviation") -> Parameter {
    Parameter("std", .number(default: standard, in: 0...1e100), meaning)
  }

  /// A standard deviation by which something is divided; hence it must not be 0.
  static func parentStd(_ standard: Double, name: String = "std") -> Parameter {
    Parameter(
      name, .number(default: standard, in: .leastNonzeroMagnitude...1e100),
      "standard deviation of the normal before its tails are cut")
  }

  func named(_ name: String) -> Parameter { Parameter(name, kind, meaning) }

  static let mean = Parameter("mean", .number(default: 0, in: -1e100...1e100), "mean")

  static let gain = Parameter("gain", .number(default: 1, in: -1e100...1e100), "factor on every weight")

  static let slope = Parameter(
    "slope", .number(default: 0, in: -1e100...1e100), "negative slope of the ReLU that follows; 1 for a linear layer")

  static func bound(_ name: String, _ standard: Double, _ meaning: String) -> Parameter {
    Parameter(name, .number(default: standard, in: -1e100...1e100), meaning)
  }

  static func value(_ standard: Double, name: String = "value") -> Parameter {
    Parameter(name, .number(default: standard, in: -1e100...1e100), "the weight that every entry gets")
  }

  static func mode(_ standard: FanMode, of modes: [FanMode] = FanMode.allCases) -> Parameter {
    Parameter(
      "mode", .choice(default: standard.rawValue, of: modes.map(\.rawValue)),
      "the number of connections that divides the variance")
  }
}

/// By which number of connections a variance is divided: fan-in, fan-out or their mean.
public enum FanMode: String, Sendable, Hashable, CaseIterable {
  case fanIn = "fan_in"
  case fanOut = "fan_out"
  /// The arithmetic mean of the two.
  case fanAverage = "fan_avg"
}

extension Fans {
  public subscript(mode: FanMode) -> Double {
    switch mode {
    case .fanIn: Double(fanIn)
    case .fanOut: Double(fanOut)
    case .fanAverage: (Double(fanIn) + Double(fanOut)) / 2
    }
  }
}

extension Arguments {
  /// The fan mode that the arguments name. The entry declares it by ``Parameter/mode(_:of:)``, whose words are the modes'
  /// raw values.
  var fanMode: FanMode {
    guard let mode = FanMode(rawValue: choice("mode")) else { preconditionFailure("no fan mode \(choice("mode"))") }
    return mode
  }
}
