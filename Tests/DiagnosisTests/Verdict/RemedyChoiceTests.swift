import Diagnosis
import Testing

@Suite struct RemedyChoiceTests {
  /// The first that is sure enough, else the surest, else none. No more are asked for than needed.
  @Test(
    arguments: [
      ([nil, 0.95, 0.99], 1, 2), ([0.9], 0, 1), ([0.6, 0.8, 0.7], 1, 3), ([0.8, nil, 0.8], 0, 3), ([0.89, 0.9, 0.99], 1, 2),
      ([nil, nil], nil, 2), ([], nil, 0),
    ] as [([Double?], Int?, Int)])
  func theFirstThatIsSureEnough(confidences: [Double?], place: Int?, asked: Int) {
    var count = 0
    let chosen = RemedyChoice.place(among: confidences.count) {
      count += 1
      return confidences[$0]
    }
    #expect(chosen == place && count == asked)
  }
}
