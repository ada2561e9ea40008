import Glibc
import SignalPropagation

/// The loss before the first step is not that of a network that knows nothing.
public struct LossAtStart: Rule {
  public static let name = "loss-at-start"
  public static let summary = "The loss at step 0 is not that of a guess."
  public static let explanation = """
    With C classes and small logits the cross-entropy starts at log C, the loss of guessing; logits of variance v add about \
    v/2. A loss far above it says that the outputs are too large: the first steps then undo what was drawn. The bound of \
    8 log C is from networks really trained: below it the median accuracy is 0.83, beyond it 0.68, and the network of 10 \
    classes with the largest loss that still trains starts at 543, so that no loss by itself is an error. For the squared \
    error, whose guess costs 1/C, the bound is 8 (1 + 1/C). Exactly the guess, with outputs that are zero or do not differ \
    from sample to sample, means that nothing of the input arrives. Judged only under --backward with a loss; the loss is a \
    mean over batch and replicas, and no chance is involved in factors of this size.
    """
  public static let remedy = """
    Shrink the output layer's weights (--output-init lecun_normal, or zeros, which start from the guess itself); where \
    the activations before it grow, mend that first.
    """
  public static let severities: [(severity: Finding.Severity, condition: String)] = [
    (.warning, "the loss exceeds 8 log C, or outputs do not depend on the input"),
    (.note, "the output is zero by its own weights: a guess, from which training may start"),
  ]

  static let factorBound = 8.0

  public init() {}

  public func findings(in run: InitializerRun, _ context: RuleContext) -> [Finding] {
    guard let loss = run.lossAtInitialization, let output = run.layers.last, output.units > 1 else { return [] }
    let classes = Double(output.units)
    let isEntropy = context.backward == .crossEntropy
    let guess = isEntropy ? log(classes) : 1 / classes
    let bound = Self.factorBound * (isEntropy ? guess : 1 + guess)
    let evidence: [String: Finding.Evidence] = [
      "loss": .number(loss), "guess": .number(guess), "bound": .number(bound), "classes": .number(classes),
    ]
    func finding(_ severity: Finding.Severity, _ message: String) -> [Finding] {
      [Finding(rule: Self.name, severity: severity, layers: [output.index], evidence: evidence, message: message)]
    }
    if !(loss <= bound) { return finding(.warning, Self.tooLarge(loss, guess: guess, bound: bound)) }
    if output.activation.secondMoment == 0 {
      // A layer of zeros above features that live is a start that many recipes choose.
      let isChosen = output.weights?.variance == 0 && (run.hiddenLayers.last?.activation.secondMoment ?? 1) > 0
      return isChosen
        ? finding(.note, Self.zeroOutput(guess)) : finding(.warning, Self.constantOutput(loss, guess: guess))
    }
    let isConstant =
      output.activation.belowResolution.contains("spread") || output.activation.spread == 0
      || (output.activation.cosineSimilarity ?? 0) >= 1 - CollapsedInputs.errorBound
    return isConstant ? finding(.warning, Self.constantOutput(loss, guess: guess)) : []
  }

  // MARK: Messages

  static func tooLarge(_ loss: Double, guess: Double, bound: Double) -> String {
    """
    The loss starts at \(Figures.number(loss)), where a guess costs \(Figures.number(guess)) and the bound is \
    \(Figures.number(bound)): the outputs are too large.
    """
  }

  static func zeroOutput(_ guess: Double) -> String {
    "The output layer is zero and the loss starts at the guess, \(Figures.number(guess)): its weights learn first."
  }

  static func constantOutput(_ loss: Double, guess: Double) -> String {
    """
    The loss starts at \(Figures.number(loss)) (a guess costs \(Figures.number(guess))) with outputs that are the same for \
    all samples: nothing of the input reaches them.
    """
  }
}
