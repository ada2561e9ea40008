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

/// The backward pass through a chain: deviations of log second moments of gradients, output to input.
struct BackwardLayers {
  /// Per layer, first to last: gradients with respect to activations and to pre-activations.
  private(set) var predictions: [(gradient: MomentPrediction, preactivationGradient: MomentPrediction)] = []

  /// Per layer, first to last: how much each innovation moves its gradient, and its own sampling over units.
  private(set) var records: [(reach: [Double], sampling: (single: Double, pair: Double))] = []

  let layers: [ForwardLayer]
  let input: ChainInput
  private(set) var innovations: [BackwardInnovation?]
  /// How much the innovation of layer j (at j + 1; at 0 the input's) moves the gradient's logarithm.
  private var reach: [Double]
  /// The mean-field second moment, and E log of it less its logarithm for one sample.
  private var mean: Double
  private var shift = 0.0
  /// The cosine of two samples' backward signals, over pairs. Independent draws are not quite orthogonal.
  private var cosine: (mean: Double, variance: Double)
  /// What orthogonal weights above keep, and their x.
  private var keptAbove = 0.0
  private var excess = 0.0

  init(_ layers: [ForwardLayer], input: ChainInput, cotangent: ChainCotangent) {
    self.layers = layers
    self.input = input
    innovations = [BackwardInnovation?](repeating: nil, count: layers.count)
    reach = [Double](repeating: 0, count: layers.count + 1)
    mean = cotangent.secondMoment
    cosine = (cotangent.cosine, cotangent.cosineVariance)
    for l in layers.indices.reversed() { pass(l) }
    predictions.reverse()
    records.reverse()
  }

  private var alignment: Double { min(1, cosine.mean * cosine.mean + cosine.variance) }

  /// From the gradient of layer l's activation to that of layer l - 1's.
  private mutating func pass(_ l: Int) {
    let layer = layers[l], n = Double(layer.layer.units)
    let along = keptAbove == 0 ? log1p(max(-0.5, excess / n)) : 0
    let sampling = max(0, 2 / n - 2 * keptAbove)
    records.append((reach, (sampling, sampling * alignment)))
    let gradient = prediction(sampling: sampling, shift: shift + along)

    let innovation = BackwardInnovation(layer, keptAbove: keptAbove, alignment: alignment)
    innovations[l] = innovation
    let t = layer.single.derivativeElasticity, s = layer.single.elasticity
    // The layer's own q: an innovation of layer j < l reaches it through the layers between.
    var gain = t * layer.weightShare
    for j in stride(from: l, through: 0, by: -1) {
      reach[j] += gain
      if j > 0 { gain *= layers[j - 1].single.elasticity * layers[j - 1].weightShare }
    }
    let q = layer.conditional
    shift += t * q.shift.single + layer.single.derivativeElasticitySlope * q.variance.single / 2
    shift += GammaLogarithm.mean(relativeVariance: innovation.own.single)
    shift += log1p(max(-0.5, excess / n * (keptAbove == 0 ? 1 + innovation.mixedExcess : innovation.mixedExcess)))
    shift -= layer.keptShare * layer.single.derivativeCurvature
    mean *= layer.derivativeSecondMoment
    predictions.append((gradient, prediction(sampling: 0, shift: shift)))

    mean *= layer.layer.weightVariance * n
    keptAbove = layer.layer.fixedShare
    let slopes = layer.single.derivativeSecondMoment
    guard slopes > 0, layer.variance > 0 else { return }
    let ratio = layer.cross.derivativeProduct / slopes
    let fresh = 1 - cosine.mean * cosine.mean * ratio * ratio
    cosine = (
      cosine.mean * ratio,
      cosine.variance * ratio * ratio + fresh * fresh * layer.cross.derivativeSquareProduct / (slopes * slopes) / n
    )
    excess = layer.weightShare * (2 * t + s * s * layer.single.secondMoment / (layer.variance * slopes) * excess)
  }

  /// - Parameter sampling: The relative variance that measuring over the layer's units adds.
  private func prediction(sampling: Double, shift: Double) -> MomentPrediction {
    let fromInput = reach[0] * reach[0] * input.relativeVariance
    var spread = (single: fromInput, pair: fromInput)
    for (j, layer) in layers.enumerated() {
      let a = reach[j + 1]
      spread.single += a * a * layer.innovation.single
      spread.pair += a * a * layer.innovation.pair
      guard let innovation = innovations[j] else { continue }
      spread.single += innovation.logarithm.single + 2 * a * innovation.shared.single
      spread.pair += innovation.logarithm.pair + 2 * a * innovation.shared.pair
    }
    spread = (max(0, spread.single), max(0, spread.pair))
    // The mean over many samples of what they do not share: exp of half its variance.
    let pooled = shift + max(0, spread.single - spread.pair) / 2
    return LogDeviation(shift: (shift, pooled), variance: spread, relative: (expm1(spread.single), expm1(spread.pair)))
      .adding(max(0, sampling), pair: max(0, sampling * alignment)).prediction(mean, batch: input.batch)
  }
}
