import Glibc
import NetworkGraph
import NumberText
import SignalPropagation

/// Finds networks whose loss before the first step is far from that of a guess.
public struct LossAtStart: Rule {
  public static let name = "loss-at-start"
  public static let summary = "The loss before training is not that of a guess."
  public static let explanation = """
    A network that knows nothing, and claims nothing, has the loss of guessing: log C for C classes (2.3 for 10), log 2 \
    for one output. A loss far above it says that the outputs are too large: the first steps of training then only undo \
    what was drawn. The bound is the loss of random outputs with a standard deviation of 8: 3.3 for one output, 4.6 for \
    2 classes, 12.5 for 10, 26 for 1,000, 34 for 50,257. Of trained networks with 10 classes that start between 3 and \
    12.5, 95% reach 60% accuracy; of those that start between 12.5 and 1,000, 72%. One that starts at 543 still trains, \
    so that no loss by itself is an error. For the squared error, answering 0 costs E t^2, the mean square of the \
    answers (1/C for classes). The bound is 8 (u + E t^2), where u is 1 for classes, and E t^2 for quantities to \
    predict. Where the loss is exactly that of guessing, because the outputs are zero or the same for every sample, \
    nothing of the input arrives. The rule judges only where --backward names a loss, and before a final softmax or \
    sigmoid. The loss is a mean over batch and replicas; chance does not matter beside factors of this size.
    """
  public static let derivation: String? = """
    Outputs z that are independent N(0, v) cost E log sum exp(z) - E z_y = E log sum exp(z), as E z_y = 0. For small v this \
    is log C + (1 - 1/C) v/2, from the second derivative of log sum exp. By Jensen's inequality it is never above \
    log C + v/2. Beyond v = 2 log C one output outweighs the others, and the loss grows only with the deviation: the sum of \
    exp(z) is at most the sum of exp(t z) to the power 1/t for t below 1, which gives (log C)/t + t v/2. That is least at \
    t = sqrt(2 log C / v), where it is sqrt(2 v log C) (the random energy model, Derrida 1981). With two classes, or one \
    output, the limits are 0.56 and 0.40 times the deviation. A multiple of log C as the bound would allow ever larger \
    outputs the more classes there are.
    """
  public static let remedy = """
    Shrink the output layer's weights (--output-init lecun_normal, or zeros, which start from the guess itself); where \
    the activations before it grow, mend that first.
    """
  public static let severities: [(severity: Finding.Severity, condition: String)] = [
    (.warning, "the loss exceeds that of logits with a deviation of 8, or outputs do not depend on the input"),
    (.note, "the output is zero by its own weights: a guess, from which training may start"),
  ]

  /// The deviation of random outputs whose loss is the bound for both cross entropies.
  static let deviationBound = 8.0
  /// The largest mean square of the outputs, in units of the answers', for the squared error.
  static let factorBound = 8.0

  public init() {}

  public static func size(of finding: Finding) -> Double { finding.figure("loss") ?? .infinity }

  public func findings(in run: InitializerRun, _ context: RuleContext) -> [Finding] {
    guard let loss = run.lossAtInitialization, let kind = context.backward.loss else { return [] }
    let plan = OutputPlan(context.network, kind)
    // A model may predict a class for each place of an image: the loss of a guess tells how many classes there are.
    let isClass = kind == .crossEntropy
    let outputs = run.lossOfGuess.flatMap { isClass ? Int(exp($0).rounded()) : nil } ?? context.network.output.count
    guard run.layers.indices.contains(plan.nodes.count - 1), outputs > 1 || kind != .crossEntropy else { return [] }
    let output = run.layers[plan.nodes.count - 1]
    let (guess, bound) = Self.limits(kind, outputs: outputs, run, context)
    guard bound > 0 else { return [] }
    var evidence: [String: Finding.Evidence] = [
      "guess": .number(guess), "bound": .number(bound), "classes": .number(Double(outputs)),
    ]
    // NaN cannot be compared, so the message says what happened.
    if !loss.isNaN { evidence["loss"] = .number(loss) }
    func finding(_ severity: Finding.Severity, cause: String, _ message: String) -> [Finding] {
      evidence["cause"] = .text(cause)
      return [Finding(rule: Self.name, severity: severity, layers: [output.index], evidence: evidence, message: message)]
    }
    if !(loss <= bound) {
      return finding(
        .warning, cause: loss.isNaN ? "not a number" : "too large", Self.tooLarge(loss, guess: guess, bound: bound))
    }
    let taken = plan.plainOutput ? output.preactivation : output.activation
    if taken.secondMoment == 0 {
      // A layer of zeros above features with a signal is a common way to start.
      let before = run.layers[..<(plan.nodes.count - 1)].last
      let isChosen = output.weights?.variance == 0 && (before?.activation.secondMoment ?? 1) > 0
      return isChosen
        ? finding(.note, cause: "zero output", Self.zeroOutput(guess))
        : finding(.warning, cause: "constant output", Self.constantOutput(loss, guess: guess))
    }
    // Single numbers all have a cosine of 1 or -1.
    let isConstant =
      output.activation.belowResolution.contains("spread") || output.activation.spread == 0
      || outputs > 1 && (output.activation.cosineSimilarity ?? 0) >= 1 - CollapsedInputs.errorBound
    return isConstant ? finding(.warning, cause: "constant output", Self.constantOutput(loss, guess: guess)) : []
  }

  /// The loss of a guess, and the largest loss that passes.
  private static func limits(
    _ kind: Loss, outputs: Int, _ run: InitializerRun, _ context: RuleContext
  ) -> (guess: Double, bound: Double) {
    switch kind {
    case .crossEntropy: return (log(Double(outputs)), LogitLoss.expected(classes: outputs, deviation: deviationBound))
    case .binaryCrossEntropy: return (log(2), LogitLoss.expected(classes: 1, deviation: deviationBound))
    case .meanSquaredError:
      let guess = run.lossOfGuess ?? 1 / Double(outputs)
      let isQuantity = run.lossOfGuess != nil && context.input.classes == nil
      return (guess, factorBound * ((isQuantity ? guess : 1) + guess))
    }
  }

  // MARK: Messages

  static func tooLarge(_ loss: Double, guess: Double, bound: Double) -> String {
    if loss.isNaN {
      return "The loss at the start is not a number: some outputs of the network are infinite or not a number themselves."
    }
    return """
      The loss starts at \(MessageNumber.number(loss)). Guessing costs \(MessageNumber.number(guess)), and the bound is \
      \(MessageNumber.number(bound)): the outputs are too large.
      """
  }

  static func zeroOutput(_ guess: Double) -> String {
    "The output layer starts from zero, so that the loss starts at that of guessing, \(MessageNumber.number(guess)). "
      + "Its weights learn first."
  }

  static func constantOutput(_ loss: Double, guess: Double) -> String {
    """
    The loss starts at \(MessageNumber.number(loss)) (guessing costs \(MessageNumber.number(guess))), and the outputs are \
    the same for all samples: nothing of the input reaches them.
    """
  }
}
