import ArgumentParser
import InitScope
import Spelling

/// Looks that several commands take at what was written, before anything is computed.
enum OptionChecks {
  /// - Throws: `ValidationError` naming the option and what it takes.
  static func range(_ value: Int?, _ name: String, _ range: ClosedRange<Int>) throws {
    guard let value, !range.contains(value) else { return }
    throw ValidationError("\(name) must lie in \(range.lowerBound)...\(range.upperBound), got \(value).")
  }

  /// - Throws: `ValidationError` where the name of a file was given and is empty.
  static func notEmpty(_ path: String?, _ name: String) throws {
    if path?.isEmpty == true { throw ValidationError("\(name) needs the name of a file, and it is empty.") }
  }

  /// What an option such as `--input` names; that its files exist is seen only on loading.
  static func source(_ text: String, _ name: String) throws -> DataSource {
    do {
      return try DataSource(parsing: text)
    } catch {
      if [".pkl", ".pickle", ".pt", ".pth", ".joblib"].contains(where: text.lowercased().hasSuffix) {
        throw ValidationError(
          TerminalText.safe(
            "\(name) '\(text)' is by its name a Python pickle, which is a program: InitScope does not run it. "
              + "Save the arrays with numpy.save and give that .npy file."))
      }
      throw ValidationError(
        TerminalText.safe("\(name) '\(text)' \(error.message). \(error.hint.map { "\($0)." } ?? "")"))
    }
  }
}
