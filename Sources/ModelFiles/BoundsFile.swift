import DataSets
import Diagnosis
import NetworkGraph
import SignalPropagation

/// A file of bounds that an initialization must keep, with the settings of the audit that checks them.
///
///     version: 1
///     init: he_normal
///     falseAlarmRate: 0.001
///     bounds:
///       - {of: activations, layers: hidden, secondMoment: [0.5, 2]}
///       - {of: gradients, growthPerLayer: auto}
///     rules:
///       theory-disagreement: warning
///
/// `Gate.md` of the documentation lists every key.
public struct BoundsFile: Sendable {
  public var bounds: GateBounds
  /// A preset's name or the path of a network file.
  public var network: String?
  /// A preset's options, each as on the command line; `true` for a flag.
  public var options: [(name: PresetOptions.Name, value: String)] = []
  /// How the input is read, each option as on the command line.
  public var data: [(name: DataOption, value: String)] = []
  public var initializers: [Initializer]?
  public var input: DataSource?
  public var scaling: Scaling?
  public var backward: BackwardSource?
  public var batch: Int?
  public var seeds: Int?
  public var seed: UInt64?

  public init(bounds: GateBounds) { self.bounds = bounds }

  /// Reads the bounds file at `path`.
  ///
  /// - Throws: `NetworkFileError` naming line, column, key and remedy.
  public static func read(path: String) throws(NetworkFileError) -> BoundsFile {
    let text = try NetworkFile.text(path: path), name = path == "-" ? "standard input" : path
    do {
      return try read(text, path: name)
    } catch {
      if ForeignText.isNetwork(text) {
        throw NetworkFileError(
          path: name, "is a network file, not a file of bounds",
          hint: "Name it before the options: initscope check FILE.yaml --bounds BOUNDS.yaml")
      }
      guard let foreign = ForeignText.recognize(text, path: name), !ForeignText.isBounds(text) else { throw error }
      throw NetworkFileError(path: name, foreign.what, hint: foreign.hint)
    }
  }

  /// Reads the bounds in `text`; `path` is what errors call the file.
  ///
  /// - Throws: `NetworkFileError` naming line, column, key and remedy.
  public static func read(_ text: String, path: String) throws(NetworkFileError) -> BoundsFile {
    guard let root = try NetworkYAML.compose(text, path: path) else {
      throw NetworkFileError(path: path, "the file is empty", hint: "Give version: 1 and bounds: or rules:")
    }
    return try BoundsYAMLReader(path: path).file(root)
  }
}

/// The options that say how a source is read, by their names on the command line.
public enum DataOption: String, Sendable, CaseIterable {
  case labelColumn = "label-column"
  case responseColumn = "response-column"
  case leaveOut = "leave-out"
  case labels
  case sequenceLength = "sequence-length"
  case vocabulary
}
