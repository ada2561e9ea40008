import Foundation
import TestSupport
import Testing

/// Every command line that README, CONTRIBUTING and the documentation show runs, and ends with the status that they state.
///
/// Each document has a directory of its own, in which README's example networks stand. Commands run in their order, so that
/// a line may use what a line above it wrote.
@Suite struct DocumentedCommandTests {
  private static let root = Repository.root

  private static func text(_ document: String) throws -> String {
    String(decoding: try Data(contentsOf: root.appending(path: document)), as: UTF8.self)
  }

  static let documents: [String] = {
    let folder = "Sources/InitScope/Documentation.docc"
    let articles = (try? FileManager.default.contentsOfDirectory(atPath: root.appending(path: folder).path)) ?? []
    return ["README.md", "CONTRIBUTING.md"] + articles.filter { $0.hasSuffix(".md") }.sorted().map { "\(folder)/\($0)" }
  }()

  private static func commands(_ document: String) throws -> [DocumentedCommand] {
    FencedCode.blocks(in: try text(document)).flatMap(DocumentedCommand.all)
  }

  /// What is added to the long commands, so that all of them take less than a minute: documented trainings and experiments
  /// last minutes. Options that come last win; a loop takes the first of its values. README's audits and checks run as they
  /// stand.
  private static func reduced(_ command: String, in document: String) -> String {
    var text = command
    for loop in text.matches(of: /for (\w+) in (\S+)[^;]*; do/).reversed() {
      text.replaceSubrange(loop.range, with: "for \(loop.output.1) in \(loop.output.2); do")
    }
    let isReadme = document == "README.md"
    let training =
      isReadme ? "--seeds 2 --steps-per-epoch 10" : "--data digits --seeds 2 --epochs 1 --steps-per-epoch 3 --no-png"
    return """
      initscope() {
        case "$1" in
          train) command "$initscope" "$@" \(training) ;;
          reproduce) command "$initscope" "$@" --quick ;;
          audit) command "$initscope" "$@" \(isReadme ? "" : "--seeds 2 --batch 64 --no-png") ;;
          *) command "$initscope" "$@" ;;
        esac
      }
      set -e
      \(text.replacing(".build/release/initscope", with: "initscope"))
      """
  }

  @Test(arguments: documents) func everyCommandRuns(document: String) throws {
    let directory = try TemporaryDirectory()
    for (name, yaml) in try Self.examples() { try directory.write(yaml, as: name) }
    // What README's line of Python saves, at a smaller size.
    try FileManager.default.copyItem(
      atPath: Repository.fixtures.appending(path: "keras/mlp.keras").path, toPath: directory.path + "/model.keras")
    // Models and checkpoints that texts call by the names their readers' files have.
    let models = Repository.root.appending(path: "Fixtures")
    for (fixture, name) in [
      ("onnx/legacy_train.onnx", "model.onnx"), ("keras/older.h5", "model.weights.h5"),
      ("weights/planted/p01_gpt2_residual_scale_missing/model.safetensors", "model.safetensors"),
    ] {
      try FileManager.default.copyItem(
        atPath: models.appending(path: fixture).path, toPath: directory.path + "/" + name)
    }
    var assignments = ""
    for command in try Self.commands(document) {
      guard command.runsProgram else {
        assignments += command.text + "\n"
        continue
      }
      let run = try Command.shell(
        assignments + Self.reduced(command.text, in: document), in: directory,
        environment: ["GITHUB_STEP_SUMMARY": directory.path + "/summary.md"])
      #expect(run.status == command.status && run.signal == nil, "\(document): \(command.text)\n\(run.message)\(run.output)")
    }
  }

  /// README's networks, by the names that they give themselves.
  private static func examples() throws -> [(name: String, yaml: String)] {
    FencedCode.blocks(in: try text("README.md")).filter { $0.language == "yaml" }.compactMap { block in
      guard let name = block.lines.first(where: { $0.hasPrefix("name: ") })?.dropFirst(6) else { return nil }
      return ("\(name).yaml", block.text)
    }
  }

  /// The test above sees what is there: README's audit, its three checks, the loops of the guide.
  @Test func theCommandsAreFound() throws {
    let readme = try Self.commands("README.md").map(\.text)
    #expect(readme.count >= 12)
    #expect(readme.contains { $0.hasPrefix("initscope check classifier.yaml --init-bounds") })
    #expect(readme.contains { $0.hasPrefix("initscope train") && $0.contains("\n") })
    #expect(try Self.examples().map(\.name) == ["classifier.yaml"])
    let guide = try Self.commands("Sources/InitScope/Documentation.docc/ChoosingAnInitialization.md")
    #expect(guide.count { $0.runsProgram } >= 20 && guide.contains { $0.text.hasPrefix("for rate in ") })
    #expect(try Self.commands("Sources/InitScope/Documentation.docc/Gate.md").count >= 4)
  }

  @Test func commandsAreReadAsAShellWould() {
    let block = FencedCode.blocks(
      in: """
        ```sh
        make test
        T="--seeds 2"
        for a in 1 2; do
          initscope audit --seed $a \\
            $T
        done
        initscope check net.yaml   # exit status 1: a layer changed
        ```
        ```
        $ initscope list
        relu
        initscope is not a command here
        ```
        """)
    let commands = block.flatMap(DocumentedCommand.all)
    #expect(commands.map(\.runsProgram) == [false, true, true, true])
    #expect(commands.map(\.status) == [0, 0, 1, 0])
    #expect(commands[1].text == "for a in 1 2; do\n  initscope audit --seed $a \\\n    $T\ndone")
    #expect(commands[3].text == "initscope list")
  }
}
