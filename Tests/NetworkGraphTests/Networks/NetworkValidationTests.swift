import NetworkGraph
import Testing

/// Every way in which a network cannot be, with the whole message that a person reads.
@Suite struct NetworkValidationTests {
  private func refusal(_ input: Shape = .features(4), @NetworkBuilder _ parts: () -> [any NetworkPart]) -> String? {
    do {
      _ = try Network(input: input, parts)
      return nil
    } catch {
      return error.description
    }
  }

  private func refusal(_ placements: [Network.Placement]) -> String? {
    do {
      _ = try Network(input: .features(4), placements: placements)
      return nil
    } catch {
      return error.description
    }
  }

  private func dense(_ name: String, _ inputs: String..., units: Int = 4) -> Network.Placement {
    Network.Placement(name: name, layer: Dense(units), inputs: inputs)
  }

  @Test func anEmptyNetwork() {
    #expect(refusal {} == "a network needs at least one layer")
  }

  @Test func anUnknownInputNamesTheNearestEarlierLayer() {
    #expect(
      refusal([dense("encoder", "input"), dense("b", "encodr")])
        == "layer 'b': no earlier layer is named 'encodr'. Did you mean 'encoder'?")
    #expect(refusal([dense("a", "imput")]) == "layer 'a': no earlier layer is named 'imput'. Did you mean 'input'?")
    #expect(
      refusal([dense("a", "input"), dense("b", "xylophone")])
        == "layer 'b': no earlier layer is named 'xylophone'. A layer's inputs must stand before it")
  }

  @Test func aForwardReferenceIsNotTakenForAMisspelling() {
    #expect(
      refusal([dense("dense_1", "dense_2"), dense("dense_2", "input")])
        == "layer 'dense_1': no earlier layer is named 'dense_2'. A layer's inputs must stand before it")
    #expect(refusal([dense("a", "a")]) == "layer 'a': no earlier layer is named 'a'. A layer's inputs must stand before it")
  }

  @Test func namesAreUniqueAndNotEmpty() {
    #expect(
      refusal {
        Dense(4).named("a"); Dense(4).named("a")
      }
        == "layer 'a': the name 'a' is taken. Names are unique, and 'input' is the input's")
    #expect(
      refusal { Dense(4).named("input") }
        == "layer 'input': the name 'input' is taken. Names are unique, and 'input' is the input's")
    #expect(
      refusal {
        Dense(4).named("dense_2"); Dense(4)
      }
        == "layer 'dense_2': the name 'dense_2' is taken. Names are unique, and 'input' is the input's")
    #expect(
      refusal { Dense(4).named("") } == "layer '': a layer's name is empty. Give it one, or none for a name such as dense_1")
  }

  @Test func everyLayerIsUsed() {
    #expect(
      refusal([dense("a", "input"), dense("idle", "a"), dense("out", "a")])
        == "layer 'idle': nothing uses the output of 'idle'. Remove it, or make it some layer's input")
  }

  @Test func shapesFit() {
    #expect(
      refusal {
        Dense(4); Residual { Dense(5) }
      }
        == "layer 'add_1': an add layer takes inputs of one shape, got 4 and 5. "
        + "Give the branch's last layer as many units as its input has")
    #expect(
      refusal(.image(channels: 1, height: 28, width: 28)) { Dense(4) }
        == "layer 'dense_1': a dense layer takes features or a sequence, got a signal of shape 1 x 28 x 28. "
        + "Put a flatten layer before it")
    #expect(
      refusal([Network.Placement(name: "sum", layer: Add(), inputs: ["input"])])
        == "layer 'sum': an add layer takes two or more inputs, got 1. Name them: inputs: [a, b]")
    #expect(
      refusal([dense("a", "input"), dense("b", "a", "input")])
        == "layer 'b': a dense layer takes one input, got 2. Join several with an add layer")
    #expect(refusal([dense("a")]) == "layer 'a': a dense layer takes one input, got 0. Join several with an add layer")
  }

  @Test func aResidualBlockAddsToTheInputItself() {
    #expect(refusal { Residual { Dense(4) } } == nil)
    // An empty branch would add the input to itself.
    #expect(refusal { Residual {} } == nil)
  }

  @Test func theNumberOfLayersIsLimited() {
    #expect(refusal { Dense(1).repeated(Network.largestNodeCount + 1) } == "a network has at most 100000 layers, got 100001")
    #expect(refusal { Dense(1).repeated(Network.largestNodeCount) } == nil)
  }
}
