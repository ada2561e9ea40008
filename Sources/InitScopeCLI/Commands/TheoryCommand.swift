import ArgumentParser
import InitScope

struct TheoryCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "theory",
    abstract: "Predict from theory alone what depth does to signals and gradients in a wide network.",
    usage: "initscope theory --activation <spec> [<options>]",
    discussion: """
      Mean-field theory of one activation at one pair of variances: where the variance settles, whether different inputs \
      become alike or move apart, how gradients grow, how deep a signal reaches, and which weight variance is critical. \
      Without --weight-variance and --bias-variance it takes the pair that it recommends for the activation.

      Weights are drawn with variance X / fan-in, biases with variance Y.
      """)

  @Option(
    help: ArgumentHelp("Activation, such as tanh or leaky_relu(slope=0.2).", valueName: "spec"),
    transform: Activation.init(parsing:))
  var activation: Activation

  // Unconditional, so that a negative number is told from a missing one.
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Variance of a weight times the fan-in (default: the critical one at the bias variance).", valueName: "x"))
  var weightVariance: Double?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Variance of a bias (default: 0; without --weight-variance, that of the recommended pair).", valueName: "y"))
  var biasVariance: Double?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Variance of the first layer's pre-activations. By default the search for q* starts from 1, and the first layers from "
        + "standardized inputs.", valueName: "q"))
  var startingVariance: Double?

  @Flag(help: "Print the activation's moments under N(0, --variance) instead.")
  var moments = false

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Variance of the argument for --moments (default: 1).", valueName: "q"))
  var variance: Double?

  @Flag(help: "Print one JSON document instead of the table.")
  var json = false

  @Option(
    help: ArgumentHelp(
      "Draw a map of chi1 and of the depth scale over both variances, with the line where chi1 is 1.", valueName: "png"),
    completion: .file(extensions: ["png"]))
  var phaseDiagram: String?

  @Option(
    help: ArgumentHelp(
      "Draw how the variance, and the correlation of two inputs, change from one layer to the next.", valueName: "png"),
    completion: .file(extensions: ["png"]))
  var maps: String?

  @Option(
    help: ArgumentHelp("Draw the depth scales against the weight variance.", valueName: "png"),
    completion: .file(extensions: ["png"]))
  var depthScale: String?

  func validate() throws {
    try check(weightVariance, "--weight-variance")
    try check(biasVariance, "--bias-variance")
    try check(startingVariance, "--starting-variance")
    try check(variance, "--variance")
    if moments {
      let options = [
        ("--weight-variance", weightVariance != nil), ("--bias-variance", biasVariance != nil),
        ("--starting-variance", startingVariance != nil),
        ("--phase-diagram", phaseDiagram != nil), ("--maps", maps != nil), ("--depth-scale", depthScale != nil),
      ]
      if let given = options.first(where: \.1)?.0 {
        throw ValidationError("\(given) does not go with --moments, which takes --variance only.")
      }
    } else if variance != nil {
      throw ValidationError(
        "--variance goes with --moments. For the variances of a network give --weight-variance and --bias-variance.")
    }
  }

  /// Theory is tabulated for variances up to 1e18.
  private func check(_ value: Double?, _ name: String) throws {
    if let value, !(value >= 0 && value <= 1e18) {
      throw ValidationError("\(name) must be a number from 0 to 1e18, got \(value).")
    }
  }

  func run() throws {
    Interruption.install()
    try Failure.reporting {
      if moments { try printMoments() } else { try printTheory() }
    }
  }

  private func printMoments() throws {
    let moments = try GaussianMoments(of: activation, variance: variance ?? 1)
    if json {
      Console.output(TheoryJSON.encode(moments, activation: activation.description))
    } else {
      Console.output(MomentsTable(moments, activation: activation.description).text(color: Console.usesColor))
    }
  }

  private func printTheory() throws {
    try Destination.check(
      .file("--phase-diagram", phaseDiagram), .file("--maps", maps), .file("--depth-scale", depthScale))
    let table = try MomentTable(activation)
    let report = try TheoryReport(
      table, weightVariance: weightVariance, biasVariance: biasVariance, startingVariance: startingVariance)
    let pictures = try draw(report, table)
    try Interruption.deferred { try AtomicFile.write(pictures) }
    if json {
      Console.output(TheoryJSON.encode(report))
    } else {
      let columns = Console.columns ?? Console.defaultColumns
      Console.output(
        TheoryTable(report, isDefaultPoint: weightVariance == nil).text(columns: columns, color: Console.usesColor))
      for picture in pictures { Console.message("wrote \(picture.path)") }
    }
  }

  private func draw(_ report: TheoryReport, _ table: MomentTable) throws -> [AtomicFile.Content] {
    let origin = PictureOrigin(software: "initscope \(InitScopeVersion.current)", command: CommandLineText.current)
    var pictures: [AtomicFile.Content] = []
    if let phaseDiagram {
      var figure = try PhaseDiagramFigure(report, table: table)
      if weightVariance == nil { figure.pointTitle = biasVariance == nil ? "the recommended point" : "the critical point" }
      pictures.append(AtomicFile.Content(path: phaseDiagram, bytes: try figure.render(origin)))
    }
    if let maps {
      pictures.append(AtomicFile.Content(path: maps, bytes: try CobwebFigure(report, table: table).render(origin)))
    }
    if let depthScale {
      pictures.append(AtomicFile.Content(path: depthScale, bytes: try DepthScaleFigure(report).render(origin)))
    }
    return pictures
  }
}
