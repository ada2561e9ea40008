import Testing

/// Expects the whole text that a help option prints, within 80 columns.
func expectHelp(
  of arguments: String..., text: String, sourceLocation: SourceLocation = #_sourceLocation
) throws {
  let command = try Command.run(Command.program, arguments, in: nil, input: "", environment: [:])
  #expect(command.status == 0, sourceLocation: sourceLocation)
  #expect(command.message.isEmpty, sourceLocation: sourceLocation)
  #expect(command.output == text, sourceLocation: sourceLocation)
  #expect(text.split(separator: "\n").allSatisfy { $0.count <= 80 }, sourceLocation: sourceLocation)
}
