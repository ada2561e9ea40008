import Foundation
import InitScope

/// A command line with the files that it reads, valid or nearly so; sometimes two, of which the second reads what the first
/// wrote.
struct RandomCommand {
  var files: [String: Data] = [:]
  /// Arguments of each command, its name first.
  var steps: [[String]] = []

  init(seed: UInt64) {
    var dice = Dice(seed: seed)
    switch dice.whole(0...99) {
    case 0...39: steps = [["audit"] + audit(&dice, checks: false)]
    case 40...59: check(&dice)
    case 60...75: train(&dice)
    case 76...87: steps = [theory(&dice)]
    case 88...95: steps = [["describe"] + network(&dice, outputs: nil).arguments]
    case 96...97:
      steps = [["list"] + dice.pick([[], ["initializers"], ["activations"], ["layers"], ["presets"], ["data"], ["rules"]])]
    case 98: steps = [["explain"] + dice.pick([[]] + RuleCatalogue.rules.map { [type(of: $0).name] })]
    default: steps = [["reproduce", "--list"]]
    }
    if dice.chance(0.12) { misprint(&dice) }
  }

  /// Numbers that no option, field or key can mean, in place of one that it could.
  private static let oddNumbers = [
    "-1", "0", "nan", "inf", "-inf", "1e308", "-1e308", "1e-320", "9223372036854775807", "-9223372036854775808",
    "184467440737095516160", "1e999", "0x10", "1_000", "",
  ]

  /// Replaces a number on the command line or in one of the YAML files.
  private mutating func misprint(_ dice: inout Dice) {
    let odd = dice.pick(Self.oddNumbers)
    if dice.chance(0.5), let name = files.keys.sorted().first(where: { $0.hasSuffix(".yaml") }), let data = files[name] {
      let text = String(decoding: data, as: UTF8.self), places = text.ranges(of: /[0-9][0-9.e+\-]*/)
      guard !places.isEmpty else { return }
      files[name] = Data(text.replacingCharacters(in: dice.pick(places), with: odd).utf8)
    } else {
      for step in steps.indices {
        let places = steps[step].indices.filter { steps[step][$0].first?.isNumber ?? false }
        guard !places.isEmpty else { continue }
        steps[step][dice.pick(places)] = odd
      }
    }
  }

  // MARK: Networks

  private struct Chosen {
    var arguments: [String]
    /// Of one sample.
    var input: [Int]
    var vocabulary: Int?
    /// For a bounds file: the file or preset, and its options.
    var name: String
    var options: [String: String] = [:]
  }

  private mutating func network(_ dice: inout Dice, outputs: Int?) -> Chosen {
    if dice.chance(0.55) {
      let network = RandomNetwork(&dice, outputs: outputs)
      files["network.yaml"] = Data(network.text.utf8)
      return Chosen(
        arguments: ["network.yaml"], input: network.input, vocabulary: network.vocabulary, name: "network.yaml")
    }
    let large = dice.chance(0.2) ? ["imdb-rnn", "cifar-cnn"] : []
    let preset = dice.pick(
      ["mlp", "mlp", "mlp", "mlp", "resnet-mlp", "resnet-mlp", "transformer-block", "lenet"] + large)
    guard let entry = Preset.named(preset) else {
      return Chosen(arguments: [preset], input: [1], vocabulary: nil, name: preset)
    }
    let width = dice.pick([1, 2, 4, 8, 12, 32]), inputs = dice.whole(1...9)
    let values: [(name: PresetOptions.Name, value: String, probability: Double)] = [
      (.activation, RandomSpecification.activation(&dice), 0.6), (.depth, "\(dice.whole(1...5))", 1),
      (.width, "\(width)", 1),
      (.inputs, "\(inputs)", 0.9), (.outputs, "\(outputs ?? dice.pick([1, 2, 3, 10]))", 0.9),
      (.outputInitializer, RandomSpecification.layerInitializer(&dice), 0.2),
      (.biasStandardDeviation, "\(RandomSpecification.number(in: 0...1e100, standard: 0.1, &dice))", 0.3),
      (.residual, "true", 0.3), (.normalization, dice.pick(["none", "batch", "layer"]), 0.3), (.branchGain, "true", 0.2),
    ]
    var options: [String: String] = [:], arguments: [String] = []
    // Without this, one command in many only finds out that --branch-gain wants --residual.
    var isResidual = preset != "mlp"
    for (name, value, probability) in values where entry.options.contains(name) && dice.chance(probability) {
      if name == .branchGain, !isResidual, dice.chance(0.9) { continue }
      if name == .residual { isResidual = true }
      options[name.rawValue] = value
      arguments += name.isFlag ? ["--\(name.rawValue)"] : ["--\(name.rawValue)", value]
    }
    let input: [Int]
    switch preset {
    case "lenet": input = [1, 28, 28]
    case "cifar-cnn": input = [3, 32, 32]
    case "imdb-rnn": input = [200]
    case "transformer-block": input = [32, width]
    default: input = [options["inputs"] == nil ? width : inputs]
    }
    return Chosen(
      arguments: [preset] + arguments, input: input, vocabulary: preset == "imdb-rnn" ? 10_000 : nil, name: preset,
      options: options)
  }

