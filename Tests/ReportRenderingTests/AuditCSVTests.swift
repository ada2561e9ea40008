import ReportRendering
import SignalPropagation
import Testing

@Suite struct AuditCSVTests {
  /// RFC 4180, as a reader of its own.
  private func parse(_ bytes: [UInt8]) -> [[String]] {
    var rows: [[String]] = []
    var row: [String] = []
    var field = ""
    var quoted = false
    var text = Substring(decoding: bytes, as: UTF8.self).unicodeScalars
    while let scalar = text.popFirst() {
      switch scalar {
      case "\"" where quoted && text.first == "\"":
        text.removeFirst()
        field.unicodeScalars.append("\"")
      case "\"": quoted.toggle()
      case "," where !quoted:
        row.append(field)
        field = ""
      case "\r" where !quoted && text.first == "\n":
        text.removeFirst()
        rows.append(row + [field])
        row = []
        field = ""
      default: field.unicodeScalars.append(scalar)
      }
    }
    return rows
  }

  @Test func oneRowPerRunLayerAndTensor() throws {
    var report = SyntheticReport.make(SyntheticReport.hard, layers: 3)
    report.runs[1].layers[2].weights = nil
    report.runs[1].layers[2].weightGradient = nil
    let rows = parse(AuditCSV.encode(report))
    #expect(rows[0] == AuditCSV.header && Set(rows[0]).count == rows[0].count)
    #expect(rows.count == 1 + 12 * 3 * 6 - 2)
    #expect(rows.allSatisfy { $0.count == rows[0].count })
  }

  @Test func valuesStandUnderTheirNames() throws {
    var report = SyntheticReport.make([SyntheticReport.standard[6]], layers: 2)
    report.runs[0].initializer = "variance_scaling(scale=2,mode=\"fan in\")\r\nx"
    report.runs[0].layers[0].activation.mean = .nan
    report.runs[0].layers[0].activation.max = -.infinity
    report.runs[0].layers[0].activation.theory = nil
    report.runs[0].layers[0].activation.spread = 0.125
    report.runs[0].layers[0].activation.belowResolution = ["variance", "cosineSimilarity"]
    let rows = parse(AuditCSV.encode(report)).dropFirst().map { Dictionary(uniqueKeysWithValues: zip(AuditCSV.header, $0)) }
    let activation = try #require(rows.first { $0["tensor"] == "activation" && $0["layer"] == "1" })
    let source = report.runs[0].layers[0].activation
    // A line break inside a cell would steer a terminal, and is written out.
    #expect(activation["initializer"] == #"variance_scaling(scale=2,mode="fan in")\r\nx"#)
    #expect(activation["mean"] == "NaN" && activation["max"] == "-Infinity" && activation["theory"] == "")
    #expect(activation["spread"] == "0.125" && activation["toWeightRatio"] == "" && activation["outliers"] == "")
    #expect(activation["belowResolution"] == "variance;cosineSimilarity" && activation["float32"] == "representable")
    #expect(Double(activation["log10SecondMoment"] ?? "") == source.log10SecondMoment)
    #expect(Double(activation["intervalHigh"] ?? "") == source.interval?.high)
    let weights = try #require(rows.first { $0["tensor"] == "weights" })
    #expect(Double(weights["expectedVariance"] ?? "") == report.runs[0].layers[0].weights?.expectedVariance)
    #expect(weights["outliers"] == "0" && weights["count"] == "" && weights["orthogonalityDefect"] == "0.98")
    let weightGradient = try #require(rows.first { $0["tensor"] == "weightGradient" })
    #expect(weightGradient["toWeightRatio"] == "0.02")
  }
}
