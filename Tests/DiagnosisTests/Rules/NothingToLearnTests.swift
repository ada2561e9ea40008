import DataSets
import Diagnosis
import NetworkGraph
import SignalPropagation
import Testing

/// Samples made up for a test: rows and answers.
struct MadeUpSamples: SampleSet {
  var rows: [[Float]]
  var labels: [Int]?
  var targets: [Float]?
  var name: String { "made-up" }
  var count: Int { rows.count }
  var shape: [Int] { [rows[0].count] }
  var classCount: Int? { labels.map { ($0.max() ?? 0) + 1 } }
  var classNames: [String]?
  var targetCount: Int? { targets.map { $0.count / rows.count } }
  var standardization: Standardization? { nil }

  func fill(_ destination: UnsafeMutableBufferPointer<Float>, indices: some Collection<Int>, scaling: Scaling) {
    for (place, value) in indices.flatMap({ rows[$0] }).enumerated() { destination[place] = value }
  }

  /// Rows that differ, of both signs.
  static func varied(_ count: Int, features: Int = 8) -> [[Float]] {
    (0..<count).map { row in (0..<features).map { Float((row * 37 + $0 * 101) % 17) / 8 - 1 } }
  }
  static func equal(_ count: Int, features: Int = 8) -> [[Float]] {
    Array(repeating: varied(1, features: features)[0], count: count)
  }
}

@Suite struct NothingToLearnTests {
  static let network = Result { try Examined.mlp(depth: 3, width: 32, inputs: 8, .relu) }

  static func findings(_ samples: MadeUpSamples, batch: Int = 32) throws -> [Finding] {
    try Examined.run(try network.get(), "he_normal", input: .samples(samples, .raw), batch: batch, replicas: 2).findings
  }

  static func own(_ samples: MadeUpSamples) throws -> [Finding] {
    try findings(samples).filter { $0.rule == NothingToLearn.name }
  }

  @Test func equalSamplesAreAnErrorOfTheData() throws {
    let findings = try Self.findings(MadeUpSamples(rows: MadeUpSamples.equal(40), labels: (0..<40).map { $0 % 2 }))
    let finding = try #require(findings.first)
    #expect(finding.rule == NothingToLearn.name && finding.severity == .error && finding.text("cause") == "equal samples")
    #expect(finding.message.hasPrefix("All 40 samples of the data are equal"))
    // No rule blames the network for it.
    #expect(findings.filter { ["dead-units", "collapsed-inputs"].contains($0.rule) }.isEmpty, "\(findings.map(\.message))")
  }

  /// One sample among many that differs is enough; a batch need not have it.
  @Test func allSamplesAreLookedAt() throws {
    var rows = MadeUpSamples.equal(700)
    rows[699][7] += 1
    #expect(try Self.own(MadeUpSamples(rows: rows, labels: (0..<700).map { $0 % 2 })).isEmpty)
  }

  @Test func oneSampleIsAWarning() throws {
    let findings = try Self.own(MadeUpSamples(rows: MadeUpSamples.varied(1), labels: [0]))
    #expect(findings.map(\.severity) == [.warning] && findings[0].text("cause") == "one sample")
  }

  @Test func oneClassIsAWarningThatNamesIt() throws {
    var samples = MadeUpSamples(rows: MadeUpSamples.varied(30), labels: Array(repeating: 3, count: 30))
    var findings = try Self.own(samples)
    #expect(findings.map(\.severity) == [.warning] && findings[0].message.contains("have the same label (3)"))
    samples.classNames = ["cat", "dog", "fish", "bird"]
    findings = try Self.own(samples)
    #expect(findings.first?.message.contains("have the same label (bird)") == true)
  }

  @Test func oneAnswerIsAWarning() throws {
    let one = MadeUpSamples(rows: MadeUpSamples.varied(30), targets: Array(repeating: 2.5, count: 30))
    #expect(try Self.own(one).map(\.severity) == [.warning])
    let many = MadeUpSamples(rows: MadeUpSamples.varied(30), targets: (0..<30).map(Float.init))
    #expect(try Self.own(many).isEmpty)
  }

