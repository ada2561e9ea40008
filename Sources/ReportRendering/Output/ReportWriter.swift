import FileOutput
import SignalPropagation
import Synchronization
import TensorKernels

/// Writes all files of a report to disk.
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
  /// earlier ones as they were. Reports that several processes write into one directory at once do not mix: the last one's
  /// files are there in the end, and pictures of an audit by another command that this report does not have are removed.
  ///
  /// - Parameters:
  ///   - report: What is drawn and written.
  ///   - directory: Where the files go; it is made where it is missing.
  ///   - options: Which pictures, and whether `audit.json` is written.
  ///   - beside: Files that belong to the same set, wherever they stand.
  /// - Throws: `RenderingError` or `OutputError`.
  @discardableResult
  public static func write(
    _ report: AuditReport, to directory: String, options: Options = Options(), beside: [AtomicFile.Content] = []
  ) throws -> [String] {
    try write(report, try pictures(of: report, options.figures), to: directory, options: options, beside: beside)
  }

  /// The same with pictures that are drawn already, so that the document can say how long that took; a document that is
  /// encoded already is taken as it is.
  @discardableResult
  public static func write(
    _ report: AuditReport, _ pictures: [Picture], to directory: String, options: Options = Options(),
    beside: [AtomicFile.Content] = [], document: [UInt8]? = nil
  ) throws -> [String] {
    var contents = pictures.map { (name: $0.name, bytes: $0.bytes) }
    if options.writesJSON { contents.append(("audit.json", document ?? AuditJSON.encode(report))) }
    return try place(
      contents, in: directory, beside: beside, earlier: Figure.allCases.map(\.fileName),
      inapplicable: options.figures.filter { !$0.applies(to: report) }.map(\.fileName), command: report.tool.command)
  }

  /// A drawn picture and the name of its file.
  public struct Picture: Sendable {
    public let name: String
    public let bytes: [UInt8]
  }

  /// Draws those of the figures that apply to the report, on as many threads as the report was made on: each figure has a
  /// canvas of its own, and its bytes do not depend on the others.
  ///
  /// - Parameters:
  ///   - report: What is drawn.
  ///   - figures: The figures to choose from.
  ///   - progress: Is called with the figures that are done and their number, from any thread.
  /// - Throws: `RenderingError`, and `ThreadsUnavailable` where the system refuses a thread.
  public static func pictures(
    of report: AuditReport, _ figures: [Figure],
    progress: @escaping @Sendable (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) throws -> [Picture] {
    let applicable = figures.filter { $0.applies(to: report) }
    guard !applicable.isEmpty else { return [] }
    let done = Atomic(0), workers = max(1, min(report.environment.threads, applicable.count))
    progress(0, applicable.count)
    return try WorkerThreads.map(count: applicable.count, workers: workers, makeState: {}) { place, _ in
      let figure = applicable[place]
      let picture = Picture(name: figure.fileName, bytes: try figure.render(report))
      progress(done.add(1, ordering: .relaxed).newValue, applicable.count)
      return picture
    }
  }

  /// All of the files or none, in a directory that is created if missing; returns their paths.
  ///
  /// - Parameters:
  ///   - earlier: Names of pictures that an earlier report of the kind may have left. Those that another command made go.
  ///   - inapplicable: Those of them that this report cannot have, which go whoever made them.
  static func place(
    _ contents: [(name: String, bytes: [UInt8])], in directory: String, beside: [AtomicFile.Content] = [],
    earlier: [String] = [], inapplicable: [String] = [], command: String = ""
  ) throws -> [String] {
    let prefix = directory.isEmpty ? "" : directory.hasSuffix("/") ? directory : directory + "/"
    if !directory.isEmpty { try AtomicFile.createDirectory(directory) }
    let files = contents.map { AtomicFile.Content(path: prefix + $0.name, bytes: $0.bytes) }
    try AtomicFile.write(files + beside) {
      earlier.filter { name in
        guard !contents.contains(where: { $0.name == name }), let origin = PictureOrigin(of: prefix + name) else {
          return false
        }
        return inapplicable.contains(name) || origin.command != command
      }.map { prefix + $0 }
    }
    return files.map(\.path)
  }
}
