/// The measurements of one layer in one run: an operation with its activation.
public struct LayerResult: Sendable, Equatable {
  public var index: Int
  public var name: String
  public var kind: String
  public var units: Int
  public var fanIn: Int?
  public var fanOut: Int?
  /// The module of a model from a file that the layer belongs to, such as `transformer.h.0.attn`; nil for networks of our
  /// own layers.
  public var scope: String?
  /// The value of the file's graph that is the activation; nil for networks of our own layers.
  public var value: String?
  public var weights: WeightSummary?
  /// The layer's first bias; nil for a layer without one.
  public var bias: BiasSummary?
  /// The pre-activation. For a recurrent layer it is `W x + U h + b` of all gates at all steps, without an LSTM's forget
  /// bias.
  public var preactivation: SignalSummary
  public var activation: SignalSummary
  /// The gradient with respect to the layer's activation.
  public var gradient: SignalSummary
  public var preactivationGradient: SignalSummary
  /// The gradient with respect to the weights, summed over the batch; nil for a layer without weights.
  public var weightGradient: SignalSummary?
  /// The signal through time; nil for a layer without recurrence.
  public var recurrence: Recurrence?

  /// How a recurrent layer carries the signal forward in time and the gradient back.
  public struct Recurrence: Sendable, Equatable, Encodable {
    /// log10 of the second moment of the state after each step, as a mean over replicas; nil for a zero state.
    public var log10State: [Double?]
    /// The same for the loss's gradient with respect to that state, through all later steps. The last step has lag 0.
    public var log10StateGradient: [Double?]
    package init(log10State: [Double?], log10StateGradient: [Double?]) {
      self.log10State = log10State
      self.log10StateGradient = log10StateGradient
    }
  }

  package init(
    index: Int, name: String, kind: String, units: Int, fanIn: Int?, fanOut: Int?, weights: WeightSummary?,
    preactivation: SignalSummary, activation: SignalSummary, gradient: SignalSummary, preactivationGradient: SignalSummary,
    weightGradient: SignalSummary?
  ) {
    self.index = index
    self.name = name
    self.kind = kind
    self.units = units
    self.fanIn = fanIn
    self.fanOut = fanOut
    self.weights = weights
    self.preactivation = preactivation
    self.activation = activation
    self.gradient = gradient
    self.preactivationGradient = preactivationGradient
    self.weightGradient = weightGradient
  }
}
