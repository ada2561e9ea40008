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
    help: ArgumentHelp("Initializers to compare, separated by commas; see `initscope list initializers`.", valueName: "list"),
    transform: Initializer.list(parsing:))
  var initializers: [Initializer]?

  @Option(help: ArgumentHelp("gaussian, uniform, fashion-mnist, mnist:DIR, a .csv or a .npy file.", valueName: "source"))
  var input = "gaussian"

  @Option(help: "How samples are scaled: standardized, unit or raw.")
  var scaling: Scaling = .standardized

  @Option(help: "What the backward pass starts from: gaussian, cross_entropy or mean_squared_error (with labelled data).")
  var backward: BackwardSource = .gaussian

  @Option(help: "Samples in a batch.")
  var batch = 256

  @Option(help: "Replicas: independent drawings of weights, inputs and cotangents.")
  var seeds = 5

  @Option(help: "The seed from which every stream is derived.")
  var seed: UInt64 = 0

  @Option(help: ArgumentHelp("Memory to use at most, such as 4G (default: half of what is free).", valueName: "size"))
  var memory: MemorySize?

  @Option(help: "Worker threads (default: one a core).")
  var threads: Int?

  @Option(help: ArgumentHelp("Directory for the pictures and audit.json.", valueName: "dir"), completion: .directory)
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
  }

  private func check(_ value: Int, _ name: String, _ range: ClosedRange<Int>) throws {
    if !range.contains(value) {
      throw ValidationError("\(name) must lie in \(range.lowerBound)...\(range.upperBound), got \(value).")
    }
  }

  func run() throws {
    Failure.exitOnInterrupt()
    try Failure.reporting {
      let configuration = try makeConfiguration()
      let progress = ProgressLine("auditing", quiet: quiet)
      defer { progress.finish() }
      let tool = AuditReport.Tool(name: "initscope", version: InitScopeVersion.current, command: CommandLineText.current)
      let report = try Audit(configuration).run(tool: tool) { progress.update($0, of: $1) }
      progress.finish()
      try write(report)
      if json {
        Console.output(AuditJSON.encode(report))
      } else if !quiet {
        Console.output(AuditTable(report, columns: Console.columns, color: Console.usesColor).text)
      }
    }
  }

  private func makeConfiguration() throws -> AuditConfiguration {
    let source = try DataSource(parsing: input)
    let samples = try source.load()
    let network = try self.network.load(features: samples?.featureCount)
    let auditInput: AuditInput
    if let samples {
      auditInput = .samples(samples, scaling)
      if scaling == .standardized, let pair = samples.standardization, !quiet, !json {
        Console.message(
          "\(samples.name): standardized with mean \(NumberFormat.significant(pair.mean)) "
            + "and deviation \(NumberFormat.significant(pair.deviation)) of the first \(NumberFormat.grouped(samples.count)) samples")
      }
    } else {
      auditInput = source == .gaussian ? .gaussian : .uniform(scaling)
    }
    return AuditConfiguration(
      network: network, initializers: try initializers ?? Initializer.list(parsing: Self.defaultInitializers),
      input: auditInput, backward: backward, batch: batch, replicas: seeds, seed: seed,
      threads: threads ?? min(ProcessInfo.processInfo.activeProcessorCount, AuditConfiguration.threadRange.upperBound),
      memoryLimit: memory?.bytes)
  }

  private func write(_ report: AuditReport) throws {
    let directory = output ?? (noPNG ? nil : "Reports/audit")
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

/// The command line as a shell would take it again.
enum CommandLineText {
  static var current: String {
    let words = ["initscope"] + CommandLine.arguments.dropFirst()
    return words.map(quoted).joined(separator: " ")
  }

  private static func quoted(_ word: String) -> String {
    let plain = word.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-_./:=,+@%".contains($0)) }
    return plain && !word.isEmpty ? word : "'" + word.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
  }
}
