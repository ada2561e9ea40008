import NetworkGraph
import OperatorKernels
import TestSupport
import Testing

/// Scales that operators announce are true: inputs divided by their scale give the result divided by its own.
@Suite struct ScaleTests {
  /// Every case of the fixtures at scales that its law makes exact: all inputs as they announce to take them.
  @Test(arguments: ["movement", "arithmetic", "reductions", "functions", "discrete"]) func isWhatThePassesDo(file: String)
    throws
  {
    for c in try OperatorCase.load(file) {
      let run = try OperatorRun(c), isFloat = run.inputs.map { $0?.type.element == .float32 }
      for offered in [[8.0, 8, 8, 8, 8, 8], [-6, 4, 2, 0, 2, 2], [5, -3, 1, 0, 0, 0]] {
        let exponents = run.inputs.indices.map { isFloat[$0] ? offered[min($0, 5)] : 0 }
        let scales = run.operation.scales(of: exponents, isFloat: isFloat)
        guard scales.inputs.count == run.inputs.count else {
          Issue.record("\(c.op) \(c.name): \(scales.inputs.count) scales for \(run.inputs.count) inputs")
          continue
        }
        try run.forward()
        let plain = run.outputs.map(\.values)
        let scaled = try OperatorRun(c)
        for (place, input) in scaled.inputs.enumerated() where isFloat[place] {
          input?.fill(run.inputs[place].map { $0.values.map { $0 * pow2(-scales.inputs[place]) } } ?? [])
        }
        try scaled.forward()
        for (slot, output) in scaled.outputs.enumerated() {
          let factor = output.type.element == .float32 ? pow2(scales.output) : 1
          let largest = plain[slot].filter(\.isFinite).map(abs).max() ?? 0
          // Powers by powf and divisions may round differently at another scale.
          let difference = ArrayDifference(output.values.map { $0 * factor }, plain[slot], tolerance: 0x1p-21 * largest)
          #expect(difference == nil, "\(c.op) \(c.name) at \(exponents): \(difference?.description ?? "")")
        }
      }
    }
  }

  private func pow2(_ exponent: Double) -> Double { Double(sign: .plus, exponent: Int(exponent), significand: 1) }

  private func scales(_ op: String, _ offered: [Double], exponent: Float? = nil) throws -> OperatorScales {
    let operation = try #require(OperatorCatalogue[op]).make(OperatorAttributes(version: 20))
    var facts: [ValueFacts?] = [ValueFacts(ValueType(.float32, TensorShape()))]
    if let exponent {
      let constant = TensorConstant(TensorShape(), .float32([exponent]))
      facts.append(ValueFacts(constant.type, constant: constant))
    }
    return operation.specialized(to: facts).scales(of: offered, isFloat: offered.map { _ in true })
  }

  @Test func exactLawsKeepHugeAndTinyValues() throws {
    #expect(try scales("Sqrt", [601]).output == 301)
    #expect(try scales("Sqrt", [601]).inputs == [602])
    #expect(try scales("Reciprocal", [600]).output == -600)
    #expect(try scales("Pow", [600, 0], exponent: 2).output == 1200)
    #expect(try scales("Pow", [601, 0], exponent: 0.5).inputs == [602, 0])
    #expect(try scales("Pow", [601, 0], exponent: 2.3).output == 0)
    #expect(try scales("Mul", [600, -20]).output == 580)
    #expect(try scales("Div", [600, -20]).output == 620)
    #expect(try scales("ReduceSumSquare", [-300]).output == -600)
    #expect(try scales("ReduceMean", [-300]).output == -300)
    #expect(try scales("Exp", [30]).inputs == [0])
  }
}