  /// Zeros are reported by dead-units alone.
  @Test func zerosAreReportedOnce() throws {
    let rows = Array(repeating: [Float](repeating: 0, count: 8), count: 20)
    let errors = try Self.findings(MadeUpSamples(rows: rows, labels: (0..<20).map { $0 % 2 })).filter {
      $0.severity == .error
    }
    #expect(errors.map(\.rule) == [DeadUnits.name])
  }

  /// Drawn inputs and ordinary data are never in question.
  @Test func otherDataAreSilent() throws {
    #expect(try Self.own(MadeUpSamples(rows: MadeUpSamples.varied(30), labels: (0..<30).map { $0 % 2 })).isEmpty)
    #expect(try Self.own(MadeUpSamples(rows: MadeUpSamples.varied(30))).isEmpty)
    try Examined.healthy { #expect($0.findings(of: NothingToLearn.name).isEmpty) }
  }

  // MARK: Verdicts

  static func run(_ samples: MadeUpSamples, _ initializer: String = "he_normal") throws -> InitializerRun {
    let configuration = AuditConfiguration(
      network: try network.get(), initializers: [try Initializer(parsing: initializer)], input: .samples(samples, .raw),
      batch: 32, replicas: 2, seed: 2, histograms: false)
    return try Audit(configuration).diagnose().runs[0]
  }

  /// One class, one sample, equal answers, equal samples without answers: whether the network trains is not asked. No error
  /// is softened.
  @Test(arguments: [
    (
      "all 30 samples have the same label (0)",
      MadeUpSamples(rows: MadeUpSamples.varied(30), labels: Array(repeating: 0, count: 30))
    ),
    ("there is only one sample", MadeUpSamples(rows: MadeUpSamples.varied(1), labels: [1])),
    (
      "all 30 samples have the same answer",
      MadeUpSamples(rows: MadeUpSamples.varied(30), targets: Array(repeating: 1.5, count: 30))
    ),
    ("all 30 samples are equal", MadeUpSamples(rows: MadeUpSamples.equal(30))),
    (
      "all 30 samples are equal, and so are their labels",
      MadeUpSamples(rows: MadeUpSamples.equal(30), labels: Array(repeating: 2, count: 30))
    ),
  ]) func theVerdictSaysSo(reason: String, samples: MadeUpSamples) throws {
    let run = try Self.run(samples), verdict = try #require(run.verdict)
    #expect(verdict.trains == nil && verdict.confidence == nil && verdict.learningRate == nil && !verdict.inEvidence)
    #expect(verdict.expectedAccuracies.isEmpty)
    #expect(verdict.summary.hasPrefix("There is nothing to learn from these data: \(reason)"), "\(verdict.summary)")
    #expect(verdict.recommendation?.contains("no change of the network") == true)
    let isEqual = samples.count > 1 && samples.rows.allSatisfy { $0 == samples.rows[0] }
    #expect(run.findings.contains { $0.severity == .error } == isEqual, "\(run.findings.map(\.message))")
    #expect(verdict.status == (isEqual ? .collapsed : .healthy) || !isEqual, "\(verdict.status)")
  }

  /// Equal samples of different classes are learned by no network: chance is all that is left.
  @Test func equalSamplesOfTwoClassesCannotBeLearned() throws {
    let run = try Self.run(MadeUpSamples(rows: MadeUpSamples.equal(30), labels: (0..<30).map { $0 % 2 }))
    let verdict = try #require(run.verdict)
    #expect(verdict.trains == false && verdict.confidence == 0.99 && verdict.status == .collapsed && verdict.inEvidence)
    #expect(verdict.summary.contains("no network gives them different answers"))
    #expect(verdict.recommendation?.hasPrefix("Look at the data") == true)
  }

  /// What is wrong with the network stays said.
  @Test func findingsStayWhatTheyAre() throws {
    let samples = MadeUpSamples(rows: MadeUpSamples.varied(30), labels: Array(repeating: 0, count: 30))
    let run = try Self.run(samples, "constant(value=0)")
    #expect(run.verdict?.trains == nil && run.findings.contains { $0.severity == .error })
    #expect(run.verdict?.status != .healthy)
  }
}
