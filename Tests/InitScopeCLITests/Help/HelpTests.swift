import Testing

/// The whole text of the help of the program and of the commands that look things up.
@Suite struct HelpTests {
  @Test func theCommand() throws {
    try expectHelp(
      of: "--help",
      text: """
        OVERVIEW: Audit a neural network's initialization before it is trained.

        Pushes inputs through the network under each initializer, forward and backward,
        and shows what happens to the signal, layer by layer.

        Exit status: 0 done, 1 a check failed, 2 input could not be read or output not
        written, 64 usage, 130 interrupted.

        USAGE: initscope <subcommand>

        OPTIONS:
          --version               Show the version.
          -h, --help              Show help information.

        SUBCOMMANDS:
          audit                   Send a batch of samples through a network under each
                                  initializer and show what happens to the signal.
          weights                 Look at the weights of a checkpoint: how each tensor
                                  is distributed, and which differ from their scheme.
          check                   Check a network's initialization against bounds,
                                  theory or an earlier audit, for use in CI.
          fix                     Draw a model's weights anew and write them under the
                                  model's own names.
          theory                  Predict from theory alone what depth does to signals
                                  and gradients in a wide network.
          train                   Train a network under each initializer and several
                                  seeds, and compare.
          reproduce               Run a textbook experiment by name, with intervals and
                                  conclusions.
          describe                Print a network's layers, with shapes, parameters,
                                  fan-in and fan-out.
          list                    List what the other commands know by name.
          explain                 Say what a rule looks at, how it judges and what to
                                  do about its findings.

          See 'initscope help <subcommand>' for detailed help.

        """)
  }

  @Test func list() throws {
    try expectHelp(
      of: "list", "--help",
      text: """
        OVERVIEW: List what the other commands know by name.

        USAGE: initscope list [<catalogue>]

        ARGUMENTS:
          <catalogue>             What to list; what there is to list if left out.
                                  (values: initializers, activations, layers, presets,
                                  data, schemes, rules, all)

        OPTIONS:
          --version               Show the version.
          -h, --help              Show help information.


        """)
  }

  @Test func explain() throws {
    try expectHelp(
      of: "explain", "--help",
      text: """
        OVERVIEW: Say what a rule looks at, how it judges and what to do about its
        findings.

        USAGE: initscope explain [<rule>]

        ARGUMENTS:
          <rule>                  A rule's name, as findings show it; all rules in a
                                  line or two each if left out.

        OPTIONS:
          --version               Show the version.
          -h, --help              Show help information.


        """)
  }

  @Test func describe() throws {
    try expectHelp(
      of: "describe", "--help",
      text: """
        OVERVIEW: Print a network's layers, with shapes, parameters, fan-in and fan-out.

        USAGE: initscope describe [<options>] [<network>]

        ARGUMENTS:
        \(HelpText.network)
        \(HelpText.model)
          --version               Show the version.
          -h, --help              Show help information.


        """)
  }

  @Test func withoutArgumentsTheHelpIsShown() throws {
    let bare = try Command.run(), help = try Command.run("--help")
    #expect(bare.status == 0)
    #expect(bare.output == help.output)
  }

  @Test func theVersion() throws {
    let command = try Command.run("--version")
    #expect(command.status == 0)
    #expect(command.output == "initscope 0.1.0\n")
    #expect(command.message.isEmpty)
  }
}
