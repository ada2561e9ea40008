import ArgumentParser
import Foundation
import InitScope

struct CheckCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Check a network's initialization against bounds, theory or an earlier audit, for use in CI.",
    discussion: """
      Audits the network and compares what it measures: with the bounds of a YAML file, or without one with theory and with \
      what the initializers declare, and with an earlier audit where --baseline names one. A comparison fails only where \
      chance does not explain it. Prints what changed or failed first, then what follows from it, and the answer last. \
      Where the command line and the file differ, the command line wins.

      Exit status: 0 passed, 1 failed, 2 input could not be read, 64 usage.
      """)

  @OptionGroup var network: NetworkArguments
  @OptionGroup var audit: AuditArguments

  @Option(
    help: ArgumentHelp(
      "Check a file of weights by itself: safetensors (also shards), a PyTorch archive, .npz, Keras or ONNX. --bounds then "
        + "names tensors. With an ONNX file as the model, check that model with these weights.",
      valueName: "file"),
    completion: .file())
  var weights: String?

  @Option(help: ArgumentHelp("The bounds, in YAML.", valueName: "file"), completion: .file())
  var bounds: String?

  @Option(
    help: ArgumentHelp(
      "An earlier audit.json: fail where something differs from it by more than chance.", valueName: "file"),
    completion: .file())
  var baseline: String?

  @Option(
    help: ArgumentHelp(
      "Check nothing; write bounds around the present state to this file, - for standard output.", valueName: "file"),
    completion: .file())
  var initBounds: String?

  @Option(help: ArgumentHelp("Also write JUnit XML.", valueName: "file"), completion: .file())
  var junit: String?

  @Option(help: ArgumentHelp("Also write SARIF 2.1.0.", valueName: "file"), completion: .file())
  var sarif: String?

  @Option(help: ArgumentHelp("Also write Markdown, such as for a CI job's summary.", valueName: "file"), completion: .file())
  var markdown: String?

  @Flag(
    name: .customLong("no-verdict"),
    help: "Do not predict whether the network trains, which saves time. Rules then judge alone.")
  var noVerdict = false

  @Flag(help: "Explain the words and numbers of the table.")
  var legend = false

  @Flag(help: "Print one JSON document instead of the table.")
  var json = false

  @Flag(help: "Print no table and no progress.")
  var quiet = false

  func validate() throws {
    try OptionChecks.notEmpty(bounds, "--bounds")
    try OptionChecks.notEmpty(baseline, "--baseline")
    try OptionChecks.notEmpty(weights, "--weights")
    if weights != nil, audit.graphPath(network) == nil,
      network.network != nil || baseline != nil || initBounds != nil || markdown != nil || audit.initializers != nil
    {
      throw ValidationError(
        "--weights checks a file of weights by itself, or gives an ONNX file other weights. Leave the network, --init, "
          + "--baseline, --init-bounds and --markdown out, or name an ONNX file."
      )
    }
    if initBounds != nil, baseline != nil || junit != nil || sarif != nil || markdown != nil || json {
      throw ValidationError("--init-bounds writes bounds and checks nothing. Leave the other outputs and --baseline out.")
    }
  }

  func run() throws {
    Interruption.install()
    try Failure.reporting {
      try Destination.check(
        .file("--junit", junit), .file("--sarif", sarif), .file("--markdown", markdown),
        .file("--init-bounds", initBounds == "-" ? nil : initBounds))
      if let weights, audit.graphPath(network) == nil {
        return try WeightCheck(file: weights, bounds: bounds, junit: junit, sarif: sarif, json: json, quiet: quiet).run()
      }
      let file = try bounds.map { try BoundsFile.read(path: $0) } ?? BoundsFile(bounds: .automatic)
      let baseline = try baseline.map { try Self.read(baseline: $0) }
      let configuration = try makeConfiguration(file, baseline)
      try resolving { () throws(GateError) in try file.bounds.check(configuration.network) }
      if !quiet { NamedWeightsNote.say(configuration.network, audit.initializers ?? file.initializers ?? []) }
      if !quiet { WaitingTime.say(configuration, judges: !noVerdict, recommends: true) }
      let progress = ProgressLine(AuditPhase.audit.label, quiet: quiet)
      defer { progress.finish() }
      progress.begin(configuration)
      let tool = AuditReport.Tool(name: "initscope", version: InitScopeVersion.current, command: CommandLineText.current)
      let report = try Audit(configuration).diagnose(tool: tool, judges: !noVerdict, progress: progress.update)
      progress.finish()
      if let initBounds { return try propose(file, report, to: initBounds) }
      let gate = Gate(file.bounds, configuration: configuration)
      let result = try resolving { () throws(GateError) in try gate.evaluate(report, baseline: baseline) }
      let source = sarif != nil || json ? arguments(file)?.source : nil
      try Interruption.deferred { try write(result, source) }
      if json {
        Console.output(GateJSON.encode(result, tool: tool, lines: source?.lines ?? [:]))
      } else if !quiet {
        let columns = Console.columns ?? Console.defaultColumns
        let files = GateTable.Files(bounds: bounds, baseline: self.baseline)
        let table = GateTable(
          result, files: files, named: Self.named(configuration), legend: legend, columns: columns, color: Console.usesColor)
        Console.output(table.text)
      }
      if !result.passes { throw ExitCode(1) }
    }
  }

  /// Weight tensors that the network file fills, and those that an initializer fills; nil where one of them fills all.
  private static func named(_ configuration: AuditConfiguration) -> (own: Int, filled: Int)? {
    let network = configuration.network
    guard let first = configuration.initializers.first, !network.nodes.contains(where: { $0.layer is GraphLayer }) else {
      return nil
    }
    let own = network.namedWeights.count, filled = network.weightsFilled(by: first).count
    return own > 0 && filled > 0 ? (own, filled) : nil
  }

  /// Options first, then the file, then the defaults of `audit`.
  private func makeConfiguration(_ file: BoundsFile, _ baseline: AuditReport?) throws -> AuditConfiguration {
    let arguments = try completed(file)
    var options = audit
    options.batch = options.batch ?? file.batch
    options.seeds = options.seeds ?? file.seeds
    options.computing.seed = options.computing.seed ?? file.seed
    options.scaling = options.scaling ?? file.scaling
    options.backward = options.backward ?? file.backward
    if !file.data.isEmpty {
      do {
        options.data = try options.data.completed(options: file.data)
      } catch {
        throw NetworkFileError(path: bounds ?? "bounds", "data: \(DataArguments.message(for: error))")
      }
    }
    let source = try options.input == nil ? file.input ?? .gaussian : options.source
    try options.check(source)
    let named = try options.initializers ?? file.initializers ?? Self.initializer(of: baseline).map { [$0] }
    // Which one is usual is known once the network is: any stands for it until then.
    var configuration = try options.configuration(
      initializers: { _ in named ?? [.heNormal] }, source: source, histograms: false, arguments: arguments,
      weights: weights, quiet: quiet)
    if named == nil, configuration.graphPlan != nil {
      // A model's file says what it starts from.
      let declares = configuration.network.declaresInitializers && weights == nil
      configuration.initializers = [declares ? .keras : .file]
    } else if named == nil {
      let usual = UsualInitializer(configuration)
      configuration.initializers = [usual.initializer]
      if !quiet, let note = usual.note { Console.message(note) }
    }
    return configuration
  }

  /// The initializer of a baseline's only run; nil for none, or where the layers name theirs.
  private static func initializer(of baseline: AuditReport?) throws -> Initializer? {
    guard let baseline else { return nil }
    guard baseline.runs.count < 2 else {
      let names = baseline.runs.map(\.initializer).joined(separator: ", ")
      throw ValidationError("The baseline has several runs. Choose one with --init: \(names).")
    }
    return baseline.runs.first.flatMap { try? Initializer(parsing: $0.initializer) }
  }

  /// The network's arguments with what the file says, where they can be made.
  private func arguments(_ file: BoundsFile) -> NetworkArguments? { try? completed(file) }

  /// The network's arguments with what the file says where none was given.
  private func completed(_ file: BoundsFile) throws -> NetworkArguments {
    guard let named = file.network, network.network == nil || network.network == named else { return network }
    // A path is meant from where the bounds stand.
    let directory = bounds.map { URL(filePath: $0).deletingLastPathComponent().relativePath } ?? "."
    let isPlace = Preset.named(named) != nil || named.hasPrefix("/") || directory == "." || network.network != nil
    var arguments = network
    arguments.network = isPlace ? named : "\(directory)/\(named)"
    guard !file.options.isEmpty else {
      try arguments.validate()
      return arguments
    }
    do {
      return try arguments.completed(options: file.options)
    } catch {
      throw NetworkFileError(path: bounds ?? named, "options: \(NetworkArguments.message(for: error))")
    }
  }

  /// Runs what may find that bounds do not fit, and names their file.
  private func resolving<Result>(_ body: () throws(GateError) -> Result) throws(NetworkFileError) -> Result {
    do {
      return try body()
    } catch {
      // Without a line, what does not fit is the baseline.
      let path = error.line == nil ? baseline ?? bounds ?? network.name : bounds ?? network.name
      throw NetworkFileError(path: path, line: error.line, error.message, hint: error.hint)
    }
  }

  private static func read(baseline path: String) throws -> AuditReport {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw NetworkFileError(path: path, "cannot be read", hint: "Save an audit with `initscope audit --output DIR`")
    }
    do {
      return try AuditJSON.decode([UInt8](data))
    } catch {
      throw NetworkFileError(path: path, "\(error)")
    }
  }

  private func propose(_ file: BoundsFile, _ report: AuditReport, to path: String) throws {
    guard report.runs.count == 1 else {
      throw ValidationError("--init-bounds takes one initializer, got \(report.runs.count). Name one with --init.")
    }
    var settings = file
    settings.network =
      network.network.map { network.isFile ? Self.path($0, from: path) : $0 } ?? file.network
      ?? (network.given.isEmpty ? nil : network.name)
    let own = Set(network.given.map(\.name)), keepsFile = network.network == nil || network.network == file.network
    settings.options = network.given + (keepsFile ? file.options.filter { !own.contains($0.name) } : [])
    settings.input = try audit.input == nil ? file.input : audit.source
    settings.data = try audit.data.completed(options: file.data).given
    settings.scaling = audit.scaling ?? file.scaling
    settings.backward = audit.backward ?? file.backward
    let text = BoundsText.file(settings, run: report.runs[0], report: report)
    if path == "-" { return Console.output(text) }
    try AtomicFile.write(Array(text.utf8), to: path)
    if !quiet { Console.message("wrote \(path). Nothing was checked: initscope check --bounds \(path) does") }
  }

  /// A network's path as it is from where the bounds stand.
  private static func path(_ network: String, from bounds: String) -> String {
    guard bounds != "-", network != "-", !network.hasPrefix("/") else { return network }
    let directory = URL(filePath: bounds).standardizedFileURL.deletingLastPathComponent().pathComponents
    let file = URL(filePath: network).standardizedFileURL.pathComponents
    let shared = zip(directory, file).prefix { $0 == $1 }.count
    return (Array(repeating: "..", count: directory.count - shared) + file.dropFirst(shared)).joined(separator: "/")
  }

  private func write(_ result: GateResult, _ source: (path: String, lines: [String: Int])?) throws {
    var contents: [AtomicFile.Content] = []
    if let junit { contents.append(.init(path: junit, bytes: GateJUnit.encode(result))) }
    if let sarif {
      let sources = GateSARIF.Sources(
        network: source?.path, lines: source?.lines ?? [:], bounds: bounds == "-" ? nil : bounds)
      contents.append(
        .init(path: sarif, bytes: GateSARIF.encode(result, sources: sources, version: InitScopeVersion.current)))
    }
    if let markdown { contents.append(.init(path: markdown, bytes: GateMarkdown.encode(result))) }
    guard !contents.isEmpty else { return }
    try AtomicFile.write(contents)
    if !quiet { Console.message("wrote \(contents.map(\.path).joined(separator: ", "))") }
  }
}

extension NetworkArguments {
  /// The file that describes the network, and the line of each layer there; nil for a preset, and for what can be read only
  /// once, such as a pipe.
  fileprivate var source: (path: String, lines: [String: Int])? {
    let type = try? FileManager.default.attributesOfItem(atPath: URL(filePath: name).resolvingSymlinksInPath().path)[.type]
    guard isFile, name != "-", type as? FileAttributeType == .typeRegular else { return nil }
    return (try? NetworkFile.source(path: name)).map { (name, $0.lines) }
  }
}
