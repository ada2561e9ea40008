import Foundation
import InitScope
import TestSupport
import Testing

import InitScopeCLI

/// `initscope weights` on files of Keras: names, shapes and fans against what Keras says of them, and what is found in files
/// that Keras drew (Fixtures/keras/weight_files.py).
@Suite struct KerasWeightsTests {
  struct Reference: Decodable {
    struct Variable: Decodable {
      var path: String
      var shape: [Int]
      var fans: [Int]
    }
    var variables: [Variable]
  }

  private static func path(_ name: String) -> String { Repository.fixtures.appending(path: "keras/\(name)").path }

  private static func reference() throws -> [String: Reference.Variable] {
    let data = try Data(contentsOf: Repository.fixtures.appending(path: "keras/weights.json"))
    let all = try JSONDecoder().decode(Reference.self, from: data).variables
    return Dictionary(uniqueKeysWithValues: all.map { ($0.path, $0) })
  }

  /// What the command says of each tensor, by name.
  private static func tensors(_ document: [String: Any]) throws -> [String: [String: Any]] {
    let list = try #require(document["tensors"] as? [[String: Any]])
    return Dictionary(uniqueKeysWithValues: try list.map { (try #require($0["name"] as? String), $0) })
  }

  /// Rules and tensors of errors and warnings.
  private static func blamed(_ document: [String: Any]) throws -> [String] {
    let findings = try #require(document["findings"] as? [[String: Any]])
    return findings.filter { $0["severity"] as? String != "note" }
      .flatMap { finding in (finding["tensors"] as? [String] ?? []).map { "\(finding["rule"] ?? ""): \($0)" } }
  }

  /// The weights within a `.keras` file, as a file of their own.
  private static func alone(_ name: String, in directory: TemporaryDirectory) throws -> String {
    let archive = try ZipArchive(path: path(name))
    let member = try #require(archive.members.first { $0.name == "model.weights.h5" })
    let url = URL(fileURLWithPath: directory.path).appending(path: "alone.weights.h5")
    try Data(try archive.contents(of: member)).write(to: url)
    return url.path
  }

  @Test(arguments: [true, false]) func namesAreThoseThatKerasShows(isAlone: Bool) throws {
    let directory = try TemporaryDirectory()
    let file = isAlone ? try Self.alone("fresh.keras", in: directory) : Self.path("fresh.keras")
    let command = try Command.run("weights", file, "--json")
    #expect(command.status == 0, "\(command.message)")
    let tensors = try Self.tensors(try command.json()), reference = try Self.reference()
    #expect(Set(tensors.keys) == Set(reference.keys))
    for (name, variable) in reference {
      #expect(tensors[name]?["shape"] as? [Int] == variable.shape, "\(name)")
    }
  }

  /// Dense, convolutions and recurrent cells sum as many values as Keras counts. It counts otherwise for depthwise and
  /// transposed convolutions and for attention, whose fans follow from what they compute: 3 x 3 values of one channel, 16
  /// channels with 9 places, 16 features, two heads of 8.
  @Test func fansAreThoseOfTheOperation() throws {
    let command = try Command.run("weights", Self.path("fresh.keras"), "--json")
    let tensors = try Self.tensors(try command.json()), reference = try Self.reference()
    let own = [
      "depth/kernel": [9, 18], "apart/depthwise_kernel": [9, 9], "up/kernel": [144, 72], "attention/query/kernel": [16, 16],
      "attention/key/kernel": [16, 16], "attention/value/kernel": [16, 16], "attention/attention_output/kernel": [16, 16],
    ]
    var compared = 0
    for (name, variable) in reference where name.hasSuffix("kernel") {
      let tensor = try #require(tensors[name])
      let fans = own[name] ?? variable.fans
      #expect(tensor["fanIn"] as? Int == fans[0], "\(name)")
      // Each gate of a recurrent cell has as many outputs as the cell has units.
      if !name.contains("_cell/") { #expect(tensor["fanOut"] as? Int == fans[1], "\(name)") }
      compared += 1
    }
    #expect(compared == 24)
  }

  /// Every tensor has the law that its layer declares, and no rule blames one. 56 tensors share a false-alarm rate of 0.001,
  /// and the file is always the same.
  @Test func aFreshModelIsAsItsConfigurationDeclares() throws {
    let command = try Command.run("weights", Self.path("fresh.keras"), "--json", "--strict")
    #expect(command.status == 0, "\(command.message)")
    let document = try command.json()
    #expect(try Self.blamed(document) == [])
    for (name, tensor) in try Self.tensors(document) {
      let expected = try #require(tensor["expected"] as? [String: Any], "\(name)")
      #expect(expected["scheme"] as? String == "config.json" && tensor["findings"] as? [String] == [], "\(name)")
    }
    #expect((document["summary"] as? String)?.hasSuffix("compared with what config.json declares") == true)
  }

  /// Without a configuration Keras's defaults are recognized, and what follows another initializer is nobody's fault.
  @Test func freshWeightsAloneAreNotBlamed() throws {
    let directory = try TemporaryDirectory()
    let command = try Command.run("weights", try Self.alone("fresh.keras", in: directory), "--json", "--strict")
    #expect(command.status == 0, "\(command.output)")
    let document = try command.json()
    #expect((document["scheme"] as? [String: Any])?["name"] as? String == "keras")
    let tensors = try Self.tensors(document)
    let named = ["stem/kernel", "depth/kernel", "up/kernel", "attention/query/kernel", "lstm/lstm_cell/kernel"]
    for name in named + ["table/embeddings"] {
      #expect((tensors[name]?["expected"] as? [String: Any])?["scheme"] as? String == "keras", "\(name)")
    }
  }

  @Test func aKernelOfDeviationOneIsFound() throws {
    let directory = try TemporaryDirectory()
    let whole = try Command.run("weights", Self.path("wrong.keras"), "--json", "--strict")
    #expect(whole.status == 1)
    #expect(try Self.blamed(try whole.json()) == ["scheme-deviation: dense_1/kernel"])
    let alone = try Command.run("weights", try Self.alone("wrong.keras", in: directory), "--json", "--strict")
    #expect(alone.status == 1)
    #expect(try Self.blamed(try alone.json()) == ["unscaled-weights: dense_1/kernel"])
    let older = try Command.run("weights", Self.path("older.h5"), "--json", "--strict")
    #expect(older.status == 1)
    #expect(try Self.blamed(try older.json()) == ["unscaled-weights: sequential/dense_1/kernel"])
    let check = try Command.run("check", "--weights", Self.path("wrong.keras"))
    #expect(check.status == 1 && check.output.contains("dense_1/kernel"), "\(check.output)")
  }

  @Test func filesThatCannotBeReadAreNamed() throws {
    let directory = try TemporaryDirectory()
    let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: Self.path("older.h5"))))
    let url = URL(fileURLWithPath: directory.path).appending(path: "half.h5")
    try Data(bytes.prefix(bytes.count / 2)).write(to: url)
    let half = try Command.run("weights", url.path)
    #expect(half.status == 2 && half.message.contains("half.h5: cannot be read as HDF5"), "\(half.message)")
  }

  /// Keras draws orthogonal matrices with all axes but the last as rows (random_initializers.py), also for transposed and
  /// depthwise convolutions and for attention; spectral normalization stores its layer's kernel a second time.
  @Test func orthogonalKernelsOfManyAxesAreNotBlamed() throws {
    let document = try Command.run("weights", Self.path("orthogonal.keras"), "--json").json()
    #expect(try Self.blamed(document) == [])
    let tensors = try Self.tensors(document)
    for (name, gain) in [
      ("up/kernel", 1.0), ("square/kernel", 0.5), ("depth/kernel", 1), ("attention/query/kernel", 1),
      ("attention/attention_output/kernel", 1),
    ] {
      let looks = try #require(tensors[name]?["looksLike"] as? [String: Any], "\(name)")
      #expect(looks["law"] as? String == "orthogonal", "\(name)")
      let own = try #require((looks["parameters"] as? [String: Double])?["gain"])
      // Float32 keeps seven digits.
      #expect(abs(own / gain - 1) < 1e-5, "\(name): \(own)")
    }
    #expect(tensors["bounded/wrapped_kernel"]?["role"] as? String == "other")
    #expect(tensors["bounded_dense/vector_u"]?["role"] as? String == "other")
    #expect(tensors["bounded/inner/kernel"]?["role"] as? String == "convolution")
    #expect(tensors["bounded_dense/last/kernel"]?["role"] as? String == "linear")
  }
}
