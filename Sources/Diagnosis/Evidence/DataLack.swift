import DataSets
import NetworkGraph
import NumberText
import SignalPropagation
import Spelling
import TrainingRuns

/// What an audit's data lack, where nothing can be learned from them: samples that differ, or answers that do.
///
/// Every sample is looked at, not only those of the audit's batches, as the network sees it: scaled.
package struct DataLack: Equatable {
  /// The number of samples.
  package var count: Int
  /// Whether all samples are equal; true for a single one.
  package var samplesAreEqual: Bool
  /// Whether all answers are equal; nil for samples without answers.
  package var answersAreEqual: Bool?
  /// The label that all samples have; nil where labels differ, and for quantities.
  package var label: String?

  package init(count: Int, samplesAreEqual: Bool, answersAreEqual: Bool?, label: String? = nil) {
    self.count = count
    self.samplesAreEqual = samplesAreEqual
    self.answersAreEqual = answersAreEqual
    self.label = label
  }

  /// Looks at an audit's data; nil where something can be learned, and for inputs that are drawn.
  package init?(_ c: AuditConfiguration) {
    guard c.given.input == nil else { return nil }
    if c.graphPlan != nil {
      guard let table = GraphVerdict.samples(c) else { return nil }
      let labels = table.labels.isEmpty ? nil : table.labels.map { Int($0) }
      self.init(
        count: table.count,
        samplesAreEqual: Self.rowsAreEqual(table.sampleValues, width: table.features, count: table.count), labels: labels,
        names: nil, answersAreEqual: nil)
      return
    }
    // The audit has refused samples that do not fit.
    guard case .samples(let set, let scaling) = (try? c.fittedInput()) ?? c.input, set.count > 0 else { return nil }
    let answers = set.labels == nil ? set.targets : nil, width = set.targetCount ?? 1
    self.init(
      count: set.count, samplesAreEqual: Self.samplesAreEqual(set, scaling), labels: set.labels, names: set.classNames,
      answersAreEqual: answers.map { Self.rowsAreEqual($0, width: width, count: set.count) })
  }

  private init?(count: Int, samplesAreEqual: Bool, labels: [Int]?, names: [String]?, answersAreEqual: Bool?) {
    let isOneClass = labels.map { all in all.allSatisfy { $0 == all.first } }
    self.init(count: count, samplesAreEqual: samplesAreEqual, answersAreEqual: isOneClass ?? answersAreEqual)
    guard samplesAreEqual || self.answersAreEqual == true else { return nil }
    guard isOneClass == true, let first = labels?.first else { return }
    label = names.flatMap { $0.indices.contains(first) ? TerminalText.safe($0[first], limit: 32) : nil } ?? "\(first)"
  }

  // MARK: Samples

  private static let chunk = 256

  /// Whether all samples are equal to the first, as the network sees them.
  private static func samplesAreEqual(_ set: any SampleSet, _ scaling: Scaling) -> Bool {
    let width = set.featureCount
    func values(_ rows: Range<Int>) -> [Float] {
      [Float](unsafeUninitializedCapacity: rows.count * width) { buffer, count in
        count = rows.count * width
        set.fill(UnsafeMutableBufferPointer(rebasing: buffer[..<count]), indices: rows, scaling: scaling)
      }
    }
    let first = values(0..<1)
    // Of most data the second sample differs from the first.
    var start = 1, size = 1
    while start < set.count {
      let rows = start..<min(set.count, start + size), next = values(rows)
      guard rowsAreEqual(first + next, width: width, count: rows.count + 1) else { return false }
      (start, size) = (rows.upperBound, chunk)
    }
    return true
  }

  private static func rowsAreEqual(_ values: some Collection<Float>, width: Int, count: Int) -> Bool {
    values.elementsEqual(repeatElement(values.prefix(width), count: count).joined())
  }

  // MARK: Words

  /// What is missing, as a sentence without its full stop.
  package var reason: String {
    let samples = groupedNumber(count)
    if count == 1 { return "there is only one sample" }
    if !samplesAreEqual { return "all \(samples) samples have the same \(answer)" }
    let answers = answersAreEqual == true ? ", and so are their \(label == nil ? "answers" : "labels")" : ""
    return "all \(samples) samples are equal\(answers)"
  }

  /// Whether it can be known that no network learns these answers: they differ, and the samples do not.
  package var isHopeless: Bool { samplesAreEqual && answersAreEqual == false }

  var answer: String { label.map { "label (\($0))" } ?? "answer" }

  /// The verdict's words.
  package var summary: String {
    isHopeless
      ? "There is nothing to learn from these data: \(reason), so that no network gives them different answers."
      : "There is nothing to learn from these data: \(reason). What the network would make of others is not known."
  }

  /// What to do about it.
  package var advice: String {
    if count == 1 { return "Give more samples: no change of the network makes one tell more." }
    return samplesAreEqual
      ? "Look at the data, and at how they are read and scaled: no change of the network makes equal samples tell more."
      : "Give samples with different \(label == nil ? "answers" : "labels"): no change of the network makes these tell more."
  }
}
