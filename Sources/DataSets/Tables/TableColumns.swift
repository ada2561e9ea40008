/// Which columns of a table are what, where its header does not say it. A column is given by its name or by its number from 1.
public struct TableColumns: Hashable, Sendable {
  /// The column that holds the classes, or several that hold a one-hot code; empty for the column that the header names `label`,
  /// `target` or `class`, or for those whose names begin with one of these and `_`.
  public var labels: [String]
  /// Columns that hold quantities to predict; empty for the one that the header names `response`.
  public var responses: [String]
  /// Columns that are no features, such as an id.
  public var leftOut: [String]

  public init(labels: [String] = [], responses: [String] = [], leftOut: [String] = []) {
    self.labels = labels
    self.responses = responses
    self.leftOut = leftOut
  }

  /// Whether a column's name says that it tells rows apart, as an id or an index does.
  public static func looksLikeID(_ name: String) -> Bool { FeatureColumns.isID(name) }

  public var isEmpty: Bool { labels.isEmpty && responses.isEmpty && leftOut.isEmpty }
}
