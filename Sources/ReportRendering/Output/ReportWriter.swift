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
    var contents: [(name: String, bytes: [UInt8])] = []
    for figure in options.figures where figure.applies(to: report) { contents.append((figure.fileName, try figure.render(report))) }
    if options.writesJSON { contents.append(("audit.json", AuditJSON.encode(report))) }
    return try place(contents, in: directory)
  }

  /// All of the files or none, in a directory that is created if missing; returns their paths.
  static func place(_ contents: [(name: String, bytes: [UInt8])], in directory: String) throws -> [String] {
    let prefix = directory.isEmpty ? "" : directory.hasSuffix("/") ? directory : directory + "/"
    if !directory.isEmpty { try AtomicFile.createDirectory(directory) }
    try AtomicFile.write(contents.map { AtomicFile.Content(path: prefix + $0.name, bytes: $0.bytes) })
    return contents.map { prefix + $0.name }
  }
}
