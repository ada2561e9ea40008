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

/// The backward pass through a chain: deviations of log second moments of gradients, output to input.
struct BackwardLayers {
  private struct Innovation {
    var forward: (single: Double, pair: Double)
    var backward: (single: Double, pair: Double)
    var shared: (single: Double, pair: Double)
  }

  /// Per layer, first to last: gradients with respect to activations and to pre-activations.
  private(set) var predictions: [(gradient: MomentPrediction, preactivationGradient: MomentPrediction)] = []

  init(_ layers: [ForwardLayer], input: ChainInput, cotangent: ChainCotangent) {
    let count = layers.count
    var innovations = [Innovation?](repeating: nil, count: count)
    /// How much the innovation of layer j (index j + 1; 0 is the input's) moves the gradient's logarithm.
    var reach = [Double](repeating: 0, count: count + 1)
    var mean = cotangent.secondMoment, cosine = cotangent.cosine
    var shift = (single: 0.0, pooled: 0.0)
    var reversed = [(MomentPrediction, MomentPrediction)]()
    var keptAbove = 0.0

    func variance() -> (single: Double, pair: Double) {
      var sum = (single: reach[0] * reach[0] * input.relativeVariance, pair: reach[0] * reach[0] * input.relativeVariance)
      for (j, layer) in layers.enumerated() {
        let a = reach[j + 1]
        let forward = innovations[j]?.forward ?? layer.innovation
        sum.single += a * a * forward.single
        sum.pair += a * a * forward.pair
        if let innovation = innovations[j] {
          sum.single += innovation.backward.single + 2 * a * innovation.shared.single
          sum.pair += innovation.backward.pair + 2 * a * innovation.shared.pair
        }
      }
      return (max(0, sum.single), max(0, sum.pair))
    }
    func prediction(sampling: Double) -> MomentPrediction {
      let spread = variance()
      return LogDeviation(shift: shift, variance: spread)
        .adding(max(0, sampling), pair: max(0, sampling * cosine * cosine)).prediction(mean, batch: input.batch)
    }

    for l in stride(from: count - 1, through: 0, by: -1) {
      let layer = layers[l], n = Double(layer.layer.units)
      let gradient = prediction(sampling: 2 / n - 2 * keptAbove)
      let slopes = layer.single.derivativeSecondMoment, square = slopes * slopes
      let aligned = 1 + 2 * cosine * cosine
      var kappa = (0.0, 0.0), rho = (0.0, 0.0)
      if slopes > 0 {
        kappa = (
          3 * layer.single.derivativeFourthMoment / square - 1, aligned * layer.cross.derivativeSquareProduct / square - 1
        )
        if layer.single.secondMoment > 0 {
          let product = layer.single.secondMoment * slopes
          rho = (layer.single.mixedFourthMoment / product - 1, layer.cross.mixedSquareProduct / product - 1)
        }
      }
      let own = (
        single: max(0, kappa.0 / n - 2 * keptAbove), pair: max(0, kappa.1 / n - 2 * keptAbove * cosine * cosine)
      )
      innovations[l] = Innovation(
        forward: layer.innovation,
        backward: (
          GammaLogarithm.variance(relativeVariance: own.single), GammaLogarithm.variance(relativeVariance: own.pair)
        ),
        shared: (rho.0 / n, rho.1 / n))
      // The layer's own q: an innovation of layer j < l reaches it through the layers between.
      let t = layer.single.derivativeElasticity, bend = layer.single.derivativeElasticitySlope
      var gain = t * layer.weightShare
      for j in stride(from: l, through: 0, by: -1) {
        reach[j] += gain
        if j > 0 { gain *= layers[j - 1].single.elasticity * layers[j - 1].weightShare }
      }
      let q = layer.conditional
      shift.single += t * q.shift.single + bend * q.variance.single / 2 + GammaLogarithm.mean(relativeVariance: own.single)
      shift.pooled += t * q.shift.pooled + bend * q.variance.pair / 2 + GammaLogarithm.mean(relativeVariance: own.pair)
      mean *= layer.derivativeSecondMoment
      let preactivationGradient = prediction(sampling: 0)
      reversed.append((gradient, preactivationGradient))
      mean *= layer.layer.weightVariance * n
      keptAbove = layer.layer.fixedShare
      cosine *= slopes > 0 ? layer.cross.derivativeProduct / slopes : 0
    }
    predictions = reversed.reversed().map { ($0.0, $0.1) }
  }
}
