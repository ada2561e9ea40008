import Glibc
import NetworkGraph

/// Finds the network that a command-line argument names.
public enum NetworkFile {
  /// Reads the network that the file at `path` describes, in any format of ``ModelFormat``; `-` for standard input.
  ///
  /// - Throws: `NetworkFileError` where the file cannot be read or describes no valid network.
  public static func read(path: String) throws(NetworkFileError) -> Network {
    try ModelFile.read(path: path).network
  }

  /// The same with the line on which each layer stands, where the format has lines.
  ///
  /// - Throws: As `read` does.
  public static func source(path: String) throws(NetworkFileError) -> NetworkSource {
    let model = try ModelFile.read(path: path)
    return NetworkSource(network: model.network, lines: model.lines)
  }

  /// Reads a network in YAML from these bytes; `path` is what errors call the file.
  static func source(_ bytes: [UInt8], path: String) throws(NetworkFileError) -> NetworkSource {
    let name = path == "-" ? "standard input" : path
    let text = try text(bytes, name: name)
    do {
      return try NetworkYAML.source(text, path: name)
    } catch {
      guard let foreign = ForeignText.recognize(text, path: name) else { throw error }
      throw NetworkFileError(path: name, foreign.what, hint: foreign.hint)
    }
  }

  /// Reads the text of a YAML file, `-` for standard input, up to one byte beyond the largest size.
  static func text(path: String) throws(NetworkFileError) -> String {
    try text(bytes(path: path), name: path == "-" ? "standard input" : path)
  }

  /// Reads a file, `-` for standard input, up to one byte beyond the limit.
  static func bytes(path: String, limit: Int = NetworkYAML.largestFile) throws(NetworkFileError) -> [UInt8] {
    let name = path == "-" ? "standard input" : path
    let descriptor = path == "-" ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw failure(path, "cannot be opened", hint: "Check the path") }
    defer { if descriptor != STDIN_FILENO { close(descriptor) } }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    // One byte beyond the limit tells a file that is too large from one that just fits.
    while bytes.count <= limit {
      let count = Glibc.read(descriptor, &chunk, chunk.count)
      if count < 0 && errno == EINTR { continue }
      guard count >= 0 else {
        if errno == EISDIR { throw directory(path) }
        throw failure(name, "cannot be read", hint: "Give a YAML file")
      }
      if count == 0 { break }
      bytes.append(contentsOf: chunk[..<count])
    }
    return bytes
  }

  private static func text(_ bytes: [UInt8], name: String) throws(NetworkFileError) -> String {
    if let foreign = ForeignFile.binary(bytes, path: name) {
      throw NetworkFileError(path: name, foreign.what, hint: foreign.hint)
    }
    // Reading ended there, perhaps within a character.
    guard bytes.count <= NetworkYAML.largestFile else { throw NetworkYAML.tooLarge(name) }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw NetworkFileError(
        path: name, "is not UTF-8 text: byte \(firstInvalidByte(bytes)) belongs to no character",
        hint: "Give a YAML file, saved as UTF-8")
    }
    return text
  }

  /// Counted from 0.
  private static func firstInvalidByte(_ bytes: [UInt8]) -> Int {
    var parser = Unicode.UTF8.ForwardParser()
    var rest = bytes.makeIterator()
    var place = 0
    while case .valid(let character) = parser.parseScalar(from: &rest) { place += character.count }
    return place
  }

  private static func directory(_ path: String) -> NetworkFileError {
    if access("\(path)/saved_model.pb", F_OK) == 0 {
      return NetworkFileError(path: path, "is a TensorFlow SavedModel", hint: ForeignFile.fromPython)
    }
    return NetworkFileError(path: path, "is a directory", hint: "Give a network file in YAML, or a preset's name")
  }

  private static func failure(_ name: String, _ what: String, hint: String) -> NetworkFileError {
    NetworkFileError(path: name, "\(what): \(String(cString: strerror(errno)))", hint: hint)
  }
}

/// A network with the places of its layers in the file that describes it.
public struct NetworkSource: Sendable {
  public var network: Network
  /// The line on which each layer's entry begins, from 1, by the layer's name. Layers of one `repeat` share a line.
  public var lines: [String: Int]
}
