import InitScope
import Synchronization

#if canImport(Testing)
  import Testing
#endif

/// The overview of an audit that failed, attached to the first test that it fails: one picture, however many expectations
/// and tests it breaks.
///
/// Only Swift Testing has attachments on Linux, of bytes named .png. Nil under XCTest, and where no picture can be drawn.
struct FailurePicture {
  let name: String
  private let bytes: [UInt8]
  /// The test that has the same picture already.
  private let earlier: String?

  /// By picture, the test that it is attached to.
  private static let attached = Mutex<[[UInt8]: String]>([:])

  init?(of report: AuditReport) {
    #if canImport(Testing)
      guard let test = Test.current, let bytes = try? Figure.overview.render(report) else { return nil }
      let words = [report.network.name] + report.runs.map(\.initializer)
      name = "overview-\(words.map(Self.word).joined(separator: "-")).png"
      self.bytes = bytes
      earlier = Self.attached.withLock { pictures in
        if let earlier = pictures[bytes] { return earlier }
        pictures[bytes] = test.name
        return nil
      }
    #else
      return nil
    #endif
  }

  /// Where the picture is to be found.
  var remark: String { earlier.map { "picture: \(name), attached to \($0)" } ?? "picture: \(name), attached" }

  func attach(at place: SourcePlace) {
    #if canImport(Testing)
      guard earlier == nil else { return }
      Attachment.record(bytes, named: name, sourceLocation: place.location)
    #endif
  }

  /// What a file's name can hold: `normal(std=0.02)` becomes `normal_std_0.02`.
  private static func word(_ text: String) -> String {
    let characters = text.map { $0.isASCII && ($0.isLetter || $0.isNumber) || $0 == "." ? $0 : Character("_") }
    return String(characters).split(separator: "_").joined(separator: "_")
  }
}
