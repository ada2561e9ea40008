import Foundation
import InitScope

/// Tests networks and bounds from text, and uses small ones as the commands do.
enum FuzzNetwork {
  static func read(_ text: String) {
    guard let network = try? NetworkYAML.read(text, path: "network.yaml") else { return }
    audit(network, [.heNormal], GateBounds.automatic)
  }

  /// Tests a configuration of Keras, and uses a small network of it; weights are put in place from arrays of the right size.
  static func readKeras(_ bytes: [UInt8]) {
    guard let model = try? KerasModel(configuration: bytes, path: "model.json") else { return }
    let network = model.network
    for weight in model.weights where weight.count < 1 << 16 {
      _ = weight.values(from: [Float](repeating: 1, count: weight.shape.reduce(1, *)))
    }
    for initializer in [Initializer.keras, .heNormal, .orthogonal] {
      guard let assignment = try? InitializerAssignment(initializer: initializer, network: network) else { continue }
      for node in network.nodes { for tensor in node.parameters { _ = assignment.law(for: tensor, of: node.name) } }
    }
    audit(network, [.keras, .heNormal], GateBounds.automatic)
  }

  static func readBounds(_ text: String) {
    guard let file = try? BoundsFile.read(text, path: "bounds.yaml") else { return }
    // A preset with the file's options, as far as they are numbers here; the command's own parser reads the others.
    var sizes = PresetOptions(depth: 2, width: 4, inputs: 3, outputs: 2)
    for (name, value) in file.options {
      switch name {
      case .depth: sizes.depth = min(3, max(1, Int(value) ?? 2))
      case .activation: sizes.activation = (try? Activation(parsing: value)) ?? sizes.activation
      case .outputInitializer: sizes.outputInitializer = try? Initializer(parsing: value)
      default: break
      }
    }
    let preset = file.network.flatMap(Preset.named) ?? .mlp
    guard sizes.outputInitializer?.entry.depthAware == nil, ["mlp", "resnet-mlp"].contains(preset.name),
      let network = try? preset.make(sizes)
    else { return }
    audit(network, Array((file.initializers ?? [.heNormal]).prefix(2)), file.bounds)
  }

  /// Compares a small audit with a baseline.
  static func compare(with baseline: AuditReport) {
    guard
      let network = try? Network(
        input: .features(3),
        {
          Dense(4, activation: .relu); Dense(2)
        })
    else { return }
    let configuration = AuditConfiguration(network: network, initializers: [.heNormal], batch: 2, replicas: 2, threads: 1)
    guard let report = try? Audit(configuration).run() else { return }
    let gate = Gate(.automatic, configuration: configuration)
    _ = try? gate.evaluate(report, baseline: baseline)
  }

  private static func audit(_ network: Network, _ initializers: [Initializer], _ bounds: GateBounds) {
    let largest = network.nodes.map { $0.shape.count + $0.parameterCount }.max() ?? 0
    guard network.nodes.count <= 12, largest <= 4000, network.input.count <= 1000 else { return }
    let configuration = AuditConfiguration(
      network: network, initializers: initializers, batch: 3, replicas: 2, threads: 1, memoryLimit: 1 << 30,
      histograms: false)
    guard (try? bounds.check(network)) != nil, let report = try? Audit(configuration).diagnose() else { return }
    let gate = Gate(bounds, configuration: configuration)
    guard let result = try? gate.evaluate(report, baseline: report) else { return }
    _ = GateJSON.encode(result, tool: report.tool)
    // What is written is read again.
    for run in report.runs {
      let text = BoundsText.file(BoundsFile(bounds: bounds), run: run, report: report)
      do {
        _ = try BoundsFile.read(text, path: "written")
      } catch {
        fatalError("bounds that were written cannot be read: \(error)\n\(text)")
      }
    }
  }
}
