import Foundation

/// A file of samples that a source names, of random form and content.
struct RandomData {
  /// As `--input` and `--data` take it.
  var source: String
  var files: [String: Data] = [:]
  /// Of one sample; nil where the source decides.
  var shape: [Int]?

  /// Samples of that shape, or of another in one case of eight.
  ///
  /// - Parameter outputs: Of the network that is to learn them; nil for samples that need no answers.
  init(_ dice: inout Dice, shape wanted: [Int], vocabulary: Int?, outputs: Int?) {
    let odd = dice.chance(0.12), needsAnswers = outputs != nil
    let shape = odd ? (0..<dice.whole(1...3)).map { _ in dice.whole(1...5) } : wanted
    self.shape = shape
    let count = dice.pick([1, 2, 3, 8, 20, 60])
    let classes = dice.chance(0.05) ? 1 : dice.chance(0.1) ? 5 : max(2, outputs ?? 3)
    var values = RandomValues(&dice, vocabulary: odd ? nil : vocabulary)
    switch dice.whole(0...7) {
    case 0 where !needsAnswers:
      source = dice.pick(["gaussian", "uniform"])
    case 1 where dice.chance(0.5):
      source = dice.pick(["iris", "digits", "synthetic:blobs", "synthetic:spirals", "synthetic:regression"])
      self.shape = nil
    case 2 where wanted.count == 1, 3 where wanted.count == 1:
      source = "data.csv"
      files[source] = Self.table(&dice, columns: shape.reduce(1, *), rows: count, classes: classes, &values)
    case 4 where vocabulary != nil:
      source = "text:words.csv"
      files["words.csv"] = Self.words(&dice, rows: count, classes: classes)
    case 5 where !needsAnswers:
      source = "data.npy"
      files[source] = NumPyFile.array(&dice, shape: [count] + shape, &values)
    default:
      source = "data.npz"
      let answers =
        dice.chance(0.8)
        ? NumPyFile.labels((0..<count).map { _ in dice.whole(0...classes - 1) }, &dice)
        : NumPyFile.array(&dice, shape: [count, dice.chance(0.1) ? dice.whole(1...2) : outputs ?? 1], &values)
      files[source] = StoredZip.archive([
        ("x.npy", NumPyFile.array(&dice, shape: [count] + shape, &values)), ("y.npy", answers),
      ])
    }
  }

  private static func table(
    _ dice: inout Dice, columns: Int, rows: Int, classes: Int, _ values: inout RandomValues
  ) -> Data {
    let answer = dice.pick(["label", "target", "class", "response", ""])
    var lines = [(0..<columns).map { "f\($0)" } + (answer.isEmpty ? [] : [answer])]
    for _ in 0..<rows {
      var cells = (0..<columns).map { _ in "\(values.next(&dice))" }
      if answer == "response" {
        cells.append("\(values.next(&dice))")
      } else if !answer.isEmpty {
        cells.append("\(dice.whole(0...classes - 1))")
      }
      if dice.chance(0.01) { cells[0] = dice.pick(["", "nan", "inf", "x", "1e999"]) }
      lines.append(cells)
    }
    return Data(lines.map { $0.joined(separator: ",") + "\n" }.joined().utf8)
  }

  private static func words(_ dice: inout Dice, rows: Int, classes: Int) -> Data {
    let words = ["good", "bad", "film", "the", "not", "", "ein Satz", "\u{e9}t\u{e9}"]
    let lines = (0..<rows).map { _ in
      (0..<dice.whole(0...6)).map { _ in dice.pick(words) }.joined(separator: " ") + ",\(dice.whole(0...classes - 1))"
    }
    return Data((["text,label"] + lines).map { $0 + "\n" }.joined().utf8)
  }
}

/// Values of one kind: ordinary ones, a constant, huge or tiny ones, or token ids.
struct RandomValues {
  private var make: (inout Dice) -> Double

  init(_ dice: inout Dice, vocabulary: Int?) {
    if let vocabulary, dice.chance(0.9) {
      make = { Double($0.whole(0...vocabulary - 1)) }
      return
    }
    switch dice.whole(0...7) {
    case 0:
      let value = dice.pick([0.0, 1, -3.5, 1e30])
      make = { _ in value }
    case 1: make = { $0.real(-1...1) * 1e30 }
    case 2: make = { $0.real(-1...1) * 1e-30 }
    case 3: make = { Double($0.whole(0...255)) }
    case 4: make = { $0.chance(0.02) ? 1e38 : $0.real(0...1) }
    default: make = { $0.real(-2...2) }
    }
  }

  mutating func next(_ dice: inout Dice) -> Double { make(&dice) }
}
