import Testing

/// Functions of single elements, activations among them, against PyTorch.
@Suite struct FunctionTests {
  @Test func agreesWithPyTorch() throws { try OperatorCase.check("functions") }
}
