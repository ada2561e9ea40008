import Glibc
import NetworkGraph
import NumberText
import SignalPropagation

/// Finds a softmax or sigmoid before a loss that contains one itself.
public struct DoubleSoftmax: Rule {
  public static let name = "double-softmax"
  public static let summary = "A softmax or sigmoid before a loss that has its own."
  public static let explanation = """
    Cross entropy is written in two ways. Losses that take logits contain the softmax (torch.nn.CrossEntropyLoss, Keras \
    with from_logits=True, optax.softmax_cross_entropy) or the sigmoid (torch.nn.BCEWithLogitsLoss); losses that take \
    probabilities expect it in the network (Keras's default, torch.nn.BCELoss). A network that ends in a softmax before a \
    loss of the first kind applies it twice: the loss then lies between log(1 + (C - 1)/e) and log(C - 1 + e) for C \
    classes, 1.46 to 2.46 for 10, however right the network is, and its gradients shrink with p (1 - p). Audit and training \
    leave out a softmax at the end under cross_entropy, and a sigmoid at the end under binary_cross_entropy, so that the \
    loss is that of the logits; the note says so. What stands before that and is again a softmax or sigmoid is really \
    applied, and a warning. Looked for through dropout and flatten; judged only under --backward with one of the two \
    losses. No chance is involved: the network's layers say it.
    """
  public static let remedy = """
    End the network in logits where the loss takes logits, and apply the softmax or sigmoid only to predict. Keep it where \
    the loss takes probabilities.
    """
  public static let severities: [(severity: Finding.Severity, condition: String)] = [
    (.warning, "the loss takes the output of another softmax or sigmoid, here as in the user's own program"),
    (.note, "the network ends in the softmax or sigmoid that the loss contains; it was applied once here"),
  ]

  public init() {}

  public func findings(in run: InitializerRun, _ context: RuleContext) -> [Finding] {
    guard let loss = context.backward.loss, loss != .meanSquaredError, let last = run.layers.last else { return [] }
    let plan = OutputPlan(context.network, loss)
    let own = plan.plainOutput ? nil : Self.squashing(before: plan.nodes)
    func finding(_ severity: Finding.Severity, _ layer: Int, _ message: String) -> Finding {
      Finding(
        rule: Self.name, severity: severity, layers: [layer],
        evidence: ["loss": .text(loss.rawValue), "layer": .text(run.layers[layer - 1].name)], message: message)
    }
    if let own, run.layers.indices.contains(own.place) {
      return [finding(.warning, own.place + 1, Self.twice(run.layers[own.place].name, own.function, loss))]
    }
    guard plan.isFused(in: context.network) else { return [] }
    return [finding(.note, last.index, Self.once(last.name, loss, outputs: context.network.output.count))]
  }

  /// The last node that computes something, where it is a softmax or has a sigmoid.
  private static func squashing(before nodes: ArraySlice<Network.Node>) -> (place: Int, function: String)? {
    guard let place = nodes.lastIndex(where: { !passesOn($0.layer.traits) }) else { return nil }
    if nodes[place].layer.traits.contains(.producesProbabilities) { return (place, "softmax") }
    let activation = nodes[place].layer.activation
    return activation.laws.isProbability ? (place, activation.label) : nil
  }

  /// Whether a layer only moves values, or sets some to zero.
  private static func passesOn(_ traits: OperatorTraits) -> Bool {
    traits.contains(.stochastic) || traits.keepsEveryValue && !traits.contains(.joins)
  }

  // MARK: Messages

  private static func function(_ loss: Loss) -> String { loss == .crossEntropy ? "softmax" : "sigmoid" }
  private static func torch(_ loss: Loss) -> String {
    loss == .crossEntropy ? "torch.nn.CrossEntropyLoss" : "torch.nn.BCEWithLogitsLoss"
  }

  static func once(_ layer: String, _ loss: Loss, outputs: Int) -> String {
    """
    The network ends in a \(function(loss)) (layer \(layer)), and \(loss.rawValue) contains one: here it was applied once, \
    and the loss is that of the logits, as Keras has it. \(torch(loss)) takes logits: behind this network it would apply \
    the \(function(loss)) twice, and the loss could not fall below \(floor(loss, outputs)). Leave the layer out there.
    """
  }

  static func twice(_ layer: String, _ inner: String, _ loss: Loss) -> String {
    """
    \(loss.rawValue) applies its \(function(loss)) to the output of \(inner == function(loss) ? "another" : "a") \
    \(inner) (layer \(layer)), here and in any program that runs this network: the values that it takes lie within 0 to \
    1, and the loss can neither fall nor rise far. Leave the \(inner) out.
    """
  }

  /// The smallest loss, reached where the network's own softmax or sigmoid is certain of the right answer.
  private static func floor(_ loss: Loss, _ outputs: Int) -> String {
    // log(1 + (C - 1) / e); log(1 + exp(-1)) for class 1 and log 2 for class 0.
    guard loss != .crossEntropy else { return MessageNumber.number(LogitFloor.value(outputs)) }
    return "\(MessageNumber.number(LogitFloor.value(2))) for class 1 and \(MessageNumber.number(log(2))) for class 0"
  }
}
