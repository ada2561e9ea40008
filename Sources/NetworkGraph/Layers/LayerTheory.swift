/// What mean-field theory may take a layer for: the description that theory computes with instead of the layer's type.
public enum LayerTheory: Hashable, Sendable {
  /// A matrix of independent weights times the input, plus a bias, with the activation behind it: `f(W h + b)`. On a
  /// sequence it acts on each step alike.
  case linear
  /// The sum of the inputs. Where the layer has a gain, all inputs but the first are multiplied by it.
  case sum
  /// Less the mean, divided by the deviation, times the gain, plus the shift, with the activation behind it. `epsilon` is
  /// added to the variance.
  case normalization(over: Axis, epsilon: Double)
  /// Several positions become one.
  case pooling
  /// Nothing that theory can compute with.
  case unknown(Reason)

  /// What a normalization takes its mean and deviation over.
  public enum Axis: Hashable, Sendable {
    /// The samples of the batch, separately for each unit.
    case batch
    /// The units of each sample, or of each step.
    case layer
  }

  /// Why theory knows nothing.
  public enum Reason: Hashable, Sendable {
    /// Theory has no formula for layers of this kind.
    case kind
    /// A sentence without its full stop.
    case sentence(String)
  }
}
