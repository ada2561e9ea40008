import NetworkGraph

/// What happens where an update meets an element: it takes its place, or the two are combined.
enum ScatterForm: String, Sendable {
  case none, add, mul, max, min

  /// Calls its argument with the number of each update and the place that it goes to, in order.
  typealias Places = (_ body: (_ update: Int, _ place: Int) -> Void) -> Void

  /// Reads the attribute `reduction`.
  ///
  /// - Parameters:
  ///   - attributes: The node's attributes.
  ///   - kind: The operator's name, for the error.
  /// - Throws: `SpecificationError` for a form that ONNX does not have.
  init(_ attributes: OperatorAttributes, of kind: String) throws(SpecificationError) {
    let name = try attributes.text("reduction", "none")
    guard let form = ScatterForm(rawValue: name) else {
      throw SpecificationError("\(kind) has no reduction '\(name)'", hint: "ONNX knows none, add, mul, max and min")
    }
    self = form
  }

  /// Products need true values; what else there is compares or adds.
  var scaleLaw: ScaleLaw { self == .mul ? .absolute : .aligned }

  /// Refuses to combine bools.
  func check(_ element: ElementType, of kind: String) throws(SpecificationError) {
    guard self == .none || element != .bool else {
      throw SpecificationError("\(kind) cannot combine bools", hint: damagedFile)
    }
  }

  /// Memory of a pass over results of a shape.
  func requirements(_ shape: TensorShape) -> KernelRequirements {
    switch self {
    case .none, .add: KernelRequirements(readsInputs: [1])
    case .mul: KernelRequirements(backwardWorkspace: 2 * shape.count, readsInputs: [0, 1, 2])
    case .max, .min: KernelRequirements(backwardWorkspace: shape.count, readsInputs: [0, 1, 2], readsOutputs: [0])
    }
  }

  /// Fills the result.
  func forward(_ call: ForwardCall, _ places: Places) {
    call.copyThrough()
    let target = call.outputs[0], updates = call.input(2)
    switch target.type.element {
    case .bool: places { target.bools[$1] = updates.bools[$0] }
    case .int64:
      let to = target.integers, from = updates.integers
      switch self {
      case .none: places { to[$1] = from[$0] }
      case .add: places { to[$1] &+= from[$0] }
      case .mul: places { to[$1] = to[$1] &* from[$0] }
      case .max: places { to[$1] = Swift.max(to[$1], from[$0]) }
      case .min: places { to[$1] = Swift.min(to[$1], from[$0]) }
      }
    case .float32:
      let to = target.floats, from = updates.floats
      switch self {
      case .none: places { to[$1] = from[$0] }
      case .add: places { to[$1] += from[$0] }
      case .mul: places { to[$1] *= from[$0] }
      // NaN stays.
      case .max: places { if !(to[$1] >= from[$0]), !to[$1].isNaN { to[$1] = from[$0] } }
      case .min: places { if !(to[$1] <= from[$0]), !to[$1].isNaN { to[$1] = from[$0] } }
      }
    }
  }

  /// Writes the gradients of data and updates.
  func backward(_ call: BackwardCall, _ places: Places) {
    guard let g = call.outputGradients[0] else { return }
    let count = call.outputs[0].count, data = call.target(0), updates = call.target(2), extra = call.workspace
    switch self {
    case .none, .add:
      data?.update(from: g, count: count)
      if self == .none, let data { places { data[$1] = 0 } }
      if let updates { places { updates[$0] = g[$1] } }
    case .mul:
      // Of the factors of each element: how many are zero, and the product of the others.
      let x = call.input(0).floats, u = call.input(2).floats, zeros = extra, products = extra + count
      for i in 0..<count { (zeros[i], products[i]) = x[i] == 0 ? (1, 1) : (0, x[i]) }
      places { if u[$0] == 0 { zeros[$1] += 1 } else { products[$1] *= u[$0] } }
      func slope(_ place: Int, _ factor: Float) -> Float {
        if zeros[place] == 0 { return chained(g[place], products[place] / factor) }
        return zeros[place] == 1 && factor == 0 ? chained(g[place], products[place]) : 0
      }
      if let data { for i in 0..<count { data[i] = slope(i, x[i]) } }
      if let updates { places { updates[$0] = slope($1, u[$0]) } }
    case .max, .min:
      // Equal extremes share the gradient.
      let x = call.input(0).floats, u = call.input(2).floats, y = call.outputs[0].floats
      for i in 0..<count { extra[i] = x[i] == y[i] ? 1 : 0 }
      places { if u[$0] == y[$1] { extra[$1] += 1 } }
      if let data { for i in 0..<count { data[i] = x[i] == y[i] ? g[i] / extra[i] : 0 } }
      if let updates { places { updates[$0] = u[$0] == y[$1] ? g[$1] / extra[$1] : 0 } }
    }
  }
}
