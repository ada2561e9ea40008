import Glibc
import NetworkGraph
import TensorKernels

extension OperatorEntry {
  /// The remainder: with the divisor's sign, or with the dividend's where `fmod` is 1.
  static let mod = OperatorEntry("Mod") { attributes throws(SpecificationError) in
    let followsDividend = try attributes.integer("fmod", 0) != 0
    return BinaryOperator(
      "Mod", traits: [.elementwise], law: .aligned,
      pass: { call in
        let (a, b) = call.pair, target = call.outputs[0]
        if target.type.element == .int64 {
          if target.count > 0 { try IntegerDivision.check(b, of: "Mod") }
          BinaryPass.run(call, a.integers, b.integers, into: target.integers) { x, y in
            let rest = x.remainderReportingOverflow(dividingBy: y).partialValue
            return !followsDividend && rest != 0 && (rest < 0) != (y < 0) ? rest &+ y : rest
          }
        } else {
          BinaryPass.run(call, a.floats, b.floats, into: target.floats) { x, y in
            let rest = fmodf(x, y)
            return !followsDividend && rest != 0 && (rest < 0) != (y < 0) ? rest + y : rest
          }
        }
      },
      gradient: { call in
        BinaryGradient.write(call, 0) { g, _, _ in g }
        BinaryGradient.write(call, 1) { g, a, b in
          chained(g, -(followsDividend ? (a / b).rounded(.towardZero) : (a / b).rounded(.down)))
        }
      })
  }
}
