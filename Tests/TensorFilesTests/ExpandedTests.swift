import DataSets
import Foundation
import TestSupport
import Testing

import TensorFiles

/// PyTorch archives whose tensors repeat the elements of small storages, as `expand` makes them.
@Suite struct ExpandedTests {
  /// A zip archive of stored members, whose checksums PyTorch archives need not hold.
  private func archive(_ members: [(name: String, bytes: [UInt8])]) -> [UInt8] {
    func number(_ value: Int, _ size: Int) -> [UInt8] { (0..<size).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }
    var file: [UInt8] = [], directory: [UInt8] = []
    for member in members {
      let name = Array(member.name.utf8), count = number(member.bytes.count, 4)
      let common: [UInt8] = number(0, 2) + number(0, 2) + number(0, 4) + number(0, 4) + count + count + number(name.count, 2)
      directory += Array("PK".utf8) + [1, 2, 20, 0, 20, 0] + common + number(0, 2) + number(0, 2) + number(0, 2)
      directory += number(0, 2) + number(0, 4) + number(file.count, 4) + name
      file += Array("PK".utf8) + [3, 4, 20, 0] + common + number(0, 2) + name + member.bytes
    }
    let start = file.count
    file += directory + Array("PK".utf8) + [5, 6, 0, 0, 0, 0] + number(members.count, 2) + number(members.count, 2)
    return file + number(directory.count, 4) + number(start, 4) + [0, 0]
  }

  /// The pickle of `{'w': tensor}` with these sizes and strides over a storage of floats.
  private func pickle(_ shape: [Int], _ strides: [Int], count: Int) -> [UInt8] {
    func text(_ value: String) -> [UInt8] { [0x58, UInt8(value.utf8.count), 0, 0, 0] + Array(value.utf8) }
    func name(_ module: String, _ name: String) -> [UInt8] { Array("c\(module)\n\(name)\n".utf8) }
    func number(_ value: Int) -> [UInt8] { [0x4A] + (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }
    func tuple(_ values: [Int]) -> [UInt8] { Array("(".utf8) + values.flatMap(number) + Array("t".utf8) }
    let storage = Array("(".utf8) + text("storage") + name("torch", "FloatStorage") + text("0") + text("cpu")
    let reference: [UInt8] = storage + number(count) + Array("tQ".utf8)
    let hooks = name("collections", "OrderedDict") + Array(")R".utf8)
    let arguments: [UInt8] = reference + number(0) + tuple(shape) + tuple(strides) + [0x89] + hooks
    return [0x80, 2] + Array("}".utf8) + text("w") + name("torch._utils", "_rebuild_tensor_v2") + Array("(".utf8) + arguments
      + Array("tRs.".utf8)
  }

  private func file(_ shape: [Int], _ strides: [Int], _ values: [Float]) -> [UInt8] {
    let storage = values.flatMap { value in withUnsafeBytes(of: value.bitPattern.littleEndian) { Array($0) } }
    return archive([("m/data.pkl", pickle(shape, strides, count: values.count)), ("m/data/0", storage)])
  }

  @Test(arguments: [
    ([8, 8], [0, 0]), ([3, 5], [1, 0]), ([5, 3], [0, 1]), ([2, 3, 4], [3, 1, 0]), ([4, 3, 2], [0, 1, 3]),
    ([2, 4, 3, 5], [0, 1, 0, 0]), ([3, 4], [1, 1]), ([2, 2, 3], [40, 0, 0]), ([1, 7], [0, 0]),
  ]) func everyElementIsWhereItsStridesSay(shape: [Int], strides: [Int]) throws {
    let values = (0..<48).map { Float($0) + 0.5 }
    let temporary = try TemporaryBytes(file(shape, strides, values), "model.pt")
    let read = try TensorFiles.open(path: temporary.path)
    #expect(read.entries.map(\.shape) == [shape])
    // In row-major order, by the definition of a strided view.
    var expected: [Float] = []
    for place in 0..<shape.reduce(1, *) {
      var rest = place, element = 0
      for axis in shape.indices.reversed() {
        element += rest % shape[axis] * strides[axis]
        rest /= shape[axis]
      }
      expected.append(values[element])
    }
    #expect(floats(try contents(read, "w")) == expected)
  }

  /// One number that stands for 2^40 is refused, and not read for hours.
  @Test func aViewBeyondMeasureIsRefused() throws {
    let message = try refusal(file([1 << 20, 1 << 20], [0, 0], [0]), "model.pt")
    #expect(message.contains("'w'") && message.contains("64 times the file's size"))
  }

  @Test func aTensorOfTheMetaDeviceIsSaidToHoldNoValues() throws {
    let call = "(K\u{1}tR"
    let bytes: [UInt8] = [0x80, 2] + Array("}".utf8) + [0x58, 1, 0, 0, 0] + Array("w".utf8)
    let name = Array("ctorch._utils\n_rebuild_meta_tensor_no_storage\n\(call)s.".utf8)
    let message = try refusal(archive([("m/data.pkl", bytes + name)]), "model.pt")
    #expect(message.contains("meta device") && message.contains("no values") && !message.contains("run code"))
  }
}
