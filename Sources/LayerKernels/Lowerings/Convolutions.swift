import NetworkGraph
import OperatorKernels
import TensorKernels

extension Conv1D: LoweredLayer {}
extension Conv2D: LoweredLayer {}

extension ConvolutionLayer {
  /// A convolution of images, or of sequences with their channels last.
  public func lowering(_ context: KernelContext) throws -> Lowering {
    let input = context.inputShapes[0].dimensions, isImage = input.count == 3
    let inputs = isImage ? input[0] : input[1]
    let axes = try convolution.window.axes(over: isImage ? Array(input[1...]) : [input[0]], what: "a kernel")
    let operation = Conv(
      WindowAttributes(axes, hasChannelsLast: !isImage), groups: convolution.groups, cutsBatch: false)
    let x = [context.batch] + input, w = [convolution.channels, inputs / convolution.groups] + axes.map(\.size)
    guard operation.canRun(try TensorShape(x), try TensorShape(w), hasBias: convolution.hasBias) else {
      let values = context.batch * (context.inputShapes[0].count + context.outputShape.count)
      throw OutOfMemory(bytes: values * MemoryLayout<Float>.stride)
    }
    var lowering = Lowering()
    lowering.add(
      operation, try .signal(x), try .tensor(0, w), try .tensor(1, [convolution.channels], where: convolution.hasBias))
    return lowering
  }
}
