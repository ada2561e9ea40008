import Foundation
import InitScope
import NumberText

extension AuditedNetwork {
  /// Expects second moments of activations and of gradients to change by at most that factor over all hidden layers, up or
  /// down: growth per layer within `log10(factor) / (hidden layers - 1)`.
  ///
  /// Needs three hidden layers with a signal.
  @discardableResult
  public func expectGradientFlow(
    withinFactor factor: Double = 100, falseAlarmRate: Double = 1e-4,
    fileID: StaticString = #fileID, filePath: StaticString = #filePath, line: UInt = #line, column: UInt = #column
  ) -> Bool {
    precondition(factor > 1, "a factor above 1 is needed, got \(factor)")
    let layers = run.hiddenLayers.count { $0.weights != nil }
    let reach = log10(factor) / Double(max(1, layers - 1))
    return judge(
      GateBounds(
        falseAlarmRate: falseAlarmRate,
        bounds: [
          Self.bound(.activations, .growthPerLayer, -reach...reach, .all),
          Self.bound(.gradients, .growthPerLayer, -reach...reach, .all),
        ], rules: Self.noRules, judgesVerdict: false),
      "signals and gradients within a factor of \(MessageNumber.given(factor)) over \(layers) hidden layers",
      at: SourcePlace(fileID: fileID, filePath: filePath, line: line, column: column))
  }

  /// Expects a healthy network: no error from the rules, no verdict against training, finite values that are not all zero,
  /// and in a deep network signals and gradients within a factor of 100 over the hidden layers.
  @discardableResult
  public func expectHealthy(
    withinFactor factor: Double = 100, falseAlarmRate: Double = 1e-4,
    fileID: StaticString = #fileID, filePath: StaticString = #filePath, line: UInt = #line, column: UInt = #column
  ) -> Bool {
    precondition(factor > 1, "a factor above 1 is needed, got \(factor)")
    let everything = -Double.greatestFiniteMagnitude...Double.greatestFiniteMagnitude
    // Any signal left after a layer is above the smallest number; what is not finite keeps no bound.
    var bounds = [
      Self.bound(.activations, .secondMoment, Double.leastNonzeroMagnitude ... .infinity, .all),
      Self.bound(.gradients, .secondMoment, Double.leastNonzeroMagnitude ... .infinity, .all),
      Self.bound(.activations, .mean, everything, .all),
    ]
    if run.layers.count > 3 {
      let reach = log10(factor) / Double(run.layers.count - 2)
      bounds += [
        Self.bound(.activations, .growthPerLayer, -reach...reach, .all),
        Self.bound(.gradients, .growthPerLayer, -reach...reach, .all),
      ]
    }
    return judge(
      GateBounds(falseAlarmRate: falseAlarmRate, bounds: bounds), "a healthy initialization",
      at: SourcePlace(fileID: fileID, filePath: filePath, line: line, column: column))
  }

  /// Expects second moments and growth, forward and backward, and the weights themselves to be what mean-field theory and
  /// the declared schemes say, within the scatter that goes with it.
  ///
  /// Layers of which theory says nothing are left out; where it says nothing at all, the expectation fails.
  @discardableResult
  public func expectMatchesTheory(
    falseAlarmRate: Double = 1e-4,
    fileID: StaticString = #fileID, filePath: StaticString = #filePath, line: UInt = #line, column: UInt = #column
  ) -> Bool {
    judge(
      GateBounds(
        falseAlarmRate: falseAlarmRate, bounds: GateBounds.automatic.bounds, rules: Self.noRules, judgesVerdict: false),
      "agreement with theory", at: SourcePlace(fileID: fileID, filePath: filePath, line: line, column: column))
  }

  /// Expects nothing to differ from an earlier audit beyond chance: layers, second moments of every tensor, findings,
  /// verdict.
  @discardableResult
  public func expectMatchesBaseline(
    _ baseline: AuditReport, falseAlarmRate: Double = 1e-4,
    fileID: StaticString = #fileID, filePath: StaticString = #filePath, line: UInt = #line, column: UInt = #column
  ) -> Bool {
    judge(
      GateBounds(falseAlarmRate: falseAlarmRate, rules: Self.noRules, judgesVerdict: false), "agreement with the baseline",
      baseline: baseline, at: SourcePlace(fileID: fileID, filePath: filePath, line: line, column: column))
  }

