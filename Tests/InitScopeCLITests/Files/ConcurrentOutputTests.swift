import Foundation
import Testing

/// Processes that write into one directory at once leave one complete set.
@Suite struct ConcurrentOutputTests {
  /// The command line that every file of an audit names.
  private func commands(of directory: TemporaryDirectory) throws -> [String: String] {
    var found: [String: String] = [:]
    for name in try directory.files() where name.hasPrefix("out/") {
      let text = String(decoding: try directory.data(of: name), as: UTF8.self)
      let mark = name.hasSuffix(".json") ? "\"command\": \"" : "Command\0"
      let start = try #require(text.range(of: mark), "\(name)").upperBound
      found[name] = String(text[start...].prefix { $0 != "\"" && $0 != "\0" && $0.isASCII && $0 >= " " }.prefix(200))
    }
    return found
  }

  @Test func setsOfPicturesDoNotMix() throws {
    let lines = (1...3).map { seed in
      "audit --depth \(seed + 2) --width 8 --batch 8 --seeds 2 --seed \(seed) --init he_normal --output out --quiet"
    }
    let directory = try TemporaryDirectory()
    for round in 0..<20 {
      let command = try Command.shell(lines.map { "$initscope \($0) & " }.joined() + "wait", in: directory)
      #expect(command.message.isEmpty)
      let found = try commands(of: directory)
      #expect(found.count == 8, "\(found.keys.sorted())")
      let seeds = Set(
        found.values.map { value in value.range(of: "--seed ").map { String(value[$0.upperBound...].prefix(1)) } })
      #expect(seeds.count == 1 && !seeds.contains(nil), "round \(round): \(found)")
      #expect(try directory.files().filter { $0.contains(".initscope") }.isEmpty)
    }
  }

  /// A recurrent network's audit has a picture that others lack: theirs does not keep it.
  @Test func picturesOfAnEarlierAuditGo() throws {
    let directory = try TemporaryDirectory()
    let small = "--batch 4 --seeds 2 --init glorot_uniform --output out --quiet"
    try directory.write(
      "input: [6, 3]\nlayers: [{simple_rnn: {units: 4}}, {dense: {units: 2, name: head}}]\n", as: "rnn.yaml")
    try directory.write("mine", as: "keep.txt")
    let first = try Command.shell("$initscope audit rnn.yaml \(small); cp keep.txt out/growth-notes.png", in: directory)
    try #require(first.status == 0, "\(first.message)")
    let had = try directory.files()
    #expect(had.contains("out/through-time.png"))
    let second = try Command.shell("$initscope audit --depth 3 --width 4 \(small)", in: directory)
    #expect(second.status == 0)
    #expect(try directory.files() == had.subtracting(["out/through-time.png"]))
  }
}
