import Testing

/// Operators that move, repeat, choose or drop elements, against PyTorch.
@Suite struct MovementTests {
  @Test func agreesWithPyTorch() throws { try OperatorCase.check("movement") }
  @Test func agreesOnSeveralThreads() throws { try OperatorCase.check("movement", team: ShuffledTeam.shared) }
}
