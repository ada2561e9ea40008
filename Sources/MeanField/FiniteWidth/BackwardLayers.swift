import Glibc
import SampleStatistics

// Gradients with respect to activations are, given what lies above, independent normals of variance
//   gamma_{l-1} = var(w_l) sum_i delta_i^2,  delta_i = f'(z_i) g_i,
// (weights of the backward pass taken as independent of the forward one, Schoenholz 2017, section 4), so that in the mean
//   E g_{l-1}^2 = sw2 (n_l / fanIn_l) E f'^2 E g_l^2.
// At width n the mean of f'^2 g^2 over units has relative variance kappa_b / n, kappa_b = 3 E f'^4 / (E f'^2)^2 - 1, two
// samples share (1 + 2 c_g^2) E f'(u1)^2 f'(u2)^2 / (E f'^2)^2 - 1, with c_g the cosine of their gradients, which each
// layer multiplies by E f'(u1) f'(u2) / E f'^2. Besides, E f'^2 sees the layer's own q, which fluctuates with the forward
// pass: with t = d log E f'^2 / d log q and the forward innovations eps_j, a layer's log gamma has the deviation
//   sum over k above of (t_k X_k + eta_k),   X_k = omega_k (s_{k-1} X_{k-1} + eps_{k-1}),
// and eps_k and eta_k, which share z_k, the covariance rho / n, rho = E f^2 f'^2 / (E f^2 E f'^2) - 1.
//
// The forward weights come back transposed. With y = W a = z - b, W = y a^T/|a|^2 + W', W' independent of z given a, so that
// g_{l-1} has the component S a/|a|^2, S = sum y delta, in place of an independent one. Splitting g_l the same way,
//   E S_l^2 = n gamma omega q E f'^2 (1 + x_l),   x_l = omega (2t + s^2 E f^2 / (q E f'^2) x_{l+1}),
// the squared gradient gains x_l/n, and as much times E f^2 f'^2 / (E f^2 E f'^2) in the next delta. For ReLU x = 0; for
// softplus, whose activations have a mean, it amounts to 1.4% a layer at n = 96. Orthogonal weights pass the norm whole:
// what they put along the activations they take from the rest.
//
// How much the innovation eps_j moves the gradient below layer l is, with p_i = s_i omega_i and u_k = t_k omega_k,
//   r_lj = sum over k >= max(l, j + 1) of u_k p_{j+1} ... p_{k-1} = p_{j+1} ... p_{l-1} G_l for j < l, and G_{j+1} above,
//   G_l = u_l + p_l G_{l+1},
// so that sums over all innovations need two running sums: below l, F_l = sum_{j<l} (p_{j+1} ... p_{l-1})^2 Var eps_j, which
// obeys F_{l+1} = p_l^2 F_l + Var eps_l and starts with the input's; above, one term a layer.

/// Predicts the gradients of a chain of layers, from output to input: mean and scatter of log second moments.
struct BackwardLayers {
  /// For each layer, first to last: gradients with respect to activations and to pre-activations.
  private(set) var predictions: [(gradient: MomentPrediction, preactivationGradient: MomentPrediction)] = []

  /// What later computations need of each layer, first to last: the variance of its gradient and its sources.
  struct Record {
    /// G of the layer above.
    var reach: Double
    /// The scatter by its own sampling over units.
    var sampling: (single: Double, pair: Double)
    /// The variance that comes from the layers above.
    var above: (single: Double, pair: Double)
  }
  private(set) var records: [Record] = []

  let layers: [ForwardLayer]
  let input: ChainInput
  private(set) var innovations: [BackwardInnovation?]
  /// F at layer l: the sum over the scatter of the layers below l and of the input, for one sample and for two.
  private(set) var below: [(single: Double, pair: Double)]
  /// G of the layers passed so far.
  private var reach = 0.0
  /// The variance of the layers passed so far.
  private var above = (single: 0.0, pair: 0.0)
  /// The mean-field second moment, times a power of two; and E log of it minus its logarithm, for one sample.
  private var mean: Double
  private var exponent = 0
  private var shift = 0.0
  /// What the gamma laws of the layers passed so far have besides a log-normal law of the same scatter of the logarithm: in
  /// the logarithm of a mean over samples, and in log(1 + relative variance). Both matter at a few units only.
  private var gammaShift = 0.0
  private var gammaRelative = (single: 0.0, pair: 0.0)
  /// The cosine of two samples' gradients: mean and variance over pairs. Independent draws are not quite orthogonal.
  private var cosine: (mean: Double, variance: Double)
  /// The sampling that orthogonal weights above remove, and their x.
  private var keptAbove = 0.0
  private var excess = 0.0

