import Glibc
import NetworkGraph
import NumberText
import OperatorKernels

/// A function of one number that several operators of a graph make together.
struct ElementwiseFunction: Sendable {
  /// Operators that the function may consist of, beside those that are activation functions themselves.
  static let operators: Set<String> = [
    "Abs", "Add", "And", "Cast", "CastLike", "Clip", "Cos", "Div", "Equal", "Exp", "Greater", "GreaterOrEqual", "Identity",
    "Less", "LessOrEqual", "Log", "Max", "Min", "Mul", "Neg", "Not", "Or", "Pow", "Reciprocal", "Sign", "Sqrt", "Sub",
    "Where",
  ]

  /// A number with its derivative with respect to the argument.
  struct Dual {
    var value: Double
    var slope = 0.0
  }

  private enum Operand: Sendable {
    /// What the argument or an earlier step left behind.
    case slot(Int)
    case constant(Double)
    case missing
  }

  private struct Step: Sendable {
    var kind: String
    var activation: Activation?
    var operands: [Operand]
  }

  private var steps: [Step] = []

  /// The function that nodes compute from a value; nil where one of them does anything else than act on single elements.
  ///
  /// - Parameters:
  ///   - nodes: The nodes, each after those that it reads. The last gives the result.
  ///   - argument: The only value beside constants that they read.
  ///   - index: The graph.
  init?(of nodes: [Int], from argument: ValueID, in index: GraphIndex) {
    var slots = [argument: 0]
    for node in nodes {
      guard let output = index.graph.nodes[node].outputs.first ?? nil else { return nil }
      var operands: [Operand] = []
      for input in index.graph.nodes[node].inputs {
        guard let input else {
          operands.append(.missing)
          continue
        }
        if let slot = slots[input] {
          operands.append(.slot(slot))
        } else if let number = index.number(input) {
          operands.append(.constant(number))
        } else {
          return nil
        }
      }
      let kind = index.kind(node)
      // A change to whole numbers drops the fraction, which no function here has.
      if kind == "Cast" || kind == "CastLike", index.type(output).element == .int64 { return nil }
      if kind == "Clip", operands.count < 3 {
        // Until opset 10 the bounds were attributes.
        for (place, name) in ["min", "max"].enumerated() where operands.count < place + 2 {
          if case .float(let bound)? = index.origins[node].attributes[name] {
            operands.append(.constant(Double(bound)))
          } else {
            operands.append(.missing)
          }
        }
      }
      let activation = (index.graph.nodes[node].operation as? ActivationOperator)?.activation
      guard activation != nil || Self.operators.contains(kind) else { return nil }
      steps.append(Step(kind: kind, activation: activation, operands: operands))
      slots[output] = steps.count
    }
  }

  /// The function's value and slope at a point. At a kink the slope is one of the two sides'.
  func callAsFunction(_ x: Double) -> Dual {
    var slots = [Dual(value: x, slope: 1)]
    slots.reserveCapacity(steps.count + 1)
    for step in steps { slots.append(Self.result(of: step, slots)) }
    return slots[steps.count]
  }

