import CTensorKernels
import NetworkGraph

/// Sums over all axes but the second: gradients of biases.
enum ChannelSums {
  /// Writes the sum of each channel.
  ///
  /// - Parameters:
  ///   - values: Samples x channels x further axes.
  ///   - outer: The number of samples.
  ///   - channels: The number of channels.
  ///   - shape: The tensor's shape.
  ///   - target: One sum per channel.
  static func write(
    _ values: UnsafePointer<Float>, outer: Int, channels: Int, shape: TensorShape, into target: UnsafeMutablePointer<Float>
  ) {
    guard channels > 0 else { return }
    initscope_channel_sums(values, outer, channels, shape.count(of: 2..<shape.rank), target)
  }
}
