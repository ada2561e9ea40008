import Foundation
import NetworkGraph
import SignalPropagation
import Synchronization
import TestSupport

/// Small helpers that the engine's tests share.
enum Harness {
  static let repository = Repository.root

  /// Widths after the input, `activation` on all but the last layer.
  static func perceptron(_ input: Int, _ widths: [Int], activation: Activation) throws -> Network {
    try Network(input: .features(input)) {
      for (index, width) in widths.enumerated() {
        Dense(width, activation: index == widths.count - 1 ? .identity : activation)
      }
    }
  }

  /// Runs an audit and returns every tensor that the engine held.
  static func tapped(_ configuration: AuditConfiguration) throws -> (report: AuditReport, tensors: Tensors) {
    let collected = Collected()
    var configuration = configuration
    configuration.tap = { collected.add($0) }
    let report = try Audit(configuration).run()
    return (report, Tensors(copies: collected.all))
  }

  private final class Collected: Sendable {
    private let copies = Mutex<[TensorCopy]>([])
    func add(_ copy: TensorCopy) { copies.withLock { $0.append(copy) } }
    var all: [TensorCopy] { copies.withLock { $0 } }
  }

  struct Tensors {
    var copies: [TensorCopy]

    subscript(_ node: String, _ kind: TensorCopy.Kind, initializer initializer: Int = 0, replica replica: Int = 0)
      -> [Double]
    {
      copies.first { $0.node == node && $0.kind == kind && $0.initializer == initializer && $0.replica == replica }?.values
        ?? []
    }
  }
}

extension LayerResult {
  /// The layer's signals by the kind of tensor that they summarize.
  var signals: [(kind: TensorCopy.Kind, summary: SignalSummary)] {
    [
      (.preactivation, preactivation), (.activation, activation), (.gradient, gradient),
      (.preactivationGradient, preactivationGradient),
    ] + (weightGradient.map { [(.weightGradient, $0)] } ?? [])
  }
}

/// Whether two numbers agree within `relative` of the larger, or within `absolute`.
func agree(_ a: Double, _ b: Double, relative: Double, absolute: Double = 0) -> Bool {
  a == b || abs(a - b) <= max(absolute, relative * max(abs(a), abs(b)))
}
