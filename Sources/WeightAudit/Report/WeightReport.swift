import TensorFiles

/// What an audit of a file of weights found.
public struct WeightReport: Sendable {
  /// The path as it was given, and the format of the file.
  public var file: String
  public var format: String
  public var tensors: [TensorReport]
  /// Errors first.
  public var findings: [WeightFinding]
  /// The scheme that the tensors are compared with; nil where none is known. Of several parts that of the one with most
  /// tensors among those with a scheme.
  public var scheme: SchemeUse?
  /// The towers of a file that holds several models side by side; empty for a single model.
  public var parts: [PartReport] = []
  /// The probability that a correctly initialized file gets any error or warning by chance.
  public var falseAlarmRate: Double
  /// The number of comparisons that share that probability.
  public var comparisons: Int
  /// The comparison with another file; nil where none was asked for.
  public var compared: WeightComparison?
  /// What to know about the file, in sentences.
  public var notes: [String]
  /// What came out, in a sentence.
  public var summary: String
  /// Bytes of all tensors, and the seconds that reading and measuring took.
  public var byteCount = 0
  public var seconds = 0.0

  /// Whether nothing is wrong: no error and no warning.
  public var isClean: Bool { !findings.contains { $0.severity != .note } }

  public var parameterCount: Int { tensors.reduce(0) { $0 + ($1.entry.type.isFloat ? $1.entry.count : 0) } }
}

/// A tower of a file that holds several models side by side, which is judged apart from the others.
public struct PartReport: Sendable {
  /// What the names of its tensors begin with; empty for what stands beside the towers.
  public var name: String
  public var tensors: Int
  /// The scheme that it is compared with; nil where none is known.
  public var scheme: SchemeUse?
}

/// A scheme, and how it came to be the one that a file is compared with.
public struct SchemeUse: Sendable {
  public enum Origin: String, Sendable {
    /// By --scheme or --config.
    case chosen
    /// By names, and because its laws fit best.
    case recognized
    /// By the configuration within the file.
    case declared
  }

  public var name: String
  public var summary: String
  public var source: String
  public var origin: Origin
  /// Of the tensors that it says something of, the share that fits.
  public var share: Double
  /// Its parameters as they were taken, and where each comes from.
  public var parameters: [(name: String, value: Double, from: String)]
}

/// One tensor of a file.
public struct TensorReport: Sendable {
  public var entry: TensorEntry
  public var role: TensorRole
  public var statistics: TensorStatistics
  /// What the scheme declares; nil where it says nothing or there is none.
  public var expected: Expected?
  /// The published formula that the deviation fits; nil where none does.
  public var formula: String?
  /// The rules of the findings that name this tensor.
  public var findings: [String]
  /// The name with its numbers replaced by #.
  public var pattern: String
  /// The worst of its findings.
  public var severity: WeightFinding.Severity?

  public struct Expected: Sendable {
    public var scheme: String
    public var law: TensorLaw
    /// As the scheme writes it.
    public var text: String
    public var fits: Bool
  }
}
