import Glibc
import NetworkGraph

/// Finds the network that a command-line argument names.
public enum NetworkFile {
  /// Reads the network file at `path`, `-` for standard input.
  ///
  /// - Throws: `NetworkFileError` where the file cannot be read or describes no valid network.
  public static func read(path: String) throws(NetworkFileError) -> Network {
    let name = path == "-" ? "standard input" : path
    guard let file = path == "-" ? stdin : fopen(path, "r") else {
      throw NetworkFileError(path: path, "cannot be opened: \(String(cString: strerror(errno)))", hint: "Check the path")
    }
    defer { if path != "-" { fclose(file) } }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    // One byte beyond the limit tells a file that is too large from one that just fits.
    while bytes.count <= NetworkYAML.largestFile {
      let count = fread(&chunk, 1, chunk.count, file)
      if count == 0 { break }
      bytes.append(contentsOf: chunk[..<count])
    }
    guard ferror(file) == 0 else {
      throw NetworkFileError(path: name, "cannot be read: \(String(cString: strerror(errno)))", hint: "Give a YAML file")
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw NetworkFileError(path: name, "is not UTF-8 text", hint: "Give a YAML file")
    }
    return try NetworkYAML.read(text, path: name)
  }
}
