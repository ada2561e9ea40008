import DataSets
import Foundation
import NetworkGraph
import Testing
import TrainingRuns

/// Checkpoints with a right checksum and contents that no training leaves.
@Suite struct CheckpointContentTests {
  /// The parts of a file: a line, the header's length in eight bytes, the header, floats, a checksum.
  private struct Parts {
    var line: [UInt8]
    var header: [UInt8]
    var floats: [UInt8]
    /// In place of the header's own.
    var length: UInt64?

    init(_ bytes: [UInt8]) throws {
      let start = try #require(bytes.firstIndex(of: 10)) + 1
      line = Array(bytes[..<start])
      let length = bytes[start..<(start + 8)].reversed().reduce(0) { $0 << 8 | Int($1) }
      header = Array(bytes[(start + 8)..<(start + 8 + length)])
      floats = Array(bytes[(start + 8 + length)..<(bytes.count - 8)])
    }

    var bytes: [UInt8] {
      let body = line + Self.word(length ?? UInt64(header.count)) + header + floats
      return body + Self.word(Self.checksum(body))
    }

    static func word(_ value: UInt64) -> [UInt8] { (0..<8).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }

    /// FNV-1a over words of eight bytes, written again from its definition.
    static func checksum(_ bytes: [UInt8]) -> UInt64 {
      var hash: UInt64 = 14_695_981_039_346_656_037, place = 0
      while place + 8 <= bytes.count {
        let word = bytes[place..<(place + 8)].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        hash = (hash ^ word) &* 1_099_511_628_211
        place += 8
      }
      for byte in bytes[place...] { hash = (hash ^ UInt64(byte)) &* 1_099_511_628_211 }
      return hash
    }

    mutating func edit(_ change: (inout [String: Any]) throws -> Void) throws {
      var object = try #require(try JSONSerialization.jsonObject(with: Data(header)) as? [String: Any])
      try change(&object)
      header = [UInt8](try JSONSerialization.data(withJSONObject: object))
    }

    /// Sets what stands at a path of keys and indices.
    mutating func set(_ path: [Any], _ value: Any?) throws {
      try edit { object in object = try #require(Self.setting(object, path[...], value) as? [String: Any]) }
    }

    private static func setting(_ object: Any, _ path: ArraySlice<Any>, _ value: Any?) throws -> Any? {
      guard let first = path.first else { return value }
      if let key = first as? String {
        var map = try #require(object as? [String: Any], "\(path)")
        map[key] = try setting(map[key] as Any, path.dropFirst(), value)
        return map
      }
      var list = try #require(object as? [Any], "\(path)")
      let index = try #require(first as? Int)
      list[index] = try #require(try setting(list[index], path.dropFirst(), value))
      return list
    }
  }

  private static let scratchAndBytes: Result<(CheckpointScratch, [UInt8]), any Error> = Result {
    let scratch = CheckpointScratch()
    try configuration(scratch).stop(after: 2, in: scratch.path)
    return (scratch, try scratch.bytes(scratch.files[0]))
  }

  private static func configuration(_ scratch: CheckpointScratch) throws -> TrainingConfiguration {
    try TrainingConfiguration.interruptible { $0.optimizer = .adam() }
  }

  /// Writes the changed file and trains: refused, naming the file, the offset and the remedy.
  private func expectRefused(
    _ name: String, _ reason: String = "", sourceLocation: SourceLocation = #_sourceLocation,
    change: (inout Parts) throws -> Void
  ) throws {
    let bytes = try Self.scratchAndBytes.get().1
    let scratch = CheckpointScratch()
    var c = try Self.configuration(scratch)
    try FileManager.default.createDirectory(atPath: scratch.path, withIntermediateDirectories: true)
    var parts = try Parts(bytes)
    #expect(parts.bytes == bytes, "the checksum is the documented one", sourceLocation: sourceLocation)
    try change(&parts)
    let file = try Self.scratchAndBytes.get().0.files[0]
    try scratch.write(parts.bytes, as: file)
    c.checkpoints = scratch.path
    do {
      _ = try Training(c).run()
      Issue.record("\(name) was taken", sourceLocation: sourceLocation)
    } catch {
      let text = "\(error)"
      #expect(
        text.contains("\(scratch.path)/\(file)") && text.contains("(byte ") && text.contains("Remove it")
          && (reason.isEmpty || text.contains(reason)),
        "\(name): \(text)", sourceLocation: sourceLocation)
    }
  }

  @Test func theFileItselfIsTaken() throws {
    let bytes = try Self.scratchAndBytes.get().1
    let scratch = CheckpointScratch()
    var c = try Self.configuration(scratch)
    try FileManager.default.createDirectory(atPath: scratch.path, withIntermediateDirectories: true)
    // Written anew by another JSON encoder.
    var parts = try Parts(bytes)
    try parts.edit { _ in }
    try scratch.write(parts.bytes, as: try Self.scratchAndBytes.get().0.files[0])
    c.checkpoints = scratch.path
    let whole = try Training(try Self.configuration(scratch)).run().withoutSeconds
    #expect(try Training(c).run().withoutSeconds == whole)
  }

