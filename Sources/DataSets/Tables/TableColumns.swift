/// Which columns of a table hold labels or answers, or are left out. A column is given by its name or its number from 1.
public struct TableColumns: Hashable, Sendable {
  /// The column that holds the classes, or several that hold a one-hot code; empty for the column that the header names
  /// `label`, `target` or `class`, or for those whose names begin with one of these and `_`.
  public var labels: [String]
  /// Columns that hold quantities to predict; empty for the one that the header names `response`.
  public var responses: [String]
  /// Columns to leave out, such as an id.
  public var leftOut: [String]

  public init(labels: [String] = [], responses: [String] = [], leftOut: [String] = []) {
    self.labels = labels
    self.responses = responses
    self.leftOut = leftOut
  }

  /// What is to be asked about a set whose features look like an id or like answers, by their names: "'id' looks like an id,
  /// 'y' looks like the answer, and counts as a feature. If it is none, give ...". Nil where none does.
  public static func remark(on set: any SampleSet) -> String? {
    let hasAnswers = set.labels != nil || set.targets != nil
    guard let suspects = FeatureColumns.suspects(set.featureNames ?? [], hasAnswers: hasAnswers, quantities: set.quantities)
    else { return nil }
    let isOne = !suspects.looks.contains(", ")
    return
      "\(suspects.looks), and \(isOne ? "counts as a feature. If it is none" : "all count as features. If they are none"), "
      + "give \(suspects.flags)"
  }

  public var isEmpty: Bool { labels.isEmpty && responses.isEmpty && leftOut.isEmpty }
}
