import Testing

/// Operators that compute shapes, indices, masks and constants, against NumPy.
@Suite struct DiscreteTests {
  @Test func agreesWithNumPy() throws { try OperatorCase.check("discrete") }
}
