import Diagnosis
import SignalPropagation
import Testing

@Suite struct LayerAlignmentTests {
  private func layers(_ words: String) -> [LayerAlignment.Layer] {
    words.split(separator: " ").map { word in
      let parts = word.split(separator: ":").map(String.init)
      return LayerAlignment.Layer(name: parts[0], kind: parts[1], units: Int(parts[2]) ?? 0, activation: "relu")
    }
  }

  private func check(_ now: String, _ then: String, _ before: [Int?], _ removed: [Int]) {
    let alignment = LayerAlignment(layers(now), layers(then))
    #expect(alignment.before == before && alignment.removed == removed, "\(alignment.before) \(alignment.removed)")
  }

  @Test func editsOfAList() {
    let chain = "dense_1:dense:8 dense_2:dense:8 dense_3:dense:8 dense_4:dense:2"
    check(chain, chain, [0, 1, 2, 3], [])
    // Of another width in the middle: numbers behind it shift, and are no new names.
    check(
      "dense_1:dense:8 dense_2:dense:4 dense_3:dense:8 dense_4:dense:8 dense_5:dense:2", chain, [0, nil, 1, 2, 3], [])
    check("dense_1:dense:8 dense_2:dense:8 dense_3:dense:2", chain, [0, 1, 3], [2])
    // One that is like its neighbours could be any of them: names decide.
    check(
      "dense_1:dense:8 dense_2:dense:8 dense_3:dense:8 out:dense:2", "dense_1:dense:8 dense_2:dense:8 out:dense:2",
      [0, 1, nil, 2], [])
    // Another width is a change of a layer, another kind another layer.
    check("a:dense:8 b:dense:4 c:dense:2", "a:dense:8 b:dense:8 c:dense:2", [0, 1, 2], [])
    check("a:dense:8 flatten_1:flatten:8 c:dense:2", "a:dense:8 dense_1:dense:8 c:dense:2", [0, nil, 2], [1])
    // A chosen name stays with its layer though the kind changes.
    check("a:dense:8 b:conv2d:8 c:dense:2", "a:dense:8 b:dense:8 c:dense:2", [0, 1, 2], [])
    check("a:dense:8", "", [nil], [])
    check("", "a:dense:8", [], [0])
  }

  /// Name, width and activation changed together, 0.3 each, still make one layer of the other: one that came and one that
  /// went cost 1. Another kind under one chosen name costs 0.6, under two names it is another layer.
  @Test func changesAddUp() {
    func layer(_ name: String, _ kind: String, _ units: Int, _ activation: String) -> LayerAlignment.Layer {
      LayerAlignment.Layer(name: name, kind: kind, units: units, activation: activation)
    }
    let one = LayerAlignment([layer("b", "dense", 8, "relu")], [layer("a", "dense", 4, "tanh")])
    #expect(one.before == [0] && one.removed.isEmpty)
    let other = LayerAlignment([layer("a", "conv2d", 8, "relu")], [layer("a", "dense", 4, "tanh")])
    #expect(other.before == [0] && other.removed.isEmpty)
    let renamed = LayerAlignment([layer("b", "conv2d", 4, "tanh")], [layer("a", "dense", 4, "tanh")])
    #expect(renamed.before == [nil] && renamed.removed == [0])
  }

  /// Lists too long for a table are matched by name, at once.
  @Test func longListsAreMatchedByName() {
    func list(_ units: Int) -> [LayerAlignment.Layer] {
      (1...20_000).map { LayerAlignment.Layer(name: "dense_\($0)", kind: "dense", units: units, activation: nil) }
    }
    let alignment = LayerAlignment(list(1), list(2))
    #expect(alignment.before == (0..<20_000).map(Optional.some) && alignment.removed.isEmpty)
  }
}
