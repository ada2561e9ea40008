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
    (["audit", "--depth", "abc"], "The value 'abc' is invalid for '--depth <n>'"),
    (["audit", "--depth", "99999999999999999999"], "The value '99999999999999999999' is invalid for '--depth <n>'"),
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
    (["audit", "--seed", "-1"], "The value '-1' is invalid for '--seed <s>'"),
    (["audit", "--memory", "lots"], "The value 'lots' is invalid for '--memory <size>'"),
    (["audit", "--memory", "-4G"], "The value '-4G' is invalid for '--memory <size>'"),
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
    (["explain", "nothing"], "There is no rule `nothing`. `initscope explain` lists them."),
    (["adit"], "Unexpected argument 'adit'"),
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
