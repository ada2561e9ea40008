import Testing

/// Reductions over axes, against PyTorch.
@Suite struct ReductionTests {
  @Test func agreesWithPyTorch() throws { try OperatorCase.check("reductions") }
}
