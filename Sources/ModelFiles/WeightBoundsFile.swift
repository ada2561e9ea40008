import WeightAudit
import Yams

/// Reads bounds on a file of weights.
///
///     version: 1
///     scheme: gpt2
///     weights:
///       - {tensors: "*.c_proj.weight", standardDeviation: [0.0065, 0.0075]}
///       - {tensors: "*.bias", law: zeros}
///       - {tensors: "*", max: 0.5, standardDeviation: {max: 0.1}}
///     rules:
///       rounded-grid: off
public enum WeightBoundsFile {
  /// Reads the file at `path`, `-` for standard input.
  ///
  /// - Parameter path: Of the file.
  /// - Throws: `NetworkFileError` naming line, column, key and remedy.
  public static func read(path: String) throws(NetworkFileError) -> WeightBounds {
    try read(NetworkFile.text(path: path), path: path == "-" ? "standard input" : path)
  }

  /// Reads the bounds in `text`.
  ///
  /// - Parameters:
  ///   - text: Of the file.
  ///   - path: What errors call it.
  /// - Throws: `NetworkFileError` naming line, column, key and remedy.
  public static func read(_ text: String, path: String) throws(NetworkFileError) -> WeightBounds {
    guard let root = try NetworkYAML.compose(text, path: path) else {
      throw NetworkFileError(path: path, "the file is empty", hint: "Give version: 1 and weights: or rules:")
    }
    return try WeightBoundsReader(path: path).bounds(root)
  }
}

private struct WeightBoundsReader {
  private let scalars: NetworkYAMLReader

  init(path: String) { scalars = NetworkYAMLReader(path: path) }

  private static let keys = ["version", "scheme", "falseAlarmRate", "weights", "rules"]

  func bounds(_ root: Yams.Node) throws(NetworkFileError) -> WeightBounds {
    guard let mapping = root.mapping else {
      throw scalars.error(root, "a bounds file is a mapping", hint: "Give version: 1 and weights: or rules:")
    }
    var bounds = WeightBounds(), hasVersion = false
    for (key, value) in mapping {
      switch try scalars.text(key) {
      case "version":
        guard try scalars.text(value) == "\(WeightBounds.version)" else {
          throw scalars.error(
            value, "this version is not known", hint: "This program reads version: \(WeightBounds.version)")
        }
        hasVersion = true
      case "scheme": bounds.scheme = try scalars.text(value)
      case "falseAlarmRate":
        let rate = try number(value)
        guard rate > 0, rate < 1 else {
          throw scalars.error(value, "falseAlarmRate lies between 0 and 1", hint: "Write falseAlarmRate: 0.001")
        }
        bounds.falseAlarmRate = rate
      case "weights":
        guard let sequence = value.sequence else {
          throw scalars.error(
            value, "weights must be a list", hint: "Write - {tensors: \"*.weight\", standardDeviation: [0.019, 0.021]}")
        }
        for item in sequence { bounds.bounds.append(try bound(item)) }
      case "rules": bounds.rules = try rules(value)
      case let other: throw scalars.unknownKey(other, at: key, among: Self.keys)
      }
    }
    guard hasVersion else {
      throw scalars.error(root, "the key 'version' is missing", hint: "Write version: \(WeightBounds.version)")
    }
    return bounds
  }

  private func number(_ node: Yams.Node) throws(NetworkFileError) -> Double {
    guard let value = Double(try scalars.text(node)), value.isFinite else {
      throw scalars.error(node, "a number is expected here", hint: "Write it in digits, such as 0.02")
    }
    return value
  }

