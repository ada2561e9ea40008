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
          weights                 Look at the weights of a checkpoint: what each tensor
                                  looks like, and what is not as its scheme declares.
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
          <catalogue>             What to list; everything if left out. (values:
                                  initializers, activations, layers, presets, data,
                                  schemes, rules)

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
          <network>               A network file in YAML, a Keras model (.keras, or the
                                  JSON of model.to_json()), - for standard input, or a
                                  preset's name. (default: mlp)

        OPTIONS:
          --activation <spec>     Activation of the preset's hidden layers, such as
                                  tanh or leaky_relu(slope=0.2) (default: relu).
          --depth <n>             Number of hidden layers of the preset (default: 20;
                                  for train 2; for transformer-block 4).
          --width <n>             Units of each hidden layer of the preset (default:
                                  256; for train 64; for transformer-block 128).
          --inputs <n>            Inputs of the preset (default: what the data has,
                                  else --width).
          --outputs <n>           Outputs of the preset (default: 10; what the data has
                                  for train and under a loss).
          --output-init <spec>    Initializer of the preset's output weights (default:
                                  as --init).
          --bias-std <x>          Draw the biases of the preset's hidden layers from a
                                  normal distribution of deviation x.
          --residual              Add a skip around every hidden layer of mlp but the
                                  first: h + f(norm(Wh + b)).
          --norm <norm>           Normalize each hidden layer's pre-activations: none,
                                  batch or layer (default: none). (values: none, batch,
                                  layer)
          --branch-gain           Multiply each residual branch of the preset by a
                                  learnable number that starts at 1, or at 0 under
                                  skipinit.
          --dim <name=n>          Extent of a dimension that an ONNX file leaves open;
                                  may be repeated.
          --batch-norm <batch-norm>
                                  Moments of an ONNX model's batch normalization: of
                                  the batch, or as in the file (default: batch).
                                  (values: batch, file)
          --every-value           Measure every float value of an ONNX model's graph,
                                  not only its layers, and list them in the JSON.
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
