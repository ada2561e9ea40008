import CTensorKernels
import Glibc
import NetworkGraph
import TensorKernels

/// A reduction over axes. Each of ONNX's has a file of its own with its form.
struct ReduceOperator: OperatorKernel {
  /// What is computed of the elements that belong together.
  enum Form: String, Sendable {
    case mean, sum, max, min, product, magnitudes, norm, logSum, logSumExp, squares
  }

  static let kind = "Reduce"
  let kind: String
  let form: Form
  let keepsAxes: Bool
  let emptyMeansNone: Bool
  /// Axes that are an attribute; nil where they are the second input, or left out.
  let axes: [Int]?

  /// Reads a node's attributes.
  ///
  /// - Parameters:
  ///   - kind: ONNX's name.
  ///   - form: What is computed.
  ///   - attributes: The node's attributes.
  ///   - since: The operator set since which axes are an input.
  /// - Throws: `SpecificationError` for an attribute of another kind.
  init(_ kind: String, _ form: Form, _ attributes: OperatorAttributes, axesAreInputSince since: Int = 18)
    throws(SpecificationError)
  {
    self.kind = kind
    self.form = form
    keepsAxes = try attributes.integer("keepdims", 1) != 0
    emptyMeansNone = try attributes.integer("noop_with_empty_axes", 0) != 0
    axes = attributes.version < since ? try attributes.integers("axes") : nil
  }

  var traits: OperatorTraits {
    switch form {
    case .mean: [.pools, .averages]
    case .max: [.pools, .takesLargest]
    default: [.pools]
    }
  }
  var scaleLaw: ScaleLaw {
    switch form {
    case .mean, .sum, .max, .min, .magnitudes, .norm: .homogeneous
    case .squares: .product
    case .product, .logSum, .logSumExp: .absolute
    }
  }

  func scales(of exponents: [Double], isFloat: [Bool]) -> OperatorScales {
    let own = exponents.first ?? 0, rest = exponents.dropFirst().map { _ in 0.0 }
    switch scaleLaw {
    case .homogeneous: return OperatorScales(inputs: [own] + rest, output: own)
    case .product: return OperatorScales(inputs: [own] + rest, output: 2 * own)
    default: return OperatorScales(inputs: exponents.map { _ in 0 }, output: 0)
    }
  }

  private func resolved(_ shape: TensorShape, _ given: [Int]?) throws(SpecificationError) -> [Int] {
    let named = axes ?? given ?? []
    if named.isEmpty { return emptyMeansNone ? [] : Array(0..<shape.rank) }
    return try shape.axes(named, of: kind)
  }

  func results(of inputs: [ValueFacts?]) throws(SpecificationError) -> [ValueType] {
    let data = try inputs.required(0, of: kind), shape = data.shape
    guard data.type.element != .bool || form == .max || form == .min else {
      throw SpecificationError("\(kind) does not take tensors of bool", hint: damagedFile)
    }
    let axes = try resolved(shape, inputs.integers(1, of: kind)), dropped = Set(axes)
    if keepsAxes { return [ValueType(data.type.element, try Reduction.kept(shape, axes))] }
    let extents = shape.extents.indices.filter { !dropped.contains($0) }.map { shape[$0] }
    return [ValueType(data.type.element, try TensorShape(extents))]
  }

  private var readsElements: Bool { form != .mean && form != .sum }
  private var readsResults: Bool {
    switch form {
    case .max, .min, .product, .norm, .logSumExp, .logSum: true
    case .mean, .sum, .magnitudes, .squares: false
    }
  }

  /// Ties of an extreme are counted; of a product, zeros and what is not zero; exponentials are summed in Double.
  private func backwardWorkspace(_ count: Int) -> Int {
    switch form {
    case .max, .min: count
    case .product, .logSumExp: 2 * count
    case .mean, .sum, .magnitudes, .norm, .logSum, .squares: 0
    }
  }

