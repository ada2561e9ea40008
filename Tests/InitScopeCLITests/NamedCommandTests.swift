import Foundation
import InitScope
import TestSupport
import Testing

/// Messages and documentation send people to commands: every one of them exists.
@Suite struct NamedCommandTests {
  /// `initscope WORD WORD` in backquotes, as messages have it.
  private static func commands(in text: String) -> [[String]] {
    text.components(separatedBy: "`initscope ").dropFirst().compactMap { rest in
      rest.split(separator: "`", maxSplits: 1, omittingEmptySubsequences: false).first.map {
        $0.split(whereSeparator: \.isWhitespace).map(String.init)
      }
    }
  }

  @Test func everyCommandThatATextNamesExists() throws {
    let help = try Command.run("--help").output
    let lists = try Command.run("list", "--help").output
    var seen: Set<[String]> = []
    for folder in ["Sources", "README.md"] {
      let root = Repository.root.appending(path: folder)
      let files = FileManager.default.enumerator(at: root, includingPropertiesForKeys: nil)?.compactMap { $0 as? URL } ?? []
      for file in files + [root] where ["swift", "md"].contains(file.pathExtension) {
        for command in Self.commands(in: try String(contentsOf: file, encoding: .utf8)) {
          guard let name = command.first, name.first?.isLowercase == true, seen.insert(command).inserted else { continue }
          #expect(help.contains("\n  \(name) "), "\(file.lastPathComponent): initscope \(name)")
          if name == "list", command.count > 1, !command[1].hasPrefix("\\(") {
            #expect(lists.contains(command[1]), "\(file.lastPathComponent): initscope list \(command[1])")
          }
          if name == "explain", command.count > 1, command[1] != "RULE", !command[1].hasPrefix("\\(") {
            #expect(
              (RuleCatalogue.names + WeightRules.names).contains(command[1]),
              "\(file.lastPathComponent): initscope explain \(command[1])")
          }
        }
      }
    }
    #expect(seen.contains(["list", "initializers"]) && seen.count > 5)
  }

  /// Names in small catalogues that no command lists are listed in the error.
  @Test(arguments: [
    (["--optimizer", "foo"], "there is no optimizer `foo`. Known: sgd, adam, adamw, rmsprop."),
    (["--schedule", "foo"], "there is no schedule `foo`. Known: constant, step, cosine."),
    (["--init", "foo"], "there is no initializer `foo`. `initscope list initializers` names all of them."),
    (["--activation", "foo"], "there is no activation `foo`. `initscope list activations` names all of them."),
  ])
  func anUnknownNameIsAnsweredWithWhatThereIs(option: [String], message: String) throws {
    let command = try Command.run(
      Command.program, ["train", "--data", "iris"] + option, in: nil, input: "", environment: [:])
    #expect(command.status == 64)
    #expect(command.message.contains(message), "\(command.message)")
  }
}
