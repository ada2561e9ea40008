import SignalPropagation

/// Tells whether a layer whose units are zero for every measured sample is so for all samples.
enum SilentLayer {
  /// Within so many of their deviations, pre-activations of other samples may lie on the other side of 0: norms of images
  /// differ by a factor of three. Of ReLU layers behind biases of -2 and -5, silent for 128 images at 1.4 and 3.5
  /// deviations, networks learned Fashion-MNIST to 0.73 and 0.55.
  private static let reach = 10.0

  /// Whether its biases silence it, and lie not far beyond what the samples add to them. Weights and inputs of one sign
  /// each silence a layer for good.
  static func mayWake(_ layer: LayerResult) -> Bool {
    let z = layer.preactivation
    guard let bias = layer.bias, z.nonFinite == 0, z.variance > 0, z.variance.isFinite, z.spread != 0 else { return false }
    return abs(z.mean - bias.mean) < abs(z.mean) / 2 && abs(z.mean) < reach * z.variance.squareRoot()
  }

  /// Hidden layers that are silent, or nearly so, though other samples may wake them; empty where another one is silent for
  /// good.
  static func waking(in run: InitializerRun) -> [LayerResult] {
    let silent = run.hiddenLayers.filter { ($0.activation.deadFraction ?? 0) > 0.9 }
    // Behind a silent layer nothing depends on the sample.
    guard let first = silent.first, mayWake(first) else { return [] }
    return silent.filter(mayWake)
  }
}
