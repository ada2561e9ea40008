import ArgumentParser
import InitScope
import NumberText

struct DescribeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "describe", abstract: "Print a network's layers, with shapes, parameters, fan-in and fan-out.",
    usage: "initscope describe [<options>] [<network>]")

  @OptionGroup var network: NetworkArguments

  @OptionGroup var model: ModelArguments

  func validate() throws {
    if model.everyValue { throw ValidationError("--every-value measures, and describe does not. Leave it out.") }
  }

  func run() throws {
    try Failure.reporting {
      let (network, parameters) = try described()
      let table = TextTable.fitting(Console.columns ?? .max, Layout.all) { Self.table(network, $0) }
      Console.output(
        "\(network.name): input \(network.input), output \(network.output), "
          + "\(groupedNumber(parameters)) parameters\n\n" + table.render(color: Console.usesColor))
    }
  }

  /// The network, or the layers that were found in an ONNX file's graph, and the number of parameters.
  private func described() throws -> (network: Network, parameters: Int) {
    guard let path = model.graphPath(network) else {
      if model.isGiven {
        throw ValidationError(
          "--dim, --batch-norm and --every-value apply to models that run as a graph: ONNX files, and some of Keras.")
      }
      let file = network.isFile ? try network.model() : nil
      ModelNotes.say(file)
      let own = try file?.network ?? network.load(shape: nil)
      return (own, own.parameterCount)
    }
    let model = try model.model(path: path, input: nil, weights: nil).model
    for note in model.notes { Console.message(note) }
    // Tied tensors count once, though two layers have them.
    return (try AuditConfiguration(model: model).network, model.graph.parameterCount)
  }

  /// How much room the table takes.
  private struct Layout {
    var gap: Int
    var name = Int.max
    var kind = Int.max
    /// Whether inputs are named; else they go by the numbers of their rows.
    var namesInputs = false
    var parameters = true

    // A pipe gets every name in full, and as many inputs as a line shows.
    static let all = [
      Layout(gap: 2, namesInputs: true), Layout(gap: 2), Layout(gap: 2, name: 24), Layout(gap: 2, name: 16),
      Layout(gap: 1, name: 16), Layout(gap: 1, name: 16, parameters: false), Layout(gap: 1, name: 12, parameters: false),
      Layout(gap: 1, name: 12, kind: 9, parameters: false),
    ]
  }

  /// Inputs that are told, at most: every row of a table is as wide as its widest.
  private static let mostInputs = 8
  private static let mostNumbers = 3

  private static func text(of inputs: [String]) -> String {
    let named = inputs.prefix(mostInputs).joined(separator: " + ")
    return inputs.count > mostInputs ? "\(named) + \(inputs.count - mostInputs) more" : named
  }

  /// `3, 7`: the rows of the layers that are read; what is no layer keeps its name.
  private static func numbers(of inputs: [String], _ places: [String: Int]) -> String {
    let numbers = inputs.prefix(mostNumbers).map { input in places[input].map { "\($0 + 1)" } ?? input }
    return numbers.joined(separator: ", ") + (inputs.count > mostNumbers ? ", …" : "")
  }

  private static func table(_ network: Network, _ layout: Layout) -> TextTable {
    let parameters: [TextTable.Column] = layout.parameters ? [.init("parameters")] : []
    var table = TextTable(
      [.init("#"), .init("layer", .left), .init("kind", .left), .init("inputs", .left), .init("output")] + parameters
        + [.init("fan in"), .init("fan out"), .init("activation", .left)])
    table.gap = layout.gap
    let places = Dictionary(network.nodes.enumerated().map { ($1.name, $0) }) { first, _ in first }
    let names = LayerNames(network.nodes.map(\.name), width: layout.name)
    for (index, node) in network.nodes.enumerated() {
      let fans = node.layer.weightShape(from: node.inputShapes)?.fans
      let name = names.lines[index]
      if let heading = name.heading { table.add(remark: heading) }
      let activation = node.layer.activationText.flatMap { $0 == Activation.identity.description ? nil : $0 }
      var cells: [TextTable.Cell] = [
        .init("\(index + 1)"), .init(name.text), .init(TextTable.fit(node.layer.kind, layout.kind)),
        .init(layout.namesInputs ? text(of: node.inputs) : numbers(of: node.inputs, places)),
        .init(node.shape.description),
      ]
      if layout.parameters { cells.append(.init(groupedNumber(node.parameterCount))) }
      cells += [
        .init(fans.map { "\($0.fanIn)" } ?? "-"), .init(fans.map { "\($0.fanOut)" } ?? "-"),
        .init(activation.map { TextTable.fit($0, layout.name) } ?? "-"),
      ]
      table.add(cells)
    }
    return table
  }
}
