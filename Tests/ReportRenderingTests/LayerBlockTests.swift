import Foundation
import ReportRendering
import SignalPropagation
import Testing

/// Models of many measuring points are shown by their blocks first.
@Suite struct LayerBlockTests {
  private static let file = SyntheticRun(name: "file", forward: 0.001, backward: -0.001, weightDeviation: 0.02)
  /// 3,003 measuring points.
  private static let large = SyntheticReport.graph([file], blocks: 100, parts: 30)

  private func blocks(_ scopes: [(scope: String, name: String)]) throws -> [LayerBlock] {
    var report = SyntheticReport.make([Self.file], layers: scopes.count, width: 4, replicas: 2)
    for (place, point) in scopes.enumerated() {
      (report.runs[0].layers[place].scope, report.runs[0].layers[place].name) = (point.scope, point.name)
    }
    return report.runs[0].blocks
  }

  @Test func aTransformerFoldsToItsBlocks() {
    let run = SyntheticReport.graph([Self.file], blocks: 12, parts: 15).runs[0]
    let names = (0..<12).map { "transformer.h.\($0)" }
    #expect(run.blocks.map(\.name) == ["transformer.wte"] + names + ["transformer.ln_f", "lm_head"])
    #expect(run.blocks.map(\.layers.count) == [1] + Array(repeating: 15, count: 12) + [1, 1])
    let folded = run.folded
    #expect(folded.layers.map(\.index) == Array(1...15) && folded.outputLayer == 15 && folded.outputIndex == 14)
    #expect(folded.layers[1].activation.log10SecondMoment == run.layers[15].activation.log10SecondMoment)
  }

  @Test func aBlockHasTheWorstOfItsParts() {
    var run = SyntheticReport.graph([Self.file], blocks: 12, parts: 15).runs[0]
    run.layers[3].activation.deadFraction = 0.75
    run.layers[4].activation.saturatedFraction = 0.5
    run.layers[20].gradient.nonFinite = 3
    let blocks = run.blocks
    #expect(blocks[1].result.activation.deadFraction == 0.75 && blocks[1].result.activation.saturatedFraction == 0.5)
    #expect(blocks[2].result.gradient.nonFinite == 3 && blocks[2].result.gradient.log10SecondMoment == nil)
    #expect(blocks[3].result.activation.deadFraction != 0.75 && blocks[3].result.gradient.nonFinite == 0)
  }

  /// Stages of numbered blocks: ResNet-50's layer1.0, and the 50 blocks of ResNet-152, which are more than fit on a screen
  /// but what its structure is made of.
  @Test(arguments: [([3, 4, 6, 3], 16), ([3, 8, 36, 3], 50)]) func stagesFoldToTheirBlocks(stages: [Int], count: Int) throws
  {
    var points: [(scope: String, name: String)] = [("conv1", "conv1"), ("bn1", "bn1")]
    for (stage, blocks) in stages.enumerated() {
      for block in 0..<blocks {
        let module = "layer\(stage + 1).\(block)"
        for part in ["conv1", "bn1", "conv2", "bn2", "conv3", "bn3"] {
          points.append(("\(module).\(part)", "\(module).\(part)"))
        }
        points.append((module, "\(module).add"))
      }
    }
    points.append(("fc", "fc"))
    let blocks = try blocks(points)
    #expect(blocks.count == count + 3)
    #expect(blocks[2].name == "layer1.0" && blocks[2].layers.count == 7 && blocks[2].layers[6].name == "layer1.0.add")
  }

  /// MobileNet numbers the parts of its blocks, too: `features.3.block.1.0`.
  @Test func numberedPartsStayInTheirBlocks() throws {
    var points: [(scope: String, name: String)] = [("features.0", "features.0.0"), ("features.0", "features.0.1")]
    for block in 1..<14 {
      for part in 0..<4 {
        for inner in 0..<2 {
          points.append(("features.\(block).block.\(part)", "features.\(block).block.\(part).\(inner)"))
        }
      }
      points.append(("features.\(block)", "features.\(block).sum"))
    }
    points += [("classifier", "classifier.0"), ("classifier", "classifier.3")]
    let blocks = try blocks(points)
    #expect(blocks.map(\.name) == (0..<14).map { "features.\($0)" } + ["classifier.0", "classifier.3"])
    #expect(blocks[5].layers.last?.name == "features.5.sum")
  }

  @Test func smallModelsAndOurOwnNetworksAreNotFolded() throws {
    #expect(SyntheticReport.graph([Self.file], blocks: 2, parts: 15).runs[0].blocks.count == 33)
    let own = SyntheticReport.make([Self.file], layers: 200, width: 4, replicas: 2).runs[0]
    #expect(own.blocks.count == 200 && own.folded == own)
    // Names without modules fold to nothing.
    #expect(try blocks((0..<60).map { ("", "node_\($0)") }).count == 60)
  }

  @Test func thousandsOfPointsFoldToAHundredBlocks() {
    let run = Self.large.runs[0]
    #expect(run.layers.count == 3003)
    #expect(run.blocks.count == 103)
  }

