import FileOutput
import Foundation
import ReportRendering
import SignalPropagation
import Testing

/// The tests may run as root, whom permissions do not stop: unwritable places are paths under a regular file, /proc and
/// /dev/full.
@Suite struct AtomicFileTests {
  private final class Scratch {
    let path: String

    init() throws {
      path = NSTemporaryDirectory() + "initscope-\(UUID().uuidString)"
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// Hidden files included, so that a temporary file left behind is seen.
    var names: [String] { ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted() }

    func bytes(_ name: String) -> [UInt8]? { FileManager.default.contents(atPath: "\(path)/\(name)").map { [UInt8]($0) } }
  }

  private func failure(_ body: () throws(OutputError) -> Void) -> OutputError? {
    do throws(OutputError) {
      try body()
      return nil
    } catch {
      return error
    }
  }

  @Test func filesAppearAndAreReplaced() throws {
    let scratch = try Scratch()
    let big = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    try AtomicFile.write(big, to: "\(scratch.path)/a")
    #expect(scratch.bytes("a") == big)
    try AtomicFile.write([1, 2], to: "\(scratch.path)/a")
    try AtomicFile.write([], to: "\(scratch.path)/empty")
    #expect(scratch.bytes("a") == [1, 2] && scratch.bytes("empty") == [] && scratch.names == ["a", "empty"])
  }

  @Test func permissionsAndLinksStay() throws {
    let scratch = try Scratch()
    let files = FileManager.default
    try AtomicFile.write([1], to: "\(scratch.path)/a")
    try files.setAttributes([.posixPermissions: 0o640], ofItemAtPath: "\(scratch.path)/a")
    try files.createSymbolicLink(atPath: "\(scratch.path)/link", withDestinationPath: "a")
    try AtomicFile.write([2], to: "\(scratch.path)/link")
    #expect(scratch.bytes("a") == [2])
    #expect(try files.destinationOfSymbolicLink(atPath: "\(scratch.path)/link") == "a")
    #expect(try files.attributesOfItem(atPath: "\(scratch.path)/a")[.posixPermissions] as? Int == 0o640)
  }

  @Test func errorsNamePathReasonAndRemedy() throws {
    let scratch = try Scratch()
    try AtomicFile.write([1], to: "\(scratch.path)/file")
    let cases: [(String, OutputError.Reason)] = [
      ("\(scratch.path)", .isDirectory), ("\(scratch.path)/new/", .isDirectory),
      ("\(scratch.path)/missing/a", .noSuchDirectory),
      ("\(scratch.path)/file/a", .notADirectory), ("", .emptyName),
    ]
    for (path, reason) in cases {
      let error = failure { () throws(OutputError) in try AtomicFile.write([1], to: path) }
      #expect(error?.reason == reason, "\(path)")
      if !path.isEmpty { #expect(error?.path == path && error?.description.contains(path) == true) }
      #expect(error?.remedy.isEmpty == false)
    }
    #expect(failure { () throws(OutputError) in try AtomicFile.write([1], to: "/proc/initscope") } != nil)
    #expect(scratch.names == ["file"])
  }

  @Test func devicesAreWrittenThroughAndAFullOneSaysSo() throws {
    let error = failure { () throws(OutputError) in try AtomicFile.write([1, 2, 3], to: "/dev/full") }
    #expect(error == OutputError(path: "/dev/full", reason: .full))
    #expect(error?.description == "cannot write /dev/full: no space left; free some space or choose another place")
    try AtomicFile.write([1, 2, 3], to: "/dev/null")
    for device in ["/dev/full", "/dev/null"] {
      #expect(try FileManager.default.attributesOfItem(atPath: device)[.type] as? FileAttributeType == .typeCharacterSpecial)
    }
  }

  @Test func manyFilesAppearTogetherOrNotAtAll() throws {
    let scratch = try Scratch()
    try AtomicFile.write([9], to: "\(scratch.path)/a")
    func contents(_ names: [String]) -> [AtomicFile.Content] {
      names.map { AtomicFile.Content(path: $0.hasPrefix("/") ? $0 : "\(scratch.path)/\($0)", bytes: [7]) }
    }
    for bad in ["a/b", "missing/x", "/dev/full"] {
      let error = failure { () throws(OutputError) in try AtomicFile.write(contents(["a", "new", bad])) }
      #expect(error != nil && scratch.names == ["a"] && scratch.bytes("a") == [9], "\(bad)")
    }
    try AtomicFile.write(contents(["a", "new"]))
    #expect(scratch.names == ["a", "new"] && scratch.bytes("a") == [7])
  }

  @Test func directoriesAreCreatedToAnyDepth() throws {
    let scratch = try Scratch()
    try AtomicFile.createDirectory("\(scratch.path)/x/y/z")
    try AtomicFile.createDirectory("\(scratch.path)/x/y/z/")
    try AtomicFile.write([1], to: "\(scratch.path)/x/y/z/a")
    try AtomicFile.write([1], to: "\(scratch.path)/file")
    #expect(
      failure { () throws(OutputError) in try AtomicFile.createDirectory("\(scratch.path)/file") }?.reason == .notADirectory)
    #expect(
      failure { () throws(OutputError) in try AtomicFile.createDirectory("\(scratch.path)/file/d") }?.reason
        == .notADirectory)
  }

  @Test func aReportIsWrittenWholeOrNotAtAll() throws {
    let scratch = try Scratch()
    let report = SyntheticReport.make(SyntheticReport.standard, layers: 4)
    let paths = try ReportWriter.write(report, to: "\(scratch.path)/new/audit")
    let names = paths.map { $0.split(separator: "/").last.map(String.init) ?? "" }
    #expect(
      names == [
        "overview.png", "activations-heatmap.png", "gradients-heatmap.png", "activation-histograms.png",
        "gradient-histograms.png",
        "weight-histograms.png", "growth.png", "audit.json",
      ])
    for path in paths { #expect((FileManager.default.contents(atPath: path)?.count ?? 0) > 1000) }
    let json = try #require(FileManager.default.contents(atPath: "\(scratch.path)/new/audit/audit.json"))
    #expect(try AuditJSON.decode([UInt8](json)) == report)

    // The last of the files cannot be written: none appears.
    try AtomicFile.createDirectory("\(scratch.path)/blocked/audit.json")
    #expect(throws: OutputError.self) { try ReportWriter.write(report, to: "\(scratch.path)/blocked") }
    #expect(try FileManager.default.contentsOfDirectory(atPath: "\(scratch.path)/blocked") == ["audit.json"])
    #expect(throws: OutputError.self) { try ReportWriter.write(report, to: "/proc/initscope") }

    let jsonOnly = try ReportWriter.write(report, to: "\(scratch.path)/json", options: .init(figures: []))
    #expect(jsonOnly == ["\(scratch.path)/json/audit.json"])
  }
}
