import SignalPropagation

/// The two signals that pictures show: activations and gradients.
package enum SignalTensor: Sendable {
  case activation, gradient

  func summary(of layer: LayerResult) -> SignalSummary {
    switch self {
    case .activation: layer.activation
    case .gradient: layer.gradient
    }
  }

  func growth(of run: InitializerRun) -> InitializerRun.Growth? {
    switch self {
    case .activation: run.forwardGrowth
    case .gradient: run.backwardGrowth
    }
  }

  var plural: String {
    switch self {
    case .activation: "activations"
    case .gradient: "gradients"
    }
  }
}

/// The second moment of one layer, as a picture shows it.
package enum SignalCell: Sendable, Equatable {
  /// The mean over replicas of log10 of the second moment.
  case log10(Double)
  /// No signal: zero in at least one replica, so that the logarithm has no mean.
  case noSignal
  case nonFinite

  /// No carried exponent comes near this. A larger one, from a damaged file, counts as not finite.
  package static let largestLog10 = 1e12

  package init(_ summary: SignalSummary) {
    if let value = summary.log10SecondMoment {
      self = abs(value) <= Self.largestLog10 ? .log10(value) : .nonFinite
    } else if summary.nonFinite > 0 || !summary.secondMoment.isFinite {
      self = .nonFinite
    } else {
      self = .noSignal
    }
  }

  package var value: Double? {
    if case .log10(let value) = self { value } else { nil }
  }
}
