import CTensorKernels
import NetworkGraph
import TensorKernels

extension OperatorEntry {
  static let convTranspose = OperatorEntry("ConvTranspose") { attributes throws(SpecificationError) in
    try ConvTranspose(attributes)
  }
}

/// The transpose of a convolution: its forward pass is the input gradient of the convolution that has the same weights,
/// channels x outputs per group x extents of the kernel.
public struct ConvTranspose: OperatorKernel {
  public static let kind = "ConvTranspose"
  public let traits: OperatorTraits = [.contracts]
  public let scaleLaw = ScaleLaw.product
  public let addends = [2]
  let window: WindowAttributes
  public let groups: Int
  let outputPadding: [Int]?
  let outputShape: [Int]?

  /// Reads the operator from a node's attributes.
  ///
  /// - Parameter attributes: The node's attributes.
  /// - Throws: `SpecificationError` for values outside their domain.
  public init(_ attributes: OperatorAttributes) throws(SpecificationError) {
    window = try WindowAttributes(attributes, of: Self.kind)
    groups = try attributes.integer("group", 1)
    outputPadding = try attributes.integers("output_padding")
    outputShape = try attributes.integers("output_shape")
    guard groups >= 1 else {
      throw SpecificationError("ConvTranspose needs at least one group, got \(groups)", hint: "Export the model again")
    }
    for value in (outputPadding ?? []) + (outputShape ?? []) where value < 0 || value > WindowAttributes.largest {
      throw SpecificationError(
        "ConvTranspose's output_padding or output_shape holds \(value)",
        hint: "Each value must lie between 0 and \(WindowAttributes.largest)")
    }
  }

  /// The convolution from the result back to the input.
  private func geometry(_ x: TensorShape, _ w: TensorShape, bias: TensorShape?) throws(SpecificationError)
    -> ConvolutionGeometry
  {
    let kind = Self.kind, rank = try WindowAttributes.spatialRank(x, of: kind)
    let (outputs, overflow) = w.rank > 1 ? w[1].multipliedReportingOverflow(by: groups) : (0, false)
    guard w.rank == rank + 2, w[0] == x[1], x[1] % groups == 0, !overflow, outputs > 0 else {
      throw SpecificationError(
        "ConvTranspose with \(groups) groups cannot apply weights of \(w) to \(x)",
        hint: "Weights are channels x outputs per group x extents, and channels a multiple of the groups")
    }
    if let bias, bias.extents != [outputs] {
      throw SpecificationError(
        "ConvTranspose's bias of \(bias) does not fit \(outputs) outputs", hint: "Export the model again")
    }
    let sizes = try window.kernelExtents(weights: Array(w.extents.dropFirst(2)), rank: rank, of: kind)
    let strides = try window.values(window.strides, "strides", rank: rank, of: kind)
    let dilations = try window.values(window.dilations, "dilations", rank: rank, of: kind)
    let pads = try window.explicitPads(rank: rank, of: kind)
    let extra = try outputPadding.map { list throws(SpecificationError) in
      try window.values(list, "values of output_padding", rank: rank, of: kind)
    }
    // Some exporters write the whole shape.
    let wanted = outputShape.map { Array($0.suffix(rank)) }
    if let wanted, wanted.count != rank {
      throw SpecificationError("ConvTranspose's output_shape needs \(rank) values", hint: "Export the model again")
    }
    var axes: [WindowAxis] = []
    for axis in 0..<rank {
      // Seen from the convolution: its input is the result, its output what comes in.
      var a = WindowAxis(output: x[2 + axis], size: sizes[axis], stride: strides[axis], dilation: dilations[axis])
      guard a.output > 0 else {
        throw SpecificationError("ConvTranspose takes no empty axes, got \(x)", hint: "Check the input's size")
      }
      let full = a.stride * (a.output - 1) + a.reach + (extra?[axis] ?? 0)
      let isSame = window.padding == .sameUpper || window.padding == .sameLower
      if let extent = wanted?[axis] ?? (isSame ? x[2 + axis] * a.stride : nil) {
        let total = max(0, full - extent)
        a.before = window.padding == .sameUpper ? total / 2 : total - total / 2
        a.input = extent
      } else {
        let (before, after) = window.padding == .valid ? (0, 0) : pads[axis]
        a.before = before
        a.input = full - before - after
      }
      // What the convolution needs behind its input, so that it gives exactly the extent that comes in.
      a.after = a.stride * (a.output - 1) + a.reach - a.input - a.before
      guard a.input > 0, a.after + a.stride >= 0 else {
        throw SpecificationError(
          "ConvTranspose cannot give an extent of \(a.input) from \(a.output)",
          hint: "output_padding must be at most the stride, and padding less than the result")
      }
      axes.append(a)
    }
    return ConvolutionGeometry(batch: x[0], inputs: outputs, outputs: x[1], groups: groups, axes: axes)
  }

