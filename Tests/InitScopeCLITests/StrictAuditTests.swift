import Testing

/// `audit --strict`: the exit status says what the verdict does.
@Suite struct StrictAuditTests {
  private static func run(_ initializer: String, _ more: [String] = ["--strict"]) throws -> Command {
    let arguments = [
      "audit", "--depth", "6", "--width", "48", "--init", initializer, "--no-png", "--quiet", "--batch", "64",
    ]
    let scratch = try TemporaryDirectory()
    return try Command.run(Command.program, arguments + more, in: scratch, input: "", environment: [:])
  }

  @Test func aHealthyNetworkPasses() throws {
    let result = try Self.run("he_normal")
    #expect(result.status == 0)
    #expect(result.output.isEmpty && result.message.isEmpty)
  }

  @Test func oneThatDoesNotTrainFails() throws {
    #expect(try Self.run("zeros").status == 1)
    #expect(try Self.run("he_normal,zeros").status == 1)
  }

  @Test func withoutTheFlagAnAuditIsAReport() throws {
    #expect(try Self.run("zeros", []).status == 0)
  }

  @Test func theTableSaysWhatTrainsAndWhatWouldMendTheRest() throws {
    let result = try Command.run(
      "audit", "--depth", "6", "--width", "48", "--init", "he_normal,zeros", "--no-png", "--batch", "64")
    #expect(result.output.contains("trains"))
    #expect(result.output.contains("Remedy for zeros: Use he_normal. In this audit "))
  }
}
