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
        \(HelpText.network)
        \(HelpText.auditing)
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
        OVERVIEW: Look at the weights of a checkpoint: how each tensor is distributed,
        and which differ from their scheme.

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
          --against <file>        Tell whether another file differs from this one by
                                  more than chance, tensor by tensor.
          --scheme <name|file>    The scheme that the weights must follow: a name of
                                  `initscope list schemes`, or a YAML file.
          --config <file>         The model's config.json, for its initializer_range,
                                  layers, heads and ties.
          --output <dir>          Directory for weights.png and weights.json.
          --json                  Print one JSON document instead of the table.
          --no-png                Draw no picture.
          --every-tensor          Print a line for each tensor, not one for each name.
          --legend                Explain the table's marks and columns.
          --strict                Exit with status 1 where a finding is an error or a
                                  warning.
          --threads <n>           Worker threads (default: one per core).
          --quiet                 Print no table and no progress.
          --version               Show the version.
          -h, --help              Show help information.


        """)
  }
}
