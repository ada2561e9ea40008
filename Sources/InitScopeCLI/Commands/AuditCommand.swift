import ArgumentParser
import Foundation
import InitScope
import NumberText
import Spelling

struct AuditCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "audit",
    abstract: "Send a batch of samples through a network under each initializer and show what happens to the signal.",
    discussion: """
      Without arguments: a 20-layer ReLU network of width 256 on Gaussian inputs under nine initializers, five replicas \
      each. Writes the pictures and audit.json to --output, prints a table to stdout.
      """)

  /// What the embedded default compares.
  static let defaultInitializers =
    "zeros,normal(std=0.01),normal,glorot_uniform,glorot_normal,he_uniform,he_normal,orthogonal(gain=1.4142),lsuv"

  @OptionGroup var network: NetworkArguments

  @OptionGroup var audit: AuditArguments

  @Option(
    help: ArgumentHelp(
      "Weights in place of those of the model's file: for ONNX by name, from safetensors, a PyTorch archive or .npz; for "
        + "Keras a .weights.h5 or .keras file.", valueName: "file"),
    completion: .file())
  var weights: String?

  @Option(
    help: ArgumentHelp("Directory for the pictures and audit.json (default: Reports/audit).", valueName: "dir"),
    completion: .directory)
  var output: String?

  @Flag(help: "Print one JSON document instead of the table.")
  var json = false

  @Option(help: ArgumentHelp("Also write the measurements of every layer as CSV.", valueName: "file"), completion: .file())
  var csv: String?

  @Flag(name: .customLong("no-png"), help: "Draw no pictures; audit.json is written where --output is given.")
  var noPNG = false

  @Flag(name: .customLong("no-verdict"), help: "Do not predict whether the network trains. Tries no remedies either.")
  var noVerdict = false

  @Flag(name: .customLong("no-remedies"), help: "Do not look for an initialization that would train better.")
  var noRemedies = false

  @Flag(help: "Explain the table's columns.")
  var legend = false

  @Option(
    help: ArgumentHelp(
      "Which layers the table lists: all, or modules and layers by name, separated by commas. A model of many layers is "
        + "listed by its blocks where this is not given.", valueName: "list"))
  var layers: LayerChoice?

  @Flag(help: "Print no table and no progress.")
  var quiet = false

  @Flag(help: "Exit with status 1 where a verdict says that training fails, or a finding is an error.")
  var strict = false

  func validate() throws {
    if weights != nil {
      try OptionChecks.notEmpty(weights, "--weights")
      guard network.isFile else {
        throw ValidationError("--weights gives a model's file other weights, and \(network.name) is a preset.")
      }
      // An ONNX file's biases stand beside whatever weights are drawn.
      if !ModelTensorFile.isModel(network.name), let initializers = audit.initializers, !initializers.contains(.file) {
        throw ValidationError("--weights fills the run `file`, which --init does not list. Add file to it.")
      }
    }
    if audit.graphPath(network) == nil { try audit.check(audit.source) }
  }

  func run() throws {
    Interruption.install()
    let clock = CommandClock()
    try Failure.reporting {
      try Destination.check(.directory("--output", directory), .file("--csv", csv))
      let configuration = try makeConfiguration()
      try layers?.check(configuration.network)
      if !quiet { NamedWeightsNote.say(configuration.network, asked(of: configuration.network)) }
      let recommends = !noRemedies && audit.graphPath(network) == nil
      if !quiet { WaitingTime.say(configuration, judges: !noVerdict, recommends: recommends) }
      if !quiet { for note in configuration.notes { Console.message(note) } }
      let progress = ProgressLine(AuditPhase.audit.label, quiet: quiet)
      defer { progress.finish() }
      progress.begin(configuration)
      let loaded = clock.seconds
      let tool = AuditReport.Tool(name: "initscope", version: InitScopeVersion.current, command: CommandLineText.current)
      var report = try Audit(configuration).diagnose(
        tool: tool, judges: !noVerdict, recommends: recommends, progress: progress.update
      )
      if !quiet && !json { note(report.input, configuration.input) }
      report.environment.phases?.load = loaded
      let drawn = clock.seconds
      let pictures = try ReportWriter.pictures(of: report, figures) {
        progress.update(AuditProgress(.render, done: $0, total: $1))
      }
      if !figures.isEmpty { report.environment.phases?.render = clock.seconds - drawn }
      report.environment.peakMemoryBytes = SystemMemory.peakResidentBytes
      report.environment.seconds = clock.seconds
      progress.finish()
      let isJudged = noVerdict || report.runs.allSatisfy { $0.verdict != nil }
      let refusal = isJudged ? nil : configuration.verdictRefusal
      let document = directory != nil || json ? AuditJSON.document(report) : nil
      try Interruption.deferred { [report] in try write(report, pictures, document) }
      if json {
        if let refusal, !quiet { Console.message(refusal) }
        Console.output(document?.bytes ?? [])
      } else if !quiet {
        let table = AuditTable(
          report, layers: layers, classes: Self.classes(configuration.input), refusal: refusal, legend: legend,
          columns: Console.columns ?? Console.defaultColumns,
          color: Console.usesColor)
        Console.output(table.text)
      }
      if !quiet, !json, let path = network.network, ModelTensorFile.isModel(path),
        report.runs.contains(where: { $0.verdict?.trains == false })
      {
        Console.message(
          "initscope fix \(TerminalText.safe(path)) --output weights.safetensors tries the initializers that theory "
            + "suggests, and writes weights that are expected to train.")
      }
      if strict, let reason = Self.reason(report.runs) {
        Console.message(reason)
        throw ExitCode(1)
      }
    }
  }

  /// Why `--strict` lets an audit fail: its first fault, and how many runs have one. Nil where none has.
  private static func reason(_ runs: [InitializerRun]) -> String? {
    let forbidden = runs.filter { $0.fault != nil }
    guard let first = forbidden.first, let fault = first.fault else { return nil }
    let more = forbidden.count - 1
    return "--strict: \(first.initializer) \(fault)"
      + (more == 0 ? "" : more == 1 ? " (and 1 more initializer fails)" : " (and \(more) more initializers fail)")
  }

  private func makeConfiguration() throws -> AuditConfiguration {
    if audit.graphPath(network) != nil {
      return try audit.configuration(
        initializers: {
          audit.initializers ?? ($0.declaresInitializers && weights == nil ? [.keras] : [.file])
        }, source: .gaussian, arguments: network,
        weights: weights, quiet: quiet)
    }
    return try audit.configuration(
      initializers: { try Self.initializers(for: $0, given: audit.initializers) }, source: audit.source, arguments: network,
      weights: weights, quiet: quiet)
  }

  /// What is compared: what was given, else what the model declares, else the embedded default.
  private static func initializers(for network: Network, given: [Initializer]?) throws -> [Initializer] {
    if let given { return given }
    if network.declaresInitializers { return [.keras] }
    let standard = try Initializer.list(parsing: defaultInitializers)
    // Where no comparison was asked for and only the output layer could show one, the file's own network is what is meant.
    guard network.namesHiddenWeights else { return standard }
    return [network.takes(.glorotUniform) ? .glorotUniform : standard[0]]
  }

  /// The initializers that `--init` lists, or those that stand for it.
  private func asked(of network: Network) -> [Initializer] {
    if let given = audit.initializers { return given }
    if network.declaresInitializers { return [.keras] }
    return network.namesHiddenWeights ? [.glorotUniform] : (try? Initializer.list(parsing: Self.defaultInitializers)) ?? []
  }

  /// Says what standardization took the samples for.
  private func note(_ summary: AuditReport.Input, _ input: AuditInput) {
    guard case .samples(let samples, _) = input, let mean = summary.mean, let deviation = summary.standardDeviation else {
      return
    }
    Console.message(
      "\(summary.source): standardized with mean \(TableNumber.significant(mean)) and deviation "
        + "\(TableNumber.significant(deviation)) of the first \(groupedNumber(samples.count)) samples")
  }

  private static func classes(_ input: AuditInput) -> Int? {
    if case .samples(let samples, _) = input { samples.classCount } else { nil }
  }

  /// Where pictures and audit.json go; nil for nowhere.
  private var directory: String? { output ?? (noPNG ? nil : "Reports/audit") }

  private var figures: [Figure] { noPNG ? [] : Figure.allCases }

  private func write(
    _ report: AuditReport, _ pictures: [ReportWriter.Picture], _ document: AuditJSON.Document?
  ) throws {
    // One set: another audit that writes into the same places at the same time cannot come in between.
    let beside = csv.map { [AtomicFile.Content(path: $0, bytes: AuditCSV.encode(report))] } ?? []
    if let directory {
      let paths = try ReportWriter.write(
        report, pictures, to: directory, options: ReportWriter.Options(figures: figures), beside: beside,
        document: document?.bytes)
      if !quiet { Console.message("wrote \(Counted.files(paths.count)) to \(directory): \(names(paths))") }
    } else {
      try AtomicFile.write(beside)
    }
    if let csv, !quiet { Console.message("wrote \(csv)") }
    if let omitted = document?.omitted, !omitted.isEmpty, !quiet {
      Console.message(
        "the JSON document leaves out \(omitted.joined(separator: ", ")) of every layer: with them it would exceed "
          + "\(AuditJSON.largestSize / 1_000_000) MB")
    }
  }

  private func names(_ paths: [String]) -> String {
    paths.map { $0.split(separator: "/").last.map(String.init) ?? $0 }.joined(separator: ", ")
  }
}

extension InitializerRun {
  /// What `--strict` does not let pass: a network that is not expected to train, or an error of any rule.
  fileprivate var fault: String? {
    if let verdict, verdict.trains == false {
      let sureness = verdict.confidence.map { " (\(TableNumber.percent($0)) sure)" } ?? ""
      return "is not expected to train: \(verdict.statusText)\(sureness)"
    }
    return findings.first { $0.severity == .error }.map { "has an error [\($0.rule)]: \($0.message)" }
  }
}
