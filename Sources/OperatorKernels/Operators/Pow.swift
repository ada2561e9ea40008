import Glibc
import NetworkGraph
import TensorKernels

extension OperatorEntry {
  static let pow = OperatorEntry("Pow") { _ throws(SpecificationError) in Pow() }
}

/// `a^b`, in a's type.
struct Pow: OperatorKernel {
  static let kind = "Pow"
  let traits: OperatorTraits = [.elementwise]
  let scaleLaw = ScaleLaw.absolute
  /// The exponent, where it is one value that is known before anything runs.
  var exponent: Float?

  func results(of inputs: [ValueFacts?]) throws(SpecificationError) -> [ValueType] {
    let a = try inputs.required(0, of: Self.kind), b = try inputs.required(1, of: Self.kind)
    guard a.type.element != .bool, b.type.element != .bool else {
      throw SpecificationError("Pow does not take tensors of bool", hint: damagedFile)
    }
    return [ValueType(a.type.element, try a.shape.broadcast(with: b.shape))]
  }

  func specialized(to inputs: [ValueFacts?]) -> any OperatorKernel {
    var known = self
    if let constant = inputs.optional(1)?.constant, constant.shape.count == 1 {
      known.exponent = constant.floats?[0] ?? constant.integers.map { Float($0[0]) }
    }
    return known
  }

  /// A known whole exponent multiplies the scale's; 1/2 halves an even one.
  func scales(of exponents: [Double], isFloat: [Bool]) -> OperatorScales {
    let own = exponents.first ?? 0
    if let exponent, isFloat.first == true, exponent.magnitude <= 16, exponent * 2 == (exponent * 2).rounded() {
      let taken = exponent == exponent.rounded() ? own : 2 * (own / 2).rounded(.up)
      return OperatorScales(inputs: [taken, 0], output: taken * Double(exponent))
    }
    return OperatorScales(inputs: exponents.map { _ in 0 }, output: 0)
  }

  func carriesGradient(toInput input: Int) -> Bool { input == 0 || exponent == nil }

  func requirements(inputs: [ValueType?], outputs: [ValueType]) -> KernelRequirements {
    // A known exponent wants no gradient.
    let wanted = exponent == nil ? inputs : Array(inputs.prefix(1))
    return KernelRequirements(
      backwardWorkspace: BinaryGradient.workspace(inputs: wanted, output: outputs[0]), readsInputs: [0, 1])
  }

  func forward(_ call: ForwardCall) {
    let (a, b) = call.pair, target = call.outputs[0]
    switch (a.type.element, b.type.element) {
    case (.float32, .float32) where b.count == 1: byConstant(call, b.floats[0])
    case (.float32, .int64) where b.count == 1: byConstant(call, Float(b.integers[0]))
    case (.float32, .float32): BinaryPass.run(call, a.floats, b.floats, into: target.floats) { powf($0, $1) }
    case (.float32, _): BinaryPass.run(call, a.floats, b.integers, into: target.floats) { powf($0, Float($1)) }
    case (_, .float32):
      BinaryPass.run(call, a.integers, b.floats, into: target.integers) {
        Conversion.integer(Glibc.pow(Double($0), Double($1)))
      }
    default: BinaryPass.run(call, a.integers, b.integers, into: target.integers, Self.integerPower)
    }
  }

  /// Exponents that models use have loops of their own.
  private func byConstant(_ call: ForwardCall, _ exponent: Float) {
    let x = call.input(0).floats, y = call.outputs[0].floats
    call.team.split(call.outputs[0].count, grain: BinaryPass.grain) { piece in
      switch exponent {
      case 2: for place in piece { y[place] = x[place] * x[place] }
      case 3: for place in piece { y[place] = x[place] * x[place] * x[place] }
      case 0.5: for place in piece { y[place] = x[place].squareRoot() }
      default: for place in piece { y[place] = powf(x[place], exponent) }
      }
    }
  }

  /// Wraps around where the power is too large; a negative exponent gives 0, but for bases of 1 and -1.
  static func integerPower(_ base: Int64, _ exponent: Int64) -> Int64 {
    if exponent < 0 { return base == 1 ? 1 : base == -1 ? (exponent & 1 == 0 ? 1 : -1) : 0 }
    var result: Int64 = 1, square = base, rest = exponent
    while rest > 0 {
      if rest & 1 == 1 { result = result &* square }
      square = square &* square
      rest >>= 1
    }
    return result
  }

  func backward(_ call: BackwardCall) {
    let b = call.input(1)
    if b.type.element == .int64 {
      // Exponents that are integers receive no gradient.
      let x = call.input(0)
      guard let g = call.outputGradients[0], let target = call.target(0) else { return }
      let result = call.outputs[0].shape, isWhole = x.count == result.count, common = isWhole ? target : call.workspace
      let walk = Broadcasting([x.shape, b.shape], to: result), inner = walk.inner
      walk.forEachRun(0..<walk.runs) { run, offsets in
        for place in 0..<inner.extent {
          let at = run * inner.extent + place
          let base = x.floats[offsets[0] + place * inner.strides[0]]
          common[at] = Self.slope(g[at], base, Float(b.integers[offsets[1] + place * inner.strides[1]]))
        }
      }
      if !isWhole { Broadcasting.reduce(common, from: result, to: x.shape, into: target) }
      return
    }
    BinaryGradient.write(call, 0) { g, a, b in Self.slope(g, a, b) }
    // The power of 0 does not change with an exponent that is not negative.
    BinaryGradient.write(call, 1) { g, a, b in g == 0 || a == 0 && b >= 0 ? 0 : g * powf(a, b) * logf(a) }
  }

  @inline(__always)
  private static func slope(_ g: Float, _ base: Float, _ exponent: Float) -> Float {
    if exponent == 2 { return g * 2 * base }
    return g == 0 || exponent == 0 ? 0 : g * exponent * powf(base, exponent - 1)
  }
}
