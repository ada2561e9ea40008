import Glibc
import NetworkGraph

/// Finds the network that a command-line argument names.
public enum NetworkFile {
  /// Reads the network file at `path`, `-` for standard input.
  ///
  /// - Throws: `NetworkFileError` where the file cannot be read or describes no valid network.
  public static func read(path: String) throws(NetworkFileError) -> Network {
    try NetworkYAML.read(text(path: path), path: path == "-" ? "standard input" : path)
  }

  /// The same with the line on which each layer stands.
  ///
  /// - Throws: As `read` does.
  public static func source(path: String) throws(NetworkFileError) -> NetworkSource {
    try NetworkYAML.source(text(path: path), path: path == "-" ? "standard input" : path)
  }

  /// The text of a YAML file, `-` for standard input, up to one byte beyond the largest size.
  static func text(path: String) throws(NetworkFileError) -> String {
    let name = path == "-" ? "standard input" : path
    let descriptor = path == "-" ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw failure(path, "cannot be opened", hint: "Check the path") }
    defer { if descriptor != STDIN_FILENO { close(descriptor) } }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    // One byte beyond the limit tells a file that is too large from one that just fits.
    while bytes.count <= NetworkYAML.largestFile {
      let count = Glibc.read(descriptor, &chunk, chunk.count)
      if count < 0 && errno == EINTR { continue }
      guard count >= 0 else { throw failure(name, "cannot be read", hint: "Give a YAML file") }
      if count == 0 { break }
      bytes.append(contentsOf: chunk[..<count])
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw NetworkFileError(path: name, "is not UTF-8 text", hint: "Give a YAML file, saved as UTF-8")
    }
    return text
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
