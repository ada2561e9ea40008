import Testing

/// The whole text of the help of the commands that audit.
@Suite struct AuditHelpTests {
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
          --weights <file>        Weights in place of those of the model's file: for
                                  ONNX by name, from safetensors, a PyTorch archive or
                                  .npz; for Keras a .weights.h5 or .keras file.
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
        .bin), .npz, ONNX files, and Keras (.keras, .weights.h5). Tells every tensor's
        role, moments and law, recognizes the published scheme of the model's family,
        and names what deviates. Needs no configuration; --scheme and --config say what
        was meant.

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
}
