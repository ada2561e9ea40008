/// Options that several commands share, as their help prints them.
enum HelpText {
  /// Of every preset.
  private static let presetOptions = """
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
                              learnable number. It starts at 1; with --init
                              skipinit, at 0.
    """

  /// Of the network, which is a preset or a file.
  static let network = """
      <network>               An ONNX file, a Keras model (.keras, or the JSON of
                              model.to_json()), a network file in YAML, - for
                              standard input, or a preset's name. (default: mlp)

    OPTIONS:
      --activation <spec>     Activation of the preset's hidden layers, such as
                              tanh or leaky_relu(slope=0.2) (default: relu).
      --depth <n>             Number of hidden layers of the preset (default: 20;
                              for transformer-block 4).
      --width <n>             Units of each hidden layer of the preset (default:
                              256; for transformer-block 128).
      --inputs <n>            Inputs of the preset (default: as many as the data
                              has features, else --width).
      --outputs <n>           Outputs of the preset (default: 10; with a loss, as
                              many as the data has classes or targets).
    \(presetOptions)
    """

  /// The same of train, which has other defaults and takes no ONNX file.
  static let trained = """
      <network>               A Keras model (.keras, or the JSON of
                              model.to_json()), a network file in YAML, - for
                              standard input, or a preset's name. (default: mlp)

    OPTIONS:
      --activation <spec>     Activation of the preset's hidden layers, such as
                              tanh or leaky_relu(slope=0.2) (default: relu).
      --depth <n>             Number of hidden layers of the preset (default: 2).
      --width <n>             Units of each hidden layer of the preset (default:
                              64).
      --inputs <n>            Inputs of the preset (default: as many as the data
                              has features, else --width).
      --outputs <n>           Outputs of the preset (default: as many as the data
                              has classes or targets).
    \(presetOptions)
    """

  /// Of samples in files.
  static let data = """
      --label-column <names>  Column of a .csv that holds the classes, by name or
                              number; several separated by commas hold a one-hot
                              code.
      --response-column <names>
                              Columns of a .csv that hold quantities to predict,
                              separated by commas.
      --leave-out <names>     Columns of a .csv to leave out, such as an id.
      --labels <file>         A .npy file with the label or target of each sample,
                              where samples are a .npy.
      --sequence-length <n>   Tokens of a text (default: what a network file takes,
                              else 80).
      --vocabulary <n>        How many different token ids a text may have
                              (default: those of a network file's embedding, else
                              10000).
    """

  /// Of models from files.
  static let model = """
      --dim <name=n>          Size of a dimension that an ONNX file leaves open,
                              such as batch=32; may be repeated.
      --batch-norm <batch-norm>
                              Moments of batch normalization in an ONNX or Keras
                              model: of the batch, or as in the file (default:
                              batch). (values: batch, file)
    """

  /// What measures takes this as well.
  static let everyValue = """
      --every-value           Measure every float value of a model's graph, not
                              only its layers, and list them in the JSON.
    """

  /// Of every computation.
  static let computing = """
      --seed <s>              Seed of all random numbers: the same seed gives the
                              same result. (default: 0)
      --memory <size>         Memory to use at most, such as 4G (default: half of
                              what is free).
      --threads <n>           Worker threads (default: one per core).
    """

  /// Of an audit, which check makes as well.
  static let auditing = """
      --init <list>           Initializers to compare, separated by commas; see
                              `initscope list initializers`.
      --input <source>        Where samples come from; see `initscope list data`.
                              (default: gaussian)
      --scaling <scaling>     How samples are scaled: standardized (mean 0,
                              deviation 1), unit (0 to 1), symmetric (-1 to 1) or
                              raw. Token ids never are (default: standardized).
                              (values: standardized, unit, symmetric, raw)
    \(data)
    \(model)
    \(everyValue)
      --backward <source>     What the backward pass starts from: random gradients
                              at the outputs (gaussian), or the gradient of a loss,
                              which needs data with answers (default: gaussian).
                              (values: gaussian, cross_entropy,
                              binary_cross_entropy, mean_squared_error)
      --batch <n>             Samples in a batch. (default: 256, resnet-20 128)
      --seeds <n>             Replicas: how often weights, inputs and output
                              gradients are drawn anew. (default: 5, large presets
                              3)
    \(computing)
    """
}
