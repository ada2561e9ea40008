import NetworkGraph
import Testing

/// Reference case 1: the expectations of PyTorch's test_init.py.
@Suite struct TorchGainTests {
  @Test(arguments: [
    ("linear", 1.0), ("conv1d", 1), ("conv2d", 1), ("conv3d", 1), ("conv_transpose1d", 1), ("conv_transpose2d", 1),
    ("conv_transpose3d", 1), ("sigmoid", 1), ("tanh", 1.6666666666666667), ("relu", 1.4142135623730951), ("selu", 0.75),
    ("leaky_relu", 1.4141428569978354), ("Leaky-ReLU", 1.4141428569978354),
  ])
  func recommendedGain(name: String, gain: Double) throws {
    #expect(try TorchGain(named: name).value() == gain)
  }

  @Test(arguments: [(0.01, 1.4141428569978354), (10, 0.14071950894605836), (0, 1.4142135623730951)])
  func leakyReLUTakesItsSlope(slope: Double, gain: Double) throws {
    #expect(try TorchGain(named: "leaky_relu").value(slope: slope) == gain)
  }

  @Test func otherNonlinearitiesIgnoreTheSlope() throws {
    #expect(try TorchGain(named: "relu").value(slope: 10) == 2.0.squareRoot())
  }

  @Test(arguments: [
    ("leaky_rleu", "leaky_relu"), ("True", ""), ("[]", ""), ("", ""), ("gelu", ""),
  ])
  func unknownNamesAreErrors(name: String, suggestion: String) {
    let error = #expect(throws: SpecificationError.self) { try TorchGain(named: name) }
    #expect(error?.description.contains(suggestion) == true)
  }
}
