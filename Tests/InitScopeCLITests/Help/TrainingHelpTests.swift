import Testing

/// The whole text of the help of theory and training.
@Suite struct TrainingHelpTests {
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
                                  --weight-variance, that of the recommended pair).
          --starting-variance <q> Variance of the first layer's pre-activations. By
                                  default the search for q* starts from 1, and the
                                  first layers from standardized inputs.
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
        \(HelpText.trained)
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
          --scaling <scaling>     How samples are scaled: standardized (mean 0,
                                  deviation 1), unit (0 to 1), symmetric (-1 to 1) or
                                  raw. Token ids never are. (values: standardized,
                                  unit, symmetric, raw; default: standardized)
        \(HelpText.data)
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
}
