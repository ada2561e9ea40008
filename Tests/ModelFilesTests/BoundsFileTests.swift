import DataSets
import Diagnosis
import ModelFiles
import NetworkGraph
import SignalPropagation
import Testing

@Suite struct BoundsFileTests {
  @Test func everyKey() throws {
    let file = try BoundsFile.read(
      """
      version: 1
      network: nets/a.yaml
      init: [he_normal, "normal(std=0.1,mean=0)"]
      input: uniform
      batch: 64
      seeds: 7
      seed: 18446744073709551615
      falseAlarmRate: 1e-4
      verdict: off
      rules:
        theory-disagreement: note
        "*": off
      bounds:
        - layers: dense_*
          of: pre-activations
          variance: [0.5, 2]
          mean: {max: 0.25}
        - {of: gradients, growthPerLayer: auto}
        - {of: weights, std: {min: 1e-3, max: 1}}
      """, path: "b.yaml")
    #expect(
      file.network == "nets/a.yaml" && file.input == .uniform && file.batch == 64 && file.seeds == 7 && file.seed == .max)
    #expect(file.initializers?.count == 2)
    #expect(file.bounds.falseAlarmRate == 1e-4 && !file.bounds.judgesVerdict)
    #expect(
      file.bounds.bounds == [
        GateBound(layers: GateLayers("dense_*"), of: .preactivations, .variance, .range(low: 0.5, high: 2), line: 14),
        GateBound(layers: GateLayers("dense_*"), of: .preactivations, .mean, .range(low: -.infinity, high: 0.25), line: 14),
        GateBound(of: .gradients, .growthPerLayer, .automatic, line: 18),
        GateBound(of: .weights, .std, .range(low: 1e-3, high: 1), line: 19),
      ])
    #expect(
      file.bounds.rules == [
        RuleThreshold(NamePattern("theory-disagreement"), .note, line: 11), RuleThreshold(NamePattern("*"), nil, line: 12),
      ])
  }

  private static let quantities = GateQuantity.allCases.map(\.rawValue).joined(separator: ", ")

  /// What a person reads for each mistake: place, message and remedy, whole.
  static let mistakes: [(yaml: String, error: String)] = [
    ("", "b.yaml: the file is empty. Give version: 1 and bounds: or rules:"),
    ("- 1", "b.yaml:1:1: a bounds file is a mapping. Give version: 1 and bounds: or rules:"),
    ("bounds: []", "b.yaml:1:1: the key 'version' is missing. Write version: 1"),
    ("version: 1\nnetwork:\n", "b.yaml:2:9: network is empty. Name a file or a preset, such as network: mlp"),
    (
      "version: 1\nbounds: [{of: activations, deadFraction: [0, 50]}]",
      "b.yaml:2:42: deadFraction is from 0 to 1, and the bound goes beyond. Write a share such as deadFraction: {max: 0.5}"
    ),
    (
      "version: 1\nbounds: [{of: activations, saturatedFraction: {min: 2}}]",
      "b.yaml:2:47: saturatedFraction is from 0 to 1, and the bound goes beyond. "
        + "Write a share such as saturatedFraction: {max: 0.5}"
    ),
    (
      "version: 1\nbounds: [{of: activations, variance: [-5, -1]}]",
      "b.yaml:2:38: variance is never negative, and the bound goes beyond. Write a bound that it can keep"
    ),
    (
      "version: 1\nbounds: [{of: activations, cosineSimilarity: [0, 90]}]",
      "b.yaml:2:46: cosineSimilarity is from -1 to 1, and the bound goes beyond. Write a bound that it can keep"
    ),
    ("version: 2", "b.yaml:1:10: version '2' is not known. This program reads version: 1"),
    (
      "version: 1\nbound: []",
      "b.yaml:2:1: unknown key 'bound'. Did you mean 'bounds'? Known: version, network, options, init, input, data, "
        + "scaling, backward, batch, seeds, seed, falseAlarmRate, verdict, bounds, rules"
    ),
    (
      "falseAlarmRate: 0",
      "b.yaml:1:17: falseAlarmRate must be a probability above 0 and up to 0.5, got '0'. "
        + "Write it as falseAlarmRate: 0.001, one "
        + "false alarm in a thousand checks"
    ),
    ("scaling: log", "b.yaml:1:10: scaling 'log' is not known. Known: standardized, unit, symmetric, raw"),
    (
      "data: {label: y}",
      "b.yaml:1:8: unknown key 'label'. Did you mean 'labels'? Known: label-column, response-column, "
        + "leave-out, labels, sequence-length, vocabulary"
    ),
    ("data: y", "b.yaml:1:7: data must be a mapping. Write data: {label-column: species, leave-out: id}"),
    (
      "backward: mse",
      "b.yaml:1:11: backward 'mse' is not known. Known: gaussian, cross_entropy, binary_cross_entropy, "
        + "mean_squared_error"
    ),
    ("options: {residual: yes}", "b.yaml:1:21: residual is true or false, got 'yes'. Write residual: true"),
    ("options: 3", "b.yaml:1:10: options must be a mapping. Write options: {depth: 10, width: 64}"),
    ("seeds: 0", "b.yaml:1:8: seeds must be a whole number in 1...100000, got '0'. Write it in digits, such as seeds: 20"),
    (
      "seed: -1",
      "b.yaml:1:7: seed must be a whole number in 0...18446744073709551615, got '-1'. Write it in digits, such as seed: 7"
    ),
    ("verdict: no", "b.yaml:1:10: verdict is on or off, got 'no'. Write verdict: off"),
    (
      "bounds: {}",
      "b.yaml:1:9: bounds must be a list. Begin each with a dash, such as - {of: activations, variance: [0.5, 2]}"
    ),
    ("bounds: [1]", "b.yaml:1:10: a bound is a mapping. Write - {of: activations, variance: [0.5, 2]}"),
    ("bounds:\n  - {variance: [1, 2]}", "b.yaml:2:5: the key 'of' is missing. Name the tensor, such as of: activations"),
    ("bounds:\n  - {of: weights}", "b.yaml:2:5: the bound names no quantity. Name a quantity, such as variance: [0.5, 2]"),
    (
      "bounds:\n  - {of: wieghts, variance: auto}",
      "b.yaml:2:10: unknown tensor 'wieghts'. Did you mean 'weights'? Known: activations, pre-activations, gradients, "
        + "pre-activation gradients, weights, weight gradients"
    ),
    (
      "bounds:\n  - {of: weights, varience: auto}",
      "b.yaml:2:19: unknown key 'varience'. Did you mean 'variance'? Known: layers, of, \(quantities)"
    ),
    (
      "bounds:\n  - {of: weights, deadFraction: [0, 1]}",
      "b.yaml:2:19: weights have no deadFraction. deadFraction is of activations"
    ),
    (
      "bounds:\n  - {of: activations, variance: auto}",
      "b.yaml:2:33: auto is not defined for the variance of activations: theory predicts nothing for it. "
        + "Give [low, high], or use auto for secondMoment or "
        + "growthPerLayer"
    ),
    (
      "bounds:\n  - {of: activations, variance: [2, 1]}",
      "b.yaml:2:33: variance has its low end above its high end. Write variance: [low, high]"
    ),
    (
      "bounds:\n  - {of: activations, variance: [1]}",
      "b.yaml:2:33: variance takes [low, high], {min: low}, {max: high} or auto. Write it such as variance: [0.5, 2]"
    ),
    (
      "bounds:\n  - {of: activations, variance: [1, x]}",
      "b.yaml:2:37: variance needs a number, got 'x'. Leave an end open with {min: low} or {max: high}"
    ),
    ("bounds:\n  - {of: activations, variance: {low: 1}}", "b.yaml:2:34: unknown key 'low'. Known: min, max"),
    (
      "bounds:\n  - {of: gradients, layers: dense_1, growthPerLayer: auto}",
      "b.yaml:2:29: growthPerLayer is of all hidden layers together. Leave layers: out"
    ),
    (
      "rules: [a]",
      "b.yaml:1:8: rules must be a mapping from names to severities. Write it such as theory-disagreement: warning"
    ),
    ("rules: {a: eror}", "b.yaml:1:12: unknown severity 'eror'. Did you mean 'error'? Known: error, warning, note, off"),
    ("version: 1\nversion: 1", "b.yaml:1:1: the key 'version' stands twice. Remove one"),
  ]

  @Test(arguments: mistakes) func mistake(yaml: String, error: String) {
    do {
      _ = try BoundsFile.read(yaml, path: "b.yaml")
      Issue.record("nothing was refused")
    } catch let refusal {
      #expect("\(refusal)" == error)
    }
  }

  @Test(arguments: ["bounds: &a [*a]", String(repeating: "[", count: 100), "%TAG ! x\n---\na: 1", "a: 1\n---\nb: 2"])
  func hostile(yaml: String) { #expect(throws: NetworkFileError.self) { try BoundsFile.read(yaml, path: "b.yaml") } }
}
