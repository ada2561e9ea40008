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
          audit                   Send a batch of samples through a network under each
                                  initializer and show what happens to the signal.
          weights                 Look at the weights of a checkpoint: what each tensor
                                  looks like, and what is not as its scheme declares.
          check                   Check a network's initialization against bounds,
                                  theory or an earlier audit, for use in CI.
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

  @Test func audit() throws {
    try expectHelp(
      of: "audit", "--help",
      text: """
        OVERVIEW: Send a batch of samples through a network under each initializer and
        show what happens to the signal.

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
          --init <list>           Initializers to compare, separated by commas; see
                                  `initscope list initializers`.
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
          --vocabulary <n>        How many different token ids a text may have
                                  (default: those of a network file's embedding, else
                                  10000).
          --dim <name=n>          Extent of a dimension that an ONNX file leaves open;
                                  may be repeated.
          --batch-norm <batch-norm>
                                  Moments of an ONNX model's batch normalization: of
                                  the batch, or as in the file (default: batch).
                                  (values: batch, file)
          --every-value           Measure every float value of an ONNX model's graph,
                                  not only its layers, and list them in the JSON.
          --backward <source>     What the backward pass starts from: random gradients
                                  at the outputs (gaussian), or the gradient of a loss,
                                  which needs data with answers (default: gaussian).
                                  (values: gaussian, cross_entropy,
                                  binary_cross_entropy, mean_squared_error)
          --batch <n>             Samples in a batch. (default: 256, resnet-20 128)
          --seeds <n>             Replicas: how often weights, inputs and output
                                  gradients are drawn anew. (default: 5, large presets
                                  3)
          --seed <s>              Seed of all random numbers: the same seed gives the
                                  same result. (default: 0)
          --memory <size>         Memory to use at most, such as 4G (default: half of
                                  what is free).
          --threads <n>           Worker threads (default: one per core).
          --weights <file>        Weights to audit as they are, in the run `file`: a
                                  .weights.h5 file of Keras, or a .keras file.
          --output <dir>          Directory for the pictures and audit.json (default:
                                  Reports/audit).
          --json                  Print one JSON document instead of the table.
          --csv <file>            Also write the measurements of every layer as CSV.
          --no-png                Draw no pictures; audit.json is written where
                                  --output is given.
          --no-verdict            Do not predict whether the network trains. Tries no
                                  remedies either.
          --no-remedies           Do not look for an initialization that would train
                                  better.
          --legend                Explain the table's columns.
          --layers <list>         Which layers the table lists: all, or modules and
                                  layers by name, separated by commas. A model of many
                                  layers is listed by its blocks where this is not
                                  given.
          --quiet                 Print no table and no progress.
          --strict                Exit with status 1 where a verdict says that training
                                  fails, or a finding is an error.
          --version               Show the version.
          -h, --help              Show help information.


        """)
  }

  @Test func weights() throws {
    try expectHelp(
      of: "weights", "--help",
      text: """
        OVERVIEW: Look at the weights of a checkpoint: what each tensor looks like, and
        what is not as its scheme declares.

        Reads safetensors (also the index.json of shards), PyTorch archives (.pt, .pth,
        .bin) and .npz, block by block. Tells every tensor's role, moments and law,
        recognizes the published scheme of the model's family, and names what deviates.
        Needs no configuration; --scheme and --config say what was meant.

        Exit status: 0 done, 1 errors or warnings under --strict, 2 input could not be
        read, 64 usage.

        USAGE: initscope weights [<options>] <file>

        ARGUMENTS:
          <file>                  The file of weights, the index of its shards, or
                                  their directory.

        OPTIONS:
          --against <file>        Compare with another file by chance, tensor by tensor.
          --scheme <name|file>    The scheme that the weights must follow: a name of
                                  `initscope list schemes`, or a YAML file.
          --config <file>         The model's config.json, for its initializer_range,
                                  layers, heads and ties.
          --output <dir>          Directory for weights.png and weights.json.
          --json                  Print one JSON document instead of the table.
          --no-png                Draw no picture.
          --every-tensor          Print a line for each tensor, not one for each name.
          --strict                Exit with status 1 where a finding is an error or a
                                  warning.
          --threads <n>           Threads to run on. (default: 2)
          --quiet                 Print no table and no progress.
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
        follows from it, and the answer last. An option of the command line counts more
        than what the file says.

        Exit status: 0 passed, 1 failed, 2 input could not be read, 64 usage.

        USAGE: initscope check [<options>] [<network>]

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
          --init <list>           Initializers to compare, separated by commas; see
                                  `initscope list initializers`.
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
          --vocabulary <n>        How many different token ids a text may have
                                  (default: those of a network file's embedding, else
                                  10000).
          --dim <name=n>          Extent of a dimension that an ONNX file leaves open;
                                  may be repeated.
          --batch-norm <batch-norm>
                                  Moments of an ONNX model's batch normalization: of
                                  the batch, or as in the file (default: batch).
                                  (values: batch, file)
          --every-value           Measure every float value of an ONNX model's graph,
                                  not only its layers, and list them in the JSON.
          --backward <source>     What the backward pass starts from: random gradients
                                  at the outputs (gaussian), or the gradient of a loss,
                                  which needs data with answers (default: gaussian).
                                  (values: gaussian, cross_entropy,
                                  binary_cross_entropy, mean_squared_error)
          --batch <n>             Samples in a batch. (default: 256, resnet-20 128)
          --seeds <n>             Replicas: how often weights, inputs and output
                                  gradients are drawn anew. (default: 5, large presets
                                  3)
          --seed <s>              Seed of all random numbers: the same seed gives the
                                  same result. (default: 0)
          --memory <size>         Memory to use at most, such as 4G (default: half of
                                  what is free).
          --threads <n>           Worker threads (default: one per core).
          --weights <file>        Check a file of weights instead: safetensors, a
                                  PyTorch archive or .npz. --bounds then names tensors.
          --bounds <file>         The bounds, in YAML.
          --baseline <file>       An earlier audit.json: fail where something differs
                                  from it by more than chance.
          --init-bounds <file>    Check nothing; write bounds around the present state
                                  to this file, - for standard output.
          --junit <file>          Also write JUnit XML.
          --sarif <file>          Also write SARIF 2.1.0.
          --markdown <file>       Also write Markdown, such as for a CI job's summary.
          --no-verdict            Do not predict whether the network trains, which
                                  saves time. Rules then judge alone.
          --legend                Explain the words and numbers of the table.
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
        OVERVIEW: Predict from theory alone what depth does to signals and gradients in
        a wide network.

        Mean-field theory of one activation at one pair of variances: where the
        variance settles, whether different inputs become alike or move apart, how
        gradients grow, how deep a signal reaches, and which weight variance is
        critical. Without --weight-variance and --bias-variance it takes the pair that
        it recommends for the activation.

        Weights are drawn with variance X / fan-in, biases with variance Y.

        USAGE: initscope theory --activation <spec> [<options>]

        OPTIONS:
          --activation <spec>     Activation, such as tanh or leaky_relu(slope=0.2).
          --weight-variance <x>   Variance of a weight times the fan-in (default: the
                                  critical one at the bias variance).
          --bias-variance <y>     Variance of a bias (default: 0; without
                                  --weight-variance, what goes with the critical one).
          --starting-variance <q> Variance of the first layer's pre-activations
                                  (default: 1 to look for q* from, and what
                                  standardized inputs give for the first layers).
          --moments               Print the activation's moments under N(0, --variance)
                                  instead.
          --variance <q>          Variance of the argument for --moments (default: 1).
          --json                  Print one JSON document instead of the table.
          --phase-diagram <png>   Draw a map of chi1 and of the depth scale over both
                                  variances, with the line where chi1 is 1.
          --maps <png>            Draw how the variance, and the correlation of two
                                  inputs, change from one layer to the next.
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
          --loss <loss>           The loss to minimize (default: what suits the data
                                  and the number of outputs). (values: cross_entropy,
                                  binary_cross_entropy, mean_squared_error)
          --validation <n>        How many samples to hold out of the training set, or
                                  a share of it such as 0.1 (default: 10%, 5000 at
                                  most).
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
          --vocabulary <n>        How many different token ids a text may have
                                  (default: those of a network file's embedding, else
                                  10000).
          --target <x>            Report the first epoch that reaches this validation
                                  accuracy, such as 0.85.
          --seeds <n>             Runs of each initializer, each with other weights.
                                  (default: 3)
          --seed <s>              Seed of all random numbers: the same seed gives the
                                  same result. (default: 0)
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
          --legend                Explain the table's columns.
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
          --seed <s>              Seed of all random numbers: the same seed gives the
                                  same result. (default: 0)
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
