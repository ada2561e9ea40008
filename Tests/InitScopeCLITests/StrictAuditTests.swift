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
    let one = try Self.run("zeros"), two = try Self.run("zeros,he_normal,constant(0.1)")
    #expect(one.status == 1 && two.status == 1)
    #expect(try Self.run("he_normal,zeros").status == 1)
    // In one line, quiet or not.
    #expect(one.message == "--strict: zeros is not expected to train: symmetric (99% sure)\n")
    #expect(
      two.message == "--strict: zeros is not expected to train: symmetric (99% sure) (and 1 more initializer fails)\n")
    let unjudged = try Self.run("zeros", ["--strict", "--no-verdict"])
    #expect(unjudged.status == 1)
    #expect(unjudged.message.hasPrefix("--strict: zeros has an error [symmetric-units]: All units "))
    #expect(unjudged.message.split(separator: "\n").count == 1)
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
