import CTensorKernels
import NetworkGraph
import TensorKernels

extension OperatorEntry {
  static let conv = OperatorEntry("Conv") { attributes throws(SpecificationError) in try Conv(attributes) }
}

/// Convolution over one to three axes, `Y = W * X + B`: X is samples x channels x extents, W outputs x channels per group x
/// extents of the kernel.
public struct Conv: OperatorKernel {
  public static let kind = "Conv"
  public let traits: OperatorTraits = [.contracts]
  public let scaleLaw = ScaleLaw.product
  public let addends = [2]
  let window: WindowAttributes
  public let groups: Int
  /// Whether the samples of a batch are cut into pieces, for several threads to share.
  let cutsBatch: Bool

  /// Makes the operator of windows that are resolved already.
  ///
  /// - Parameters:
  ///   - window: The windows.
  ///   - groups: Into how many groups channels are split.
  ///   - cutsBatch: Whether the samples of a batch are cut into pieces, for several threads to share.
  package init(_ window: WindowAttributes, groups: Int, cutsBatch: Bool) {
    self.window = window
    self.groups = groups
    self.cutsBatch = cutsBatch
  }

  /// Whether oneDNN can compile the passes of signals and weights that fit.
  package func canRun(_ x: TensorShape, _ w: TensorShape, hasBias: Bool) -> Bool {
    let bias = hasBias ? try? TensorShape([w[0]]) : nil
    guard let sizes = try? geometry(x, w, bias: bias) else { return false }
    return [ConvolutionPass.forward, .inputGradient, .weightGradient].allSatisfy { $0.plan(sizes) != nil }
  }

  /// Reads the operator from a node's attributes: kernel_shape, strides, dilations, pads, auto_pad and group.
  ///
  /// - Parameter attributes: The node's attributes.
  /// - Throws: `SpecificationError` for values outside their domain.
  public init(_ attributes: OperatorAttributes) throws(SpecificationError) {
    var window = try WindowAttributes(attributes, of: Self.kind)
    window.roundsUp = false
    self.window = window
    cutsBatch = true
    groups = try attributes.integer("group", 1)
    guard groups >= 1 else {
      throw SpecificationError("Conv needs at least one group, got \(groups)", hint: "Export the model again")
    }
  }

  private func geometry(_ x: TensorShape, _ w: TensorShape, bias: TensorShape?) throws(SpecificationError)
    -> ConvolutionGeometry
  {
    let x = try window.channelsFirst(x), rank = try WindowAttributes.spatialRank(x, of: Self.kind)
    guard w.rank == rank + 2, w[0] % groups == 0, w[0] > 0, x[1] == w[1].multipliedReportingOverflow(by: groups).partialValue
    else {
      throw SpecificationError(
        "Conv with \(groups) groups cannot apply weights of \(w) to \(x)",
        hint: "Weights are outputs x channels per group x extents, and outputs a multiple of the groups")
    }
    if let bias, bias.extents != [w[0]] {
      throw SpecificationError("Conv's bias of \(bias) does not fit \(w[0]) outputs", hint: "Export the model again")
    }
    let axes = try window.axes(over: x, weights: Array(w.extents.dropFirst(2)), of: Self.kind)
    return ConvolutionGeometry(
      batch: x[0], inputs: x[1], outputs: w[0], groups: groups, axes: axes, hasBias: bias != nil,
      hasChannelsLast: window.hasChannelsLast, isCut: cutsBatch)
  }

  private func checked(_ inputs: [ValueType?]) -> ConvolutionGeometry? {
    guard let x = inputs[0], let w = inputs[1] else { return nil }
    return try? geometry(x.shape, w.shape, bias: inputs.count > 2 ? inputs[2]?.shape : nil)
  }

  public func results(of inputs: [ValueFacts?]) throws(SpecificationError) -> [ValueType] {
    let x = try inputs.float(0, of: Self.kind).shape, w = try inputs.float(1, of: Self.kind).shape
    let bias = inputs.optional(2) == nil ? nil : try inputs.float(2, of: Self.kind).shape
    let sizes = try geometry(x, w, bias: bias)
    return [ValueType(.float32, try window.shape(sizes.batch, sizes.outputs, sizes.axes.map(\.output)))]
  }

  public func requirements(inputs: [ValueType?], outputs: [ValueType]) -> KernelRequirements {
    guard let sizes = checked(inputs) else { return KernelRequirements(readsInputs: [0, 1]) }
    return KernelRequirements(
      forwardWorkspace: ConvolutionPass.forward.workspace(sizes),
      backwardWorkspace: max(
        ConvolutionPass.inputGradient.workspace(sizes), ConvolutionPass.weightGradient.workspace(sizes)),
      readsInputs: [0, 1])
  }

  public func forward(_ call: ForwardCall) throws {
    guard let sizes = checked(call.inputs.map { $0?.type }) else { return }
    guard !sizes.isEmpty else {
      // Without input channels nothing but the bias is left.
      let z = call.outputs[0]
      z.floats.update(repeating: 0, count: z.count)
      guard let bias = call.optional(2), z.count > 0 else { return }
      initscope_add_to_channels(z.floats, z.shape[0], z.shape[1], z.shape.count(of: 2..<z.shape.rank), bias.floats)
      return
    }
    let done = ConvolutionPass.forward.run(
      sizes, x: call.input(0).floats, w: call.input(1).floats, b: call.optional(2).map { UnsafePointer($0.floats) },
      y: call.outputs[0].floats, workspace: call.workspace, team: call.team)
    guard done else {
      throw OperatorFailure(
        "oneDNN cannot convolve \(call.input(0).shape) with weights of \(call.input(1).shape)",
        hint: "Use a smaller batch, or free memory")
    }
  }

  public func backward(_ call: BackwardCall) {
    guard let g = call.outputGradients[0], let sizes = checked(call.inputs.map { $0?.type }) else { return }
    let x = call.input(0).floats, w = call.input(1).floats
    if let target = call.target(0) {
      let done = ConvolutionPass.inputGradient.run(
        sizes, x: target, w: w, y: g, workspace: call.workspace, team: call.team)
      if sizes.isEmpty || !done { target.update(repeating: done ? 0 : .nan, count: call.input(0).count) }
    }
    if let target = call.target(1) {
      let done = ConvolutionPass.weightGradient.run(
        sizes, x: x, w: target, y: g, workspace: call.workspace, team: call.team)
      if sizes.isEmpty || !done { target.update(repeating: done ? 0 : .nan, count: call.input(1).count) }
    }
    if let target = call.target(2) {
      if window.hasChannelsLast {
        Elementwise.columnSums(g, rows: call.outputs[0].count / sizes.outputs, columns: sizes.outputs, into: target)
      } else {
        ChannelSums.write(g, outer: sizes.batch, channels: sizes.outputs, shape: call.outputs[0].shape, into: target)
      }
    }
  }
}
