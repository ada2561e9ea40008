import Foundation
import ModelFiles
import NetworkGraph
import Testing

/// The network that a YAML text describes; errors call the file `net.yaml`.
func read(_ yaml: String) throws -> Network { try NetworkYAML.read(yaml, path: "net.yaml") }

/// The error that reading ends with; a test fails where it ends well.
func refusal(of body: () throws -> Network, sourceLocation: SourceLocation = #_sourceLocation) -> NetworkFileError? {
  do {
    _ = try body()
    Issue.record("nothing was refused", sourceLocation: sourceLocation)
  } catch let error as NetworkFileError {
    return error
  } catch {
    Issue.record(error, sourceLocation: sourceLocation)
  }
  return nil
}

/// The repository's Fixtures folder, found from this file so that the working directory does not matter.
enum Fixtures {
  static let hostileNetworks = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "Fixtures/hostile-networks")
}
