import WeightAudit

/// Writes the JSON document of `initscope weights`, schema version 1.
///
/// Every key is present, with an explicit null where there is no value; non-finite numbers are the strings "NaN", "Infinity"
/// and "-Infinity". Keys are added, never renamed.
public enum WeightJSON {
  /// Encodes a report in UTF-8, with a line feed at its end.
  ///
  /// - Parameters:
  ///   - report: What was found.
  ///   - version: The version of the program.
  public static func encode(_ report: WeightReport, version: String) -> [UInt8] {
    var writer = JSONWriter(capacity: 4096 + 768 * report.tensors.count)
    writer.object(nil) { json in
      json.member("schemaVersion", 1)
      json.object("tool") {
        $0.member("name", "initscope")
        $0.member("version", version)
      }
      json.member("file", report.file)
      json.member("format", report.format)
      json.member("parameters", report.parameterCount)
      json.member("bytes", report.byteCount)
      json.member("seconds", report.seconds)
      json.member("falseAlarmRate", report.falseAlarmRate)
      json.member("comparisons", report.comparisons)
      if let scheme = report.scheme { write(scheme, to: &json) } else { json.null("scheme") }
      json.array("parts", report.parts) { json, part in
        json.object(nil) { json in
          json.member("name", part.name)
          json.member("tensors", part.tensors)
          if let scheme = part.scheme { write(scheme, to: &json) } else { json.null("scheme") }
        }
      }
      json.array("tensors", report.tensors) { json, tensor in write(tensor, to: &json) }
      json.array("findings", report.findings) { json, finding in write(finding, to: &json) }
      if let compared = report.compared { write(compared, to: &json) } else { json.null("compared") }
      json.line("notes", report.notes)
      json.member("summary", report.summary)
    }
    return writer.finish()
  }

  private static func write(_ scheme: SchemeUse, to json: inout JSONWriter) {
    json.object("scheme") { json in
      json.member("name", scheme.name)
      json.member("summary", scheme.summary)
      json.member("source", scheme.source)
      json.member("origin", scheme.origin.rawValue)
      json.member("share", scheme.share)
      json.array("parameters", scheme.parameters) { json, parameter in
        json.object(nil) {
          $0.member("name", parameter.name)
          $0.member("value", parameter.value)
          $0.member("from", parameter.from)
        }
      }
    }
  }

  private static func write(_ tensor: TensorReport, to json: inout JSONWriter) {
    let s = tensor.statistics
    json.object(nil) { json in
      json.member("name", tensor.entry.name)
      json.line("shape", tensor.entry.shape)
      json.member("type", tensor.entry.type.rawValue)
      json.member("role", tensor.role.kind.rawValue)
      json.member("layout", tensor.role.layout.rawValue)
      json.member("fanIn", tensor.role.fanIn)
      json.member("fanOut", tensor.role.fanOut)
      json.member("parts", tensor.role.parts?.count)
      json.member("experts", tensor.role.experts > 1 ? tensor.role.experts : nil)
      json.member("block", tensor.role.block)
      json.member("count", s.count)
      // Without a finite value there is no moment.
      json.member("mean", s.finite > 0 ? s.mean : nil)
      json.member("standardDeviation", s.finite > 0 ? s.standardDeviation : nil)
      json.member("kurtosis", s.finite > 0 && s.variance > 0 ? s.kurtosis : nil)
      // The extremes are those of all values, and moments those without single ones at absolute bounds.
      json.member("min", s.finite > 0 ? s.farValues.reduce(s.least, min) : nil)
      json.member("max", s.finite > 0 ? s.farValues.reduce(s.greatest, max) : nil)
      json.member("zeros", s.zeros)
      json.member("nonFinite", s.nonFinite)
      json.member("formula", tensor.formula)
      if let looks = s.looksLike {
        json.object("looksLike") { json in
          json.member("law", looks.law.name)
          json.object("parameters") { json in
            for parameter in looks.law.parameters { json.member(named: parameter.name, parameter.value) }
          }
          json.member("probability", looks.probability)
        }
      } else {
        json.null("looksLike")
      }
      if let expected = tensor.expected {
        json.object("expected") { json in
          json.member("scheme", expected.scheme)
          json.member("law", expected.law.description)
          json.member("from", expected.text)
          json.member("fits", expected.fits)
        }
      } else {
        json.null("expected")
      }
      json.line("findings", tensor.findings)
    }
  }

  private static func write(_ finding: WeightFinding, to json: inout JSONWriter) {
    json.object(nil) { json in
      json.member("rule", finding.rule)
      json.member("severity", finding.severity.rawValue)
      json.line("tensors", finding.tensors)
      json.object("evidence") { json in
        for item in finding.evidence {
          switch item.value {
          case .number(let value): json.member(named: item.name, value)
          case .text(let text): json.member(named: item.name, text)
          }
        }
      }
      json.member("message", finding.message)
    }
  }

  private static func write(_ compared: WeightComparison, to json: inout JSONWriter) {
    json.object("compared") { json in
      json.member("file", compared.file)
      json.line("equal", compared.equal)
      json.line("alike", compared.alike)
      json.line("different", compared.different)
      json.line("onlyHere", compared.onlyHere)
      json.line("onlyThere", compared.onlyThere)
    }
  }
}
