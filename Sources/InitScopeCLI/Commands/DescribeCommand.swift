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
      // A pipe gets every name in full, and as many inputs as a line shows.
      let layouts = [
        (gap: 2, name: Int.max, kind: Int.max), (gap: 2, name: 24, kind: .max), (gap: 2, name: 16, kind: .max),
        (gap: 1, name: 16, kind: .max), (gap: 1, name: 10, kind: .max), (gap: 1, name: 12, kind: 9),
      ]
      let table = TextTable.fitting(Console.columns ?? .max, layouts) {
        Self.table(network, gap: $0.gap, nameWidth: $0.name, kindWidth: $0.kind)
      }
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

  /// Inputs that are named, at most: every row of a table is as wide as its widest.
  private static let mostInputs = 8

  private static func text(of inputs: [String]) -> String {
    let named = inputs.prefix(mostInputs).joined(separator: " + ")
    return inputs.count > mostInputs ? "\(named) + \(inputs.count - mostInputs) more" : named
  }

  private static func table(_ network: Network, gap: Int, nameWidth: Int, kindWidth: Int) -> TextTable {
    var table = TextTable([
      .init("#"), .init("layer", .left), .init("kind", .left), .init("inputs", .left), .init("output"), .init("parameters"),
      .init("fan in"), .init("fan out"), .init("activation", .left),
    ])
    table.gap = gap
    for (index, node) in network.nodes.enumerated() {
      let fans = node.layer.weightShape(from: node.inputShapes)?.fans
      let inputs = TextTable.fit(
        Self.text(of: node.inputs), nameWidth == .max ? .max : kindWidth == .max ? nameWidth + 6 : kindWidth)
      table.add([
        .init("\(index + 1)"), .init(TextTable.fit(path: node.name, nameWidth)),
        .init(TextTable.fit(node.layer.kind, kindWidth)),
        .init(inputs), .init(node.shape.description), .init(groupedNumber(node.parameterCount)),
        .init(fans.map { "\($0.fanIn)" } ?? "-"), .init(fans.map { "\($0.fanOut)" } ?? "-"),
        .init(TextTable.fit(node.layer.activationText ?? "-", nameWidth)),
      ])
    }
    return table
  }
}
