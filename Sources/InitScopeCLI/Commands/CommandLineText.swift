/// The command line as a shell would take it again.
enum CommandLineText {
  static var current: String {
    let words = ["initscope"] + CommandLine.arguments.dropFirst()
    return words.map(quoted).joined(separator: " ")
  }

  private static func quoted(_ word: String) -> String {
    let plain = word.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-_./:=,+@%".contains($0)) }
    if plain && !word.isEmpty { return word }
    // A single quote ends the quotation, stands escaped, and opens it again.
    return "'" + word.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
  }
}
