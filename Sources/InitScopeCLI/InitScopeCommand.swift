import ArgumentParser
import CHDF5
import Glibc
import InitScope
import TensorKernels

@main
struct InitScopeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "initscope",
    abstract: "Audit a neural network's initialization before it is trained.",
    discussion: """
      Pushes inputs through the network under each initializer, forward and backward, and shows what happens to the \
      signal, layer by layer.

      Exit status: 0 done, 1 a check failed, 2 input could not be read or output not written, 64 usage, 130 interrupted.
      """,
    version: "initscope \(InitScopeVersion.current)",
    subcommands: [
      AuditCommand.self, WeightsCommand.self, CheckCommand.self, FixCommand.self, TheoryCommand.self, TrainCommand.self,
      ReproduceCommand.self, DescribeCommand.self, ListCommand.self, ExplainCommand.self,
    ])

  static func main() {
    // This program again, as the process that reads an HDF5 file and can do nothing else.
    if CommandLine.arguments.dropFirst().first == HDF5Reader.argument { Glibc.exit(initscope_hdf5_serve()) }
    // A reader that goes away and a limit on the size of files are errors of write(), which are answered, rather than the
    // end of the process.
    signal(SIGPIPE, SIG_IGN)
    signal(SIGXFSZ, SIG_IGN)
    AddressSpace.returnFreedBlocks()
    Faults.install()
    BLASThreads.withdraw()
    MemoryShortage.install()
    do {
      var command = try parseAsRoot()
      try command.run()
    } catch {
      end(with: error)
    }
    Glibc.exit(0)
  }

  /// Says what the parser or a command threw, help and version included, and ends with its status. The parser's own way out
  /// does not notice where its text could not be written, and passes control characters on.
  private static func end(with error: any Error) -> Never {
    let status = exitCode(for: error).rawValue
    let text = UsageAdvice.completed(
      fullMessage(for: error), arguments: Array(CommandLine.arguments.dropFirst()),
      commands: configuration.subcommands.compactMap { $0.configuration.commandName })
    if !text.isEmpty {
      if status == 0 { Console.output(text + "\n") } else { Console.message(text) }
    }
    Glibc.exit(status)
  }
}
