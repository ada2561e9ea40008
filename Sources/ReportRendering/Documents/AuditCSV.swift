import SignalPropagation

/// An audit as a long table: one row per run, layer and tensor.
///
/// RFC 4180: comma-separated, CRLF, fields quoted where they hold a comma, a quote or a line break. A value that does not
/// exist is an empty field; non-finite numbers are `NaN`, `Infinity` and `-Infinity`. Histograms stay in the JSON.
public enum AuditCSV {
  public static let header = [
    "initializer", "activation", "layer", "name", "kind", "units", "fanIn", "fanOut", "tensor", "count", "mean", "variance",
    "secondMoment", "log10SecondMoment", "intervalLow", "intervalHigh", "theory", "theoryLog10", "theoryStandardError",
    "residual", "skewness", "kurtosis",
    "min", "max", "nonFinite", "cosineSimilarity", "float32", "scaleCapped", "belowResolution", "deadFraction",
    "saturatedFraction", "duplicateFraction", "spread", "toWeightRatio", "expectedVariance", "orthogonalityDefect", "outliers",
  ]

  /// UTF-8 without a byte order mark.
  public static func encode(_ report: AuditReport) -> [UInt8] {
    var bytes: [UInt8] = []
    append(header, to: &bytes)
    for run in report.runs {
      for layer in run.layers {
        let key =
          [run.initializer, run.activation, String(layer.index), layer.name, layer.kind, String(layer.units)]
          + [integer(layer.fanIn), integer(layer.fanOut)]
        if let weights = layer.weights { append(key + ["weights"] + fields(weights), to: &bytes) }
        append(key + ["preactivation"] + fields(layer.preactivation), to: &bytes)
        append(key + ["activation"] + fields(layer.activation), to: &bytes)
        append(key + ["gradient"] + fields(layer.gradient), to: &bytes)
        append(key + ["preactivationGradient"] + fields(layer.preactivationGradient), to: &bytes)
        if let weightGradient = layer.weightGradient {
          append(key + ["weightGradient"] + fields(weightGradient), to: &bytes)
        }
      }
    }
    return bytes
  }

  private static func fields(_ signal: SignalSummary) -> [String] {
    [
      String(signal.count), number(signal.mean), number(signal.variance), number(signal.secondMoment),
      number(signal.log10SecondMoment), number(signal.interval?.low), number(signal.interval?.high), number(signal.theory),
      number(signal.theoryLog10), number(signal.theoryStandardError), number(signal.residual), number(signal.skewness), number(signal.kurtosis), number(signal.min), number(signal.max),
      String(signal.nonFinite), number(signal.cosineSimilarity), signal.float32.rawValue,
      signal.scaleCapped ? "true" : "false",
      signal.belowResolution.joined(separator: ";"), number(signal.deadFraction), number(signal.saturatedFraction),
      number(signal.duplicateFraction), number(signal.spread), number(signal.toWeightRatio), "", "", "",
    ]
  }

  /// Mean and variance, 22 columns that only signals have, then the three of weights.
  private static func fields(_ weights: WeightSummary) -> [String] {
    ["", number(weights.mean), number(weights.variance)] + Array(repeating: "", count: 22) + [
      number(weights.expectedVariance), number(weights.orthogonalityDefect), integer(weights.outliers),
    ]
  }

  private static func number(_ value: Double?) -> String {
    guard let value else { return "" }
    if value.isFinite { return value.description }
    return value.isNaN ? "NaN" : value > 0 ? "Infinity" : "-Infinity"
  }

  private static func integer(_ value: Int?) -> String { value.map(String.init) ?? "" }

  private static func append(_ fields: [String], to bytes: inout [UInt8]) {
    for (index, field) in fields.enumerated() {
      if index > 0 { bytes.append(UInt8(ascii: ",")) }
      let needsQuotes = field.utf8.contains { $0 == UInt8(ascii: ",") || $0 == UInt8(ascii: "\"") || $0 == 13 || $0 == 10 }
      guard needsQuotes else {
        bytes.append(contentsOf: field.utf8)
        continue
      }
      bytes.append(UInt8(ascii: "\""))
      for byte in field.utf8 {
        if byte == UInt8(ascii: "\"") { bytes.append(byte) }
        bytes.append(byte)
      }
      bytes.append(UInt8(ascii: "\""))
    }
    bytes.append(13)
    bytes.append(10)
  }
}