  func requirements(inputs: [ValueType?], outputs: [ValueType]) -> KernelRequirements {
    let axesInput = inputs.count > 1 && inputs[1] != nil ? [1] : []
    return KernelRequirements(
      forwardWorkspace: (form == .logSumExp ? 4 : 2) * outputs[0].shape.count,
      backwardWorkspace: backwardWorkspace(outputs[0].shape.count),
      readsInputs: (readsElements && form != .logSum ? [0] : []) + axesInput, readsOutputs: readsResults ? [0] : [])
  }

  func forward(_ call: ForwardCall) throws {
    let x = call.input(0), y = call.outputs[0]
    let axes = try resolved(x.shape, call.integers(1)), kept = try Reduction.kept(x.shape, axes)
    guard kept.count == y.count else { throw OperatorFailure.changedShape(kind) }
    // How many elements each result has.
    let members = y.count == 0 ? 0 : x.count / y.count
    switch x.type.element {
    case .float32: floats(call, kept, members)
    case .int64: integers(x, y, kept, members)
    case .bool:
      y.bools.update(repeating: form == .max ? 0 : 1, count: y.count)
      Reduction.each(x.shape, kept) { result, element in
        let value = x.bools[element]
        y.bools[result] = form == .max ? Swift.max(y.bools[result], value) : Swift.min(y.bools[result], value)
      }
    }
  }

  private func floats(_ call: ForwardCall, _ kept: TensorShape, _ members: Int) {
    let x = call.input(0), y = call.outputs[0].floats, count = kept.count
    call.workspace.withMemoryRebound(to: Double.self, capacity: 2 * count) { sums in
      func run(_ what: Reduction.Accumulation) {
        Reduction.run(what, x.floats, x.shape, to: kept, into: sums, team: call.team)
      }
      switch form {
      case .mean:
        run(.sum)
        for i in 0..<count { y[i] = Float(sums[i] / Double(members)) }
      case .sum: run(.sum)
      case .max: run(.maximum)
      case .min: run(.minimum)
      case .product: run(.product)
      case .magnitudes: run(.magnitudes)
      case .squares: run(.squares)
      case .norm:
        run(.squares)
        for i in 0..<count { y[i] = Float(sums[i].squareRoot()) }
      case .logSum:
        run(.sum)
        for i in 0..<count { y[i] = Float(log(sums[i])) }
      case .logSumExp:
        run(.maximum)
        let tops = sums, totals = sums + count
        totals.update(repeating: 0, count: count)
        // An infinite largest element must not be taken from itself.
        for i in 0..<count where tops[i].isInfinite { tops[i] = tops[i] < 0 ? 0 : tops[i] }
        Reduction.cut(x.shape, kept, call.team) { result, element, length, isReduced in
          for i in 0..<length {
            let at = isReduced ? result : result + i, value = Double(x.floats[element + i])
            totals[at] += value == tops[at] ? 1 : Glibc.exp(value - tops[at])
          }
        }
        for i in 0..<count { y[i] = Float(tops[i] + log(totals[i])) }
      }
      switch form {
      case .sum, .max, .min, .product, .magnitudes, .squares: for i in 0..<count { y[i] = Float(sums[i]) }
      default: break
      }
    }
  }

  private func integers(_ x: TensorView, _ y: TensorView, _ kept: TensorShape, _ members: Int) {
    let from = x.integers, to = y.integers
    func run(_ start: Int64, _ combine: (Int64, Int64) -> Int64) {
      to.update(repeating: start, count: y.count)
      Reduction.each(x.shape, kept) { result, element in to[result] = combine(to[result], from[element]) }
    }
    switch form {
    case .sum: run(0) { $0 &+ $1 }
    case .product: run(1) { $0 &* $1 }
    case .max: run(.min) { Swift.max($0, $1) }
    case .min: run(.max) { Swift.min($0, $1) }
    case .magnitudes: run(0) { $0 &+ ($1 < 0 ? 0 &- $1 : $1) }
    case .squares: run(0) { $0 &+ $1 &* $1 }
    case .mean:
      run(0) { $0 &+ $1 }
      for i in 0..<y.count { to[i] = members == 0 ? 0 : to[i] / Int64(members) }
    case .norm, .logSum, .logSumExp:
      var sums = [Double](repeating: 0, count: y.count)
      Reduction.each(x.shape, kept) { result, element in
        let value = Double(from[element])
        sums[result] += form == .norm ? value * value : form == .logSum ? value : Glibc.exp(value)
      }
      for i in 0..<y.count { to[i] = Conversion.integer(form == .norm ? sums[i].squareRoot() : log(sums[i])) }
    }
  }

