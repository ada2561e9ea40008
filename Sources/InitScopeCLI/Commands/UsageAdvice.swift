import InitScope
import Spelling

/// Adds to the parser's own errors what they leave out: what an option takes, and which command may have been meant.
enum UsageAdvice {
  private static let wholeNumbers: [String: ClosedRange<Int>] = [
    "--depth": PresetOptions.depthRange, "--width": PresetOptions.sizeRange, "--inputs": PresetOptions.sizeRange,
    "--outputs": PresetOptions.sizeRange, "--batch": AuditConfiguration.batchRange,
    "--seeds": AuditConfiguration.replicaRange, "--threads": AuditConfiguration.threadRange,
    "--epochs": TrainingConfiguration.epochRange, "--steps-per-epoch": 1...1_000_000_000,
    "--sequence-length": LoadingOptions.lengthRange, "--vocabulary": LoadingOptions.vocabularyRange,
  ]

  /// Of `train`, which has other limits than an audit.
  private static let ofTraining: [String: ClosedRange<Int>] = [
    "--batch": TrainingConfiguration.batchRange, "--seeds": TrainingConfiguration.seedRange,
  ]

  private static let others: [String: String] = [
    "--seed": "a whole number from 0 to \(UInt64.max)",
    "--memory": "a size from 1M on, such as 4G or 512M",
    "--bias-std": "0, or a number from 1e-100 to 1e100",
    "--target": "an accuracy above 0 and up to 1, such as 0.85",
    "--validation": "a number of samples, or a share such as 0.1",
    "--weight-variance": "a number from 0 to 1e18", "--bias-variance": "a number from 0 to 1e18",
    "--starting-variance": "a number from 0 to 1e18", "--variance": "a number from 0 to 1e18",
  ]

  /// The parser's text with what it leaves out.
  ///
  /// - Parameters:
  ///   - text: What the parser says.
  ///   - arguments: The command line after the program's name.
  ///   - commands: The names of the commands.
  static func completed(_ text: String, arguments: [String], commands: [String]) -> String {
    let lines = text.split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false)
    guard let first = lines.first, let more = advice(String(first), arguments, commands) else { return text }
    return ([first + more] + lines.dropFirst()).joined(separator: "\n")
  }

  private static func advice(_ line: String, _ arguments: [String], _ commands: [String]) -> String? {
    if let place = line.firstRange(of: " is invalid for '--")?.upperBound, line.hasSuffix(">'") {
      let name = "--" + line[place...].prefix { $0 != " " }
      return takes(name, isTraining: arguments.first == "train").map { ". It takes \($0)" }
    }
    guard let word = arguments.first, !word.hasPrefix("-"), line == "Error: Unexpected argument '\(word)'" else {
      return nil
    }
    let nearest = nearestName(to: word, among: commands).map { ". Did you mean '\($0)'?" } ?? "."
    return "\(nearest) Commands: \(commands.joined(separator: ", "))"
  }

  private static func takes(_ name: String, isTraining: Bool) -> String? {
    if let range = (isTraining ? ofTraining[name] : nil) ?? wholeNumbers[name] {
      return "a whole number from \(range.lowerBound) to \(range.upperBound)"
    }
    return others[name]
  }
}