  private func bound(_ node: Yams.Node) throws(NetworkFileError) -> WeightBound {
    guard let mapping = node.mapping else {
      throw scalars.error(
        node, "a bound is a mapping", hint: "Write - {tensors: \"*.weight\", standardDeviation: [0.019, 0.021]}")
    }
    var pattern: String?, law: DeclaredLaw?
    var limits: [(quantity: WeightBound.Quantity, limit: ClosedRange<Double>)] = []
    for (key, value) in mapping {
      let name = try scalars.text(key)
      switch name {
      case "tensors": pattern = try scalars.text(value)
      case "law":
        do {
          law = try DeclaredLaw(parsing: try scalars.text(value))
        } catch let error as DeclaredLaw.ParsingError {
          throw scalars.error(value, error.message, hint: error.hint)
        } catch let error as NetworkFileError {
          throw error
        } catch {
          throw scalars.error(value, "\(error)")
        }
      default:
        guard let quantity = WeightBound.Quantity(rawValue: name) else {
          throw scalars.unknownKey(name, at: key, among: ["tensors", "law"] + WeightBound.Quantity.allCases.map(\.rawValue))
        }
        limits.append((quantity, try range(value, quantity)))
      }
    }
    guard let pattern, !pattern.isEmpty else {
      throw scalars.error(node, "the key tensors is missing", hint: "Write tensors: \"*.weight\"")
    }
    guard !limits.isEmpty || law != nil else {
      throw scalars.error(
        node, "the bound sets no bound", hint: "Give standardDeviation, mean, min, max, zeros, nonFinite or law")
    }
    return WeightBound(TensorPattern(pattern), limits, law: law, line: node.mark?.line)
  }

  /// `[low, high]`, `{min: low}`, `{max: high}`, both, or one number: the most that the greatest value may be, the least
  /// that the least one may be, and what other quantities must be.
  private func range(_ node: Yams.Node, _ quantity: WeightBound.Quantity) throws(NetworkFileError) -> ClosedRange<Double> {
    let hint = "Write \(quantity.rawValue): [0, 0.1], {max: 0.1}, {min: 0} or one number"
    var (low, high) = (-Double.infinity, Double.infinity)
    if let mapping = node.mapping {
      guard !mapping.isEmpty else { throw scalars.error(node, "'\(quantity.rawValue)' sets no end", hint: hint) }
      for (key, value) in mapping {
        switch try scalars.text(key) {
        case "min": low = try number(value)
        case "max": high = try number(value)
        case let other: throw scalars.unknownKey(other, at: key, among: ["min", "max"])
        }
      }
    } else if let ends = node.sequence {
      guard ends.count == 2 else {
        throw scalars.error(node, "'\(quantity.rawValue)' has \(ends.count) ends where two are needed", hint: hint)
      }
      (low, high) = (try number(ends[0]), try number(ends[1]))
    } else {
      let value = try number(node)
      switch quantity {
      case .max: high = value
      case .min: low = value
      default: (low, high) = (value, value)
      }
    }
    guard low <= high else { throw scalars.error(node, "the ends are not in order", hint: "Write the lower one first") }
    return low...high
  }

  private func rules(_ node: Yams.Node) throws(NetworkFileError) -> [(
    rule: TensorPattern, severity: WeightFinding.Severity?
  )] {
    guard let mapping = node.mapping else {
      throw scalars.error(node, "rules must be a mapping", hint: "Write rules: {rounded-grid: off}")
    }
    var rules: [(rule: TensorPattern, severity: WeightFinding.Severity?)] = []
    for (key, value) in mapping {
      let name = try scalars.text(key), word = try scalars.text(value)
      let pattern = TensorPattern(name)
      guard WeightRules.names.contains(where: pattern.matches) else {
        throw scalars.unknownKey(name, at: key, among: WeightRules.names, what: "rule")
      }
      guard let severity = WeightFinding.Severity(rawValue: word) else {
        guard word == "off" || word == "false" else {
          throw scalars.unknownKey(word, at: value, among: ["error", "warning", "note", "off"], what: "severity")
        }
        rules.append((pattern, nil))
        continue
      }
      rules.append((pattern, severity))
    }
    return rules
  }
}
