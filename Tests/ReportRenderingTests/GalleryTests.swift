import Foundation
import ReportRendering
import SignalPropagation
import Testing

/// Every picture of every hard case is drawn; with INITSCOPE_GALLERY=DIR in the environment they are kept for looking at.
@Suite struct GalleryTests {
  static let cases: [(name: String, report: AuditReport)] = [
    ("default", SyntheticReport.make(SyntheticReport.standard, layers: 21)),
    ("twelve", SyntheticReport.make(SyntheticReport.hard, layers: 21, theory: true)),
    ("one", SyntheticReport.make([SyntheticReport.standard[6]], layers: 21, theory: true)),
    ("two-layers", SyntheticReport.make(Array(SyntheticReport.standard.prefix(4)), layers: 2)),
    ("deep", SyntheticReport.make(Array(SyntheticReport.standard.dropFirst(3)), layers: 200)),
    ("zeros", SyntheticReport.make([SyntheticReport.standard[0]], layers: 21)),
    ("non-finite", SyntheticReport.make([SyntheticReport.hard[6], SyntheticReport.hard[7]], layers: 12, replicas: 1)),
    ("one-layer", SyntheticReport.make([SyntheticReport.standard[6]], layers: 1, replicas: 1)),
    ("no-runs", SyntheticReport.make([], layers: 3)),
  ]

  @Test(arguments: cases.indices) func everyPictureIsDrawn(_ index: Int) throws {
    let (name, report) = Self.cases[index]
    for figure in Figure.allCases {
      let bytes = try figure.render(report)
      let image = try DecodedPNG(bytes)
      #expect(image.width >= 600 && image.width <= 1600 && image.height >= 150 && image.height <= 4000, "\(name) \(figure)")
      if let directory = ProcessInfo.processInfo.environment["INITSCOPE_GALLERY"] {
        try AtomicFile.createDirectory(directory)
        try AtomicFile.write(bytes, to: "\(directory)/\(name)-\(figure.fileName)")
      }
    }
  }
}