  private static func result(of step: Step, _ slots: [Dual]) -> Dual {
    func operand(_ place: Int) -> Dual? {
      guard place < step.operands.count else { return nil }
      switch step.operands[place] {
      case .slot(let slot): return slots[slot]
      case .constant(let number): return Dual(value: number)
      case .missing: return nil
      }
    }
    func flag(_ holds: Bool) -> Dual { Dual(value: holds ? 1 : 0) }
    /// The chain rule; what does not depend on the argument has slope 0 even where the function's own is infinite.
    func chained(_ a: Dual, _ value: Double, _ slope: Double) -> Dual {
      Dual(value: value, slope: a.slope == 0 ? 0 : a.slope * slope)
    }
    let a = operand(0) ?? Dual(value: .nan), b = operand(1) ?? Dual(value: .nan)
    if let activation = step.activation { return chained(a, activation.value(a.value), activation.derivative(a.value)) }
    switch step.kind {
    case "Cast", "CastLike", "Identity": return a
    case "Abs": return chained(a, a.value.magnitude, a.value > 0 ? 1 : a.value < 0 ? -1 : 0)
    case "Neg": return Dual(value: -a.value, slope: -a.slope)
    case "Sign": return Dual(value: a.value > 0 ? 1 : a.value < 0 ? -1 : a.value)
    case "Exp": return chained(a, exp(a.value), exp(a.value))
    case "Log": return chained(a, log(a.value), 1 / a.value)
    case "Sqrt": return chained(a, a.value.squareRoot(), 0.5 / a.value.squareRoot())
    case "Reciprocal": return chained(a, 1 / a.value, -1 / (a.value * a.value))
    case "Cos": return chained(a, cos(a.value), -sin(a.value))
    case "Add": return Dual(value: a.value + b.value, slope: a.slope + b.slope)
    case "Sub": return Dual(value: a.value - b.value, slope: a.slope - b.slope)
    case "Mul":
      return Dual(
        value: a.value * b.value,
        slope: (a.slope == 0 ? 0 : a.slope * b.value) + (b.slope == 0 ? 0 : a.value * b.slope))
    case "Div":
      let quotient = a.value / b.value
      return Dual(value: quotient, slope: (a.slope - (b.slope == 0 ? 0 : quotient * b.slope)) / b.value)
    case "Pow":
      let power = pow(a.value, b.value)
      let ofBase = a.slope == 0 || b.value == 0 ? 0 : a.slope * b.value * pow(a.value, b.value - 1)
      return Dual(value: power, slope: ofBase + (b.slope == 0 ? 0 : b.slope * power * log(a.value)))
    case "Max", "Min":
      let sign: Double = step.kind == "Max" ? 1 : -1
      return step.operands.indices.dropFirst().reduce(a) { best, place in
        guard let other = operand(place) else { return best }
        return sign * other.value > sign * best.value ? other : best
      }
    case "Clip":
      // As ONNX orders them: an upper bound below the lower one wins.
      var result = a
      if let least = operand(1), result.value < least.value { result = least }
      if let most = operand(2), result.value > most.value { result = most }
      return result
    case "Where": return a.value != 0 ? b : operand(2) ?? Dual(value: .nan)
    case "Greater": return flag(a.value > b.value)
    case "GreaterOrEqual": return flag(a.value >= b.value)
    case "Less": return flag(a.value < b.value)
    case "LessOrEqual": return flag(a.value <= b.value)
    case "Equal": return flag(a.value == b.value)
    case "And": return flag(a.value != 0 && b.value != 0)
    case "Or": return flag(a.value != 0 || b.value != 0)
    case "Not": return flag(a.value == 0)
    default: return Dual(value: .nan)
    }
  }

  /// Whether one of the operators is an activation function by itself.
  var hasActivation: Bool { steps.contains { $0.activation != nil } }

  /// Whether the function is a single activation function whose argument and result are scaled or shifted at most.
  var isScaledActivation: Bool {
    steps.count { $0.activation != nil } == 1
      && steps.enumerated().allSatisfy { place, step in
        let reads = step.operands.compactMap { if case .slot(let slot) = $0 { slot } else { nil } }
        return reads == [place]
          && (step.activation != nil
            || ["Add", "Sub", "Mul", "Div", "Neg", "Cast", "CastLike", "Identity"].contains(step.kind))
      }
  }

  /// Points at which two functions are compared: dense where activation functions bend, sparse far out.
  static let probes: [Double] =
    (-160...160).map { Double($0) / 16 + 1.0 / 64 } + [-90, -60, -30, -20, 20, 30, 60, 90]

  /// Whether the function is finite at all probes.
  var isFinite: Bool { Self.probes.allSatisfy { self($0).value.isFinite && self($0).slope.isFinite } }

  /// Whether the function is no straight line.
  var bends: Bool {
    let slopes = Self.probes.lazy.map { self($0).slope }
    guard let first = slopes.first else { return false }
    return slopes.contains { !(($0 - first).magnitude <= 1e-4 * max($0.magnitude, first.magnitude)) }
  }

  /// The activation function that this is: one of the catalogue, or one that PyTorch has beside them; nil for any other.
  ///
  /// Two functions are the same where they agree at all probes, to what constants in float16 allow: half of the distance
  /// between GELU and its form with tanh.
  var named: Activation? {
    let own = Self.probes.map { self($0).value }
    guard bends, own.allSatisfy({ !$0.isNaN }) else { return nil }
    func distance(to other: (Double) -> Double) -> Double {
      var largest = 0.0
      for (x, value) in zip(Self.probes, own) {
        let wanted = other(x), distance = value == wanted ? 0 : (value - wanted).magnitude / (1 + wanted.magnitude)
        guard distance <= 2e-4 else { return .infinity }
        largest = max(largest, distance)
      }
      return largest
    }
    func nearest(_ candidates: [ForeignActivation]) -> Activation? {
      let best = candidates.map { ($0, distance(to: $0.value)) }.min { $0.1 < $1.1 }
      return best.flatMap { $0.1.isFinite ? $0.0.activation : nil }
    }
    // A constant in float16 makes quick_gelu no swish of another factor.
    return nearest(Self.catalogue.map { ForeignActivation($0) }) ?? nearest(fitted)
  }

  /// The catalogue's functions that are no families. A PReLU is a leaky ReLU here: its slopes are weights.
  private static let catalogue: [Activation] = ActivationCatalogue.entries.map(\.name).filter {
    !["identity", "leaky_relu", "prelu", "elu", "celu"].contains($0)
  }.compactMap { try? Activation(parsing: $0) }

