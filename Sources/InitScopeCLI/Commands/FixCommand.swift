import ArgumentParser
import Foundation
import InitScope
import Spelling

struct FixCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fix",
    abstract: "Draw a model's weights anew and write them under the model's own names.",
    usage: "initscope fix [<options>] <model> --output <file>",
    discussion: """
      Takes an ONNX file or a Keras model, draws its weights from --init, and leaves biases, gains and shifts as they \
      are. Without --init it tries the initializers that theory suggests for the model and the usual ones, and takes the \
      first that is expected to train.

      The file's name says what is written: .safetensors or .npz hold every trainable tensor by its name in the state \
      dictionary, in the shape that PyTorch has; .onnx is the same model with other values. Load the first with \
      model.load_state_dict(safetensors.torch.load_file(file), strict=False). For a Keras model it ends in .weights.h5, \
      which model.load_weights(file) reads. Values that are not trained, such as moving means, stay as the model's own file \
      has them.

      Exit status: 0 written, 1 nothing written, since no initializer is expected to train, 2 input could not be read or \
      output not written, 64 usage.
      """)

  @Argument(help: "An ONNX file, or a .keras file.", completion: .file())
  var model: String

  @Option(
    name: .customLong("init"),
    help: ArgumentHelp(
      "The initializer to draw from, such as he_normal or lsuv; file keeps the weights as they are.", valueName: "spec"),
    transform: Initializer.init(parsing:))
  var initializer: Initializer?

  @Option(
    help: ArgumentHelp("Where the weights go: .safetensors, .npz or .onnx; .weights.h5 for Keras.", valueName: "file"),
    completion: .file())
  var output: String

  @Option(
    help: ArgumentHelp(
      "An .npz file with one array per input of the model, for initializers that look at data (default: drawn).",
      valueName: "file"),
    completion: .file())
  var input: String?

  @Option(
    help: ArgumentHelp(
      "Weights to use in place of the file's own, by name: safetensors, a PyTorch archive or .npz; for Keras .weights.h5.",
      valueName: "file"),
    completion: .file())
  var weights: String?

  @OptionGroup var options: ModelArguments

  @OptionGroup var computing: RunArguments

  @Flag(help: "Print nothing where all went well.")
  var quiet = false

  func validate() throws {
    try OptionChecks.notEmpty(weights, "--weights")
    try OptionChecks.notEmpty(input, "--input")
    if options.everyValue { throw ValidationError("--every-value measures, and fix draws. Leave it out.") }
    guard WeightWriter.Format(path: output) != nil || isHDF5 else {
      throw ValidationError(
        "--output must end in .safetensors, .npz or .onnx, or in .weights.h5 for a Keras model, got "
          + "'\(TerminalText.safe(output))'.")
    }
  }

  func run() throws {
    Interruption.install()
    try Failure.reporting {
      try Destination.check(.file("--output", output))
      if !ModelTensorFile.isModel(model), ModelFile.isGraph(path: model, always: true) { return try fixKeras() }
      guard let format = WeightWriter.Format(path: output) else {
        throw ValidationError(
          "\(TerminalText.safe(model)) is no Keras model, whose weights alone are written as .weights.h5.")
      }
      guard ModelTensorFile.isModel(model) || !FileManager.default.fileExists(atPath: model) else {
        throw ImportError(
          path: model, "is neither an ONNX file nor a Keras model, into which fix draws weights",
          hint: "Export the model: torch.onnx.export(model, args, \"model.onnx\", dynamo=True, optimize=False), or in Keras "
            + "model.save(\"model.keras\")")
      }
      let (graph, arrays) = try options.model(path: model, input: input, weights: weights)
      var configuration = try AuditConfiguration(
        model: graph, initializers: [initializer ?? .file], seed: computing.seed ?? 0,
        threads: computing.threadCount)
      configuration.memoryLimit = computing.memory?.bytes
      configuration.graphArrays = arrays
      if initializer == nil { configuration.initializers = [try recommended(configuration, besideFile: true)] }
      if !quiet { for note in configuration.notes { Console.message(note) } }
      guard let tensors = try configuration.drawnTensors() else { return }
      guard configuration.initializers[0] == .file || tensors.contains(where: \.isNew) else {
        throw ImportError(
          path: model,
          "has no weight that an initializer draws: none of its trainable tensors is the weight of a product or convolution",
          hint: "Export the model with optimize=False, which keeps its weights apart")
      }
      let writer = WeightWriter(tensors, of: model)
      // A large file takes a while; an interruption leaves nothing of it.
      let paths = try writer.write(to: output, as: format)
      guard !quiet else { return }
      let drawn = configuration.initializers[0], count = tensors.count(where: \.isNew)
      Console.message(
        (drawn == .file
          ? "took \(tensors.count) tensors as they are"
          : "drew \(count) of \(tensors.count) tensors from \(drawn), seed \(computing.seed ?? 0)")
          + "; wrote \(paths.joined(separator: " and "))")
      judge(configuration)
      if format != .onnx, !writer.leftOut.isEmpty {
        Console.message(
          "Left out, since the export computed them from several tensors or does not tell their names: "
            + "\(writer.leftOut.joined(separator: ", ")). Export the model with optimize=False.")
      }
    }
  }

  private var isHDF5: Bool { output.lowercased().hasSuffix(".h5") }

  /// Draws the weights of a Keras model and writes them beside what else its file of weights holds.
  private func fixKeras() throws {
    guard isHDF5 else {
      throw ValidationError(
        "The weights of a Keras model go to a file that ends in .weights.h5, which model.load_weights reads.")
    }
    var (graph, arrays) = try options.model(path: model, input: input, weights: weights, needsWeights: true)
    if initializer != .keras {
      // Biases, gains and shifts stay as the file has them.
      for place in graph.graph.parameters.indices where graph.graph.parameters[place].role != .weight {
        graph.graph.parameters[place].declared = nil
      }
    }
    var configuration = try AuditConfiguration(
      model: graph, initializers: [initializer ?? .file], seed: computing.seed ?? 0, threads: computing.threadCount)
    configuration.memoryLimit = computing.memory?.bytes
    configuration.graphArrays = arrays
    if initializer == nil { configuration.initializers = [try recommended(configuration)] }
    if !quiet { for note in configuration.notes { Console.message(note) } }
    guard let tensors = try configuration.drawnTensors() else { return }
    let contents = try ModelFile.weightArrays(
      try ModelFile.graph(path: model), replacing: tensors.map(\.values), path: weights)
    let file = try HDF5Writer(
      contents.map { array in
        let elements: HDF5Writer.Array.Elements =
          switch array.values {
          case .floats(let values): .floats(values)
          case .integers(let values): .integers(values)
          }
        return HDF5Writer.Array(path: array.path, shape: array.shape, elements: elements)
      })
    try AtomicFile.write(file.bytes(), to: output)
    guard !quiet else { return }
    let drawn = configuration.initializers[0], count = tensors.count(where: \.isNew)
    Console.message(
      (drawn == .file
        ? "took \(tensors.count) tensors as they are"
        : "drew \(count) of \(tensors.count) tensors from \(drawn), seed \(computing.seed ?? 0)") + "; wrote \(output)")
    judge(configuration)
  }

  /// Says whether the model is expected to train with what a given --init drew; nothing where it gets no verdict.
  private func judge(_ configuration: AuditConfiguration) {
    // The weights are written by now: what fails here must not look as if they were not.
    guard let initializer, initializer != .file, configuration.verdictRefusal == nil,
      let verdict = try? trial([initializer], configuration, "judging \(initializer)").runs.first?.verdict
    else { return }
    switch verdict.trains {
    case true: Console.message("With these weights the model is expected to train.")
    case false:
      Console.message(
        "With these weights the model is not expected to train: \(verdict.status.rawValue). Without --init "
          + "this command looks for others.")
    default: Console.message("Whether the model trains with these weights is not known. See initscope audit.")
    }
  }

  /// The initializers that are usual for every network, tried behind those that theory suggests.
  private static let usual: [Initializer] = [.heNormal, .glorotUniform, .lecunNormal]

  /// The first of the initializers that theory suggests, or that are usual, which is expected to train.
  ///
  /// - Parameters:
  ///   - configuration: The audit of the model.
  ///   - besideFile: Whether to look at the file's own weights, too, and to say where they need no fix.
  private func recommended(_ configuration: AuditConfiguration, besideFile: Bool = false) throws -> Initializer {
    if let reason = configuration.verdictRefusal {
      Console.message("Error: \(reason) Say with --init which initializer to draw from.")
      throw Failure.unreadable
    }
    let suggested = configuration.suggestedInitializers
    let candidates = suggested + Self.usual.filter { !suggested.contains($0) && configuration.network.takes($0) }
    let report = try trial((besideFile ? [.file] : []) + candidates, configuration, "trying initializers")
    let words = report.runs.map { run in
      "\(run.initializer): \(run.verdict?.trains.map { $0 ? "expected to train" : "not expected to train" } ?? "not known")"
    }
    if !quiet { Console.message(words.joined(separator: "; ")) }
    let verdicts = report.runs.suffix(candidates.count).map { $0.verdict?.trains }
    guard let place = verdicts.firstIndex(of: true) else {
      Console.message(
        (verdicts.allSatisfy { $0 == false }
          ? "With none of these is the model expected to train; nothing was written. "
          : "For none of these is it sure that the model trains; nothing was written. ")
          + "See initscope audit, or say with --init which initializer to draw from.")
      throw ExitCode(1)
    }
    if besideFile, report.runs.first?.verdict?.trains == true, !quiet {
      Console.message(
        "The model is expected to train as it is: nothing needs fixing. New weights are drawn from \(candidates[place]) all "
          + "the same.")
    }
    return candidates[place]
  }

  /// Audits the model with some initializers, as fast as a verdict allows.
  private func trial(
    _ initializers: [Initializer], _ configuration: AuditConfiguration, _ words: String
  ) throws -> AuditReport {
    var trial = configuration
    trial.initializers = initializers
    trial.replicas = 3
    trial.histograms = false
    let progress = ProgressLine(words, quiet: quiet)
    defer { progress.finish() }
    let tool = AuditReport.Tool(name: "initscope", version: InitScopeVersion.current, command: CommandLineText.current)
    return try Audit(trial).diagnose(tool: tool, recommends: false, progress: progress.update)
  }
}
