import Glibc
import NumberText

/// Looks at the parameters of state-space layers.
struct StateSpace: WeightRule {
  static let name = "state-space"
  static let summary = "Mamba's A_log, D or step bias does not start as such layers need."
  static let explanation =
    "A_log must be log 1, log 2, ... in each row, or the logarithm of numbers between about 1 and 16, one for each head. D "
    + "is one. The step, softplus of its bias, must lie between 1e-4 and 1: published laws draw it from 0.001 to 0.1. "
    + "Bounds and not chance decide. A generic sweep of N(0, 0.02) over all parameters misses them by far."
  static let remedy =
    "Leave A_log, D, dt_bias and dt_proj out of the generic initialization (Mamba marks them by _no_reinit and "
    + "_no_weight_decay), or initialize them after it."

  func judge(_ j: inout Judgement) {
    var states: [Int] = [], steps: [Int] = [], skips: [Int] = []
    var worstStep = 0.0
    for index in j.open {
      let s = j.statistics(index)
      guard s.nonFinite == 0, s.count > 1 else { continue }
      switch j.role(index).kind {
      case .stateMatrix:
        // A between 0.5 and 1000 at most: its logarithm is not spread around zero.
        let isPlausible = s.isLogarithmsOfCounts || s.least > -0.7 && s.greatest < 7 && s.greatest > 0.7
        if !isPlausible { states.append(index) }
      case .stepBias:
        let low = log1p(exp(s.least)), high = log1p(exp(min(30, s.greatest)))
        let isOnes = s.isConstant && s.least == 1
        if !isOnes, high > 1.05 || low < 5e-5 || s.mean > -1.5 {
          steps.append(index)
          worstStep = max(worstStep, log1p(exp(min(30, s.mean))))
        }
      case .skip: if !(s.isConstant && s.least == 1), abs(s.mean - 1) > 0.5 { skips.append(index) }
      default: continue
      }
    }
    if !states.isEmpty {
      let s = j.statistics(states[0])
      j.add(
        Self.self, .error, states,
        "\(j.list(states)) should hold log 1, log 2, ... or the logarithm of numbers from 1 to 16, and has mean "
          + "\(MessageNumber.number(s.mean)) and deviation \(MessageNumber.number(s.standardDeviation)): every state "
          + "decays at nearly the same rate"
          + (isGeneric(s) ? ". A generic draw has overwritten it." : "."),
        evidence: [("mean", .number(s.mean)), ("standardDeviation", .number(s.standardDeviation))])
    }
    if !steps.isEmpty {
      j.add(
        Self.self, .error, steps,
        "\(j.list(steps)) should give steps between 0.001 and 0.1, and gives about \(MessageNumber.number(worstStep))"
          + (isGeneric(j.statistics(steps[0])) ? ": a generic draw has overwritten it." : "."),
        evidence: [("step", .number(worstStep))])
    }
    if !skips.isEmpty {
      j.add(
        Self.self, .error, skips,
        "\(j.list(skips)) should be one, and has mean \(MessageNumber.number(j.statistics(skips[0]).mean)).")
    }
  }

  private func isGeneric(_ s: TensorStatistics) -> Bool { abs(s.mean) < s.standardDeviation && s.standardDeviation < 0.2 }
}
