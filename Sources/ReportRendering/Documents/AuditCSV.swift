import SignalPropagation

/// Writes an audit as a long table: one row per run, layer and tensor. Every parameter tensor has a row beside the layer's
/// signals, called `parameter` and its name: `parameter recurrent`.
///
/// RFC 4180: comma-separated, CRLF, fields quoted where they hold a comma, a quote or a line break. A value that does not
/// exist is an empty field; non-finite numbers are `NaN`, `Infinity` and `-Infinity`. Histograms stay in the JSON.
public enum AuditCSV {
  public static let header = [
    "initializer", "activation", "layer", "name", "kind", "units", "fanIn", "fanOut", "tensor", "count", "mean", "variance",
    "secondMoment", "log10SecondMoment", "intervalLow", "intervalHigh", "theory", "theoryLog10", "theoryStandardError",
    "residual", "skewness", "kurtosis",
    "min", "max", "nonFinite", "cosineSimilarity", "float32", "scaleCapped", "belowResolution", "deadFraction",
    "saturatedFraction", "duplicateFraction", "spread", "toWeightRatio", "expectedVariance", "orthogonalityDefect",
    "outliers",
    "saturatedEntries", "role", "expectedMean", "gradientSecondMoment", "gradientLog10SecondMoment",
  ]

  /// Encodes the report in UTF-8 without a byte order mark.
  public static func encode(_ report: AuditReport) -> [UInt8] {
    var bytes: [UInt8] = []
    CSVText.append(header, to: &bytes)
    for run in report.runs {
      let parameters = Dictionary(grouping: run.parameters, by: \.layer)
      for layer in run.layers {
        let key =
          [run.initializer, run.activation, String(layer.index), layer.name, layer.kind, String(layer.units)]
          + [CSVText.integer(layer.fanIn), CSVText.integer(layer.fanOut)]
        if let weights = layer.weights { CSVText.append(key + ["weights"] + fields(weights), to: &bytes) }
        CSVText.append(key + ["preactivation"] + fields(layer.preactivation), to: &bytes)
        CSVText.append(key + ["activation"] + fields(layer.activation), to: &bytes)
        CSVText.append(key + ["gradient"] + fields(layer.gradient), to: &bytes)
        CSVText.append(key + ["preactivationGradient"] + fields(layer.preactivationGradient), to: &bytes)
        if let weightGradient = layer.weightGradient {
          CSVText.append(key + ["weightGradient"] + fields(weightGradient), to: &bytes)
        }
        for parameter in parameters[layer.name] ?? [] {
          CSVText.append(key + ["parameter \(parameter.tensor)"] + fields(parameter), to: &bytes)
        }
      }
    }
    return bytes
  }

  private static func fields(_ signal: SignalSummary) -> [String] {
    [
      String(signal.count), CSVText.number(signal.mean), CSVText.number(signal.variance),
      CSVText.number(signal.secondMoment),
      CSVText.number(signal.log10SecondMoment), CSVText.number(signal.interval?.low),
      CSVText.number(signal.interval?.high), CSVText.number(signal.theory), CSVText.number(signal.theoryLog10),
      CSVText.number(signal.theoryStandardError), CSVText.number(signal.residual), CSVText.number(signal.skewness),
      CSVText.number(signal.kurtosis), CSVText.number(signal.min), CSVText.number(signal.max),
      String(signal.nonFinite), CSVText.number(signal.cosineSimilarity), signal.float32.rawValue,
      signal.scaleCapped ? "true" : "false",
      signal.belowResolution.joined(separator: ";"), CSVText.number(signal.deadFraction),
      CSVText.number(signal.saturatedFraction), CSVText.number(signal.duplicateFraction), CSVText.number(signal.spread),
      CSVText.number(signal.toWeightRatio), "", "", "", CSVText.number(signal.saturatedEntries), "", "", "", "",
    ]
  }

  /// Mean and variance, 22 columns that only signals have, then the three of weights.
  private static func fields(_ weights: WeightSummary) -> [String] {
    ["", CSVText.number(weights.mean), CSVText.number(weights.variance)] + Array(repeating: "", count: 22) + [
      CSVText.number(weights.expectedVariance), CSVText.number(weights.orthogonalityDefect),
      CSVText.integer(weights.outliers), "", "", "", "", "",
    ]
  }

  /// Count, moments and extremes in the signals' columns, and the columns of parameters.
  private static func fields(_ parameter: ParameterSummary) -> [String] {
    let values = parameter.values
    var fields = [String](repeating: "", count: header.count - 9)
    func set(_ name: String, _ text: String) {
      if let place = header.firstIndex(of: name) { fields[place - 9] = text }
    }
    set("count", String(parameter.count))
    set("mean", CSVText.number(values.mean))
    set("variance", CSVText.number(values.variance))
    set("secondMoment", CSVText.number(parameter.secondMoment))
    set("min", CSVText.number(values.min))
    set("max", CSVText.number(values.max))
    set("nonFinite", String(values.nonFinite))
    set("toWeightRatio", CSVText.number(parameter.toWeightRatio))
    set("expectedVariance", CSVText.number(values.expectedVariance))
    set("orthogonalityDefect", CSVText.number(values.orthogonalityDefect))
    set("outliers", CSVText.integer(values.outliers))
    set("role", parameter.role.rawValue)
    set("expectedMean", CSVText.number(parameter.expectedMean))
    set("gradientSecondMoment", CSVText.number(parameter.gradient?.secondMoment))
    set("gradientLog10SecondMoment", CSVText.number(parameter.gradient?.log10SecondMoment))
    return fields
  }
}