  /// Members of families, each with the parameter that the function has if it is one of them.
  private var fitted: [ForeignActivation] {
    func value(_ x: Double) -> Double { self(x).value }
    var found: [ForeignActivation] = [.logSigmoid, .tanhShrink]
    let below = value(-Self.far), above = value(Self.far)
    let slope = Self.written(-value(-1))
    // With the slope -1 it is the absolute value.
    if slope > -0.99, slope < 100 { found.append(ForeignActivation(.leakyReLU(slope: slope))) }
    let alpha = Self.written(-below)
    if (1e-3...1e3).contains(alpha) {
      found += [ForeignActivation(.elu(alpha: alpha)), ForeignActivation(.celu(alpha: alpha))]
    }
    if below < above { found.append(.clip(Self.written(below), Self.written(above), far: Self.far)) }
    let softness = Self.written(log(2) / value(0))
    if (1e-3...1e3).contains(softness) { found.append(.softplus(beta: softness)) }
    let shrinkage = Self.written(Self.far - above)
    if shrinkage > 0, shrinkage < 1e3 { found.append(.softShrink(shrinkage)) }
    if let threshold = end(ofIdentityFrom: 64).map(Self.written) {
      if threshold > 0 { found.append(.hardShrink(threshold)) }
      found.append(.threshold(threshold, below: Self.written(below)))
    }
    // At 1, x sigmoid(beta x) is the sigmoid of beta.
    let gate = value(1)
    if gate > 0.5, gate < 1 { found.append(.swish(beta: Self.written(log(gate / (1 - gate))))) }
    return found
  }

  /// Where limits are read off.
  private static let far = 1e4

  /// The smallest number down to which the function is the identity; nil where it is not even at the start, or everywhere.
  private func end(ofIdentityFrom start: Double) -> Double? {
    func isIdentity(at x: Double) -> Bool { self(x).value == x }
    // At zero itself a function that is zero there looks like the identity.
    guard isIdentity(at: start), let first = [0x1p-20, -start].first(where: { !isIdentity(at: $0) }) else { return nil }
    var low = first, high = start
    // Sixty halvings reach the last place of a Double.
    for _ in 0..<60 {
      let middle = (low + high) / 2
      if isIdentity(at: middle) { high = middle } else { low = middle }
    }
    return high
  }

  /// A number as it was written, when it was stored as a Float: 0.3 for 0.30000001.
  private static func written(_ value: Double) -> Double {
    let short = (value * 1e4).rounded() / 1e4
    return value.isFinite && (short - value).magnitude <= 1e-5 * value.magnitude ? short : value
  }
}

extension GraphIndex {
  /// The single number that a value holds, of any type; nil for others.
  func number(_ value: ValueID) -> Double? {
    guard let constant = constants[value.index], constant.shape.count == 1 else { return nil }
    return switch constant.elements {
    case .float32(let values): values.first.map(Double.init)
    case .int64(let values): values.first.map(Double.init)
    case .bool(let values): values.first.map { $0 ? 1 : 0 }
    }
  }
}

extension ElementwiseFunction {
  /// The function as an activation that is called by its formula.
  var unnamed: Activation {
    .custom(name: formula, value: { self($0).value }, derivative: { self($0).slope })
  }

  /// The function as text: `exp(-(x ^ 2))`.
  private var formula: String {
    // Each step alone, and as an operand of another.
    var texts = [(alone: "x", operand: "x")]
    for step in steps {
      let operands = step.operands.map { operand in
        switch operand {
        case .slot(let slot): texts[slot]
        case .constant(let number): (alone: shortNumber(number), operand: shortNumber(number))
        case .missing: (alone: "", operand: "")
        }
      }
      if ["Cast", "CastLike", "Identity"].contains(step.kind) {
        texts.append(operands[0])
      } else if step.kind == "Neg" || Self.signs[step.kind] != nil {
        let text =
          Self.signs[step.kind].map { operands.map(\.operand).joined(separator: " \($0) ") } ?? "-\(operands[0].operand)"
        texts.append((text, "(\(text))"))
      } else {
        let arguments = step.activation == nil ? operands[...] : operands.prefix(1)
        let text = "\(step.activation?.label ?? step.kind.lowercased())(\(arguments.map(\.alone).joined(separator: ", ")))"
        texts.append((text, text))
      }
    }
    let text = texts[steps.count].alone
    // A longer one says less than that there is one.
    return text.count <= 60 ? text : "function of \(steps.count) operators"
  }

  private static let signs = [
    "Add": "+", "Sub": "-", "Mul": "*", "Div": "/", "Pow": "^", "Greater": ">", "GreaterOrEqual": ">=", "Less": "<",
    "LessOrEqual": "<=", "Equal": "==", "And": "and", "Or": "or",
  ]
}
