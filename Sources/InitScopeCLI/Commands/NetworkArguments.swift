import ArgumentParser
import Foundation
import InitScope
import Spelling

/// The network that a command works on: a file, or a preset with its sizes.
struct NetworkArguments: ParsableArguments {
  @Argument(
    help: ArgumentHelp(
      "\(CommandName.isTrain ? "A" : "An ONNX file, a") Keras model (.keras, or the JSON of model.to_json()), a network "
        + "file in YAML, - for standard input, or a preset's name. (default: mlp)"), completion: .file())
  var network: String?

  /// The file or preset: what was given, else the default preset.
  var name: String { network ?? "mlp" }

  @Option(
    help: ArgumentHelp(
      "Activation of the preset's hidden layers, such as tanh or leaky_relu(slope=0.2) (default: relu).", valueName: "spec"),
    transform: Activation.init(parsing:))
  var activation: Activation?

  // Unconditional, so that a negative number is told from a missing one.
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Number of hidden layers of the preset (default: \(CommandName.isTrain ? "2" : "20; for transformer-block 4")).",
      valueName: "n"))
  var depth: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Units of each hidden layer of the preset (default: "
        + "\(CommandName.isTrain ? "64" : "256; for transformer-block 128")).",
      valueName: "n"))
  var width: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Inputs of the preset (default: as many as the data has features, else --width).", valueName: "n"))
  var inputs: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Outputs of the preset (default: "
        + "\(CommandName.isTrain ? "" : "10; with a loss, ")as many as the data has classes or targets).",
      valueName: "n"))
  var outputs: Int?

  @Option(
    help: ArgumentHelp("Initializer of the preset's output weights (default: as --init).", valueName: "spec"),
    transform: Initializer.init(parsing:))
  var outputInit: Initializer?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Draw the biases of the preset's hidden layers from a normal distribution of deviation x.", valueName: "x"))
  var biasStd: Double?

  @Flag(help: "Add a skip around every hidden layer of mlp but the first: h + f(norm(Wh + b)).")
  var residual = false

  @Option(help: "Normalize each hidden layer's pre-activations: none, batch or layer (default: none).")
  var norm: PresetOptions.Normalizing?

  @Flag(
    help: "Multiply each residual branch of the preset by a learnable number. It starts at 1; with --init skipinit, at 0.")
  var branchGain = false

  func validate() throws {
    try OptionChecks.range(depth, "--depth", PresetOptions.depthRange)
    try OptionChecks.range(width, "--width", PresetOptions.sizeRange)
    try OptionChecks.range(inputs, "--inputs", PresetOptions.sizeRange)
    try OptionChecks.range(outputs, "--outputs", PresetOptions.sizeRange)
    if let biasStd {
      do {
        _ = try Initializer(parsing: "normal(std=\(biasStd))")
      } catch {
        throw ValidationError("--bias-std must be 0, or a number from 1e-100 to 1e100, got \(biasStd).")
      }
    }
    let options: [(PresetOptions.Name, Bool)] = [
      (.activation, activation != nil), (.depth, depth != nil), (.width, width != nil), (.inputs, inputs != nil),
      (.outputs, outputs != nil), (.outputInitializer, outputInit != nil), (.biasStandardDeviation, biasStd != nil),
      (.residual, residual), (.normalization, norm != nil), (.branchGain, branchGain),
    ]
    if let preset = Preset.named(name) {
      if let option = options.first(where: { $0.1 && !preset.options.contains($0.0) })?.0 {
        let known = PresetOptions.Name.allCases.filter(preset.options.contains).map { "--" + $0.rawValue }
        throw ValidationError(
          "--\(option.rawValue) does not apply to the preset \(preset.name), which takes \(known.joined(separator: ", ")).")
      }
      if branchGain, preset.options.contains(.residual), !residual {
        throw ValidationError("--branch-gain multiplies residual branches: give --residual, too.")
      }
    } else if let option = options.first(where: \.1)?.0 {
      throw ValidationError("--\(option.rawValue) applies to presets only. Give it in the file '\(name)' instead.")
    }
    if let outputInit, outputInit.entry.isOfWholeNetwork {
      throw ValidationError("\(outputInit) looks at the whole network and cannot fill one layer. Give it to --init.")
    }
  }

  /// How a preset is audited where nothing is said; for a file as for `mlp`.
  var auditDefaults: Preset.Defaults { Preset.named(name)?.defaults ?? Preset.Defaults() }

  /// Whether a file, or standard input, describes the network.
  var isFile: Bool { Preset.named(name) == nil }

  /// What was given of a preset's options, as on the command line.
  var given: [(name: PresetOptions.Name, value: String)] {
    let all: [(PresetOptions.Name, String?)] = [
      (.activation, activation?.description), (.depth, depth.map { "\($0)" }), (.width, width.map { "\($0)" }),
      (.inputs, inputs.map { "\($0)" }), (.outputs, outputs.map { "\($0)" }), (.outputInitializer, outputInit?.description),
      (.biasStandardDeviation, biasStd.map { "\($0)" }), (.residual, residual ? "true" : nil),
      (.normalization, norm?.rawValue), (.branchGain, branchGain ? "true" : nil),
    ]
    return all.compactMap { name, value in value.map { (name, $0) } }
  }

  /// The same with what a file says where nothing was given.
  ///
  /// - Throws: ArgumentParser's errors, as for the command line.
  func completed(options: [(name: PresetOptions.Name, value: String)]) throws -> NetworkArguments {
    let own = Set(given.map(\.name))
    let all = given + options.filter { !own.contains($0.name) }
    let words = all.flatMap { name, value in
      name.isFlag ? (value == "true" ? ["--\(name.rawValue)"] : []) : ["--\(name.rawValue)", value]
    }
    return try NetworkArguments.parse(words + [name])
  }

  /// The network that a file describes, with what is to be said of it.
  func model() throws -> ModelFile {
    if name != "-", !name.contains("/"), !name.contains("."), !FileManager.default.fileExists(atPath: name) {
      let nearest = nearestName(to: name, among: Preset.all.map(\.name)).map { "Did you mean '\($0)'? " } ?? ""
      throw NetworkFileError(
        path: name, "is neither a file nor a preset",
        hint: "\(nearest)Presets: \(Preset.all.map(\.name).joined(separator: ", "))")
    }
    if name != "-", ModelTensorFile.isModel(name) {
      throw NetworkFileError(
        path: name, "is an ONNX model, and only audit, check, describe, fix and weights take those",
        hint: "`initscope audit \(name)` shows what its initialization does. To train a network, write its layers in YAML "
          + "(`initscope list layers` names them) or save it from Keras")
    }
    return try ModelFile.read(path: name)
  }

  /// The network; a preset's input fits the samples' shape where `--inputs` does not say otherwise.
  ///
  /// - Parameters:
  ///   - defaults: Depth and width where no option gives them; nil for the preset's own.
  ///   - answers: Outputs where no option gives them: what the data have.
  func load(shape: [Int]?, defaults: (depth: Int, width: Int)? = nil, answers: Int? = nil) throws -> Network {
    guard let preset = Preset.named(name) else { return try model().network }
    var options = PresetOptions()
    options.activation = activation ?? options.activation
    options.depth = depth ?? defaults?.depth ?? preset.defaults.depth
    options.width = width ?? defaults?.width ?? preset.defaults.width
    options.inputs = inputs ?? shape.map { $0.reduce(1, *) } ?? options.width
    options.image = shape.flatMap { $0.count == 3 ? try? Shape(dimensions: $0) : nil }
    options.tokens = shape.flatMap { $0.count == 1 ? $0[0] : nil }
    options.residual = residual
    options.branchGain = branchGain
    options.normalization = norm ?? .none
    options.outputs = outputs ?? answers ?? options.outputs
    options.biasStandardDeviation = biasStd ?? 0
    options.outputInitializer = outputInit
    return try preset.make(options)
  }
}

extension PresetOptions.Normalizing: ExpressibleByArgument {}