  // MARK: Commands

  /// What `audit` and `check` share.
  private mutating func sampling(_ dice: inout Dice, _ network: Chosen) -> [String] {
    var words: [String] = []
    var isLabelled = false
    if dice.chance(0.45) {
      isLabelled = dice.chance(0.5)
      let data = RandomData(&dice, shape: network.input, vocabulary: network.vocabulary, outputs: isLabelled ? 5 : nil)
      files.merge(data.files) { $1 }
      words += ["--input", data.source]
    }
    let isSmall = network.input.reduce(1, *) < 700
    words += ["--batch", "\(dice.chance(0.08) ? 1 : dice.whole(2...(isSmall ? 24 : 4)))", "--seeds", "\(dice.whole(1...3))"]
    if dice.chance(0.3) { words += ["--seed", dice.pick(["1", "77", "18446744073709551615"])] }
    if dice.chance(0.2) { words += ["--threads", "\(dice.pick([1, 2, 3, 64]))"] }
    if dice.chance(0.2) { words += ["--scaling", dice.pick(Scaling.allCases.map(\.rawValue))] }
    if isLabelled, dice.chance(0.6) { words += ["--backward", dice.pick(BackwardSource.allCases.map(\.rawValue))] }
    if dice.chance(0.08) { words += ["--memory", dice.pick(["1M", "3M", "64M", "1.5G", "2T"])] }
    return words
  }

  private mutating func audit(_ dice: inout Dice, checks: Bool) -> [String] {
    let network = network(&dice, outputs: nil)
    var words = network.arguments + ["--init", RandomSpecification.initializers(&dice)] + sampling(&dice, network)
    if dice.chance(0.7) { words.append("--json") }
    if dice.chance(0.12) { words += ["--output", "out"] } else { words.append("--no-png") }
    if dice.chance(0.1) { words += ["--csv", "moments.csv"] }
    if dice.chance(0.2) { words.append("--strict") }
    if dice.chance(0.1) { words.append("--quiet") }
    return words
  }

