import ArgumentParser
import InitScope

struct WeightsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "weights",
    abstract: "Look at the weights of a checkpoint: how each tensor is distributed, and which differ from their scheme.",
    usage: "initscope weights [<options>] <file>",
    discussion: """
      Reads safetensors (also the index.json of shards), PyTorch archives (.pt, .pth, .bin), .npz, ONNX files, and Keras \
      (.keras, .weights.h5). Tells every tensor's role, moments and law, recognizes the published scheme of the model's \
      family, and names what deviates. \
      Needs no configuration; --scheme and --config say what was meant.

      Exit status: 0 done, 1 errors or warnings under --strict, 2 input could not be read, 64 usage.
      """)

  @Argument(help: "The file of weights, the index of its shards, or their directory.", completion: .file())
  var file: String

  @Option(
    help: ArgumentHelp(
      "Tell whether another file differs from this one by more than chance, tensor by tensor.", valueName: "file"),
    completion: .file())
  var against: String?

  @OptionGroup var declared: SchemeArguments

  @Option(help: ArgumentHelp("Directory for weights.png and weights.json.", valueName: "dir"), completion: .directory)
  var output: String?

  @Flag(help: "Print one JSON document instead of the table.")
  var json = false

  @Flag(name: .customLong("no-png"), help: "Draw no picture.")
  var noPNG = false

  @Flag(name: .customLong("every-tensor"), help: "Print a line for each tensor, not one for each name.")
  var everyTensor = false

  @Flag(help: "Explain the table's marks and columns.")
  var legend = false

  @Flag(help: "Exit with status 1 where a finding is an error or a warning.")
  var strict = false

  @Option(parsing: .unconditional, help: ArgumentHelp("Worker threads (default: one per core).", valueName: "n"))
  var threads: Int?

  @Flag(help: "Print no table and no progress.")
  var quiet = false

  func validate() throws {
    guard !file.isEmpty else { throw ValidationError("The file of weights has no name. Give the path of a file.") }
    try OptionChecks.notEmpty(against, "--against")
    try declared.check()
    try OptionChecks.range(threads, "--threads", 1...256)
  }

  func run() throws {
    Interruption.install()
    try Failure.reporting {
      try Destination.check(.directory("--output", output))
      let (scheme, model) = try declared.load()
      var configuration = WeightAuditConfiguration(
        path: file, scheme: scheme, model: model, against: against,
        threads: RunArguments.threadCount(threads))
      configuration.declared = DeclaredWeights.scheme(path: file)
      let progress = ProgressLine("reading", quiet: quiet)
      defer { progress.finish() }
      // In MiB, so that the line is short.
      let report = try WeightAudit.run(configuration.readingModels) { progress.update($0 >> 20, of: max(1, $1 >> 20)) }
      progress.finish()
      try Interruption.deferred { try write(report) }
      if json {
        Console.output(WeightJSON.encode(report, version: InitScopeVersion.current))
      } else if !quiet {
        let columns = Console.columns ?? Console.defaultColumns
        let table = WeightTable(
          report, everyTensor: everyTensor, legend: legend, columns: columns, color: Console.usesColor)
        Console.output(table.text)
      }
      if strict, !report.isClean { throw ExitCode(1) }
    }
  }

  private func write(_ report: WeightReport) throws {
    guard let output else { return }
    var contents: [(name: String, bytes: [UInt8])] = []
    if !noPNG {
      let origin = PictureOrigin(software: "initscope \(InitScopeVersion.current)", command: CommandLineText.current)
      contents.append(("weights.png", try WeightFigure(report).render(origin)))
    }
    contents.append(("weights.json", WeightJSON.encode(report, version: InitScopeVersion.current)))
    let prefix = output.hasSuffix("/") ? output : output + "/"
    try AtomicFile.createDirectory(output)
    try AtomicFile.write(contents.map { AtomicFile.Content(path: prefix + $0.name, bytes: $0.bytes) })
    if !quiet { Console.message("wrote \(contents.map { prefix + $0.name }.joined(separator: ", "))") }
  }
}
