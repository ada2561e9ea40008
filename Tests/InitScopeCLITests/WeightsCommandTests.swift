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
