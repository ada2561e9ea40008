import NetworkGraph
import TensorKernels

extension OperatorEntry {
  static let clip = OperatorEntry("Clip") { attributes throws(SpecificationError) in
    guard attributes.version < 11 else { return Clip() }
    return Clip(
      low: attributes.values["min"] == nil ? nil : Float(try attributes.float("min", 0)),
      high: attributes.values["max"] == nil ? nil : Float(try attributes.float("max", 0)))
  }
}

/// Each element cut to lie between two bounds, of which either may be missing; where they cross, the upper one holds.
///
/// The gradient passes where an element is within the bounds, and else goes to the bound. Where an element equals a bound,
/// PyTorch shares it between the two, or has 0 where the bound is a mere number.
struct Clip: OperatorKernel {
  static let kind = "Clip"
  let traits: OperatorTraits = [.elementwise, .activates]
  let scaleLaw = ScaleLaw.absolute
  /// Bounds that are attributes, of operator sets before 11.
  var low: Float?
  var high: Float?

  func results(of inputs: [ValueFacts?]) throws(SpecificationError) -> [ValueType] {
    let data = try inputs.required(0, of: Self.kind)
    guard data.type.element != .bool else {
      throw SpecificationError("Clip does not take tensors of bool", hint: damagedFile)
    }
    for place in [1, 2] {
      guard let bound = inputs.optional(place) else { continue }
      guard bound.type.element == data.type.element, bound.shape.count == 1 else {
        throw SpecificationError(
          "Clip takes single bounds of the tensor's type, got \(bound.shape) of \(bound.type.element.rawValue)",
          hint: damagedFile)
      }
    }
    return [data.type]
  }

  /// Tiny elements keep their scale, at which finite bounds may become infinite and still hold; so do huge ones, if only one
  /// bound could cut them.
  func scales(of exponents: [Double], isFloat: [Bool]) -> OperatorScales {
    let own = exponents.first ?? 0
    let bounds = isFloat.dropFirst().filter { $0 }.count
    let taken = low != nil || high != nil ? 0 : bounds < 2 ? own : min(own, 0)
    return OperatorScales(inputs: isFloat.map { $0 ? taken : 0 }, output: taken)
  }

  func requirements(inputs: [ValueType?], outputs: [ValueType]) -> KernelRequirements {
    KernelRequirements(readsInputs: [0] + [1, 2].filter { inputs.indices.contains($0) && inputs[$0] != nil })
  }

  func forward(_ call: ForwardCall) {
    let x = call.input(0), y = call.outputs[0]
    if x.type.element == .int64 {
      let least = call.optional(1)?.integers[0] ?? .min, most = call.optional(2)?.integers[0] ?? .max
      for i in 0..<y.count { y.integers[i] = min(max(x.integers[i], least), most) }
      return
    }
    let least = call.optional(1)?.floats[0] ?? low ?? -.infinity, most = call.optional(2)?.floats[0] ?? high ?? .infinity
    let source = x.floats, target = y.floats
    call.team.split(y.count, grain: BinaryPass.grain) { piece in
      for i in piece {
        // Comparisons with NaN are false, so that it stays.
        let raised = source[i] < least ? least : source[i]
        target[i] = raised > most ? most : raised
      }
    }
  }

  func backward(_ call: BackwardCall) {
    guard let g = call.outputGradients[0] else { return }
    let x = call.input(0).floats, count = call.input(0).count
    let least = call.optional(1)?.floats[0] ?? low ?? -.infinity, most = call.optional(2)?.floats[0] ?? high ?? .infinity
    // An element that equals a bound: its gradient is shared with a bound that wants one, and else 0.
    let (lowTarget, highTarget) = (call.target(1), call.target(2))
    let atLow: Float = lowTarget == nil ? 0 : 0.5, atHigh: Float = highTarget == nil ? 0 : 0.5
    if let target = call.target(0) {
      call.team.split(count, grain: BinaryPass.grain) { piece in
        for i in piece {
          let inside: Float = x[i] == most ? atHigh : x[i] == least ? atLow : 1
          target[i] = x[i] < least || x[i] > most ? 0 : inside * g[i]
        }
      }
    }
    if let lowTarget {
      var sum = 0.0
      if least < most { for i in 0..<count where x[i] <= least { sum += Double(g[i]) * (x[i] == least ? 0.5 : 1) } }
      lowTarget[0] = Float(sum)
    }
    if let highTarget {
      var sum = 0.0
      for i in 0..<count where x[i] >= most || most < least {
        sum += Double(g[i]) * (x[i] == most && least <= most ? 0.5 : 1)
      }
      highTarget[0] = Float(sum)
    }
  }
}
