import Testing

/// Mistakes on the command line: exit status 64, one line that names the place and the remedy, and no files.
@Suite struct UsageErrorTests {
  /// What is written after `initscope`, and the first line of the answer.
  static let mistakes: [(arguments: [String], message: String)] = [
    (
      ["audit", "--init", "he_norml"],
      "The value 'he_norml' is invalid for '--init <list>': there is no initializer `he_norml`. Did you mean `he_normal`?"
    ),
    (
      ["audit", "--init", "he_normal,,zeros"],
      "The value 'he_normal,,zeros' is invalid for '--init <list>': the list `he_normal,,zeros` has an empty item. "
        + "Separate specifications by single commas."
    ),
    (
      ["audit", "--init", "he_normal(slpe=1)"],
      "The value 'he_normal(slpe=1)' is invalid for '--init <list>': he_normal has no parameter "
        + "`slpe`. Did you mean `slope`?"
    ),
    (
      ["audit", "--init", "normal(std=nan)"],
      "The value 'normal(std=nan)' is invalid for '--init <list>': normal: std is `nan`, not a finite number. "
        + "It must be between 0 and 1e+100."
    ),
    (
      ["audit", "--output-init", "zeross"],
      "The value 'zeross' is invalid for '--output-init <spec>': there is no initializer `zeross`. Did you mean `zeros`?"
    ),
    (
      ["audit", "--activation", "rleu"],
      "The value 'rleu' is invalid for '--activation <spec>': there is no activation `rleu`. Did you mean `relu`?"
    ),
    (["audit", "--depth", "0"], "--depth must lie in 1...10000, got 0."),
    (["audit", "--depth", "-3"], "--depth must lie in 1...10000, got -3."),
    (["audit", "--depth=-3"], "--depth must lie in 1...10000, got -3."),
    (["audit", "--depth", "abc"], "The value 'abc' is invalid for '--depth <n>'. It takes a whole number from 1 to 10000"),
    (
      ["audit", "--depth", "99999999999999999999"],
      "The value '99999999999999999999' is invalid for '--depth <n>'. It takes a whole number from 1 to 10000"
    ),
    (
      ["train", "--data", "digits", "--batch", "1.5"],
      "The value '1.5' is invalid for '--batch <n>'. It takes a whole number from 1 to 65536"
    ),
    (
      ["theory", "--activation", "relu", "--weight-variance", "x"],
      "The value 'x' is invalid for '--weight-variance <x>'. It takes a number from 0 to 1e18"
    ),
    (
      ["train", "--data", "digits", "--clip", "1"],
      "The value '1' is invalid for '--clip <spec>': `1` is no name. Write norm(limit=1) or value(limit=1)."
    ),
    (
      ["train", "--data", "digits", "--optimizer", "0.1"],
      "The value '0.1' is invalid for '--optimizer <spec>': `0.1` is no name. Write sgd(lr=0.1), adam(lr=0.1), "
        + "adamw(lr=0.1) or rmsprop(lr=0.1)."
    ),
    (
      ["audit", "--activation", "1"],
      "The value '1' is invalid for '--activation <spec>': `1` is no name. Write a name such as relu or "
        + "leaky_relu(slope=0.2)."
    ),
    (
      ["audit", "--init", "0.01"],
      "The value '0.01' is invalid for '--init <list>': `0.01` is no name. Write he_normal or normal(std=0.02)."
    ),
    (
      ["audit", "--init", "keras.foo"],
      "The value 'keras.foo' is invalid for '--init <list>': there is no initializer `keras.foo`. Names that begin so: "
        + "keras.default, keras.glorot_uniform, keras.glorot_normal, keras.he_normal, keras.he_uniform, keras.lecun_normal, "
        + "keras.lecun_uniform, keras.variance_scaling, keras.random_normal, keras.random_uniform, keras.truncated_normal, "
        + "keras.orthogonal, keras.identity, keras.constant, keras.zeros, keras.ones."
    ),
    (
      ["audit", "--init", "tf.initializers.GlorotUniform"],
      "The value 'tf.initializers.GlorotUniform' is invalid for '--init <list>': `tf.initializers.GlorotUniform` is a name "
        + "of TensorFlow. Write keras.glorot_uniform, which draws the same"
    ),
    (["audit", "--width", "10000000"], "--width must lie in 1...1048576, got 10000000."),
    (["audit", "--inputs", "0"], "--inputs must lie in 1...1048576, got 0."),
    (["audit", "--outputs", "-1"], "--outputs must lie in 1...1048576, got -1."),
    (["audit", "--bias-std", "nan"], "--bias-std must be 0, or a number from 1e-100 to 1e100, got nan."),
    (["audit", "--bias-std", "inf"], "--bias-std must be 0, or a number from 1e-100 to 1e100, got inf."),
    (["audit", "--bias-std", "1.01e100"], "--bias-std must be 0, or a number from 1e-100 to 1e100, got 1.01e+100."),
    (["audit", "--bias-std", "5e-324"], "--bias-std must be 0, or a number from 1e-100 to 1e100, got 5e-324."),
    (["audit", "--bias-std", "-1"], "--bias-std must be 0, or a number from 1e-100 to 1e100, got -1.0."),
    (["audit", "--batch", "0"], "--batch must lie in 1...1048576, got 0."),
    (["audit", "--seeds", "0"], "--seeds must lie in 1...100000, got 0."),
    (["audit", "--threads", "0"], "--threads must lie in 1...256, got 0."),
    (["audit", "--threads", "100000"], "--threads must lie in 1...256, got 100000."),
    (
      ["audit", "--seed", "-1"],
      "The value '-1' is invalid for '--seed <s>'. It takes a whole number from 0 to 18446744073709551615"
    ),
    (
      ["audit", "--memory", "lots"],
      "The value 'lots' is invalid for '--memory <size>'. It takes a size from 1M on, such as 4G or 512M"
    ),
    (
      ["audit", "--memory", "-4G"],
      "The value '-4G' is invalid for '--memory <size>'. It takes a size from 1M on, such as 4G or 512M"
    ),
    // Ten bytes, by a forgotten letter.
    (
      ["audit", "--memory", "10"],
      "The value '10' is invalid for '--memory <size>'. It takes a size from 1M on, such as 4G or 512M"
    ),
    (["audit", "--label-column", "x"], "--label-column needs --input FILE.csv, and the input is gaussian."),
    (["describe", "--every-value"], "--every-value measures, and describe does not. Leave it out."),
    (
      ["audit", "--scaling", "minmax"],
      "The value 'minmax' is invalid for '--scaling <scaling>'. "
        + "Please provide one of 'standardized', 'unit', 'symmetric' or 'raw'."
    ),
    (
      ["audit", "--backward", "cross_entropy"],
      "--backward cross_entropy needs labelled data. Choose an --input such as fashion-mnist."
    ),
    (
      ["audit", "--input", "gausian"],
      "--input 'gausian' is not a data source. Did you mean gaussian? "
        + "Valid: gaussian, uniform, fashion-mnist, mnist:DIR, cifar10:DIR, digits, iris, imdb:FILE.npz, text:FILE.csv, "
        + "text:DIR, synthetic:spirals, synthetic:blobs, synthetic:regression, synthetic:long-range, FILE.csv, FILE.npy, "
        + "FILE.npz."
    ),
    (
      ["audit", "--input", "mnist:"],
      "--input 'mnist:' names no directory. Write mnist:DIR, DIR holding MNIST's training files."
    ),
    (["audit", "net.yaml", "--depth", "3"], "--depth applies to presets only. Give it in the file 'net.yaml' instead."),
    (
      ["audit", "lenet", "--residual"],
      "--residual does not apply to the preset lenet, which takes --activation, --outputs, --output-init."
    ),
    (
      ["audit", "resnet-20", "--depth", "4"],
      "--depth does not apply to the preset resnet-20, which takes --activation, --outputs, --output-init, --branch-gain."
    ),
    (["audit", "--branch-gain"], "--branch-gain multiplies residual branches: give --residual, too."),
    (
      ["audit", "--output-init", "gpt2"],
      "gpt2 looks at the whole network and cannot fill one layer. Give it to --init."
    ),
    (["audit", "--frobnicate"], "Unknown option '--frobnicate'"),
    (["audit", "mlp", "mlp"], "Unexpected argument 'mlp'"),
    (["audit", "--threads"], "Missing value for '--threads <n>'"),
    (["describe", "--depth", "0"], "--depth must lie in 1...10000, got 0."),
    (
      ["list", "initialisers"],
      "The value 'initialisers' is invalid for '<catalogue>'. "
        + "Please provide one of the following:"
    ),
    (["explain", "vanishing-gradient"], "There is no rule `vanishing-gradient`. Did you mean `vanishing-gradients`?"),
    (["explain", "banana"], "There is no rule `banana`. `initscope explain` lists them."),
    (
      ["adit"],
      "Unexpected argument 'adit'. Did you mean 'audit'? Commands: audit, weights, check, fix, theory, train, reproduce, "
        + "describe, list, explain"
    ),
  ]

  @Test(arguments: mistakes.indices) func aMistake(index: Int) throws {
    let (arguments, message) = Self.mistakes[index]
    let directory = try TemporaryDirectory()
    let command = try Command.run(Command.program, arguments, in: directory, input: "", environment: [:])
    #expect(command.signal == nil)
    #expect(command.status == 64)
    #expect(command.output.isEmpty)
    let lines = command.message.split(separator: "\n")
    #expect(lines.first == "Error: \(message)")
    #expect(lines.count { $0.hasPrefix("Error: ") } == 1)
    #expect(lines.contains { $0.hasPrefix("Usage: initscope") })
    #expect(try directory.files().isEmpty)
  }
}
