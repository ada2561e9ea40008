import TestSupport
import Testing

import TensorFiles

/// Headers that the format forbids; compare the tests of the safetensors repository.
@Suite struct SafetensorsTests {
  private static let one = #""a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}"#

  @Test func aRightFileIsRead() throws {
    let file = try TemporaryBytes(
      safetensors(
        #"{"__metadata__": {"format": "pt"}, \#(Self.one), "b": {"dtype": "BF16", "shape": [2, 1], "data_offsets": "#
          + #"[4, 8]}}   "#,
        [0, 0, 128, 63, 0, 64, 64, 64]),
      "model.safetensors")
    let read = try TensorFiles.open(path: file.path)
    #expect(read.entries.map(\.name) == ["a", "b"])
    #expect(read.entries.map(\.shape) == [[1], [2, 1]])
    #expect(floats(try contents(read, "a")) == [1])
    #expect(try contents(read, "b") == [0, 64, 64, 64])
  }

  /// Without that word two names of one tensor cannot be told from two tensors.
  @Test func aFileMaySayThatTiesAreWrittenOnce() throws {
    for (metadata, isTold) in [(#""sharing": "one name each""#, true), (#""format": "pt""#, false)] {
      let file = try TemporaryBytes(
        safetensors(#"{"__metadata__": {\#(metadata)}, \#(Self.one)}"#, [0, 0, 128, 63]), "model.safetensors")
      #expect(try TensorFiles.open(path: file.path).tellsSharing == isTold)
    }
    #expect(try TensorFiles.open(path: Repository.reference("tensor-files/state.pt").path).tellsSharing)
  }

  @Test func anEmptyTensorAndAScalarAreRead() throws {
    #expect(
      try refusal(
        safetensors(
          #"{"e": {"dtype": "F32", "shape": [0, 4], "data_offsets": [0, 0]}, "s": {"dtype": "I64", "shape": [], "#
            + #""data_offsets": [0, 8]}}"#,
          .init(repeating: 1, count: 8))
      ) == "")
  }

  @Test(arguments: [
    (
      #"{"a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}, "b": {"dtype": "F32", "shape": [1], "#
        + #""data_offsets": [2, 6]}}"#,
      6, "overlaps"
    ),
    (#"{"a": {"dtype": "F32", "shape": [1], "data_offsets": [4, 8]}}"#, 8, "belong to no tensor"),
    (
      #"{"a": {"dtype": "U8", "shape": [1], "data_offsets": [0, 1]}, "b": {"dtype": "F32", "shape": [1], "#
        + #""data_offsets": [1, 5]}}"#,
      5, "misaligned"
    ),
    (#"{"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}}"#, 4, "there are only 4"),
    (#"{"a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}"#, 8, "follow the last tensor"),
    (
      #"{"a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}, "a": {"dtype": "F32", "shape": [1], "#
        + #""data_offsets": [4, 8]}}"#,
      8, "comes twice"
    ),
    (#"{"a": {"dtype": "F32", "dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}"#, 4, "comes twice"),
    (#"{"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 4]}}"#, 4, "need 8"),
    (#"{"a": {"dtype": "F32", "shape": [1], "data_offsets": [4, 0]}}"#, 4, "in this order"),
    (#"{"a": {"dtype": "F32", "shape": [1], "data_offsets": [0]}}"#, 4, "in this order"),
    (#"{"a": {"dtype": "F32", "shape": [4611686018427387904, 4611686018427387904], "data_offsets": [0, 4]}}"#, 4, "64 bits"),
    (#"{"a": {"dtype": "F32", "shape": [-1], "data_offsets": [0, 4]}}"#, 4, "whole number"),
    (#"{"a": {"dtype": "F32", "shape": [99999999999999999999], "data_offsets": [0, 4]}}"#, 4, "beyond 64 bits"),
    (#"{"a": {"dtype": "F99", "shape": [1], "data_offsets": [0, 4]}}"#, 4, "dtype 'F99'"),
    (#"{"a": {"dtype": "F32", "shape": [1]}}"#, 4, "lacks data_offsets"),
    (#"{"a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4], "x": 1}}"#, 4, "unknown key"),
    (#"{"a": 3}"#, 4, "'{' expected"),
    (#"{"__metadata__": {"a": 1}}"#, 0, "string"),
    (#"{"a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}} x"#, 4, "follows the end"),
    (#"{"a": "#, 0, "'{' expected"), (#"{"a"#, 0, "does not end"), ("{", 0, "double quotes"),
  ])
  func aWrongHeaderIsRefused(header: String, dataSize: Int, reason: String) throws {
    let message = try refusal(safetensors(header, .init(repeating: 0, count: dataSize)))
    #expect(message.contains(reason), "\(message)")
    #expect(message.contains("byte"))
  }

  @Test func lengthsThatLieAreRefused() throws {
    #expect(try refusal([1, 2, 3]).contains("too short"))
    #expect(try refusal([0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7B]).contains("at most 100000000"))
    #expect(try refusal([1, 0xE1, 0xF5, 5, 0, 0, 0, 0, 0x7B]).contains("at most 100000000"))
    #expect(try refusal([200, 0, 0, 0, 0, 0, 0, 0, 0x7B, 0x7D]).contains("truncated or lies"))
    #expect(try refusal(safetensors("[1]")).contains("does not begin with '{'"))
    #expect(try refusal(safetensors("{\"\u{0}\": 1}")).contains("control character"))
    #expect(try refusal([3, 0, 0, 0, 0, 0, 0, 0, 0x7B, 0x22, 0xFF]).contains("does not end"))
  }
}