  @Test func values() throws {
    let huge = NSDecimalNumber(string: "1e30")
    let cases: [([Any], Any?)] = [
      (["parameters"], -1), (["parameters"], 0), (["parameters"], Int.max), (["parameters"], Int.min), (["parameters"], 1.5),
      (["parameters"], huge), (["parameters"], "NaN"), (["parameters"], nil), (["parameters"], [1]),
      (["memory"], -1), (["memory"], Int.max), (["memory"], 0), (["memory"], nil),
      (["time"], -1), (["time"], 0), (["time"], 5), (["time"], Int.max), (["time"], Int.min), (["time"], "6"),
      (["time"], nil),
      (["identity"], "text"), (["identity"], nil), (["identity"], [Any]()),
      (["state"], nil), (["state"], [Any]()), (["state"], [[1.0]]), (["state"], "text"), (["state", 2], [Any]()),
      (["state", 0], [1.0]), (["state", 2, 23], -1.0), (["state", 2, 0], "text"),
      (["run"], nil), (["run"], [Any]()), (["run", "seed"], 1), (["run", "seed"], -1), (["run", "seed"], Int.max),
      (["run", "initializer"], "glorot_uniform"), (["run", "initializer"], ""), (["run", "initializer"], 3),
      (["run", "epochs"], nil), (["run", "epochs"], "text"), (["run", "epochs"], [Any]()),
      (["run", "epochs", 0, "loss"], "NaN"), (["run", "epochs", 0, "loss"], "Infinity"),
      (["run", "epochs", 0, "loss"], nil),
      (["run", "epochs", 1, "accuracy"], 2), (["run", "epochs", 1, "accuracy"], -0.5),
      (["run", "epochs", 1, "accuracy"], "NaN"),
      (["run", "epochs", 1, "accuracy"], nil), (["run", "epochs", 1, "validationLoss"], nil),
      (["run", "epochs", 1, "validationAccuracy"], 7), (["run", "epochs", 1, "validationAccuracy"], nil),
      (["run", "epochs", 0, "seconds"], -1), (["run", "epochs", 0, "seconds"], "NaN"),
      (["run", "epochs", 0, "learningRate"], 3), (["run", "epochs", 0, "learningRate"], "NaN"),
      (["run", "epochsToTarget"], 0), (["run", "epochsToTarget"], -4), (["run", "epochsToTarget"], 99),
      (["run", "testLoss"], 0.1), (["run", "testAccuracy"], 0.9),
      (["run", "divergence"], ["epoch": 2, "step": 1]), (["run", "divergence"], ["epoch": -1, "step": -1]),
      (["run", "divergence"], ["epoch": Int.max, "step": Int.max]), (["run", "divergence"], ["epoch": 1, "step": 0]),
      (["run", "stepLosses"], [1.0]),
      (["run", "layers"], [Any]()), (["run", "layers"], nil), (["run", "layers", 0, "name"], "other"),
      (["run", "layers", 0, "steps"], [0, 1, 2, 3, 4, 5, 6, 7, 8]), (["run", "layers", 0, "steps"], [-1, -2, -3]),
      (["run", "layers", 0, "steps"], [Any]()), (["run", "layers", 1, "gradientNorm"], [Any]()),
      (["run", "layers", 1, "gradientNorm", 0], -1), (["run", "layers", 1, "gradientNorm", 0], "NaN"),
      (["run", "layers", 1, "updateRatio"], [1.0]),
      (["run", "layers", 0, "before", "counts"], [Any]()), (["run", "layers", 0, "before", "counts", 3], -7),
      (["run", "layers", 0, "before", "counts", 3], Int.max), (["run", "layers", 0, "before", "low"], "NaN"),
      (["run", "layers", 0, "before", "high"], "-Infinity"), (["run", "layers", 0, "after", "counts"], [1, 2, 3]),
      (["run", "layers", 0, "after", "deviation"], -1),
      (["history"], "text"), (["history"], [["epochs": 2]]), (["history"], [["epochs": 3, "end": 1]]),
      (["history"], [["epochs": 1, "end": 2]]), (["history"], [["epochs": -1, "end": 0]]),
      (["history"], [["epochs": 2, "end": -1]]), (["history"], [["epochs": Int.max, "end": Int.max]]),
      (["history"], [["epochs": 2, "end": 1], ["epochs": 2, "end": 1]]),
      // One that a training may have, whose steps are not those that were measured.
      (["history"], [["epochs": 1, "end": 1]]),
    ]
    for (path, value) in cases {
      let name = "\(path) = \(value.map { "\($0)" } ?? "nothing")"
      // What is not the identity of this training is another's, which the file is not removed for.
      if path[0] as? String == "identity", value is [Any] { continue }
      try expectRefused(name) { try $0.set(path, value) }
    }
  }

  @Test func moreEpochsThanThereAre() throws {
    for count in [4, 100, 100_000] {
      try expectRefused("\(count) epochs", "run.epochs") { parts in
        try parts.edit { object in
          var run = try #require(object["run"] as? [String: Any])
          let epochs = try #require(run["epochs"] as? [Any])
          run["epochs"] = Array(repeating: epochs[0], count: count)
          object["run"] = run
          object["time"] = 3 * count
        }
      }
    }
  }