  func backward(_ call: BackwardCall) {
    guard let g = call.outputGradients[0], let target = call.target(0) else { return }
    let input = call.input(0), x = input.floats, y = call.outputs[0].floats, count = call.outputs[0].count
    guard let axes = try? resolved(input.shape, call.integers(1)), let kept = try? Reduction.kept(input.shape, axes),
      kept.count == count
    else { return }
    let extra = call.workspace
    let pairs: ((_ body: (_ result: Int, _ element: Int) -> Float) -> Void) = { body in
      Reduction.cut(input.shape, kept, call.team) { result, element, length, isReduced in
        for i in 0..<length { target[element + i] = body(isReduced ? result : result + i, element + i) }
      }
    }
    switch form {
    case .sum, .mean:
      let factor = form == .sum || count == 0 ? 1 : Float(1 / (Double(input.count) / Double(count)))
      Reduction.cut(input.shape, kept, call.team) { result, element, length, isReduced in
        if isReduced {
          (target + element).update(repeating: g[result] * factor, count: length)
        } else {
          for i in 0..<length { target[element + i] = g[result + i] * factor }
        }
      }
    case .magnitudes: pairs { r, e in x[e] > 0 ? g[r] : x[e] < 0 ? -g[r] : 0 }
    case .squares: pairs { r, e in chained(g[r], 2 * x[e]) }
    // The norm of nothing but zeros has slope 0, as PyTorch has it.
    case .norm: pairs { r, e in y[r] == 0 ? 0 : chained(g[r], x[e] / y[r]) }
    case .logSum: pairs { r, _ in g[r] == 0 ? 0 : g[r] / expf(y[r]) }
    case .logSumExp:
      // Divided by their own sum: the result's rounding alone would move every exponential of a large sum.
      extra.withMemoryRebound(to: Double.self, capacity: count) { totals in
        totals.update(repeating: 0, count: count)
        func weight(_ r: Int, _ e: Int) -> Double {
          x[e] == -.infinity ? 0 : x[e] == y[r] ? 1 : Glibc.exp(Double(x[e]) - Double(y[r]))
        }
        Reduction.each(input.shape, kept) { r, e in totals[r] += weight(r, e) }
        pairs { r, e in
          let own = weight(r, e)
          return own == 0 ? 0 : chained(g[r], Float(own / totals[r]))
        }
      }
    case .max, .min:
      // Equal extremes share the gradient.
      extra.update(repeating: 0, count: count)
      Reduction.each(input.shape, kept) { r, e in if x[e] == y[r] { extra[r] += 1 } }
      pairs { r, e in x[e] == y[r] ? g[r] / extra[r] : 0 }
    case .product:
      // The product of the others: with one zero only that zero has a slope, with two none has.
      let zeros = extra, products = extra + count
      zeros.update(repeating: 0, count: count)
      products.update(repeating: 1, count: count)
      Reduction.each(input.shape, kept) { r, e in
        if x[e] == 0 { zeros[r] += 1 } else { products[r] *= x[e] }
      }
      pairs { r, e in
        if zeros[r] == 0 { return chained(g[r], products[r] / x[e]) }
        return zeros[r] == 1 && x[e] == 0 ? chained(g[r], products[r]) : 0
      }
    }
  }
}
