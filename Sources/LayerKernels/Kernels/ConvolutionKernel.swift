import COneDNNLayers
import NetworkGraph
import TensorKernels

/// One- and two-dimensional convolution by oneDNN; a sequence is an image of height 1 with its channels last.
///
/// Threads: the passes are laid out for the OpenMP team of the thread that makes the kernel.
final class ConvolutionKernel: LayerKernel {
  private let primitives: OpaquePointer
  private let hasBias: Bool
  /// A target for a gradient that oneDNN computes on the way and nobody asked for.
  private let unwantedWeights: FloatBuffer
  private let unwantedBias: FloatBuffer

  let scaling = KernelScaling.linear

  /// Compiled code of three passes and their reorders; a network with one small convolution takes 2 MB more than one
  /// without.
  private static let codeBytes = 1 << 20

  /// oneDNN's layouts, scratch and code, and targets of gradients that nobody wants.
  static func arrayFloats(_ layer: any ConvolutionLayer, _ node: Network.Node, batch: Int) -> Double {
    guard var shape = try? shape(layer, node.inputShapes, batch: batch) else { return 0 }
    return Double(Int(initscope_convolution_bytes(&shape)) + codeBytes) / 4 + Double(node.parameterCount)
  }

  private static func shape(
    _ layer: any ConvolutionLayer, _ inputShapes: [Shape], batch: Int
  ) throws -> initscope_convolution_shape {
    let convolution = layer.convolution, input = inputShapes[0].dimensions
    let isImage = input.count == 3
    let extents = isImage ? Array(input[1...]) : [input[0]]
    var axes = try convolution.window.axes(over: extents, what: "a kernel")
    if !isImage { axes.insert(.single, at: 0) }
    func pair(_ value: (SlidingWindow.Axis) -> Int) -> (Int64, Int64) { (Int64(value(axes[0])), Int64(value(axes[1]))) }
    return initscope_convolution_shape(
      batch: Int64(batch), input_channels: Int64(isImage ? input[0] : input[1]),
      output_channels: Int64(convolution.channels), groups: Int64(convolution.groups), input: pair(\.input),
      output: pair(\.output), kernel: pair(\.size), stride: pair(\.stride), dilation: pair(\.dilation),
      before: pair(\.before), after: pair(\.after), has_bias: convolution.hasBias ? 1 : 0,
      channels_last: isImage ? 0 : 1)
  }

  /// Prepares the convolution for a fixed batch size.
  ///
  /// - Throws: `OutOfMemory` for the arrays in oneDNN's layouts.
  init(_ layer: any ConvolutionLayer, _ context: KernelContext) throws {
    let convolution = layer.convolution
    hasBias = convolution.hasBias
    var shape = try Self.shape(layer, context.inputShapes, batch: context.batch)
    unwantedWeights = try FloatBuffer(capacity: layer.weightShape(from: context.inputShapes)?.count ?? 1)
    unwantedBias = try FloatBuffer(capacity: convolution.channels)
    guard let primitives = initscope_convolution_create(&shape) else {
      let values = context.batch * (context.inputShapes[0].count + context.outputShape.count)
      throw OutOfMemory(bytes: values * MemoryLayout<Float>.stride)
    }
    self.primitives = primitives
  }

  deinit { initscope_convolution_destroy(primitives) }

  func forward(
    _ inputs: [UnsafePointer<Float>], parameters: [UnsafePointer<Float>], into z: UnsafeMutablePointer<Float>,
    mode: KernelMode, scale: Double
  ) {
    let status = initscope_convolution_forward(
      primitives, inputs[0], parameters[0], hasBias ? parameters[1] : nil, z)
    precondition(status == 0, "oneDNN's convolution failed with status \(status)")
  }

  func backward(
    _ gradient: UnsafePointer<Float>, inputs: [UnsafePointer<Float>], parameters: [UnsafePointer<Float>],
    z: UnsafePointer<Float>, inputGradients: [UnsafeMutablePointer<Float>?],
    parameterGradients: [UnsafeMutablePointer<Float>?]
  ) {
    var weights: UnsafeMutablePointer<Float>?
    var bias: UnsafeMutablePointer<Float>?
    if parameterGradients.contains(where: { $0 != nil }) {
      weights = parameterGradients[0] ?? unwantedWeights.pointer
      bias = hasBias ? parameterGradients[1] ?? unwantedBias.pointer : nil
    }
    let status = initscope_convolution_backward(
      primitives, gradient, inputs[0], parameters[0], inputGradients[0], weights, bias)
    precondition(status == 0, "oneDNN's convolution gradient failed with status \(status)")
  }
}
