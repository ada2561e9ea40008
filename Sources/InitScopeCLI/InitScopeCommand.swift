import ArgumentParser
@main struct InitScopeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "initscope")
}
