import Testing

/// Functions of two and more tensors that are repeated to a common shape, against PyTorch.
@Suite struct ArithmeticTests {
  @Test func agreesWithPyTorch() throws { try OperatorCase.check("arithmetic") }
}
