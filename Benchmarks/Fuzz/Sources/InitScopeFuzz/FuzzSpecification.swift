import Foundation
import InitScope

/// Tests specifications as on the command line, and uses those that are legal.
enum FuzzSpecification {
  private static let shapes = [
    WeightShape(outputs: 3, inputs: 5), WeightShape(outputs: 4, inputs: 2, taps: [3, 3], groups: 2),
    WeightShape(outputs: 2, inputs: 7, copies: 4),
  ]

  static func read(_ text: String) {
    for initializer in (try? Initializer.list(parsing: text)) ?? [] {
      for shape in shapes {
        let law = initializer.law(for: shape)
        _ = (law.mean(shape), law.variance(shape), law.rootMeanSquare(shape), law.bounds(shape), law.distribution)
      }
      roundTrip(initializer.description) { try Initializer(parsing: $0).description }
      draw(initializer)
    }
    if let bias = try? Initializer(parsingBias: text) { draw(bias, asBias: true) }
    if let activation = try? Activation(parsing: text) {
      for x in [-Double.infinity, -1e300, -2, 0, 1e-300, 3, 1e30, .infinity] {
        _ = (activation.value(x), activation.derivative(x))
      }
      roundTrip(activation.description) { try Activation(parsing: $0).description }
    }
    if let optimizer = try? Optimizer(parsing: text) {
      roundTrip(optimizer.description) { try Optimizer(parsing: $0).description }
    }
    _ = (try? Schedule(parsing: text), try? Clipping(parsing: text), try? Penalty(parsing: text))
    _ = try? DataSource(parsing: text)
  }

  private static func roundTrip(_ text: String, _ read: (String) throws -> String) {
    guard let again = try? read(text), again == text else { fatalError("\(text) is not read back as itself") }
  }

  /// A tiny audit draws every weight and bias.
  private static func draw(_ initializer: Initializer, asBias: Bool = false) {
    guard
      let network = try? Network(
        input: .features(3),
        {
          Dense(4, activation: .tanh, bias: asBias ? initializer : nil); Residual { Dense(4) }; Dense(2)
        })
    else { return }
    let configuration = AuditConfiguration(
      network: network, initializers: [asBias ? .heNormal : initializer], batch: 2, replicas: 1, threads: 1,
      memoryLimit: 1 << 30, histograms: false)
    _ = try? Audit(configuration).run()
  }
}
