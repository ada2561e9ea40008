import Foundation
import Glibc
import ModelFiles
import NetworkGraph
import TestSupport
import Testing

/// Files made to exhaust or fool the reader are refused, at once and by name.
@Suite struct HostileNetworkTests {
  private static let aliases = "YAML anchors (&) and aliases (*) are not supported"
  private static let nesting = "lists and mappings nest more than 64 deep"

  /// Place and message for every file under Fixtures/hostile-networks.
  static let files = [
    "alias-bomb.yaml": ":2:4: \(aliases)",
    "hidden-alias-bomb.yaml": ":3:4: \(aliases)",
    "escaped-quote.yaml": ":2:8: \(aliases)",
    "anchor.yaml": ":1:8: \(aliases)",
    "brackets.yaml": ":2:10: \(nesting)",
    "braces.yaml": ":1:257: \(nesting)",
    "dashes.yaml": ":3:129: \(nesting)",
    "question-marks.yaml": ":1:129: \(nesting)",
    "residual.yaml": ":2:196: residual blocks nest at most 16 deep",
    "tags.yaml": ":1:1: YAML directives (%) are not supported",
    "nul.yaml": ": is a binary file, not text. Networks are read from YAML, from ONNX files and from Keras models",
    "escape-sequence.yaml": ":1:7: a value holds the control character U+1B",
    "utf-16.yaml": ": is text in UTF-16. Save it as UTF-8",
    "latin-1.yaml": ": is not UTF-8 text",
    "binary.yaml": ": is a binary file, not text",
    "long-value.yaml": ":1:7: a value of 5000 bytes is too long",
    "huge-repeat.yaml": ":3:31: repeat must be a whole number in 1...100000, got '99999999999999999999'",
    "many-repeats.yaml": ":4:12: a network has at most 100000 layers",
    "overflowing-input.yaml": ":1:8: a sample of 16777216 x 16777216 x 16777216 values is too large",
    "long-input.yaml": ":1:8: a shape has one, two or three extents, got 3000",
    "second-document.yaml": ":4:1: a second document begins",
    "duplicate-key.yaml": ":1:1: the key 'input' stands twice",
    "mapping-as-key.yaml": ":4:3: a single value is expected here",
  ]

  @Test(arguments: files.keys.sorted())
  func aHostileFileIsRefused(name: String) throws {
    let path = Fixtures.hostileNetworks.appending(path: name).path
    let error = try #require(refusal { try NetworkFile.read(path: path) })
    #expect(error.description.hasPrefix(path + (Self.files[name] ?? "?")), "\(error)")
    #expect(error.hint != nil, "\(error)")
  }

  @Test func everyFixtureIsTested() throws {
    let names = try FileManager.default.contentsOfDirectory(atPath: Fixtures.hostileNetworks.path)
    #expect(Set(names.filter { !$0.hasSuffix(".py") }) == Set(Self.files.keys))
  }

  /// Texts as long as a file may be. The reader takes at most 0.9 s for each on a quiet core; the bound leaves room for a
  /// busy machine, and what is quadratic in a mebibyte takes longer (the directives took 5 s before they were refused).
  static let long: [(name: String, text: String)] = [
    ("brackets", "input: " + String(repeating: "[", count: 1_000_000)),
    ("dashes", "layers:\n  " + String(repeating: "- ", count: 500_000)),
    ("block questions", (0..<1_400).map { String(repeating: " ", count: $0) + "?\n" }.joined()),
    ("keys", (0..<130_000).map { String($0, radix: 16) + ": \n" }.joined()),
    ("flow keys", "{" + (0..<170_000).map { String($0, radix: 16) }.joined(separator: ",") + "}"),
    ("extents", "input: [" + [String](repeating: "1", count: 500_000).joined(separator: ",") + "]"),
    ("directives", (0..<60_000).map { "%TAG !\(String($0, radix: 16))! b\n" }.joined()),
    ("documents", String(repeating: "---\n", count: 250_000)),
    ("key", "name: x\n" + String(repeating: "a", count: 1_000_000) + ": 3\n"),
    ("units", "input: 3\nlayers: [{dense: {units: " + String(repeating: "9", count: 1_000_000) + "}}]"),
    ("activation", "input: 3\nlayers: [{dense: {units: 3, activation: " + String(repeating: "r", count: 1_000_000) + "}}]"),
    ("repeats", "input: 3\nlayers:\n" + String(repeating: "- dense: {units: 1, repeat: 99999}\n", count: 20_000)),
    (
      "unknown name",
      "input: 3\nlayers:\n" + (0..<28_000).map { "- dense: {units: 1, name: n\($0)}\n" }.joined()
        + "- dense: {units: 1, inputs: n28x}\n"
    ),
    ("quotes", String(repeating: "\"", count: 1_000_001)),
    ("exclamation marks", String(repeating: "!", count: 1_000_000)),
    ("tabs", String(repeating: "\t", count: 1_000_000)),
    ("percent signs", String(repeating: "a: %\n", count: 200_000)),
  ]

