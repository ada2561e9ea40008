import SignalPropagation

#if canImport(FoundationEssentials)
  // Foundation itself would load ICU, which the command line does not need and which slows its start.
  import FoundationEssentials
#else
  import Foundation
#endif

/// The error that a JSON document is not an audit report that this version reads.
public struct ReportFormatError: Error, Equatable, CustomStringConvertible {
  /// The place in the document, such as `runs[0].layers[3].gradient.mean`; empty for the document itself.
  public var key: String
  public var message: String

  package init(key: String, message: String) {
    self.key = key
    self.message = message
  }

  public var description: String {
    // Messages of the decoder end in a point.
    let reason = message.hasSuffix(".") ? String(message.dropLast()) : message
    return "not an audit report\(key.isEmpty ? "" : " (at \(key))"): \(reason); write one with `initscope audit --json`"
  }
}

extension AuditJSON {
  /// Reads what `encode` writes, and reports of later versions of the same schema: unknown keys are skipped, missing
  /// optional ones are nil.
  public static func decode(_ bytes: [UInt8]) throws(ReportFormatError) -> AuditReport {
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
    do {
      let data = Data(bytes)
      let header = try decoder.decode(Header.self, from: data)
      guard header.schemaVersion == AuditReport.schemaVersion else {
        throw ReportFormatError(
          key: "schemaVersion",
          message: "version \(header.schemaVersion), and this program reads version \(AuditReport.schemaVersion)")
      }
      return try decoder.decode(AuditReport.self, from: data)
    } catch let error as ReportFormatError {
      throw error
    } catch let error as DecodingError {
      throw ReportFormatError(error)
    } catch {
      throw ReportFormatError(key: "", message: "\(error)")
    }
  }

  private struct Header: Decodable {
    var schemaVersion: Int
  }
}

extension ReportFormatError {
  fileprivate init(_ error: DecodingError) {
    switch error {
    case .keyNotFound(let key, let context):
      self.init(key: Self.path(context.codingPath + [key]), message: "the key is missing")
    case .valueNotFound(let type, let context):
      self.init(key: Self.path(context.codingPath), message: "null where a \(type) is needed")
    case .typeMismatch(let type, let context):
      self.init(key: Self.path(context.codingPath), message: "not a \(type)")
    case .dataCorrupted(let context):
      self.init(key: Self.path(context.codingPath), message: context.debugDescription)
    @unknown default:
      self.init(key: "", message: "\(error)")
    }
  }

  private static func path(_ keys: [any CodingKey]) -> String {
    keys.reduce(into: "") { path, key in
      if let index = key.intValue { path += "[\(index)]" } else { path += (path.isEmpty ? "" : ".") + key.stringValue }
    }
  }
}
