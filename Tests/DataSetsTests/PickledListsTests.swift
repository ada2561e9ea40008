import DataSets
import Testing

@Suite struct PickledListsTests {
  private static let prefix: [UInt8] =
    "\u{80}\u{2}cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\u{0}\u{85}U\u{1}b\u{87}R(K\u{1}".utf8View

  /// A pickle of an array with `count` elements whose list of lists `lists` pushes.
  private static func array(count: UInt8, _ lists: [UInt8]) -> [UInt8] {
    let type: [UInt8] = "cnumpy\ndtype\nU\u{2}O8\u{89}\u{88}\u{87}R(K\u{3}U\u{1}|NNNtb\u{89}".utf8View
    return prefix + [0x4B, count, 0x85] as [UInt8] + type + lists + "tb.".utf8View
  }

  private static func refusal(_ bytes: [UInt8]) -> PickledLists.Problem? {
    do throws(PickledLists.Problem) {
      _ = try PickledLists.lists(in: bytes)
      Issue.record("nothing was refused")
      return nil
    } catch {
      return error
    }
  }

  /// [[1, 300, -5], []] with every opcode for a number.
  @Test func listsOfNumbersAreRead() throws {
    let lists: [UInt8] = "](](K\u{1}M\u{2C}\u{1}J\u{FB}\u{FF}\u{FF}\u{FF}\u{8A}\u{2}\u{0}\u{1}e]e".utf8View
    #expect(try PickledLists.lists(in: Self.array(count: 2, lists)) == [[1, 300, -5, 256], []])
    #expect(try PickledLists.lists(in: Self.array(count: 1, "]]K\u{7}aa".utf8View)) == [[7]])
  }

  @Test func anythingElseIsRefusedWhereItStands() {
    let start = Self.array(count: 1, []).count - 3
    let cases: [([UInt8], String)] = [
      ("cos\nsystem\n".utf8View, "the pickle names os.system, which could run code"),
      ("cbuiltins\neval\n".utf8View, "the pickle names builtins.eval"),
      ("\u{8C}\u{2}os\u{8C}\u{6}system\u{93}".utf8View, "the pickle names os.system"),
      ([0x81], "the opcode 0x81"), ([0x82, 1], "the opcode 0x82"), ("i".utf8View, "the opcode 0x69"),
      ("G".utf8View, "the opcode 0x47"), ("}".utf8View, "the opcode 0x7D"), ("P1\n".utf8View, "the opcode 0x50"),
      ("a".utf8View, "values appended to what is no list"), ("q".utf8View, "the pickle breaks off"),
      ("h\u{9}".utf8View, "memo entry 9, which was not written"),
      ("]U\u{1}xa".utf8View, "neither a whole number nor a list of such"),
      ("](K\u{1}]e".utf8View, "neither a whole number nor a list of such"),
      ("]]]]aaa".utf8View, "neither a whole number nor a list of such"),
      ("]q\u{0}h\u{0}a".utf8View, "a second reference to memo entry 0"),
      ([0x5D, 0x8A, 9], "a number of 9 bytes"), ([0x5D, 0x8A, 5, 0, 0, 0, 0, 1, 0x61], "beyond 32 bits"),
      ([0x54, 0xFF, 0xFF, 0xFF, 0xFF], "a string of 4294967295 bytes"),
      ([0x29, 0x85, 0x85, 0x85, 0x85], "tuples nested deeper than 3"), ([0x80, 6], "the pickle protocol 6"),
      ([UInt8](repeating: 0x28, count: 20), "more than 16 open marks"),
      ([UInt8](repeating: 0x4E, count: 70_000), "more than 65536 values on the stack"),
    ]
    for (bytes, message) in cases {
      let problem = Self.refusal(Array(Self.array(count: 1, bytes).dropLast(bytes == Array("q".utf8) ? 3 : 0)))
      #expect(problem?.message.contains(message) == true, "\(String(describing: problem))")
      #expect(problem?.offset ?? 0 >= start)
    }
  }

  @Test func theArrayMustHoldWhatItDeclares() {
    #expect(Self.refusal(Self.array(count: 3, "]]a".utf8View))?.message == "the array declares 3 lists and holds 1")
    #expect(Self.refusal(Self.array(count: 1, "]]a".utf8View) + [0])?.message == "1 bytes follow the pickle's end")
    #expect(Self.refusal("\u{80}\u{2}].".utf8View)?.message == "the pickle is no NumPy array of objects")
    #expect(Self.refusal([])?.message == "the pickle breaks off: the file is truncated")
  }

  /// Every cut and every change of one byte is read or refused; a trap would end the process.
  @Test func everyByteMayBeWrong() {
    let whole = Self.array(count: 2, "](](K\u{1}K\u{2}e]e".utf8View)
    var accepted = 0
    for index in whole.indices {
      for value in UInt8.min...UInt8.max {
        var bytes = whole
        bytes[index] = value
        if (try? PickledLists.lists(in: bytes)) != nil { accepted += 1 }
      }
      #expect(Self.refusal(Array(whole.prefix(index))) != nil)
    }
    // The original once for each byte, other numbers, and little more.
    #expect(accepted >= whole.count + 2 * 255)
    #expect(accepted < whole.count * 64)
  }
}

extension String {
  /// Each scalar, all below 256, as one byte: pickles mix text and numbers.
  fileprivate var utf8View: [UInt8] { unicodeScalars.map { UInt8($0.value) } }
}