  @Test(arguments: long.indices) func aLongTextIsRefusedInTime(index: Int) throws {
    let (name, text) = Self.long[index]
    try #require(text.utf8.count <= NetworkYAML.largestFile, "\(name)")
    var error: NetworkFileError?
    let seconds = ThreadTime.seconds { error = refusal { try read(text) } }
    #expect(seconds < 3 * ThreadTime.patience, "\(name) took \(seconds) s")
    // No message repeats what it refuses at length.
    #expect((error?.description.utf8.count ?? 0) < 1_500, "\(name)")
  }

  /// Truncations and single-character damage of a valid file: each is read or refused, and nothing traps.
  @Test func damagedFilesNeverTrap() throws {
    let valid =
      "name: a\ninput: [784]\nlayers:\n  - dense: {units: 8, activation: \"elu(0.5)\", repeat: 2}\n"
      + "  - residual:\n      - dense: {units: 8, weights: zeros}\n  - add: {inputs: [add_1, dense_1]}\n"
    _ = try read(valid)
    let bytes = Array(valid.utf8)
    var refused = 0
    func probe(_ bytes: [UInt8]) {
      do { _ = try read(String(decoding: bytes, as: UTF8.self)) } catch { refused += 1 }
    }
    for end in bytes.indices { probe(Array(bytes[..<end])) }
    for index in bytes.indices {
      for replacement in Array("[]{}:,-'\"&*!%#?|>\n\t\0 9".utf8) {
        var damaged = bytes
        damaged[index] = replacement
        probe(damaged)
      }
    }
    // Most damage shows; some falls on names and numbers that may be anything.
    #expect(refused > bytes.count * 10)
  }
}

/// Where a network is read from.
@Suite struct NetworkFileTests {
  @Test func whatIsNoReadableFileIsRefused() throws {
    let missing = refusal { try NetworkFile.read(path: "/nonexistent/net.yaml") }
    #expect(missing?.description == "/nonexistent/net.yaml: cannot be opened: No such file or directory. Check the path")
    let directory = refusal { try NetworkFile.read(path: "/") }
    #expect(directory?.description == "/: is a directory. Give a network file in YAML, or a preset's name")
    #expect(
      refusal { try NetworkFile.read(path: "/dev/null") }?.description
        == "/dev/null: the file is empty. Give input: and layers:")
    // An endless file is read no further than its first bytes, which say what it is.
    #expect(refusal { try NetworkFile.read(path: "/dev/zero") }?.message == "is a binary file, not text")
  }

  @Test func aFileIsReadWhole() throws {
    let path = FileManager.default.temporaryDirectory.appending(path: "initscope-\(UUID().uuidString).yaml").path
    defer { unlink(path) }
    // Longer than one read of the file.
    let text = "input: 3\nlayers:\n" + String(repeating: "- dense: 1\n", count: 20_000)
    try Data(text.utf8).write(to: URL(filePath: path))
    #expect(try NetworkFile.read(path: path).nodes.count == 20_000)
  }

  @Test func errorsShowPlaceMessageAndRemedy() {
    #expect(NetworkFileError(path: "a", "b").description == "a: b")
    #expect(NetworkFileError(path: "a", line: 3, "b", hint: "C").description == "a:3: b. C")
    #expect(NetworkFileError(path: "a", line: 3, column: 4, "b").description == "a:3:4: b")
  }
}