  init(_ layers: [ForwardLayer], input: ChainInput, cotangent: ChainCotangent) {
    self.layers = layers
    self.input = input
    innovations = [BackwardInnovation?](repeating: nil, count: layers.count)
    below = [(input.relativeVariance, input.relativeVariance)]
    for (l, layer) in layers.enumerated() {
      let square = Self.passing(layer) * Self.passing(layer)
      below.append((square * below[l].single + layer.innovation.single, square * below[l].pair + layer.innovation.pair))
    }
    mean = cotangent.secondMoment
    cosine = (cotangent.cosine, cotangent.cosineVariance)
    for l in layers.indices.reversed() { pass(l) }
    predictions.reverse()
    records.reverse()
  }

  /// p: the share of a change of its input's logarithm that a layer passes on.
  static func passing(_ layer: ForwardLayer) -> Double { layer.single.elasticity * layer.weightShare }

  private var alignment: Double { min(1, cosine.mean * cosine.mean + cosine.variance) }

  /// Goes from the gradient of layer l's activation to that of layer l - 1's.
  private mutating func pass(_ l: Int) {
    let layer = layers[l], n = Double(layer.layer.units)
    let along = keptAbove == 0 ? log1p(max(-0.5, excess / n)) : 0
    let sampling = max(0, 2 / n - 2 * keptAbove)
    records.append(Record(reach: reach, sampling: (sampling, sampling * alignment), above: above))
    let gradient = prediction(below: l + 1, sampling: sampling, shift: shift + along)

    let innovation = BackwardInnovation(layer, keptAbove: keptAbove, alignment: alignment)
    innovations[l] = innovation
    let t = layer.single.derivativeElasticity, s = layer.single.elasticity
    above.single +=
      reach * reach * layer.innovation.single + innovation.logarithm.single + 2 * reach * innovation.shared.single
    above.pair += reach * reach * layer.innovation.pair + innovation.logarithm.pair + 2 * reach * innovation.shared.pair
    reach = t * layer.weightShare + Self.passing(layer) * reach
    let q = layer.conditional
    shift += t * q.shift.single + layer.single.derivativeElasticitySlope * q.variance.single / 2
    let own = innovation.own, logarithm = innovation.logarithm, alone = GammaLogarithm.mean(relativeVariance: own.single)
    shift += alone
    // A mean over many samples has only the scatter that they share.
    gammaShift +=
      GammaLogarithm.mean(relativeVariance: own.pair) - alone - max(0, logarithm.single - logarithm.pair) / 2
    gammaRelative.single += log1p(own.single) - logarithm.single
    gammaRelative.pair += log1p(own.pair) - logarithm.pair
    shift += log1p(max(-0.5, excess / n * (keptAbove == 0 ? 1 + innovation.mixedExcess : innovation.mixedExcess)))
    shift -= layer.keptShare * layer.single.derivativeCurvature
    multiply(by: layer.derivativeSecondMoment, exponent: layer.exponents.derivative)
    predictions.append((gradient, prediction(below: l, sampling: 0, shift: shift)))

    multiply(by: layer.layer.weightVariance * n)
    keptAbove = layer.layer.fixedShare
    let slopes = layer.single.derivativeSecondMoment
    guard slopes > 0 else { return }
    let ratio = layer.cross.derivativeProduct / slopes
    let fresh = 1 - cosine.mean * cosine.mean * ratio * ratio
    cosine = (
      cosine.mean * ratio,
      cosine.variance * ratio * ratio + fresh * fresh * layer.cross.derivativeSquareProduct / (slopes * slopes) / n
    )
    // A signal that is exactly zero shows nothing of the weights that it passes.
    excess =
      layer.variance > 0
      ? layer.weightShare * (2 * t + s * s * layer.single.secondMoment / (layer.variance * slopes) * excess) : 0
  }

  private mutating func multiply(by factor: Double, exponent change: Int = 0) {
    mean *= factor
    exponent += change
    guard mean > 0, mean.isFinite, mean.exponent.magnitude > 400 else { return }
    let power = Int(mean.exponent)
    (mean, exponent) = (scalbn(mean, Int32(-power)), exponent + power)
  }

  /// Predicts a layer's gradient from the quantities passed so far.
  ///
  /// - Parameters:
  ///   - l: Innovations of the layers before this one act through it.
  ///   - sampling: The relative variance that measuring over the layer's units adds.
  private func prediction(below l: Int, sampling: Double, shift: Double) -> MomentPrediction {
    var spread = (
      single: reach * reach * below[l].single + above.single, pair: reach * reach * below[l].pair + above.pair
    )
    spread = (max(0, spread.single), max(0, spread.pair))
    // Mean over many samples of the part that they do not share: exp of half its variance.
    let pooled = shift + max(0, spread.single - spread.pair) / 2 + gammaShift
    let relative = (
      single: expm1(max(0, spread.single + gammaRelative.single)), pair: expm1(max(0, spread.pair + gammaRelative.pair))
    )
    return LogDeviation(shift: (shift, pooled), variance: spread, relative: relative)
      .adding(max(0, sampling), pair: max(0, sampling * alignment)).prediction(mean, exponent: exponent, batch: input.batch)
  }
}
