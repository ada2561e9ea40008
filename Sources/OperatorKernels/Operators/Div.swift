import CTensorKernels
import NetworkGraph
import TensorKernels

extension OperatorEntry {
  /// A quotient; of integers it is cut towards zero.
  static let div = OperatorEntry("Div") { _ throws(SpecificationError) in
    BinaryOperator(
      "Div", traits: [.elementwise], law: .product, outputScale: { $0 - $1 },
      pass: { call in
        let (a, b) = call.pair, target = call.outputs[0]
        if target.type.element == .int64 {
          // Of an empty result no quotient is taken.
          if target.count > 0 { try IntegerDivision.check(b, of: "Div") }
          BinaryPass.run(call, a.integers, b.integers, into: target.integers) {
            $0.dividedReportingOverflow(by: $1).partialValue
          }
        } else {
          BinaryPass.run(call, initscope_pair_quotient)
        }
      },
      gradient: { call in
        BinaryGradient.write(call, 0) { g, _, b in chained(g, 1 / b) }
        BinaryGradient.write(call, 1) { g, a, b in chained(g, -((a / b) / b)) }
      })
  }
}

/// Divisors of integers.
enum IntegerDivision {
  /// Refuses a divisor of 0.
  ///
  /// - Parameters:
  ///   - divisors: An int64 tensor.
  ///   - kind: The operator's name, for the error.
  /// - Throws: `OperatorFailure` for a 0.
  static func check(_ divisors: TensorView, of kind: String) throws {
    for place in 0..<divisors.count where divisors.integers[place] == 0 {
      throw OperatorFailure(
        "\(kind) divides integers by 0 at element \(place) of its divisor",
        hint: "Check the sizes that the model computes with; a batch of another size may help")
    }
  }
}
