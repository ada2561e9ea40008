import Testing

/// The whole text of the help of the gate.
@Suite struct CheckHelpTests {
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
          --weights <file>        Check a file of weights by itself: safetensors, a
                                  PyTorch archive or .npz. --bounds then names tensors.
                                  With an ONNX file, check that model with these
                                  weights.
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
}
