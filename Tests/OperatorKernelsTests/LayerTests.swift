import NetworkGraph
import OperatorKernels
import TestSupport
import Testing

/// Convolutions, pools, normalizations, softmax and recurrent networks against PyTorch.
@Suite struct LayerTests {
  @Test func agreesWithPyTorch() throws { try OperatorCase.check("layers") }

  @Test func agreesOnSeveralThreads() throws { try OperatorCase.check("layers", team: ShuffledTeam.shared) }

  /// Scales that operators announce are true, with the epsilon of a normalization in the input's scale.
  @Test(arguments: ["layers", "products"]) func scalesAreWhatThePassesDo(file: String) throws {
    for c in try OperatorCase.load(file) {
      let run = try OperatorRun(c), isFloat = run.inputs.map { $0?.type.element == .float32 }
      try run.forward()
      let plain = run.outputs.map(\.values)
      for offered in [[6.0, 6, 6, 6, 6, 6, 6, 6], [-4, 2, 1, 0, 0, 0, 0, 0]] {
        let exponents = run.inputs.indices.map { isFloat[$0] ? offered[$0] : 0 }
        let scales = run.operation.scales(of: exponents, isFloat: isFloat)
        #expect(scales.inputs.count == run.inputs.count, "\(c.op) \(c.name)")
        var scaled = try OperatorRun(c)
        scaled.exponents = scales.inputs
        for (place, input) in scaled.inputs.enumerated() where isFloat[place] {
          let factor = Double(sign: .plus, exponent: -Int(scales.inputs[place]), significand: 1)
          input?.fill(run.inputs[place].map { $0.values.map { $0 * factor } } ?? [])
        }
        try scaled.forward()
        for (slot, output) in scaled.outputs.enumerated() where output.type.element == .float32 {
          let factor = Double(sign: .plus, exponent: Int(scales.output), significand: 1)
          let largest = plain[slot].filter(\.isFinite).map(abs).max() ?? 0
          // Multiplication by a power of two is exact; an epsilon is rounded at another place.
          let difference = ArrayDifference(output.values.map { $0 * factor }, plain[slot], tolerance: 0x1p-20 * largest)
          #expect(difference == nil, "\(c.op) \(c.name) at \(exponents): \(difference?.description ?? "")")
        }
      }
    }
  }

  /// A window that holds padding alone has no largest value, and its gradient goes nowhere.
  @Test func aWindowOfPaddingHasNoLargestValue() throws {
    let c = try OperatorCase.parse(
      """
      {"op":"MaxPool","name":"padding","version":22,"attributes":{"kernel_shape":{"ints":[2]},"pads":{"ints":[3,3]},
       "strides":{"ints":[3]},"dilations":{"ints":[1]}},"inputs":[{"type":"float32","shape":[1,1,2],"data":[4,3]}],
       "outputs":[{"type":"float32","shape":[1,1,3],"data":["-inf",4,"-inf"]},
       {"type":"int64","shape":[1,1,3],"data":[-1,0,-1]}],"cotangents":[[1,2,4],null],"gradients":[[2,0]]}
      """)
    #expect(try c.differences().isEmpty)
  }
}
