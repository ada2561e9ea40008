import CTensorKernels

/// Computes losses over one batch: the value, the gradient, and how many samples were right.
///
/// Outputs may be in units of `2^exponent`, where the exponent is a whole number and the unit may be far outside Float's
/// range.
public enum LossKernel {
  /// Softmax cross-entropy of `rows` x `classes` logits; the gradient is `scale (softmax - one-hot)`. Returns the sum.
  public static func softmaxCrossEntropy(
    _ logits: UnsafePointer<Float>, exponent: Double = 0, labels: UnsafePointer<Int32>, rows: Int, classes: Int,
    scale: Float,
    gradient: UnsafeMutablePointer<Float>
  ) -> (sum: Double, correct: Int) {
    var correct = 0
    let sum = initscope_softmax_cross_entropy(logits, exponent, labels, rows, classes, scale, gradient, &correct)
    return (sum, correct)
  }

  /// Cross-entropy of `count` logits with targets in 0...1; the gradient is `scale (sigmoid - target)`. Returns the sum.
  public static func binaryCrossEntropy(
    _ logits: UnsafePointer<Float>, exponent: Double = 0, targets: UnsafePointer<Float>, count: Int, scale: Float,
    gradient: UnsafeMutablePointer<Float>
  ) -> (sum: Double, correct: Int) {
    var correct = 0
    let sum = initscope_binary_cross_entropy(logits, exponent, targets, count, scale, gradient, &correct)
    return (sum, correct)
  }

  /// The sum of `d^2` with `d = output * outputUnit - target * targetUnit`; the gradient is `2 scale d`.
  public static func squaredError(
    _ outputs: UnsafePointer<Float>, outputUnit: Double = 1, targets: UnsafePointer<Float>, targetUnit: Double = 1,
    count: Int,
    scale: Float, gradient: UnsafeMutablePointer<Float>
  ) -> Double {
    initscope_squared_error(outputs, outputUnit, targets, targetUnit, count, scale, gradient)
  }
}

/// Applies one step of an optimizer to contiguous parameters.
public enum UpdateKernel {
  public static func sgd(_ w: UnsafeMutablePointer<Float>, _ g: UnsafePointer<Float>, count: Int, rate: Float) {
    initscope_sgd(w, g, count, rate)
  }

  /// SGD with momentum: `v = momentum v + g`, then `w -= rate v`; with Nesterov `w -= rate (g + momentum v)`.
  public static func momentum(
    _ w: UnsafeMutablePointer<Float>, _ g: UnsafePointer<Float>, velocity: UnsafeMutablePointer<Float>, count: Int,
    rate: Float, momentum: Float, nesterov: Bool
  ) {
    initscope_sgd_momentum(w, g, velocity, count, rate, momentum, nesterov ? 1 : 0)
  }

  /// Adam: updates the running means with `g`, then `w -= decay w + step m / (sqrt(v) / correction + epsilon)`.
  public static func adam(
    _ w: UnsafeMutablePointer<Float>, _ g: UnsafePointer<Float>, mean: UnsafeMutablePointer<Float>,
    square: UnsafeMutablePointer<Float>, count: Int, step: Float, beta1: Float, beta2: Float, correction: Float,
    epsilon: Float, decay: Float
  ) {
    initscope_adam(w, g, mean, square, count, step, beta1, beta2, correction, epsilon, decay)
  }

  public static func rmsprop(
    _ w: UnsafeMutablePointer<Float>, _ g: UnsafePointer<Float>, square: UnsafeMutablePointer<Float>, count: Int,
    rate: Float,
    rho: Float, epsilon: Float
  ) {
    initscope_rmsprop(w, g, square, count, rate, rho, epsilon)
  }
}

extension Elementwise {
  /// The sum of squares, in Double.
  public static func sumOfSquares(_ x: UnsafePointer<Float>, count: Int) -> Double { initscope_sum_of_squares(x, count) }

  public static func sumOfMagnitudes(_ x: UnsafePointer<Float>, count: Int) -> Double {
    initscope_sum_of_magnitudes(x, count)
  }

  /// The sum of squared differences, in Double.
  public static func squaredDistance(_ x: UnsafePointer<Float>, _ y: UnsafePointer<Float>, count: Int) -> Double {
    initscope_squared_distance(x, y, count)
  }

  /// Adds a multiple of `x` to `y`: `y += a x`.
  public static func add(_ x: UnsafePointer<Float>, times a: Float, to y: UnsafeMutablePointer<Float>, count: Int) {
    initscope_add_scaled(y, x, a, count)
  }

  /// Adds a multiple of the signs of `x` to `y`: `y += a sign(x)`.
  public static func addSigns(of x: UnsafePointer<Float>, times a: Float, to y: UnsafeMutablePointer<Float>, count: Int) {
    initscope_add_signs(y, x, a, count)
  }

  /// Cuts every value to `[-limit, limit]`.
  public static func clip(_ x: UnsafeMutablePointer<Float>, limit: Float, count: Int) { initscope_clip(x, limit, count) }

  /// Multiplies elementwise: `g *= d`.
  public static func multiply(_ g: UnsafeMutablePointer<Float>, by d: UnsafePointer<Float>, count: Int) {
    initscope_multiply(g, d, count)
  }

  /// Zeroes `g` where `z` is not positive: the backward pass of a ReLU.
  public static func maskNegative(_ g: UnsafeMutablePointer<Float>, where z: UnsafePointer<Float>, count: Int) {
    initscope_mask_negative(g, z, count)
  }
}
