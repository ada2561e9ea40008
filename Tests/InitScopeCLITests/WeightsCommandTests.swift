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

  private func words(_ command: Command) -> String {
    command.output.split(whereSeparator: \.isWhitespace).joined(separator: " ")
  }

  /// A constant is one whatever its size, and counters are told in one line.
  @Test func constantsAndCountersAreNamed() throws {
    let resnet = Self.path("c05_resnet_zero_gamma")
    let result = try Command.run("weights", resnet)
    let rows = result.output.split(separator: "\n")
    #expect(rows.contains { $0.contains(" bn1.weight ") && $0.contains(" ones ") && !$0.contains("other") })
    #expect(result.output.components(separatedBy: "num_batches_tracked").count == 2)
    #expect(words(result).contains("20 tensors of whole numbers are not judged: bn1.num_batches_tracked and the like"))
    #expect(result.output.contains("Nothing is wrong in 102 tensors"))
    let every = try Command.run("weights", resnet, "--every-tensor")
    #expect(every.output.components(separatedBy: "num_batches_tracked").count == 21)
  }

  /// Lines of one name say of which blocks they are, and formulas are whole.
  @Test func linesOfOneNameAreToldApart() throws {
    let output = try Command.run("weights", Self.path("p06a_identical_layers")).output
    #expect(output.contains("1,3.mlp.down_proj.weight x2") && output.contains("0,2.mlp.down_proj.weight x2"), "\(output)")
    #expect(output.split(separator: "\n").map(String.init).dropFirst(2).allSatisfy { $0.count <= 80 })
    let fitted = try Command.run("weights", Self.path("p12_conv_transpose_fan")).output
    #expect(!fitted.contains("fits sqrt(2…"), "\(fitted)")
  }

  @Test func theLegendIsPrintedOnRequest() throws {
    let plain = try Command.run("weights", Self.gpt), explained = try Command.run("weights", Self.gpt, "--legend")
    for beginning in ["!: an error. ?: a warning.", "tensor: # stands for", "looks like: ", "declared: "] {
      #expect(explained.output.contains("\n" + beginning) && !plain.output.contains("\n" + beginning), "\(beginning)")
    }
    #expect(words(plain).contains("--legend explains the columns.") && !explained.output.contains("--legend"))
  }

  /// What a library left in place is told in its users' words, and a large table with what follows from it.
  @Test func findingsUseNoNamesOfOurOwn() throws {
    let left = words(try Command.run("weights", Self.path("p05_linear_default_left")))
    #expect(
      left.contains("PyTorch's default, uniform to 1/sqrt(fan_in), was left in place.") && !left.contains("torch_default"))
    let tied = words(try Command.run("weights", Self.path("p10_tied_embedding_reinitialised")))
    #expect(
      tied.contains(
        "That is 49 times what llama declares: if the head is tied to it, logits are 49 times too large. Is it meant?"),
      "\(tied)")
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

  /// Rows of zeros and ones are told in a line: of 102 tensors here 80 are constants.
  @Test func constantsDoNotFillThePicture() throws {
    let directory = try TemporaryDirectory()
    let resnet = Self.path("c05_resnet_zero_gamma")
    #expect(try Command.run("weights", resnet, "--output", "out", "--quiet", in: directory).status == 0)
    // The height of a PNG stands in bytes 20 to 23.
    let height = try directory.data(of: "out/weights.png")[20..<24].reduce(0) { $0 << 8 | Int($1) }
    #expect(height > 200 && height < 800, "\(height)")
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
