import NetworkGraph

/// An input of an operator as far as its scale goes.
public struct ScaledOperand {
  /// True values are data times 2^exponent.
  public var exponent: Double
  /// The largest finite magnitude of the data; 0 where all are zero or not finite. It is asked for only where it matters.
  public var largest: () -> Float

  /// Makes the description of an input.
  ///
  /// - Parameters:
  ///   - exponent: True values are data times 2^exponent.
  ///   - largest: Finds the largest finite magnitude of the data.
  public init(exponent: Double, largest: @escaping () -> Float) {
    self.exponent = exponent
    self.largest = largest
  }

  /// Whether there is a finite element other than zero, so that the exponent says something.
  fileprivate var hasSize: Bool { largest() > 0 }
}

extension OperatorKernel {
  /// The scales with which the operator takes inputs, given their data.
  ///
  /// - Parameter operands: The inputs; nil for those that are left out or not float32.
  public func scales(of operands: [ScaledOperand?]) -> OperatorScales {
    let scales = scales(of: exponents(of: operands), isFloat: operands.map { $0 != nil })
    return scaleLaw == .invariant ? keepingSmall(operands, in: scales) : leavingRoom(operands, in: scales)
  }

  /// The exponents of the inputs, where one that holds nothing but zeros, infinities and NaN takes the others': a constant
  /// of zeros must not pull a signal that is far smaller than Float's least number up to its own scale.
  private func exponents(of operands: [ScaledOperand?]) -> [Double] {
    let floats = operands.compactMap(\.self)
    guard scaleLaw == .aligned, let first = floats.first, floats.contains(where: { $0.exponent != first.exponent }) else {
      return operands.map { $0?.exponent ?? 0 }
    }
    let sized = floats.filter(\.hasSize).map(\.exponent).max() ?? first.exponent
    return operands.map { operand in operand.map { $0.hasSize ? $0.exponent : sized } ?? 0 }
  }

  /// A larger scale for the first input and the results, where a bias would be infinite in the scale of a signal that is
  /// far smaller.
  private func leavingRoom(_ operands: [ScaledOperand?], in scales: OperatorScales) -> OperatorScales {
    // 2^64 swamps the signal and is far from infinite.
    let room = 64.0
    var lift = 0.0
    for place in addends where place < operands.count {
      guard let operand = operands[place], operand.exponent > scales.inputs[place] + room else { continue }
      let largest = operand.largest()
      if largest > 0 { lift = max(lift, operand.exponent + Double(largest.exponent) - scales.inputs[place] - room) }
    }
    guard lift > 0 else { return scales }
    var lifted = scales
    lifted.output += lift
    for place in [0] + addends where place < operands.count { lifted.inputs[place] += lift }
    return lifted
  }

  /// A normalization's scales, where the signal is so small beside its epsilon that the result keeps the signal's scale.
  private func keepingSmall(_ operands: [ScaledOperand?], in scales: OperatorScales) -> OperatorScales {
    guard let signal = operands.first ?? nil else { return scales }
    var kept = scales
    kept.output = NormalizationUnits.output(of: signal.exponent, epsilon: epsilon) {
      operands.indices.contains { isShift(input: $0) && (operands[$0]?.hasSize ?? false) }
    }
    // What is added to the result, if only zeros, is taken in its scale.
    for place in operands.indices where isShift(input: place) && operands[place] != nil { kept.inputs[place] = kept.output }
    return kept
  }
}
