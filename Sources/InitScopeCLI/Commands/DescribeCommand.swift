import ArgumentParser
import InitScope

struct DescribeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "describe", abstract: "Print a network's layers, shapes, parameters and fans.")

  @OptionGroup var network: NetworkArguments

  func run() throws {
    try Failure.reporting {
      let network = try network.load(features: nil)
      var table = TextTable([
        .init("#"), .init("layer", .left), .init("kind", .left), .init("inputs", .left), .init("output"), .init("parameters"),
        .init("fan in"), .init("fan out"), .init("activation", .left),
      ])
      for (index, node) in network.nodes.enumerated() {
        let fans = node.layer.weightShape(from: node.inputShapes)?.fans
        table.add([
          .init("\(index + 1)"), .init(node.name), .init(node.layer.kind), .init(node.inputs.joined(separator: " + ")),
          .init(node.shape.description), .init(NumberFormat.grouped(node.parameterCount)),
          .init(fans.map { "\($0.fanIn)" } ?? "-"), .init(fans.map { "\($0.fanOut)" } ?? "-"),
          .init(node.layer.activation.description),
        ])
      }
      Console.output(
        "\(network.name): input \(network.input), output \(network.output), "
          + "\(NumberFormat.grouped(network.parameterCount)) parameters\n\n" + table.render(color: Console.usesColor))
    }
  }
}