  @Test func fewerEpochsThanStepsWereTaken() throws {
    try expectRefused("one epoch of two", "time") { parts in
      try parts.edit { object in
        var run = try #require(object["run"] as? [String: Any])
        run["epochs"] = Array(try #require(run["epochs"] as? [Any]).prefix(1))
        object["run"] = run
      }
    }
  }

  @Test func sizes() throws {
    for length: UInt64 in [0, 1, 1 << 20, 1 << 32, 1 << 62, 1 << 63, .max, .max - 30] {
      try expectRefused("a header of \(length) bytes") { $0.length = length }
    }
    try expectRefused("no floats", "tensors take") { $0.floats = [] }
    try expectRefused("a float less", "tensors take") { $0.floats.removeLast(4) }
    try expectRefused("a float more", "tensors take") { $0.floats += [0, 0, 0, 0] }
    try expectRefused("a byte less", "tensors take") { $0.floats.removeLast() }
    try expectRefused("no header", "header cannot be read") { $0.header = [] }
    try expectRefused("an earlier version", "another version") { $0.line = Array("initscope checkpoint 1\n".utf8) }
    try expectRefused("a later version", "another version") { $0.line = Array("initscope checkpoint 3\n".utf8) }
    try expectRefused("another program's", "does not begin") { $0.line = Array("torch checkpoint data 12\n".utf8) }
  }

  @Test func headersThatAreNoJSON() throws {
    let valid = try Parts(try Self.scratchAndBytes.get().1).header
    try expectRefused("a list") { $0.header = Array("[]".utf8) }
    try expectRefused("null") { $0.header = Array("null".utf8) }
    try expectRefused("half") { $0.header = Array(valid.prefix(valid.count / 2)) }
    try expectRefused("zeros") { $0.header = [UInt8](repeating: 0, count: 64) }
    try expectRefused("invalid UTF-8") { parts in
      // A lone continuation byte inside the initializer's name.
      let name = Array("he_normal".utf8)
      let place = try #require(parts.header.indices.first { parts.header[$0...].starts(with: name) })
      parts.header[place] = 0x80
    }
    for depth in [100, 1_000, 100_000] {
      try expectRefused("\(depth) lists in each other") {
        $0.header = Array(repeating: 0x5B, count: depth) + Array(repeating: 0x5D, count: depth)
      }
    }
    try expectRefused("half a surrogate pair") { $0.header = Array(#"{"identity": "\ud800", "run": 1}"#.utf8) }
    try expectRefused("a number beyond Double") { $0.header = Array(#"{"time": 1e999999, "state": []}"#.utf8) }
  }

  @Test func anOptimizerWithNegativeSquares() throws {
    try expectRefused("a negative mean of squares", "negative") { parts in
      // Parameters, means, squares: the last third begins with a weight's.
      let place = parts.floats.count / 3 * 2
      parts.floats.replaceSubrange(place..<(place + 4), with: withUnsafeBytes(of: Float(-1)) { Array($0) })
    }
  }

  /// Values of a training that went on are finite, and the file says that they were.
  @Test(arguments: [(0, Float.nan), (1, .infinity), (2, .nan)])
  func valuesThatAreNotFinite(third: Int, value: Float) throws {
    try expectRefused("\(value)", "no finite number") { parts in
      let place = parts.floats.count / 3 * third
      parts.floats.replaceSubrange(place..<(place + 4), with: withUnsafeBytes(of: value) { Array($0) })
    }
  }

  @Test func everyCutIsRefused() throws {
    let (origin, bytes) = try Self.scratchAndBytes.get()
    let scratch = CheckpointScratch()
    var c = try Self.configuration(scratch)
    try FileManager.default.createDirectory(atPath: scratch.path, withIntermediateDirectories: true)
    c.checkpoints = scratch.path
    for count in [0, 1, 22, 23, 30, 31, 38, 39, 40, bytes.count / 2, bytes.count - 9, bytes.count - 8, bytes.count - 1] {
      try scratch.write(Array(bytes.prefix(count)), as: origin.files[0])
      #expect { _ = try Training(c).run() } throws: { "\($0)".contains("(byte ") && "\($0)".contains(scratch.path) }
    }
  }

  @Test func whatIsNoFileIsRefused() throws {
    let scratch = CheckpointScratch()
    var c = try Self.configuration(scratch)
    let path = "\(scratch.path)/\(try Self.scratchAndBytes.get().0.files[0])"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    c.checkpoints = scratch.path
    #expect { _ = try Training(c).run() } throws: { "\($0)".contains("checkpoint \(path): it cannot be read") }
    try FileManager.default.removeItem(atPath: path)
    // A pipe that nobody writes to must not be waited for.
    try #require(mkfifo(path, 0o600) == 0)
    #expect { _ = try Training(c).run() } throws: { "\($0)".contains("it is no file") }
  }
}
