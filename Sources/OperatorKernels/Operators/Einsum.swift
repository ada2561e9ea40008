import NetworkGraph

extension OperatorEntry {
  static let einsum = OperatorEntry("Einsum") { attributes throws(SpecificationError) in
    Einsum(try attributes.text("equation", ""))
  }
}

/// Sums of products by an equation: `bij,bjk->bik` multiplies matrices, `ii->i` takes a diagonal, `i,j->ij` multiplies all
/// pairs. An ellipsis stands for further axes, which are repeated to a common shape.
public struct Einsum: OperatorKernel {
  public static let kind = "Einsum"
  public let traits: OperatorTraits = [.contracts]
  public let scaleLaw = ScaleLaw.product
  public let equation: String

  /// Makes the operator.
  ///
  /// - Parameter equation: The equation.
  public init(_ equation: String) { self.equation = equation }

  public func results(of inputs: [ValueFacts?]) throws(SpecificationError) -> [ValueType] {
    guard !inputs.isEmpty else {
      throw SpecificationError("Einsum needs at least one operand", hint: "Export the model again")
    }
    var shapes: [TensorShape] = []
    for place in inputs.indices { shapes.append(try inputs.float(place, of: Self.kind).shape) }
    let parsed = try EinsumEquation(equation, shapes: shapes)
    // All labels together bound every tensor on the way.
    _ = try TensorShape(parsed.extents.values.sorted())
    return [ValueType(.float32, try TensorShape(parsed.resultExtents))]
  }

  private func parsed(_ shapes: [TensorShape]) -> EinsumEquation? { try? EinsumEquation(equation, shapes: shapes) }

  public func requirements(inputs: [ValueType?], outputs: [ValueType]) -> KernelRequirements {
    let shapes = inputs.compactMap { $0?.shape }
    guard let parsed = parsed(shapes) else { return KernelRequirements() }
    var run = EinsumRun(extents: parsed.extents, workspace: nil, team: SingleThread.shared)
    _ = run.contract(operands(parsed, shapes, nil), to: parsed.result)
    var backward = 0
    for place in shapes.indices {
      var run = EinsumRun(extents: parsed.extents, workspace: nil, team: SingleThread.shared)
      let own = EinsumRun.operand(nil, parsed.operands[place], shapes[place], extents: parsed.extents)
      _ = run.contract(others(parsed, shapes, nil, place, gradient: nil, run), to: own.labels)
      backward = max(backward, run.used)
    }
    return KernelRequirements(
      forwardWorkspace: run.used, backwardWorkspace: backward, readsInputs: shapes.count > 1 ? Array(shapes.indices) : [])
  }

  private func operands(
    _ parsed: EinsumEquation, _ shapes: [TensorShape], _ data: [UnsafePointer<Float>]?
  ) -> [EinsumRun.Tensor] {
    shapes.indices.map {
      EinsumRun.operand(data?[$0], parsed.operands[$0], shapes[$0], extents: parsed.extents)
    }
  }

  /// The gradient that arrives and all operands but one.
  private func others(
    _ parsed: EinsumEquation, _ shapes: [TensorShape], _ data: [UnsafePointer<Float>]?, _ place: Int,
    gradient: UnsafePointer<Float>?, _ run: EinsumRun
  ) -> [EinsumRun.Tensor] {
    var tensors = operands(parsed, shapes, data)
    tensors.remove(at: place)
    return [
      EinsumRun.Tensor(data: gradient, labels: parsed.result, strides: run.contiguous(parsed.result))
    ] + tensors
  }

  public func forward(_ call: ForwardCall) {
    let views = call.inputs.compactMap { $0 }, shapes = views.map(\.shape), z = call.outputs[0]
    guard let parsed = parsed(shapes), z.count > 0 else { return }
    guard !shapes.contains(where: { $0.count == 0 }) else { return z.floats.update(repeating: 0, count: z.count) }
    var run = EinsumRun(extents: parsed.extents, workspace: call.workspace, team: call.team)
    let result = run.contract(operands(parsed, shapes, views.map { UnsafePointer($0.floats) }), to: parsed.result)
    run.write(result, to: parsed.result, strides: run.contiguous(parsed.result), into: z.floats)
  }

  public func backward(_ call: BackwardCall) {
    guard let g = call.outputGradients[0] else { return }
    let views = call.inputs.compactMap { $0 }, shapes = views.map(\.shape)
    guard let parsed = parsed(shapes) else { return }
    let isEmpty = shapes.contains { $0.count == 0 }
    for place in views.indices {
      guard let target = call.target(place) else { continue }
      let own = EinsumRun.operand(nil, parsed.operands[place], shapes[place], extents: parsed.extents)
      if isEmpty || own.labels.count != shapes[place].rank {
        // Beside a diagonal nothing arrives.
        target.update(repeating: 0, count: views[place].count)
      }
      guard !isEmpty else { continue }
      var run = EinsumRun(extents: parsed.extents, workspace: call.workspace, team: call.team)
      let result = run.contract(
        others(parsed, shapes, views.map { UnsafePointer($0.floats) }, place, gradient: g, run),
        to: own.labels)
      run.write(result, to: own.labels, strides: own.strides, into: target)
    }
  }
}
