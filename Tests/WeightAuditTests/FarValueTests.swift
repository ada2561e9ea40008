import Foundation
import TestSupport
import Testing

import WeightAudit

/// Single values far outside of all others, and values that gather at an end.
@Suite struct FarValueTests {
  /// The values rounded to the grid of bfloat16, as a float32 tensor.
  private func rounded(_ tensor: Draw.Tensor) -> Draw.Tensor {
    var tensor = tensor
    tensor.values = tensor.values.map { Float(bitPattern: ($0.bitPattern &+ 0x8000) & 0xFFFF_0000) }
    return tensor
  }

  // MARK: Mass at bounds

  /// Values of a coarse grid repeat at the sample's end, and the tensor's own end occurs once.
  @Test func theEndOfASampleIsNotTheEndOfTheTensor() throws {
    var draw = Draw(seed: 71)
    var tensor = draw.normal("net.0.weight", [192, 512], std: 0.02)
    tensor.values = tensor.values.map { min(max($0, -0.06), 0.06) }
    // Outside of the sample, which takes every seventh value or so from 0 on.
    tensor.values[1] = 0.13
    let report = try report([rounded(tensor)])
    #expect(blame(report) == [])
  }

  @Test func valuesThatWereCutOffFarOutAreFoundWithTheirBound() throws {
    var draw = Draw(seed: 72)
    var tensor = draw.normal("net.0.weight", [192, 512], std: 0.02)
    for place in stride(from: 0, to: tensor.values.count, by: 100) { tensor.values[place] = -0.15625 }
    let report = try report([rounded(tensor)])
    #expect(blame(report) == ["mass-at-bounds: net.0.weight"])
    // One value in a hundred, of 0.15625 exactly: a deviation of sqrt(0.02^2 + 0.15625^2/100) = 0.0253.
    #expect(report.findings[0].message.contains("-0.156, 6."))
  }

  // MARK: Bounds in absolute numbers

  private func blocks(_ change: (inout [Float]) -> Void) -> [Draw.Tensor] {
    var draw = Draw(seed: 73)
    return (0..<6).map { block in
      var tensor = draw.normal("blocks.\(block).mlp.fc1.weight", [192, 192], std: 0.02)
      if block == 2 { change(&tensor.values) }
      return tensor
    }
  }

  /// PyTorch's trunc_normal_(std=0.02) leaves one value in 2^24 at its bound, -2, which moves the deviation of 36,864
  /// values to 0.0225.
  @Test func aSingleValueAtAnAbsoluteBoundIsANote() throws {
    let report = try report(blocks { $0[5 * 192 + 7] = -2 })
    #expect(blame(report) == [])
    #expect(notes(report) == ["mass-at-bounds: blocks.2.mlp.fc1.weight"])
    #expect(report.findings[0].message.contains("1 value of blocks.2.mlp.fc1.weight at exactly -2, 1"))
    // The deviation of 36,864 values is known to 0.4%; five of those.
    #expect(abs(report.tensors[2].statistics.standardDeviation / 0.02 - 1) < 0.02)
  }

  /// The very first value, from which sums are counted.
  @Test func itMayBeTheFirstValue() throws {
    #expect(blame(try report(blocks { $0[0] = -2 })) == [])
  }

  /// More of them than chance gives, and a value that no bound is likely to have, are a mistake.
  @Test(arguments: [(Float(-2), 6), (2.5, 1)]) func otherValuesFarOutAreNot(value: Float, count: Int) throws {
    let report = try report(blocks { values in for place in 0..<count { values[place * 1000 + 3] = value } })
    #expect(blame(report) == ["outlier-tensor: blocks.2.mlp.fc1.weight"])
  }
}
