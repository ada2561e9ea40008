import Foundation
import TestSupport
import Testing

/// `initscope weights` and `check --weights` on the planted files of Fixtures/weights.
@Suite struct WeightsCommandTests {
  private static func path(_ name: String) -> String {
    Repository.fixtures.appending(path: "weights/planted/\(name)/model.safetensors").path
  }
  private static let gpt = path("p01_gpt2_residual_scale_missing"), right = path("c02_llama_clean_bf16")

  @Test func theTableNamesTheMistake() throws {
    let result = try Command.run("weights", Self.gpt, environment: ["COLUMNS": "80"])
    #expect(result.status == 0)
    #expect(result.output.contains("[residual-scaling]"))
    #expect(result.output.contains("recognized: gpt2"))
    // The path of the fixture may be longer.
    #expect(result.output.split(separator: "\n").allSatisfy { $0.count <= 80 || $0.contains("/") })
  }

  @Test func theStatusSaysWhetherItIsRightUnderStrict() throws {
    #expect(try Command.run("weights", Self.gpt, "--strict", "--quiet").status == 1)
    #expect(try Command.run("weights", Self.right, "--strict", "--quiet").status == 0)
    #expect(try Command.run("weights", Self.right + "x").status == 2)
    #expect(try Command.run("weights", Self.right, "--scheme", "lama").message.contains("Did you mean `llama`?"))
    #expect(try Command.run("weights", Self.right, "--scheme", "lama").status == 64)
  }

  @Test func theDocumentHasTheContract() throws {
    let result = try Command.run("weights", Self.gpt, "--json")
    let object = try #require(try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
    #expect(
      Set(object.keys).isSuperset(of: ["schemaVersion", "file", "format", "tensors", "findings", "compared", "summary"]))
    let tensors = try #require(object["tensors"] as? [[String: Any]])
    #expect(tensors.count == 52)
    for tensor in tensors {
      #expect(
        Set(tensor.keys).isSuperset(of: [
          "name", "shape", "type", "role", "fanIn", "fanOut", "mean", "standardDeviation", "min", "max", "zeros",
          "nonFinite", "looksLike",
          "expected", "findings",
        ]))
    }
    let findings = try #require(object["findings"] as? [[String: Any]])
    #expect(findings.map { $0["rule"] as? String } == ["residual-scaling"])
    #expect((findings[0]["tensors"] as? [String])?.count == 8)
  }

  @Test func aPictureAndADocumentAreWritten() throws {
    let directory = try TemporaryDirectory()
    #expect(try Command.run("weights", Self.gpt, "--output", "out", "--quiet", in: directory).status == 0)
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: directory.path + "/out").sorted() == [
        "weights.json", "weights.png",
      ])
  }

  /// Line ends and escapes in a name are written out, so that a line stays a line.
  @Test func namesKeepTheTableInOnePiece() throws {
    let directory = try TemporaryDirectory()
    let header = #"{"a\n\u001b[31m.weight":{"dtype":"F32","shape":[4,4],"data_offsets":[0,64]}}"#
    try write(header, zeros: 64, directory.path + "/odd.safetensors")
    let result = try Command.run("weights", "odd.safetensors", in: directory)
    #expect(result.output.contains(#"a\n\u{1B}[31m.weight  4x4"#))
    #expect(result.output.contains(#"error: a\n\u{1B}[31m.weight is exactly zero"#))
    #expect(!result.output.contains("a\n"))
  }

  @Test func aFileWithoutTensorsIsNotCalledRight() throws {
    let directory = try TemporaryDirectory()
    try write("{}", zeros: 0, directory.path + "/empty.safetensors")
    let empty = try Command.run("weights", "empty.safetensors", in: directory)
    #expect(empty.status == 2)
    #expect(empty.message.contains("holds no tensors"))
    let header = #"{"step":{"dtype":"I64","shape":[1],"data_offsets":[0,8]}}"#
    try write(header, zeros: 8, directory.path + "/whole.safetensors")
    #expect(try Command.run("weights", "whole.safetensors", in: directory).output.contains("no tensors of floating-point"))
  }

  /// A safetensors file of a header and zeros.
  private func write(_ header: String, zeros: Int, _ path: String) throws {
    let length = withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { Data($0) }
    try (length + Data(header.utf8) + Data(count: zeros)).write(to: URL(filePath: path))
  }

  @Test func twoFilesAreComparedByChance() throws {
    let same = try Command.run("weights", Self.gpt, "--against", Self.gpt)
    #expect(same.output.contains("52 tensors equal"))
    let other = try Command.run(
      "weights", Self.path("p05_linear_default_left"), "--against", Self.path("p06a_identical_layers"))
    #expect(other.output.contains("[changed-tensor]"))
  }

  @Test func aCheckTakesBoundsByName() throws {
    let directory = try TemporaryDirectory()
    _ = try directory.write(
      "version: 1\nweights:\n  - {tensors: \"*q_proj*\", standardDeviation: [0.019, 0.021]}\n", as: "right.yaml")
    _ = try directory.write(
      "version: 1\nweights:\n  - {tensors: \"*q_proj*\", standardDeviation: [0.03, 0.04]}\n", as: "wrong.yaml")
    #expect(try Command.run("check", "--weights", Self.right, "--bounds", "right.yaml", in: directory).status == 0)
    let wrong = try Command.run(
      "check", "--weights", Self.right, "--bounds", "wrong.yaml", "--junit", "j.xml", "--sarif", "s.json", in: directory)
    #expect(wrong.status == 1)
    #expect(wrong.output.contains("[bound/standardDeviation]"))
    #expect(try String(contentsOfFile: directory.path + "/j.xml", encoding: .utf8).contains("<failure"))
    #expect(try String(contentsOfFile: directory.path + "/s.json", encoding: .utf8).contains("\"startLine\": 3"))
    #expect(try Command.run("check", "--weights", Self.gpt, "--quiet", in: directory).status == 1)
    #expect(try Command.run("check", "mlp", "--weights", Self.gpt, in: directory).status == 64)
  }
}