  private mutating func check(_ dice: inout Dice) {
    let network = network(&dice, outputs: nil)
    let sampling = sampling(&dice, network)
    let initializer = ["--init", RandomSpecification.initializer(&dice)]
    var outputs: [String] = dice.chance(0.5) ? ["--json"] : []
    for (name, file) in [("--junit", "j.xml"), ("--sarif", "s.json"), ("--markdown", "m.md")] where dice.chance(0.1) {
      outputs += [name, file]
    }
    switch dice.whole(0...3) {
    case 0: steps = [["check"] + network.arguments + initializer + sampling + outputs]
    case 1:
      // Bounds around a state, then another seed against them.
      steps = [
        ["check"] + network.arguments + initializer + sampling + ["--init-bounds", "bounds.yaml"],
        ["check"] + ["--bounds", "bounds.yaml", "--seed", "5"] + outputs,
      ]
    case 2:
      steps = [
        ["audit"] + network.arguments + initializer + sampling + ["--no-png", "--quiet", "--output", "out"],
        ["check"] + network.arguments + initializer + sampling + ["--baseline", "out/audit.json"] + outputs,
      ]
    default:
      let isNamed = dice.chance(0.5)
      files["bounds.yaml"] = Data(
        RandomBounds.text(&dice, network: isNamed ? network.name : nil, options: isNamed ? network.options : [:]).utf8)
      let own = dice.chance(0.6) ? initializer : []
      steps = [["check"] + (isNamed ? [] : network.arguments) + own + sampling + ["--bounds", "bounds.yaml"] + outputs]
    }
  }

  private mutating func train(_ dice: inout Dice) {
    let outputs = dice.pick([1, 2, 3, 5])
    let network = network(&dice, outputs: outputs)
    let data = RandomData(&dice, shape: network.input, vocabulary: network.vocabulary, outputs: outputs)
    files.merge(data.files) { $1 }
    var words = ["train"] + network.arguments + ["--data", data.source, "--init", RandomSpecification.initializers(&dice)]
    words += ["--seeds", "\(dice.whole(1...2))", "--steps-per-epoch", "\(dice.whole(1...4))"]
    words += ["--batch", "\(dice.pick([1, 2, 8, 33]))"]
    if dice.chance(0.7) { words += ["--optimizer", RandomSpecification.choice(Optimizer.self, &dice)] }
    if dice.chance(0.3) { words += ["--schedule", RandomSpecification.choice(Schedule.self, &dice)] }
    if dice.chance(0.3) { words += ["--clip", RandomSpecification.choice(Clipping.self, &dice)] }
    if dice.chance(0.3) { words += ["--penalty", RandomSpecification.choice(Penalty.self, &dice)] }
    if dice.chance(0.3) { words += ["--loss", dice.pick(Loss.allCases.map(\.rawValue))] }
    if dice.chance(0.4) { words += ["--validation", dice.pick(["0", "1", "2", "0.3", "0.3", "0.99"])] }
    if dice.chance(0.2) { words += ["--target", dice.pick(["0.1", "1", "1e-300"])] }
    if dice.chance(0.2) { words += ["--scaling", dice.pick(Scaling.allCases.map(\.rawValue))] }
    if dice.chance(0.6) { words.append("--json") }
    if dice.chance(0.1) { words += ["--output", "out"] } else { words.append("--no-png") }
    if dice.chance(0.1) { words += ["--csv", "epochs.csv"] }
    if dice.chance(0.2) { words.append("--no-verdict") }
    if dice.chance(0.15) {
      words += ["--checkpoint", "runs"]
      steps = [words + ["--epochs", "1"], words + ["--epochs", "2"]]
    } else {
      steps = [words + ["--epochs", "\(dice.whole(1...2))"]]
    }
  }

  private func theory(_ dice: inout Dice) -> [String] {
    var words = ["theory", "--activation", RandomSpecification.activation(&dice)]
    func variance(_ dice: inout Dice) -> String { "\(RandomSpecification.number(in: 0...1e18, standard: 1, &dice))" }
    if dice.chance(0.3) {
      words += ["--moments"]
      if dice.chance(0.8) { words += ["--variance", variance(&dice)] }
    } else {
      if dice.chance(0.6) { words += ["--weight-variance", variance(&dice)] }
      if dice.chance(0.4) { words += ["--bias-variance", variance(&dice)] }
      if dice.chance(0.3) { words += ["--starting-variance", variance(&dice)] }
      for (name, file) in [("--phase-diagram", "p.png"), ("--maps", "m.png"), ("--depth-scale", "d.png")]
      where dice.chance(0.1) {
        words += [name, file]
      }
    }
    if dice.chance(0.7) { words.append("--json") }
    return words
  }
}
