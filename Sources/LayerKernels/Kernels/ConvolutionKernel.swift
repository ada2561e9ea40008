import CTensorKernels
import NetworkGraph
import OperatorKernels
import TensorKernels

/// One- and two-dimensional convolution by the passes of the operator `Conv`; a sequence is an image of height 1 with its
/// channels last.
final class ConvolutionKernel: LayerKernel {
  private let forwardPass: ConvolutionPlan
  private let inputGradientPass: ConvolutionPlan
  private let weightGradientPass: ConvolutionPlan
  private let batch: Int
  private let channels: Int
  /// Positions of one sample's result.
  private let positions: Int
  private let isImage: Bool
  private let hasBias: Bool
  private let forwardWorkspace: KernelArray
  private let backwardWorkspace: KernelArray
  let memory = KernelMemory()

  let scaling = KernelScaling.linear

  /// Prepares the convolution for a fixed batch size.
  ///
  /// - Throws: `OutOfMemory` where oneDNN cannot compile it.
  init(_ layer: any ConvolutionLayer, _ context: KernelContext) throws {
    let convolution = layer.convolution, input = context.inputShapes[0].dimensions
    isImage = input.count == 3
    hasBias = convolution.hasBias
    batch = context.batch
    channels = convolution.channels
    positions = context.outputShape.count / channels
    let axes = try convolution.window.axes(over: isImage ? Array(input[1...]) : [input[0]], what: "a kernel")
    let geometry = ConvolutionGeometry(
      batch: batch, inputs: isImage ? input[0] : input[1], outputs: channels, groups: convolution.groups,
      axes: axes.map {
        WindowAxis(
          input: $0.input, output: $0.output, size: $0.size, stride: $0.stride, dilation: $0.dilation, before: $0.before,
          after: $0.after)
      }, hasBias: hasBias, hasChannelsLast: !isImage)
    func compiled(_ pass: ConvolutionPass) throws(OutOfMemory) -> ConvolutionPlan {
      guard let plan = pass.plan(geometry) else {
        let values = context.batch * (context.inputShapes[0].count + context.outputShape.count)
        throw OutOfMemory(bytes: values * MemoryLayout<Float>.stride)
      }
      return plan
    }
    forwardPass = try compiled(.forward)
    inputGradientPass = try compiled(.inputGradient)
    weightGradientPass = try compiled(.weightGradient)
    forwardWorkspace = memory.array(forwardPass.workspace, .forward)
    backwardWorkspace = memory.array(max(inputGradientPass.workspace, weightGradientPass.workspace), .backward)
  }

  func forward(
    _ inputs: [UnsafePointer<Float>], parameters: [UnsafePointer<Float>], into z: UnsafeMutablePointer<Float>,
    mode: KernelMode, scale: Double
  ) {
    forwardPass.run(
      x: inputs[0], w: parameters[0], b: hasBias ? parameters[1] : nil, y: z, workspace: forwardWorkspace.pointer)
  }

  func backward(
    _ gradient: UnsafePointer<Float>, inputs: [UnsafePointer<Float>], parameters: [UnsafePointer<Float>],
    z: UnsafePointer<Float>, inputGradients: [UnsafeMutablePointer<Float>?],
    parameterGradients: [UnsafeMutablePointer<Float>?]
  ) {
    let workspace = backwardWorkspace.pointer
    if let target = inputGradients[0] {
      inputGradientPass.run(x: target, w: parameters[0], y: gradient, workspace: workspace)
    }
    guard !parameterGradients.isEmpty else { return }
    if let target = parameterGradients[0] {
      weightGradientPass.run(x: inputs[0], w: target, y: gradient, workspace: workspace)
    }
    guard hasBias, let target = parameterGradients[1] else { return }
    if isImage {
      initscope_channel_sums(gradient, batch, channels, positions, target)
    } else {
      Elementwise.columnSums(gradient, rows: batch * positions, columns: channels, into: target)
    }
  }
}
