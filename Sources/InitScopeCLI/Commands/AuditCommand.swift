import ArgumentParser
import Foundation
import InitScope

struct AuditCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "audit",
    abstract: "Push a batch through a network under each initializer and show what happens to the signal.",
    discussion: """
      Without arguments: a 20-layer ReLU network of width 256 on Gaussian inputs under nine initializers, five replicas \
      each. Writes the pictures and audit.json to --output, prints a table to stdout.
      """)

  /// What the embedded default compares.
  static let defaultInitializers =
    "zeros,normal(std=0.01),normal,glorot_uniform,glorot_normal,he_uniform,he_normal,orthogonal(gain=1.4142),lsuv"

  @OptionGroup var network: NetworkArguments

  @Option(
    name: .customLong("init"),
    help: ArgumentHelp(
      "Initializers to compare, separated by commas; see `initscope list initializers`.", valueName: "list"),
    transform: Initializer.list(parsing:))
  var initializers: [Initializer]?

  @Option(help: ArgumentHelp("Where samples come from; see `initscope list data`.", valueName: "source"))
  var input = "gaussian"

  @Option(help: "How samples are scaled.")
  var scaling: Scaling = .standardized

  @Option(
    help: ArgumentHelp(
      "What the backward pass starts from: N(0, 1) cotangents, or a loss's gradient on labelled data.", valueName: "source"))
  var backward: BackwardSource = .gaussian

  // Unconditional, so that a negative number is told from a missing one.
  @Option(parsing: .unconditional, help: ArgumentHelp("Samples in a batch.", valueName: "n"))
  var batch = 256

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Replicas: independent drawings of weights, inputs and cotangents.", valueName: "n"))
  var seeds = 5

  @Option(
    parsing: .unconditional, help: ArgumentHelp("The seed from which every stream is derived.", valueName: "s"))
  var seed: UInt64 = 0

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Memory to use at most, such as 4G (default: half of what is free).", valueName: "size"))
  var memory: MemorySize?

  @Option(parsing: .unconditional, help: ArgumentHelp("Worker threads (default: one a core).", valueName: "n"))
  var threads: Int?

  @Option(
    help: ArgumentHelp("Directory for the pictures and audit.json (default: Reports/audit).", valueName: "dir"),
    completion: .directory)
  var output: String?

  @Flag(help: "Print one JSON document instead of the table.")
  var json = false

  @Option(help: ArgumentHelp("Also write every layer's moments as CSV.", valueName: "file"), completion: .file())
  var csv: String?

  @Flag(name: .customLong("no-png"), help: "Draw no pictures; audit.json is written where --output is given.")
  var noPNG = false

  @Flag(help: "Print no table and no progress.")
  var quiet = false

  func validate() throws {
    try check(batch, "--batch", AuditConfiguration.batchRange)
    try check(seeds, "--seeds", AuditConfiguration.replicaRange)
    if let threads { try check(threads, "--threads", AuditConfiguration.threadRange) }
    let source = try dataSource
    if backward != .gaussian, source == .gaussian || source == .uniform {
      throw ValidationError("--backward \(backward.rawValue) needs labelled data. Choose an --input such as fashion-mnist.")
    }
  }

  /// What `--input` names; that its files exist is seen only on loading.
  private var dataSource: DataSource {
    get throws {
      do {
        return try DataSource(parsing: input)
      } catch {
        throw ValidationError("--input '\(input)' \(error.message). \(error.hint.map { "\($0)." } ?? "")")
      }
    }
  }

  private func check(_ value: Int, _ name: String, _ range: ClosedRange<Int>) throws {
    if !range.contains(value) {
      throw ValidationError("\(name) must lie in \(range.lowerBound)...\(range.upperBound), got \(value).")
    }
  }

  func run() throws {
    Interruption.install()
    try Failure.reporting {
      try Destination.check(directory: directory, file: csv)
      let configuration = try makeConfiguration()
      let progress = ProgressLine("auditing", quiet: quiet)
      defer { progress.finish() }
      let tool = AuditReport.Tool(name: "initscope", version: InitScopeVersion.current, command: CommandLineText.current)
      let report = try Audit(configuration).diagnose(tool: tool) { progress.update($0, of: $1) }
      progress.finish()
      if !quiet && !json { note(report.input, configuration.input) }
      try Interruption.deferred { try write(report) }
      if json {
        Console.output(AuditJSON.encode(report))
      } else if !quiet {
        let columns = Console.columns ?? Console.defaultColumns
        Console.output(AuditTable(report, columns: columns, color: Console.usesColor).text)
      }
    }
  }

  private func makeConfiguration() throws -> AuditConfiguration {
    let source = try dataSource
    let samples = try source.load()
    let network = try self.network.load(shape: samples?.shape)
    let auditInput: AuditInput
    if let samples {
      auditInput = .samples(samples, scaling)
    } else {
      auditInput = source == .gaussian ? .gaussian : .uniform(scaling)
    }
    return AuditConfiguration(
      network: network, initializers: try initializers ?? Initializer.list(parsing: Self.defaultInitializers),
      input: auditInput, backward: backward, batch: batch, replicas: seeds, seed: seed,
      threads: threads ?? min(ProcessInfo.processInfo.activeProcessorCount, AuditConfiguration.threadRange.upperBound),
      memoryLimit: memory?.bytes)
  }

  /// Says what standardization took the samples for.
  private func note(_ summary: AuditReport.Input, _ input: AuditInput) {
    guard case .samples(let samples, _) = input, let mean = summary.mean, let deviation = summary.standardDeviation else {
      return
    }
    Console.message(
      "\(summary.source): standardized with mean \(NumberFormat.significant(mean)) and deviation "
        + "\(NumberFormat.significant(deviation)) of the first \(NumberFormat.grouped(samples.count)) samples")
  }

  /// Where pictures and audit.json go; nil for nowhere.
  private var directory: String? { output ?? (noPNG ? nil : "Reports/audit") }

  private func write(_ report: AuditReport) throws {
    if let directory {
      let paths = try ReportWriter.write(
        report, to: directory, options: ReportWriter.Options(figures: noPNG ? [] : Figure.allCases))
      if !quiet { Console.message("wrote \(paths.count) files to \(directory): \(names(paths))") }
    }
    if let csv {
      try AtomicFile.write(AuditCSV.encode(report), to: csv)
      if !quiet { Console.message("wrote \(csv)") }
    }
  }

  private func names(_ paths: [String]) -> String {
    paths.map { $0.split(separator: "/").last.map(String.init) ?? $0 }.joined(separator: ", ")
  }
}

extension Scaling: ExpressibleByArgument {}
extension BackwardSource: ExpressibleByArgument {}
