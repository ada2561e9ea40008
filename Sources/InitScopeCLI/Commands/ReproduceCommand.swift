import ArgumentParser
import Foundation
import InitScope
import Spelling

struct ReproduceCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "reproduce",
    abstract: "Run a textbook experiment by name, with intervals and conclusions.",
    usage: "initscope reproduce [<options>] [<name>]",
    discussion: """
      Each experiment repeats over several seeds what the original shows once. It prints what it measured and, by paired \
      tests, what follows from it. Pictures and the same text, output.txt, go to --output. `initscope reproduce --list` \
      names the experiments.
      """)

  @Argument(help: "The experiment's name; see --list.")
  var name: String?

  @Flag(help: "List the experiments.")
  var list = false

  @Option(
    help: ArgumentHelp(
      "Data in place of the experiment's own: mnist:DIR or cifar10:DIR for images, imdb:FILE.npz for sequences.",
      valueName: "source"))
  var data: String?

  // Unconditional, so that a negative number is told from a missing one.
  @Option(
    parsing: .unconditional, help: ArgumentHelp("Runs of each condition (default: the experiment's own).", valueName: "n"))
  var seeds: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Seed of all random numbers: the same seed gives the same result.", valueName: "s"))
  var seed: UInt64 = 0

  @Option(parsing: .unconditional, help: ArgumentHelp("Worker threads (default: one per core).", valueName: "n"))
  var threads: Int?

  @Option(
    help: ArgumentHelp("Directory for the pictures and output.txt (default: Reports/reproduce/NAME).", valueName: "dir"),
    completion: .directory)
  var output: String?

  @Flag(help: "Run fewer seeds, epochs and samples, in seconds: shows that the experiment works, and draws no conclusion.")
  var quick = false

  @Flag(help: "Print one JSON document instead of the text.")
  var json = false

  @Flag(name: .customLong("no-png"), help: "Draw no pictures; output.txt is written where --output is given.")
  var noPNG = false

  @Flag(help: "Print no text and no progress.")
  var quiet = false

  func validate() throws {
    if let seeds { try check(seeds, "--seeds", 1...1_000) }
    if let threads { try check(threads, "--threads", AuditConfiguration.threadRange) }
    if list { return }
    guard let name else { throw ValidationError("Name an experiment, or ask for them with --list.") }
    guard let experiment = ExperimentCatalogue.named(name) else {
      let names = ExperimentCatalogue.all.map(\.name)
      let nearest = nearestName(to: name, among: names).map { "Did you mean '\($0)'? " } ?? ""
      throw ValidationError("There is no experiment '\(name)'. \(nearest)Valid: \(names.joined(separator: ", ")).")
    }
    guard data != nil else { return }
    if case .fixed(let own) = experiment.data {
      throw ValidationError("--data does not apply to \(experiment.name), which runs on \(own).")
    }
    _ = try dataSource
  }

  private func check(_ value: Int, _ name: String, _ range: ClosedRange<Int>) throws {
    if !range.contains(value) {
      throw ValidationError("\(name) must lie in \(range.lowerBound)...\(range.upperBound), got \(value).")
    }
  }

  private var dataSource: DataSource? {
    get throws {
      guard let data else { return nil }
      do {
        let source = try DataSource(parsing: data)
        guard source != .gaussian, source != .uniform else {
          throw ValidationError("--data \(data) has no answers to learn. Choose labelled data.")
        }
        return source
      } catch let error as DataError {
        throw ValidationError("--data '\(data)' \(error.message). \(error.hint.map { "\($0)." } ?? "")")
      }
    }
  }

  func run() throws {
    if list {
      let columns = min(Console.columns ?? Console.defaultColumns, 120)
      for experiment in ExperimentCatalogue.all {
        Console.output("\(experiment.name)\n" + Paragraph.wrap(experiment.summary, columns: columns, indent: 4))
      }
      return
    }
    guard let name, let experiment = ExperimentCatalogue.named(name) else { return }
    Interruption.install()
    try Failure.reporting {
      let directory = output ?? (noPNG ? nil : "Reports/reproduce/\(experiment.name)")
      try Destination.check(.directory("--output", directory))
      let software = "initscope \(InitScopeVersion.current)"
      let context = ExperimentContext(
        seed: seed, seeds: seeds ?? (quick ? 2 : experiment.seeds),
        threads: RunArguments.threadCount(threads),
        isQuick: quick, source: try dataSource,
        origin: PictureOrigin(software: software, command: CommandLineText.current), quiet: quiet)
      var outcome = try experiment.run(context)
      if quick { outcome.report.drawsNoConclusions() }
      if let directory { try write(outcome, to: directory) }
      if json {
        Console.output(
          outcome.report.encoded(tool: "initscope", version: InitScopeVersion.current, command: CommandLineText.current))
      } else if !quiet {
        let columns = min(Console.columns ?? Console.defaultColumns, 120)
        Console.output(ExperimentText.render(outcome.report, color: Console.usesColor, columns: columns))
      }
    }
  }

  private func write(_ outcome: ExperimentOutcome, to directory: String) throws {
    var files: [(name: String, bytes: [UInt8])] = []
    if !noPNG { files = try outcome.pictures.map { ($0.name, try $0.render()) } }
    let text = ExperimentText.render(outcome.report, color: false, columns: Console.defaultColumns)
    files.append(("output.txt", Array(text.utf8)))
    let prefix = directory.hasSuffix("/") ? directory : directory + "/"
    try Interruption.deferred {
      try AtomicFile.createDirectory(directory)
      try AtomicFile.write(files.map { AtomicFile.Content(path: prefix + $0.name, bytes: $0.bytes) })
    }
    if !quiet {
      Console.message("wrote \(Counted.files(files.count)) to \(directory): \(files.map(\.name).joined(separator: ", "))")
    }
  }
}
