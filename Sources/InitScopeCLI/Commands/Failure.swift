import ArgumentParser
import InitScope
import Spelling

/// Ends commands with the house's exit statuses.
enum Failure {
  /// Input that could not be read, output that could not be written, or a machine that refused.
  static let unreadable = ExitCode(2)

  /// Runs a command's body; what it throws beyond the parser's own errors becomes one line on stderr and exit status 2.
  static func reporting(_ body: () throws -> Void) throws {
    do {
      try body()
    } catch let error as ExitCode {
      throw error
    } catch let error as ValidationError {
      throw error
    } catch {
      // What a file holds may stand in any message; a message may have lines.
      let lines = "\(error)".split(separator: "\n", omittingEmptySubsequences: false).map { TerminalText.safe($0) }
      Console.message("Error: \(lines.joined(separator: "\n"))")
      throw unreadable
    }
  }
}