  /// Expects nothing to differ beyond chance from the audit in a file, as `initscope audit --json` prints it.
  @discardableResult
  public func expectMatchesBaseline(
    path: String, falseAlarmRate: Double = 1e-4,
    fileID: StaticString = #fileID, filePath: StaticString = #filePath, line: UInt = #line, column: UInt = #column
  ) -> Bool {
    let place = SourcePlace(fileID: fileID, filePath: filePath, line: line, column: column)
    do {
      let bytes = [UInt8](try Data(contentsOf: URL(filePath: path)))
      return judge(
        GateBounds(falseAlarmRate: falseAlarmRate, rules: Self.noRules, judgesVerdict: false), "agreement with \(path)",
        baseline: try AuditJSON.decode(bytes), at: place)
    } catch {
      place.report("the baseline \(path) cannot be read: \(error)")
      return false
    }
  }

  /// Expects the network to keep a file of bounds, as `initscope check --bounds` does. The file's audit settings are
  /// ignored.
  @discardableResult
  public func expectKeepsBounds(
    path: String,
    fileID: StaticString = #fileID, filePath: StaticString = #filePath, line: UInt = #line, column: UInt = #column
  ) -> Bool {
    let place = SourcePlace(fileID: fileID, filePath: filePath, line: line, column: column)
    do {
      return judge(try BoundsFile.read(path: path).bounds, "the bounds of \(path)", at: place)
    } catch {
      place.report("\(error)")
      return false
    }
  }

  /// Expects the weights of every selected layer that has some to be orthogonal up to a gain, to Float's rounding:
  /// `|W W^T / g^2 - I|` at most `n 2^-22` in the root mean square over the smaller dimension, n the larger one.
  @discardableResult
  public func expectOrthogonal(
    layers: GateLayers = .all,
    fileID: StaticString = #fileID, filePath: StaticString = #filePath, line: UInt = #line, column: UInt = #column
  ) -> Bool {
    let place = SourcePlace(fileID: fileID, filePath: filePath, line: line, column: column)
    let chosen = run.layers.enumerated().filter { index, layer in
      layer.weights != nil && layers.contains(layer.name, at: index, output: run.outputIndex)
    }.map(\.element)
    guard !chosen.isEmpty else {
      place.report("orthogonal weights, \(Self.text(layers)): no such layer has weights")
      return false
    }
    let failures = chosen.compactMap { layer -> (excess: Double, text: String)? in
      let size = Double(max(layer.fanIn ?? 1, layer.units))
      let bound = size * 0x1p-22
      guard let defect = layer.weights?.orthogonalityDefect else {
        return (.infinity, "layer \(layer.name): its weights are zero")
      }
      guard defect > bound else { return nil }
      return (
        defect / bound,
        "layer \(layer.name): |W W^T / g^2 - I| is \(MessageNumber.given(defect)), bound \(MessageNumber.given(bound))"
      )
    }.sorted { $0.excess > $1.excess }
    guard let worst = failures.first else { return true }
    place.report(
      "orthogonal weights, \(Self.text(layers)): \(failures.count) of \(chosen.count) layers fail\n"
        + "  \(failures.count > 1 ? "worst: " : "")\(worst.text)\n"
        + "  \(run.initializer) on \(report.network.name), seed \(report.seed)"
    )
    return false
  }
}

/// Audits a network and expects it to be healthy; see `AuditedNetwork.expectHealthy`.
///
/// - Throws: As `Audit.run`, for what cannot be audited.
@discardableResult
public func expectHealthyInit(
  _ network: Network, initializer: Initializer, batch: Int = 128, replicas: Int = 8, seed: UInt64 = 0,
  falseAlarmRate: Double = 1e-4,
  fileID: StaticString = #fileID, filePath: StaticString = #filePath, line: UInt = #line, column: UInt = #column
) throws -> Bool {
  try AuditedNetwork(network, initializer: initializer, batch: batch, replicas: replicas, seed: seed)
    .expectHealthy(falseAlarmRate: falseAlarmRate, fileID: fileID, filePath: filePath, line: line, column: column)
}

/// Audits the network that a file describes, a Keras model or a network in YAML, and expects it to be healthy; see
/// `AuditedNetwork.expectHealthy`.
///
/// - Throws: As `AuditedNetwork.init(model:)`.
@discardableResult
public func expectHealthyInit(
  model path: String, initializer: Initializer? = nil, batch: Int = 128, replicas: Int = 8, seed: UInt64 = 0,
  falseAlarmRate: Double = 1e-4,
  fileID: StaticString = #fileID, filePath: StaticString = #filePath, line: UInt = #line, column: UInt = #column
) throws -> Bool {
  try AuditedNetwork(model: path, initializer: initializer, batch: batch, replicas: replicas, seed: seed)
    .expectHealthy(falseAlarmRate: falseAlarmRate, fileID: fileID, filePath: filePath, line: line, column: column)
}
