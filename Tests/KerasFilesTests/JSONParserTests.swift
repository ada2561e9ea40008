import KerasFiles
import Testing

@Suite struct JSONParserTests {
  private func parse(_ text: String) throws -> JSONValue { try JSONParser.parse(Array(text.utf8)) }

  @Test func readsEveryKindOfValue() throws {
    let value = try parse(#" {"a": [1, -2.5e3, true, false, null], "b\u00e9\n": "\ud83d\ude00 \"\\\/", "c": {}} "#)
    #expect(value["a"]?.array?.map(\.number) == [1, -2500, nil, nil, nil])
    #expect(value["a"]?.array?[2].boolean == true)
    #expect(value["a"]?.array?[4].isNull == true)
    #expect(value["bé\n"]?.string == "😀 \"\\/")
    #expect(value["c"] == .object([]))
  }

  /// Python writes them, and JSON has no numbers for them.
  @Test func readsNumbersThatAreNone() throws {
    let values = try parse("[NaN, Infinity, -Infinity]").array?.compactMap(\.number)
    #expect(values?.count == 3 && values?[0].isNaN == true && values?[1] == .infinity && values?[2] == -.infinity)
  }

  @Test func keepsAllDigitsOfWholeNumbers() throws {
    #expect(try parse("9007199254740993").integer == 9_007_199_254_740_993)
    #expect(try parse("3.0").integer == 3)
    #expect(try parse("3.5").integer == nil)
    #expect(try parse("1e400").integer == nil)
  }

  @Test(arguments: [
    ("", 0), ("{", 1), ("[1,", 3), ("[1 2]", 3), (#"{"a" 1}"#, 5), (#"{"a": 1, "a": 2}"#, 9), ("tru", 0), ("01x", 2),
    ("-", 1),
    (#""\x""#, 2), ("\"a\nb\"", 2), (#""\ud800""#, 7), ("nul", 0), ("1 1", 2),
  ])
  func namesTheByteOfAFault(_ text: String, _ offset: Int) throws {
    let problem = #expect(throws: JSONParser.Problem.self) { try parse(text) }
    #expect(problem?.offset == offset, "\(text): \(problem?.message ?? "")")
  }

  @Test func refusesDeepNesting() throws {
    _ = try parse(String(repeating: "[", count: 200) + String(repeating: "]", count: 200))
    #expect(throws: JSONParser.Problem.self) { try parse(String(repeating: "[", count: 100_000)) }
    #expect(throws: JSONParser.Problem.self) { try parse(String(repeating: #"{"a":"#, count: 201)) }
  }

  @Test func refusesTextThatIsNoUTF8() throws {
    #expect(throws: JSONParser.Problem.self) { try JSONParser.parse([0x22, 0xFF, 0x22]) }
  }
}
