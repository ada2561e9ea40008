import Foundation
import ModelFiles
import Testing

import WeightAudit

/// Tensors whose extents or places are unusual, and which are right.
@Suite struct NarrowTests {
  /// Columns (or rows) of a drawn matrix made perpendicular and of one length, by Gram and Schmidt in Double.
  private func orthogonal(_ name: String, rows: Int, columns: Int, gain: Double, seed: UInt64) -> Draw.Tensor {
    var draw = Draw(seed: seed)
    let count = min(rows, columns), length = max(rows, columns)
    let drawn = draw.normal(name, [count, length], std: 1).values.map(Double.init)
    var vectors = (0..<count).map { Array(drawn[$0 * length..<($0 + 1) * length]) }
    for place in vectors.indices {
      for earlier in 0..<place {
        let product = zip(vectors[place], vectors[earlier]).reduce(0) { $0 + $1.0 * $1.1 }
        for index in 0..<length { vectors[place][index] -= product * vectors[earlier][index] }
      }
      let norm = vectors[place].reduce(0) { $0 + $1 * $1 }.squareRoot()
      vectors[place] = vectors[place].map { $0 / norm }
    }
    let values = (0..<rows * columns).map { place in
      let (row, column) = (place / columns, place % columns)
      return Float(gain * (rows <= columns ? vectors[row][column] : vectors[column][row]))
    }
    return Draw.Tensor(name: name, shape: [rows, columns], values: values)
  }

  private func scheme(_ law: String) throws -> WeightScheme {
    try SchemeFile.read("version: 1\nrules:\n  \"*.weight\": \(law)\n", path: "scheme.yaml")
  }

  @Test(arguments: [(64, 2), (64, 3), (64, 6), (2, 64), (3, 64), (5, 5), (3, 4)])
  func narrowOrthogonalMatricesAreOrthogonal(rows: Int, columns: Int) throws {
    for seed in UInt64(1)...5 {
      let right = orthogonal("a.weight", rows: rows, columns: columns, gain: 0.5, seed: seed)
      #expect(blame(try report([right], scheme: scheme("orthogonal(gain=0.5)"))) == [], "seed \(seed)")
    }
    var draw = Draw(seed: 9)
    let wrong = draw.normal("a.weight", [rows, columns], std: 0.5 / Double(max(rows, columns)).squareRoot())
    #expect(blame(try report([wrong], scheme: scheme("orthogonal(gain=0.5)"))) != [])
  }

  /// An identity is ones on the diagonal: neither 1.5 of it nor its rows in another order.
  @Test func anIdentityHasOnesOnItsDiagonal() throws {
    func diagonal(_ value: Float, shift: Int) -> Draw.Tensor {
      Draw.Tensor(
        name: "a.weight", shape: [16, 16], values: (0..<256).map { ($0 / 16 + shift) % 16 == $0 % 16 ? value : 0 })
    }
    let right = try report([diagonal(1, shift: 0)], scheme: scheme("identity"))
    #expect(blame(right) == [])
    #expect(right.tensors[0].statistics.looksLike?.law == .identity)
    for wrong in [diagonal(1.5, shift: 0), diagonal(1, shift: 3)] {
      #expect(blame(try report([wrong], scheme: scheme("identity"))) != [])
    }
  }

  /// PyTorch's default of a transposed convolution, (inputs, outputs, window): its fan is that of the second axis. And an
  /// LSTM whose state of 128 values is projected to 32.
  @Test func pyTorchsDefaultsAreNotBlamed() throws {
    var draw = Draw(seed: 3)
    let up = [
      draw.uniform("0.weight", [64, 16, 4, 4], bound: 1 / 256.0.squareRoot()),
      draw.uniform("0.bias", [16], bound: 1 / 256.0.squareRoot()),
      draw.uniform("2.weight", [16, 48, 4, 4], bound: 1 / 768.0.squareRoot()),
    ]
    #expect(blame(try report(up, scheme: SchemeCatalogue.scheme(named: "pytorch"))) == [])
    let bound = 1 / 128.0.squareRoot()
    let cell = [
      draw.uniform("lstm.weight_ih_l0", [512, 64], bound: bound),
      draw.uniform("lstm.weight_hh_l0", [512, 32], bound: bound),
      draw.uniform("lstm.bias_ih_l0", [512], bound: bound), draw.uniform("lstm.bias_hh_l0", [512], bound: bound),
      draw.uniform("lstm.weight_hr_l0", [32, 128], bound: bound),
    ]
    #expect(blame(try report(cell, scheme: SchemeCatalogue.scheme(named: "torch_rnn"))) == [])
  }

  /// A head of zeros is a choice, whatever its name; a layer of zeros that another one reads is none.
  @Test(arguments: ["policy", "to_logits", "mu"]) func aHeadOfZerosIsANote(name: String) throws {
    var draw = Draw(seed: 5)
    let body = [draw.normal("first.weight", [64, 32], std: 0.2), draw.normal("second.weight", [48, 64], std: 0.15)]
    let head = try report(body + [draw.constant("\(name).weight", [10, 48], 0)])
    #expect(blame(head) == [])
    #expect(notes(head).contains { $0.hasPrefix("zero-tensor") })
    let middle = try report([
      body[0], draw.constant("\(name).weight", [48, 64], 0), draw.normal("last.weight", [10, 48], std: 0.15),
    ])
    #expect(blame(middle).contains { $0.hasPrefix("zero-tensor") })
  }
}
