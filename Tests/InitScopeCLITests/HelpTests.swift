import Testing

/// The help texts, whole: what a person reads first is reviewed like code.
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
          audit                   Push a batch through a network under each initializer
                                  and show what happens to the signal.
          check                   Check a network's initialization against bounds,
                                  theory or an earlier audit, for use in CI.
          theory                  Predict what depth does to signals and gradients of a
                                  wide network, without a network.
          train                   Train a network under each initializer and several
                                  seeds, and compare.
          reproduce               Run a textbook experiment by name, with intervals and
                                  conclusions.
          describe                Print a network's layers, shapes, parameters and fans.
          list                    List what the other commands know by name.
          explain                 Say what a rule looks at, how it judges and what to
                                  do about its findings.

          See 'initscope help <subcommand>' for detailed help.

        """)
  }

  @Test func audit() throws {
    try expectHelp(
      of: "audit", "--help",
      text: """
        OVERVIEW: Push a batch through a network under each initializer and show what
        happens to the signal.

        Without arguments: a 20-layer ReLU network of width 256 on Gaussian inputs
        under nine initializers, five replicas each. Writes the pictures and audit.json
        to --output, prints a table to stdout.

        USAGE: initscope audit [<options>] [<network>]

        ARGUMENTS:
          <network>               A network file in YAML, a Keras model (.keras, or the
                                  JSON of model.to_json()), - for standard input, or a
                                  preset's name. (default: mlp)

        OPTIONS:
          --activation <spec>     Activation of the preset's hidden layers, such as
                                  tanh or leaky_relu(slope=0.2) (default: relu).
          --depth <n>             Number of hidden layers of the preset (default: 20,
                                  to train 2; transformer-block 4).
          --width <n>             Units of each hidden layer of the preset (default:
                                  256, to train 64; transformer-block 128).
          --inputs <n>            Inputs of the preset (default: what the data has,
                                  else --width).
          --outputs <n>           Outputs of the preset (default: 10, to train or under
                                  a loss what the data has).
          --output-init <spec>    Initializer of the preset's output weights (default:
                                  as --init).
          --bias-std <x>          Draw every hidden layer's bias of the preset from
                                  N(0, x^2).
          --residual              Let every hidden layer of mlp but the first add to
                                  its input: h + f(norm(Wh + b)).
          --norm <norm>           Normalize each hidden layer's pre-activations: none,
                                  batch or layer (default: none). (values: none, batch,
                                  layer)
          --branch-gain           Multiply each residual branch of the preset by a
                                  learnable scalar, from 1, or from 0 under skipinit.
          --init <list>           Initializers to compare, separated by commas; see
                                  `initscope list initializers`.
          --weights <file>        Weights to audit as they are, in the run `file`: a
                                  .weights.h5 file of Keras, or a .keras file.
          --input <source>        Where samples come from; see `initscope list data`.
                                  (default: gaussian)
          --scaling <scaling>     How samples are scaled; token ids never are (default:
                                  standardized). (values: standardized, unit,
                                  symmetric, raw)
          --label-column <names>  Column of a .csv that holds the classes, by name or
                                  number; several separated by commas hold a one-hot
                                  code.
          --response-column <names>
                                  Columns of a .csv that hold quantities to predict,
                                  separated by commas.
          --leave-out <names>     Columns of a .csv to leave out, such as an id.
          --labels <file>         A .npy file with the answers to the samples of a .npy.
          --sequence-length <n>   Tokens of a text (default: what a network file takes,
                                  else 80).
          --vocabulary <n>        Token ids of a text (default: those of a network
                                  file's embedding, else 10000).
          --backward <source>     What the backward pass starts from at the outputs:
                                  random gradients from N(0, 1), or the gradient of a
                                  loss, as --loss of train names it, on data with
                                  answers (default: gaussian). (values: gaussian,
                                  cross_entropy, binary_cross_entropy,
                                  mean_squared_error)
          --batch <n>             Samples in a batch. (default: 256, resnet-20 128)
          --seeds <n>             Replicas: independent drawings of weights, inputs and
                                  output gradients. (default: 5, large presets 3)
          --seed <s>              The seed from which every stream is derived.
                                  (default: 0)
          --memory <size>         Memory to use at most, such as 4G (default: half of
                                  what is free).
          --threads <n>           Worker threads (default: one per core).
          --output <dir>          Directory for the pictures and audit.json (default:
                                  Reports/audit).
          --json                  Print one JSON document instead of the table.
          --csv <file>            Also write every layer's moments as CSV.
          --no-png                Draw no pictures; audit.json is written where
                                  --output is given.
          --no-verdict            Do not predict whether the network trains. Tries no
                                  remedies either.
          --no-remedies           Do not look for an initialization that would train
                                  better.
          --legend                Explain the table's columns.
          --quiet                 Print no table and no progress.
          --strict                Exit with status 1 where a verdict says that training
                                  fails, or a finding is an error.
          --version               Show the version.
          -h, --help              Show help information.


        """)
  }

  @Test func check() throws {
    try expectHelp(
      of: "check", "--help",
      text: """
        OVERVIEW: Check a network's initialization against bounds, theory or an earlier
        audit, for use in CI.

        Audits the network and compares what it measures: with the bounds of a YAML
        file, or without one with theory and with what the initializers declare, and
        with an earlier audit where --baseline names one. A comparison fails only where
        chance does not explain it. Prints what changed or failed first, then what
        follows from it, and the answer last. Options come before what the file says.

        Exit status: 0 passed, 1 failed, 2 input could not be read, 64 usage.

        USAGE: initscope check [<options>] [<network>]

        ARGUMENTS:
          <network>               A network file in YAML, a Keras model (.keras, or the
                                  JSON of model.to_json()), - for standard input, or a
                                  preset's name. (default: mlp)

        OPTIONS:
          --activation <spec>     Activation of the preset's hidden layers, such as
                                  tanh or leaky_relu(slope=0.2) (default: relu).
          --depth <n>             Number of hidden layers of the preset (default: 20,
                                  to train 2; transformer-block 4).
          --width <n>             Units of each hidden layer of the preset (default:
                                  256, to train 64; transformer-block 128).
          --inputs <n>            Inputs of the preset (default: what the data has,
                                  else --width).
          --outputs <n>           Outputs of the preset (default: 10, to train or under
                                  a loss what the data has).
          --output-init <spec>    Initializer of the preset's output weights (default:
                                  as --init).
          --bias-std <x>          Draw every hidden layer's bias of the preset from
                                  N(0, x^2).
          --residual              Let every hidden layer of mlp but the first add to
                                  its input: h + f(norm(Wh + b)).
          --norm <norm>           Normalize each hidden layer's pre-activations: none,
                                  batch or layer (default: none). (values: none, batch,
                                  layer)
          --branch-gain           Multiply each residual branch of the preset by a
                                  learnable scalar, from 1, or from 0 under skipinit.
          --init <list>           Initializers to compare, separated by commas; see
                                  `initscope list initializers`.
          --weights <file>        Weights to audit as they are, in the run `file`: a
                                  .weights.h5 file of Keras, or a .keras file.
          --input <source>        Where samples come from; see `initscope list data`.
                                  (default: gaussian)
          --scaling <scaling>     How samples are scaled; token ids never are (default:
                                  standardized). (values: standardized, unit,
                                  symmetric, raw)
          --label-column <names>  Column of a .csv that holds the classes, by name or
                                  number; several separated by commas hold a one-hot
                                  code.
          --response-column <names>
                                  Columns of a .csv that hold quantities to predict,
                                  separated by commas.
          --leave-out <names>     Columns of a .csv to leave out, such as an id.
          --labels <file>         A .npy file with the answers to the samples of a .npy.
          --sequence-length <n>   Tokens of a text (default: what a network file takes,
                                  else 80).
          --vocabulary <n>        Token ids of a text (default: those of a network
                                  file's embedding, else 10000).
          --backward <source>     What the backward pass starts from at the outputs:
                                  random gradients from N(0, 1), or the gradient of a
                                  loss, as --loss of train names it, on data with
                                  answers (default: gaussian). (values: gaussian,
                                  cross_entropy, binary_cross_entropy,
                                  mean_squared_error)
          --batch <n>             Samples in a batch. (default: 256, resnet-20 128)
          --seeds <n>             Replicas: independent drawings of weights, inputs and
                                  output gradients. (default: 5, large presets 3)
          --seed <s>              The seed from which every stream is derived.
                                  (default: 0)
          --memory <size>         Memory to use at most, such as 4G (default: half of
                                  what is free).
          --threads <n>           Worker threads (default: one per core).
          --bounds <file>         The bounds, in YAML.
          --baseline <file>       An earlier audit.json: fail where something differs
                                  from it by more than chance.
          --init-bounds <file>    Check nothing; write bounds around the present state
                                  to this file, - for standard output.
          --junit <file>          Also write JUnit XML.
          --sarif <file>          Also write SARIF 2.1.0.
          --markdown <file>       Also write Markdown, such as for a CI job's summary.
          --json                  Print one JSON document instead of the table.
          --quiet                 Print no table and no progress.
          --version               Show the version.
          -h, --help              Show help information.


        """)
  }

  @Test func theory() throws {
    try expectHelp(
      of: "theory", "--help",
      text: """
        OVERVIEW: Predict what depth does to signals and gradients of a wide network,
        without a network.

        Mean-field theory of one activation at one pair of variances: where the
        variance settles, whether different inputs become alike or move apart, how
        gradients grow, how deep a signal reaches, and which weight variance is
        critical. Without either variance it takes the pair to initialize the
        activation with.

        Weights are drawn with variance X / fan-in, biases with variance Y.

        USAGE: initscope theory --activation <spec> [<options>]

        OPTIONS:
          --activation <spec>     Activation, such as tanh or leaky_relu(slope=0.2).
          --weight-variance <x>   Variance of a weight times the fan-in (default: the
                                  critical one at the bias variance).
          --bias-variance <y>     Variance of a bias (default: 0; without
                                  --weight-variance, what goes with the critical one).
          --starting-variance <q> Variance of the first layer's pre-activations, from
                                  which depth starts (default: 1).
          --moments               Print the activation's moments under N(0, --variance)
                                  instead.
          --variance <q>          Variance of the argument for --moments (default: 1).
          --json                  Print one JSON document instead of the table.
          --phase-diagram <png>   Draw chi1 and the depth scale over both variances,
                                  with the edge of chaos.
          --maps <png>            Draw the variance and the correlation map with their
                                  iterates.
          --depth-scale <png>     Draw the depth scales against the weight variance.
          --version               Show the version.
          -h, --help              Show help information.


        """)
  }

  @Test func train() throws {
    try expectHelp(
      of: "train", "--help",
      text: """
        OVERVIEW: Train a network under each initializer and several seeds, and
        compare.

        All initializers share the samples' order and the seeds, so that they are
        compared in pairs. A run whose loss stops being a number ends there and is
        reported. Prints a table to stdout with what an audit says before the first
        step, and what the verdict predicted beside what came of it after 300 steps;
        writes curves.png, gradients-heatmap.png, updates-heatmap.png, weights.png and
        train.json to --output.

        USAGE: initscope train [<options>] [<network>] --data <source>

        ARGUMENTS:
          <network>               A network file in YAML, a Keras model (.keras, or the
                                  JSON of model.to_json()), - for standard input, or a
                                  preset's name. (default: mlp)

        OPTIONS:
          --activation <spec>     Activation of the preset's hidden layers, such as
                                  tanh or leaky_relu(slope=0.2) (default: relu).
          --depth <n>             Number of hidden layers of the preset (default: 20,
                                  to train 2; transformer-block 4).
          --width <n>             Units of each hidden layer of the preset (default:
                                  256, to train 64; transformer-block 128).
          --inputs <n>            Inputs of the preset (default: what the data has,
                                  else --width).
          --outputs <n>           Outputs of the preset (default: 10, to train or under
                                  a loss what the data has).
          --output-init <spec>    Initializer of the preset's output weights (default:
                                  as --init).
          --bias-std <x>          Draw every hidden layer's bias of the preset from
                                  N(0, x^2).
          --residual              Let every hidden layer of mlp but the first add to
                                  its input: h + f(norm(Wh + b)).
          --norm <norm>           Normalize each hidden layer's pre-activations: none,
                                  batch or layer (default: none). (values: none, batch,
                                  layer)
          --branch-gain           Multiply each residual branch of the preset by a
                                  learnable scalar, from 1, or from 0 under skipinit.
          --data <source>         fashion-mnist, mnist:DIR, a .csv or a .npy file; see
                                  `initscope list data`.
          --init <list>           Initializers to compare, separated by commas
                                  (default: normal(std=0.01),glorot_uniform,he_normal).
          --epochs <n>            Passes over the training set. (default: 5)
          --batch <n>             Samples in a batch. (default: 32)
          --optimizer <spec>      sgd, adam, adamw or rmsprop, such as
                                  sgd(lr=0.1,momentum=0.9) (default: sgd).
          --schedule <spec>       constant, step(every=10,factor=0.1) or cosine
                                  (default: constant).
          --clip <spec>           Limit the gradient: norm(limit=1) or value(limit=1).
          --penalty <spec>        Penalty on large weights: l2(0.0001), or
                                  dense_1=l1l2(l1=1e-5,l2=1e-4) for one layer;
                                  repeatable.
          --loss <loss>           What is minimized (default: by the data and the
                                  number of outputs). (values: cross_entropy,
                                  binary_cross_entropy, mean_squared_error)
          --validation <n>        Samples, or a share such as 0.1, held out of the
                                  training set (default: 10%, 5000 at most).
          --scaling <scaling>     How samples are scaled; token ids never are. (values:
                                  standardized, unit, symmetric, raw; default:
                                  standardized)
          --label-column <names>  Column of a .csv that holds the classes, by name or
                                  number; several separated by commas hold a one-hot
                                  code.
          --response-column <names>
                                  Columns of a .csv that hold quantities to predict,
                                  separated by commas.
          --leave-out <names>     Columns of a .csv to leave out, such as an id.
          --labels <file>         A .npy file with the answers to the samples of a .npy.
          --sequence-length <n>   Tokens of a text (default: what a network file takes,
                                  else 80).
          --vocabulary <n>        Token ids of a text (default: those of a network
                                  file's embedding, else 10000).
          --target <x>            Report the first epoch that reaches this validation
                                  accuracy, such as 0.85.
          --seeds <n>             Runs of each initializer. (default: 3)
          --seed <s>              The seed from which every stream is derived.
                                  (default: 0)
          --threads <n>           Worker threads (default: one per core).
          --steps-per-epoch <n>   Stop an epoch after this many steps.
          --checkpoint <dir>      Directory to save each run in after every epoch. The
                                  same command given again goes on from there.
          --output <dir>          Directory for the pictures and train.json (default:
                                  Reports/train).
          --json                  Print one JSON document instead of the table.
          --csv <file>            Also write every run's epochs as CSV.
          --no-png                Draw no pictures; train.json is written where
                                  --output is given.
          --no-verdict            Do not predict whether the network trains.
          --quiet                 Print no table and no progress.
          --version               Show the version.
          -h, --help              Show help information.


        """)
  }

  @Test func reproduce() throws {
    try expectHelp(
      of: "reproduce", "--help",
      text: """
        OVERVIEW: Run a textbook experiment by name, with intervals and conclusions.

        Each experiment repeats over several seeds what the original shows once. It
        prints what it measured and, by paired tests, what follows from it. Pictures
        and the same text, output.txt, go to --output. `initscope reproduce --list`
        names the experiments.

        USAGE: initscope reproduce [<options>] [<name>]

        ARGUMENTS:
          <name>                  The experiment's name; see --list.

        OPTIONS:
          --list                  List the experiments.
          --data <source>         Data in place of the experiment's own: mnist:DIR or
                                  cifar10:DIR for images, imdb:FILE.npz for sequences.
          --seeds <n>             Runs of each condition (default: the experiment's
                                  own).
          --seed <s>              The seed from which every stream is derived.
                                  (default: 0)
          --threads <n>           Worker threads (default: one per core).
          --output <dir>          Directory for the pictures and output.txt (default:
                                  Reports/reproduce/NAME).
          --quick                 Run fewer seeds, epochs and samples, in seconds:
                                  shows that the experiment works, and draws no
                                  conclusion.
          --json                  Print one JSON document instead of the text.
          --no-png                Draw no pictures; output.txt is written where
                                  --output is given.
          --quiet                 Print no text and no progress.
          --version               Show the version.
          -h, --help              Show help information.


        """)
  }

  @Test func describe() throws {
    try expectHelp(
      of: "describe", "--help",
      text: """
        OVERVIEW: Print a network's layers, shapes, parameters and fans.

        USAGE: initscope describe [<options>] [<network>]

        ARGUMENTS:
          <network>               A network file in YAML, a Keras model (.keras, or the
                                  JSON of model.to_json()), - for standard input, or a
                                  preset's name. (default: mlp)

        OPTIONS:
          --activation <spec>     Activation of the preset's hidden layers, such as
                                  tanh or leaky_relu(slope=0.2) (default: relu).
          --depth <n>             Number of hidden layers of the preset (default: 20,
                                  to train 2; transformer-block 4).
          --width <n>             Units of each hidden layer of the preset (default:
                                  256, to train 64; transformer-block 128).
          --inputs <n>            Inputs of the preset (default: what the data has,
                                  else --width).
          --outputs <n>           Outputs of the preset (default: 10, to train or under
                                  a loss what the data has).
          --output-init <spec>    Initializer of the preset's output weights (default:
                                  as --init).
          --bias-std <x>          Draw every hidden layer's bias of the preset from
                                  N(0, x^2).
          --residual              Let every hidden layer of mlp but the first add to
                                  its input: h + f(norm(Wh + b)).
          --norm <norm>           Normalize each hidden layer's pre-activations: none,
                                  batch or layer (default: none). (values: none, batch,
                                  layer)
          --branch-gain           Multiply each residual branch of the preset by a
                                  learnable scalar, from 1, or from 0 under skipinit.
          --version               Show the version.
          -h, --help              Show help information.


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
                                  rules)

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

  private func expectHelp(
    of arguments: String..., text: String, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let command = try Command.run(Command.program, arguments, in: nil, input: "", environment: [:])
    #expect(command.status == 0, sourceLocation: sourceLocation)
    #expect(command.message.isEmpty, sourceLocation: sourceLocation)
    #expect(command.output == text, sourceLocation: sourceLocation)
    #expect(text.split(separator: "\n").allSatisfy { $0.count <= 80 }, sourceLocation: sourceLocation)
  }
}
