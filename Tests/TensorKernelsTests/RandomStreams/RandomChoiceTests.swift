import TensorKernels
import Testing

@Suite struct RandomChoiceTests {
  /// The steps written out, with words chosen so that the products are known: word / 2^32 of what is left.
  @Test func shufflesAreFisherAndYates() {
    // Half of 4 is 2, three quarters of 3 is 2, none of 2 is 0.
    let words: [UInt32] = [1 << 31, 3 << 30, 0]
    #expect([10, 11, 12, 13].shuffled(by: words) == [12, 13, 10, 11])
    // As far as there are words; no further than there are elements.
    #expect([10, 11, 12].shuffled(by: [.max]) == [12, 11, 10])
    #expect([10, 11].shuffled(by: [.max, .max, .max, .max]) == [11, 10])
    #expect([Int]().shuffled(by: [7]) == [])
  }

  @Test func numbersStayBelowTheirBound() {
    #expect(UInt32.max.number(below: 10) == 9 && (UInt32(1) << 31).number(below: 10) == 5)
    #expect(UInt32(0).number(below: 1) == 0 && UInt32.max.number(below: 1) == 0)
  }

  /// Fewer places are the beginning of all places: a stream's words do not depend on how many are drawn.
  @Test func anOrdersBeginningDoesNotDependOnItsLength() {
    let stream = RandomStream(seed: 1, replica: 0, node: "order", tensor: .order)
    let all = stream.order(1000)
    #expect(all.sorted() == Array(0..<1000))
    #expect(stream.order(1000, places: 100) == all.prefix(100))
  }
}
