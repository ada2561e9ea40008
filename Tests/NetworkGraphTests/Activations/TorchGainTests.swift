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
    #expect(try Gain.torch(name) == gain)
  }

  @Test(arguments: [(0.01, 1.4141428569978354), (10, 0.14071950894605836), (0, 1.4142135623730951)])
  func leakyReLUTakesItsSlope(slope: Double, gain: Double) throws {
    #expect(try Gain.torch("leaky_relu", slope: slope) == gain)
  }

  @Test func otherNonlinearitiesIgnoreTheSlope() throws {
    #expect(try Gain.torch("relu", slope: 10) == 2.0.squareRoot())
  }

  @Test(arguments: [
    ("leaky_rleu", "PyTorch has no gain for `leaky_rleu`. Did you mean `leaky_relu`?"),
    ("True", nil), ("[]", nil), ("", nil), ("gelu", nil),
  ])
  func unknownNamesAreErrors(name: String, message: String?) {
    let error = #expect(throws: SpecificationError.self) { try Gain.torch(name) }
    if let message { #expect(error?.description == message) }
  }

  @Test func aSlopeMustBeFinite() {
    #expect(throws: SpecificationError.self) { try Gain.torch("leaky_relu", slope: .nan) }
  }
}
