import Foundation
import ModelFiles
import TestSupport
import Testing

import WeightAudit

/// Cuts whose bounds were given in absolute numbers, and corrections for the variance that a cut takes away.
@Suite struct TruncationTests {
  /// Values of N(0, std) within the bound, by rejection.
  private func cut(_ draw: inout Draw, _ name: String, _ shape: [Int], std: Double, bound: Double) -> Draw.Tensor {
    var kept: [Float] = []
    let count = shape.reduce(1, *)
    if bound < 0.3 * std { return draw.uniform(name, shape, bound: bound) }
    while kept.count < count {
      kept += draw.normal(name, [count], std: std).values.filter { abs($0) < Float(bound) }
    }
    return Draw.Tensor(name: name, shape: shape, values: Array(kept.prefix(count)))
  }

  /// Blocks in timm's names from N(0, 0.02), the first layers of their MLPs cut as given.
  private func blocks(std: Double, bound: Double) -> [Draw.Tensor] {
    var draw = Draw(seed: 71)
    return (0..<4).flatMap { block in
      let p = "blocks.\(block)."
      return [
        draw.normal(p + "attn.qkv.weight", [192, 64], std: 0.02), draw.normal(p + "attn.proj.weight", [64, 64], std: 0.02),
        cut(&draw, p + "mlp.fc1.weight", [256, 64], std: std, bound: bound),
        draw.normal(p + "mlp.fc2.weight", [64, 256], std: 0.02), draw.constant(p + "norm1.weight", [64], 1),
        draw.constant(p + "norm1.bias", [64], 0), draw.constant(p + "attn.qkv.bias", [192], 0),
      ]
    }
  }

  /// trunc_normal_ with deviation 0.02 cut at 0.02 and at 0.01, with 1 and the bounds of 0.02, and with nothing passed.
  @Test(arguments: [
    (0.02, 0.02, "cut off at 0.02, 1 declared deviations"), (0.02, 0.01, "cut off at 0.01, 0.5 declared deviations"),
    (1, 0.04, "flat up to 0.04, 2 declared deviations"), (1, 0.06, "flat up to 0.06, 3 declared deviations"),
    (1, 2, "deviation 1, cut off at 2"),
  ]) func boundsAreNamedWhereOneKindShowsThem(std: Double, bound: Double, sentence: String) throws {
    let report = try report(blocks(std: std, bound: bound))
    let found = report.findings.filter { $0.severity != .note }
    #expect(found.map(\.tensors) == [(0..<4).map { "blocks.\($0).mlp.fc1.weight" }], "\(report.findings.map(\.message))")
    #expect(found.first?.message.contains(sentence) ?? false, "\(found.map(\.message))")
  }

  /// Cut at 100 deviations, as timm does, and at two of them: both are what the family draws.
  @Test(arguments: [2, 0.04]) func rightCutsAreNotBlamed(bound: Double) throws {
    #expect(blame(try report(blocks(std: 0.02, bound: bound))) == [])
  }

  /// JAX divides the deviation by 0.87962566, that of a normal law cut at two of it.
  @Test(arguments: [
    (1 / 0.87962566, 2 / 0.87962566, nil), (1 / 0.87962566, 20, "nothing is cut off"), (1, 2, "which leaves 0.88 of it"),
  ]) func theCorrectionForACutIsNamed(std: Double, bound: Double, sentence: String?) throws {
    var draw = Draw(seed: 72)
    let unit = 1 / 64.0.squareRoot()
    let tensors = (0..<3).flatMap { layer in
      [
        cut(&draw, "params/Dense_\(layer)/kernel", [64, 128], std: std * unit, bound: bound * unit),
        draw.constant("params/Dense_\(layer)/bias", [128], 0),
      ]
    }
    let report = try report(tensors, scheme: SchemeCatalogue.scheme(named: "flax"))
    guard let sentence else {
      #expect(report.findings.map(\.message) == [])
      return
    }
    #expect(report.findings.map(\.rule) == ["scheme-deviation"])
    #expect(report.findings.first?.message.contains(sentence) ?? false, "\(report.findings.map(\.message))")
  }
}