  private func checked(_ inputs: [ValueType?]) -> ConvolutionGeometry? {
    guard let x = inputs[0], let w = inputs[1] else { return nil }
    return try? geometry(x.shape, w.shape, bias: inputs.count > 2 ? inputs[2]?.shape : nil)
  }

  public func results(of inputs: [ValueFacts?]) throws(SpecificationError) -> [ValueType] {
    let x = try inputs.float(0, of: Self.kind).shape, w = try inputs.float(1, of: Self.kind).shape
    let bias = inputs.optional(2) == nil ? nil : try inputs.float(2, of: Self.kind).shape
    let sizes = try geometry(x, w, bias: bias)
    return [ValueType(.float32, try TensorShape([sizes.batch, sizes.inputs] + sizes.axes.map(\.input)))]
  }

  public func requirements(inputs: [ValueType?], outputs: [ValueType]) -> KernelRequirements {
    guard let sizes = checked(inputs) else { return KernelRequirements(readsInputs: [0, 1]) }
    return KernelRequirements(
      forwardWorkspace: ConvolutionPass.inputGradient.workspace(sizes),
      backwardWorkspace: max(ConvolutionPass.forward.workspace(sizes), ConvolutionPass.weightGradient.workspace(sizes)),
      readsInputs: [0, 1])
  }

  public func forward(_ call: ForwardCall) throws {
    guard let sizes = checked(call.inputs.map { $0?.type }) else { return }
    let z = call.outputs[0]
    if sizes.isEmpty { z.floats.update(repeating: 0, count: z.count) }
    let done = ConvolutionPass.inputGradient.run(
      sizes, x: z.floats, w: call.input(1).floats, y: call.input(0).floats, workspace: call.workspace, team: call.team)
    guard done else {
      throw OperatorFailure(
        "oneDNN cannot apply the transposed convolution of \(call.input(1).shape) to \(call.input(0).shape)",
        hint: "Use a smaller batch, or free memory")
    }
    if let bias = call.optional(2) {
      initscope_add_to_channels(z.floats, z.shape[0], z.shape[1], z.shape.count(of: 2..<z.shape.rank), bias.floats)
    }
  }

  public func backward(_ call: BackwardCall) {
    guard let g = call.outputGradients[0], let sizes = checked(call.inputs.map { $0?.type }) else { return }
    let x = call.input(0).floats, w = call.input(1).floats
    if let target = call.target(0) {
      let done = ConvolutionPass.forward.run(sizes, x: g, w: w, y: target, workspace: call.workspace, team: call.team)
      if sizes.isEmpty || !done { target.update(repeating: done ? 0 : .nan, count: call.input(0).count) }
    }
    if let target = call.target(1) {
      let done = ConvolutionPass.weightGradient.run(
        sizes, x: g, w: target, y: x, workspace: call.workspace, team: call.team)
      if sizes.isEmpty || !done { target.update(repeating: done ? 0 : .nan, count: call.input(1).count) }
    }
    if let target = call.target(2) {
      ChannelSums.write(g, outer: sizes.batch, channels: sizes.inputs, shape: call.outputs[0].shape, into: target)
    }
  }
}
