import Foundation
import ModelFiles
import NetworkGraph
import TestSupport
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

/// Paths in the repository's Fixtures folder.
enum Fixtures {
  static let hostileNetworks = Repository.fixtures.appending(path: "hostile-networks")
}