  @Test func namesOfSeriesAreShort() {
    #expect(
      FoldedRuns.names(["wte"] + (0..<12).map { "h.\($0)" } + ["ln_f", "layer1.0", "layer1.1", "layer2.0", "fc"])
        == "1 wte, 2-13 h.0 to 11, 14 ln_f, 15-16 layer1.0 to 1, 17 layer2.0, 18 fc")
    #expect(FoldedRuns.names((0..<50).map { "n\($0)" }).hasSuffix("23 n22, and 27 more"))
  }

  /// A report of 3,000 points with three runs: below 20 MB without histograms, and it says what it lacks.
  @Test func theDocumentStaysSmall() throws {
    let report = Self.large
    let document = AuditJSON.document(report)
    #expect(document.bytes.count <= AuditJSON.largestSize, "\(document.bytes.count) bytes")
    #expect(Array(document.omitted.prefix(3)) == ["histogram", "magnitudes", "groups"])
    let read = try AuditJSON.decode(document.bytes)
    #expect(read.runs[0].layers.count == 3003 && read.runs[0].layers.allSatisfy { $0.activation.histogram == nil })
    #expect(read.runs[0].layers.map(\.scope) == report.runs[0].layers.map(\.scope))
    #expect(read.runs[0].layers[7].activation.log10SecondMoment == report.runs[0].layers[7].activation.log10SecondMoment)
    #expect(read.runs[0].parameters == report.runs[0].parameters)
    // A small document lacks nothing and says nothing.
    let small = AuditJSON.document(SyntheticReport.graph([Self.file], blocks: 2, parts: 15))
    #expect(small.omitted.isEmpty && !String(decoding: small.bytes, as: UTF8.self).contains("\"omitted\""))
  }

  @Test(arguments: [Figure.overview, .activationsHeatmap, .gradientsHeatmap]) func picturesOfThousandsOfPointsAreOfBlocks(
    figure: Figure
  ) throws {
    let report = Self.large
    let png = try figure.render(report)
    if let folder = ProcessInfo.processInfo.environment["POINTS_PICTURES"] {
      try Data(png).write(to: URL(fileURLWithPath: "\(folder)/\(figure.fileName)"))
    }
    #expect(png.count > 1000)
    let layout = try SignalHeatmap(report, .activation).layout()
    #expect(layout.indices == Array(1...103))
  }
}

/// The fields of models from files in the JSON document.
@Suite struct GraphFieldsTests {
  @Test func fieldsAreWrittenAndReadBack() throws {
    var report = SyntheticReport.graph(
      [SyntheticRun(name: "file", forward: 0, backward: 0, weightDeviation: 0.02)], blocks: 1, parts: 3)
    report.runs[0].values = [
      ValueSummary(
        name: "view_13", operation: "MatMul", mean: 0.5, variance: 2, secondMoment: 2.25, gradientSecondMoment: nil)
    ]
    report.runs[0].outputLayer = 5
    let read = try AuditJSON.decode(AuditJSON.encode(report))
    #expect(read == report)
    let text = String(decoding: AuditJSON.encode(report), as: UTF8.self)
    for line in [
      "\"scope\": \"transformer.h.0.attn\"", "\"value\": \"value_2\"", "\"operator\": \"MatMul\"", "\"outputLayer\": 5",
      "\"replicaNote\": \"All replicas", "\"gradientSecondMoment\": null",
    ] { #expect(text.contains(line), "\(line)") }
  }

  @Test func ownNetworksHaveNulls() throws {
    let report = SyntheticReport.make(
      [SyntheticRun(name: "he_normal", forward: 0, backward: 0, weightDeviation: 0.1)], layers: 3, width: 4)
    let text = String(decoding: AuditJSON.encode(report), as: UTF8.self)
    #expect(text.contains("\"scope\": null") && text.contains("\"value\": null") && text.contains("\"replicaNote\": null"))
    #expect(!text.contains("\"values\""))
  }

  /// Reports of versions that did not write the output layer: the kinds of layers tell it.
  @Test func earlierReportsKnowTheirOutput() throws {
    var report = SyntheticReport.make(
      [SyntheticRun(name: "he_normal", forward: 0, backward: 0, weightDeviation: 0.1)], layers: 4, width: 4)
    report.runs[0].layers[3].kind = "softmax"
    (report.runs[0].layers[3].fanIn, report.runs[0].layers[3].fanOut) = (nil, nil)
    let text = String(decoding: AuditJSON.encode(report), as: UTF8.self)
      .replacing("\"outputLayer\": 4,", with: "")
    #expect(try AuditJSON.decode(Array(text.utf8)).runs[0].outputIndex == 2)
    let bad = String(decoding: AuditJSON.encode(report), as: UTF8.self)
      .replacing("\"outputLayer\": 4,", with: "\"outputLayer\": 9,")
    #expect(throws: ReportFormatError.self) { try AuditJSON.decode(Array(bad.utf8)) }
  }
}
