import FileOutput
import SignalPropagation

/// Writes everything a report becomes on disk.
public enum ReportWriter {
  public struct Options: Sendable {
    public var figures: [Figure]
    public var writesJSON: Bool

    public init(figures: [Figure] = Figure.allCases, writesJSON: Bool = true) {
      self.figures = figures
      self.writesJSON = writesJSON
    }
  }

  /// Writes the pictures and `audit.json` into `directory`, which is created if missing, and returns their paths.
  ///
  /// Everything is rendered in memory and staged on disk before the first file appears: an error leaves no file behind and
  /// earlier ones as they were.
  ///
  /// - Throws: `RenderingError` or `OutputError`.
  @discardableResult
  public static func write(_ report: AuditReport, to directory: String, options: Options = Options()) throws -> [String] {
    let prefix = directory.isEmpty ? "" : directory.hasSuffix("/") ? directory : directory + "/"
    var contents: [AtomicFile.Content] = []
    for figure in options.figures {
      contents.append(AtomicFile.Content(path: prefix + figure.fileName, bytes: try figure.render(report)))
    }
    if options.writesJSON {
      contents.append(AtomicFile.Content(path: prefix + "audit.json", bytes: AuditJSON.encode(report)))
    }
    if !directory.isEmpty { try AtomicFile.createDirectory(directory) }
    try AtomicFile.write(contents)
    return contents.map(\.path)
  }
}
