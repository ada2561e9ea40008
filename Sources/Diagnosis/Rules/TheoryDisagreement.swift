import Glibc
import NetworkGraph
import NumberText
import SampleStatistics
import SignalPropagation

/// Finds differences between the measurement and mean-field theory, which compute the same numbers independently.
public struct TheoryDisagreement: Rule {
  public static let name = "theory-disagreement"
  public static let summary = "A measured second moment lies farther from mean-field theory than chance explains."
  public static let explanation = """
    Theory predicts the mean of log10 of each layer's second moment, forward and backward, and how it scatters from replica \
    to replica at this width. A run disagrees when some moment lies beyond the two-sided normal quantile at a false-alarm \
    rate of 0.001 divided by the number of moments judged (Bonferroni), plus what a first-order theory leaves out: a tenth \
    of its own finite-width correction and Float's rounding. Where several assumptions could fail, the one that is seen to \
    is named: a weight or bias mean that is not 0, weights that are not independent, a weight variance that is not as \
    declared, an input with structure that its moments do not show, a width too small for the depth.
    """
  public static let remedy = """
    Look at the assumption that fails. If it is meant (an identity initializer, say), theory does not apply and the \
    measurement stands. If it is not, the weights are not what they were declared to be.
    """

  public static let severities: [(severity: Finding.Severity, condition: String)] = [
    (.warning, "an assumption about the network fails, or none is seen to"),
    (.note, "theory falls short: too small a width for the depth, or structure of the input"),
  ]

  /// The probability of a finding in a run that meets theory's assumptions.
  public static let falseAlarmRate = 1e-3

  public init() {}

  public static func size(of finding: Finding) -> Double { errors(finding) }

  public func findings(in run: InitializerRun, _ context: RuleContext) -> [Finding] {
    // The weights of a file are one draw of nobody knows what: where theory is wrong about them, they need not be.
    guard context.assignment.initializer.entry.origin != .file else { return [] }
    let moments = Self.judged(run, context)
    guard !moments.isEmpty else { return [] }
    let bound = Estimators.normalQuantile(twoSided: Self.falseAlarmRate / Double(moments.count))
    let beyond = moments.filter { $0.distance.magnitude > bound * $0.standardError + $0.allowance }
    // The earliest disagreement in the direction of travel shows the cause; later ones inherit it.
    guard let first = beyond.min(by: { ($0.isBackward ? 1 : 0, $0.steps) < ($1.isBackward ? 1 : 0, $1.steps) }) else {
      return []
    }
    let cause = FailedAssumption.find(run, first, context)
    let layers = Set(beyond.map(\.layer)).sorted()
    return [
      Finding(
        rule: Self.name, severity: cause.isTheorys ? .note : .warning, layers: layers,
        evidence: [
          "assumption": .text(cause.name), "tensor": .text(first.tensor.rawValue), "layer": .text(first.layerName),
          "measuredLog10": .number(first.measured), "theoryLog10": .number(first.measured - first.distance),
          "standardError": .number(first.standardError), "moments": .number(Double(moments.count)),
          "bound": .number(bound),
          "falseAlarmRate": .number(Self.falseAlarmRate),
        ],
        message: """
          \(first.tensor.title) of layer \(first.layerName) have \(Self.factor(first.distance)) the mean square that theory \
          predicts\(Self.errors(first)). \(cause.sentence)
          """)
    ]
  }

  /// A measured moment for which theory has a prediction.
  struct Moment {
    var tensor: Tensor
    var layer: Int
    var layerName: String
    /// The number of layers on the way to it.
    var steps: Int
    var measured: Double
    /// The measured value minus the predicted one, in decades.
    var distance: Double
    var standardError: Double
    var allowance: Double
    var isBackward: Bool { tensor == .gradient || tensor == .preactivationGradient }
  }

  enum Tensor: String {
    case preactivation, activation, gradient, preactivationGradient

    var title: String {
      switch self {
      case .preactivation: "Pre-activations"
      case .activation: "Activations"
      case .gradient: "Gradients of the activations"
      case .preactivationGradient: "Gradients of the pre-activations"
      }
    }
  }

  /// The moments to compare. A loss's gradient depends on the forward pass, which theory assumes it does not, so gradients
  /// are compared only where the backward pass started from random values.
  static func judged(_ run: InitializerRun, _ context: RuleContext) -> [Moment] {
    var moments: [Moment] = []
    for layer in run.layers {
      var tensors: [(Tensor, SignalSummary)] = [(.preactivation, layer.preactivation)]
      // The activation of a linear layer equals its pre-activation.
      if !(layer.activation.secondMoment == layer.preactivation.secondMoment) {
        tensors.append((.activation, layer.activation))
      }
      if context.backward == .gaussian {
        tensors.append((.gradient, layer.gradient))
        if layer.gradient.secondMoment != layer.preactivationGradient.secondMoment {
          tensors.append((.preactivationGradient, layer.preactivationGradient))
        }
      }
      for (tensor, summary) in tensors {
        guard let measured = summary.log10SecondMoment, let predicted = summary.theoryLog10, !summary.scaleCapped,
          let standardError = summary.theoryStandardError
        else { continue }
        let isBackward = tensor == .gradient || tensor == .preactivationGradient
        let steps = isBackward ? run.layers.count - layer.index + 1 : layer.index
        let correction = finiteWidth(summary, replicas: context.replicas)
        moments.append(
          Moment(
            tensor: tensor, layer: layer.index, layerName: layer.name, steps: steps, measured: measured,
            distance: measured - predicted, standardError: standardError,
            allowance: 0.1 * correction + rounding(steps, layer, context)))
      }
    }
    return moments
  }

  /// How far theory's mean of log10 is from log10 of its value at infinite width, in decades.
  ///
  /// Where the value itself lies beyond Double's range it has passed many layers that are linear there. Their second moment
  /// keeps its mean, of which a mean of logarithms falls short by half their variance.
  static func finiteWidth(_ summary: SignalSummary, replicas: Int) -> Double {
    guard let predicted = summary.theoryLog10, let infinite = summary.theory else { return 0 }
    if infinite > 0, infinite.isFinite { return abs(predicted - log10(infinite)) }
    let error = summary.theoryStandardError ?? 0
    return error * error * Double(replicas) * log(10) / 2
  }

  /// How much Float's rounding may change a second moment on its way through so many layers, in decades. A product sums
  /// fanIn roundings of 2^-24, whose signs are random; an orthogonal matrix is a product of fanIn reflections, whose signs
  /// are not.
  static func rounding(_ steps: Int, _ layer: LayerResult, _ context: RuleContext) -> Double {
    let count = Double(layer.fanIn ?? 1)
    let law = context.assignment.weightLaw(for: context.network.nodes[layer.index - 1])
    let isOrthogonal = if case .orthogonal = law { true } else { false }
    return Double(steps) * 0x1p-23 * (isOrthogonal ? count : count.squareRoot()) / log(10)
  }

  /// Distance from theory in standard errors; infinite where theory leaves no room for chance.
  private static func errors(_ finding: Finding) -> Double {
    guard let measured = finding.figure("measuredLog10"), let theory = finding.figure("theoryLog10"),
      let error = finding.figure("standardError"), error > 0
    else { return .infinity }
    return (measured - theory).magnitude / error
  }

  private static func errors(_ moment: Moment) -> String {
    guard moment.standardError > 0 else { return ", which leaves no room for chance" }
    return " (\(shortNumber(abs(moment.distance) / moment.standardError, digits: 3)) standard errors away)"
  }

  private static func factor(_ distance: Double) -> String {
    "\(MessageNumber.decades(distance)) times"
  }
}
