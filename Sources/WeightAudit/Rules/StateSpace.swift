import Glibc
import NumberText

/// Looks at the parameters of state-space layers.
struct StateSpace: WeightRule {
  static let name = "state-space"
  static let summary = "Mamba's A_log, D or step bias does not start as such layers need."
  static let explanation =
    "A_log must be log 1, log 2, ... in each row, or the logarithm of numbers between about 1 and 16, one for each head. D "
    + "is one. The step, softplus of its bias, must lie between 1e-4 and 1: published laws draw it from 0.001 to 0.1. "
    + "Without a D, as in gated delta nets, A is uniform from 0 to 16 and a bias of one is right. Beside attention, where "
    + "transformers leaves it, a bias of one or zero throughout is a note, and in a model of Mamba layers alone an error. "
    + "Bounds and not chance decide. A generic sweep of N(0, 0.02) over all parameters misses them by far."
  static let remedy =
    "Leave A_log, D, dt_bias and dt_proj out of the generic initialization (Mamba marks them by _no_reinit and "
    + "_no_weight_decay), or initialize them after it."

  func judge(_ j: inout Judgement) {
    var states: [Int] = [], unlogged: [Int] = [], steps: [Int] = [], skips: [Int] = [], bare: [Int] = [],
      placeholders: [Int] = []
    let hasAttention = j.context.names.contains { $0.contains("q_proj", "qkv", "query") }
    var worstStep = 0.0
    for index in j.open {
      let s = j.statistics(index)
      guard s.nonFinite == 0, s.count > 1 else { continue }
      switch j.role(index).kind {
      case .stateMatrix:
        // A between 0.5 and 1000 at most: its logarithm is not spread around zero.
        let isMamba = ["D", "Ds"].contains { j.context.sibling(index, $0) != nil }
        // A uniform from 0 to 16 may come close to 0; that not one of eight exceeds 1.35 has a probability of 1e-8.
        let isPlausible =
          s.isLogarithmsOfCounts || s.least > -0.7 && s.greatest < 7 && s.greatest > 0.7
          || !isMamba && s.greatest < 2.8 && (s.greatest > 0.3 || s.count < 8)
        if isUnlogged(j, index) {
          unlogged.append(index)
        } else if !isPlausible {
          states.append(index)
        }
      case .stepBias:
        let low = log1p(exp(s.least)), high = log1p(exp(min(30, s.greatest)))
        // dt_proj.bias has the D of the module around it.
        let hasD = ["D", "Ds"].contains { j.context.sibling(index, $0) != nil || j.context.uncle(index, $0) != nil }
        if s.isConstant, s.least == 1 || s.least == 0, s.least == 1 || hasAttention {
          if hasD { placeholders.append(index) }
        } else if s.least > 0, s.greatest <= 0.2 {
          // The steps themselves: softplus makes 0.7 of each.
          bare.append(index)
        } else if high > 1.05 || low < 5e-5 || s.mean > -1.5 {
          steps.append(index)
          worstStep = max(worstStep, log1p(exp(min(30, s.mean))))
        }
      case .skip: if !(s.isConstant && s.least == 1), abs(s.mean - 1) > 0.5 { skips.append(index) }
      default: continue
      }
    }
    if !unlogged.isEmpty {
      let s = j.statistics(unlogged[0])
      j.add(
        Self.self, .error, unlogged,
        "\(j.list(unlogged)) hold\(unlogged.count == 1 ? "s" : "") A itself, \(MessageNumber.number(s.least)) to "
          + "\(MessageNumber.number(s.greatest)), where its logarithm belongs: the layer computes exp(A_log), so that the "
          + "fastest state decays with \(MessageNumber.number(exp(s.greatest))) in place of "
          + "\(MessageNumber.number(s.greatest)).",
        evidence: [("least", .number(s.least)), ("greatest", .number(s.greatest))])
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
    if !bare.isEmpty {
      let s = j.statistics(bare[0])
      j.add(
        Self.self, .error, bare,
        "\(j.list(bare)) hold\(bare.count == 1 ? "s" : "") the steps themselves, \(MessageNumber.number(s.least)) to "
          + "\(MessageNumber.number(s.greatest)), where the inverse of softplus belongs: dt + log(-expm1(-dt)). As they "
          + "are, every step is about \(MessageNumber.number(log1p(exp(s.mean)))).",
        evidence: [("step", .number(log1p(exp(s.mean))))])
    }
    if !placeholders.isEmpty {
      let value = j.statistics(placeholders[0]).least, step = log1p(exp(value))
      j.add(
        Self.self, hasAttention ? .note : .error, placeholders,
        "\(j.list(placeholders)) \(placeholders.count == 1 ? "is" : "are") \(value == 1 ? "one" : "zero") throughout: every "
          + "step is \(MessageNumber.number(step)), where Mamba draws 0.001 to 0.1. The placeholder was never filled.",
        evidence: [("step", .number(step))])
    }
    if !skips.isEmpty {
      j.add(
        Self.self, .error, skips,
        "\(j.list(skips)) should be one, and has mean \(MessageNumber.number(j.statistics(skips[0]).mean)).")
    }
  }

  /// Whether the values are 1, 2, 3, ... in each row, or numbers from 1 to 16 that are flat, and not their logarithms.
  private func isUnlogged(_ j: Judgement, _ index: Int) -> Bool {
    let s = j.statistics(index)
    guard !s.isConstant, s.least >= 0.99 else { return false }
    let width = Double(j.entry(index).shape.last ?? 1)
    // The mean of 1 ... n is (n + 1)/2, and the variance (n^2 - 1)/12.
    let isCounting =
      width > 1 && abs(s.greatest - width) < 0.01 * width && abs(s.mean - (width + 1) / 2) < 0.01 * width
      && abs(s.variance / ((width * width - 1) / 12) - 1) < 0.01
    // Logarithms of numbers up to 1,000 stay below 7.
    return isCounting || s.greatest >= 7 && s.greatest < 16.5
  }

  private func isGeneric(_ s: TensorStatistics) -> Bool { abs(s.mean) < s.standardDeviation && s.standardDeviation < 0.2 }
}
