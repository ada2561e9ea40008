import KerasFiles
import NetworkGraph

/// The formats of files that describe networks, in the order in which a file is compared with them.
///
/// To add one: a case here, how it is recognized by its first bytes, and how it is read.
public enum ModelFormat: String, Sendable, Hashable, CaseIterable {
  /// A `.keras` file: a zip archive with a configuration and weights.
  case keras
  /// The JSON of `model.to_json()`.
  case kerasConfiguration = "keras-json"
  /// A network in this project's own language.
  case yaml

  /// Whether a file that begins with these bytes has this format.
  func recognizes(_ beginning: [UInt8], path: String) -> Bool {
    switch self {
    case .keras: ForeignFile.isKeras(beginning, path: path)
    case .kerasConfiguration:
      beginning.first { !($0 == 0x20 || $0 == 0x0A || $0 == 0x0D || $0 == 0x09) } == UInt8(ascii: "{")
        && KerasModel.looksLikeConfiguration(beginning)
    case .yaml: true
    }
  }

  func read(_ beginning: [UInt8], path: String) throws(NetworkFileError) -> ModelFile {
    switch self {
    case .keras:
      guard path != "-" else {
        throw NetworkFileError(path: "standard input", "is a Keras model, which is read from a file", hint: "Give its path")
      }
      return try model { () throws(KerasError) in try KerasModel(path: path) }
    case .kerasConfiguration:
      let bytes =
        beginning.count > NetworkYAML.largestFile
        ? try NetworkFile.bytes(path: path, limit: KerasModel.largestConfiguration) : beginning
      return try model { () throws(KerasError) in
        try KerasModel(configuration: bytes, path: path == "-" ? "standard input" : path)
      }
    case .yaml:
      let source = try NetworkFile.source(beginning, path: path)
      var file = ModelFile(network: source.network, format: self)
      file.lines = source.lines
      return file
    }
  }

  private func model(_ read: () throws(KerasError) -> KerasModel) throws(NetworkFileError) -> ModelFile {
    do {
      let model = try read()
      var file = ModelFile(network: model.network, format: self)
      (file.notes, file.keras) = (model.notes, model)
      return file
    } catch {
      throw NetworkFileError(error)
    }
  }
}
