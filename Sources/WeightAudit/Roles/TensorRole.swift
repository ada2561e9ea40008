/// What a tensor is for, as far as its name and its shape tell, and how many values each output sums.
public struct TensorRole: Sendable, Hashable {
  public enum Kind: String, Sendable, CaseIterable {
    case linear, convolution, transposedConvolution = "transposed convolution", embedding
    case positionEmbedding = "position embedding", head = "output head", recurrent, router
    case gain = "norm gain", shift = "norm shift", bias, token, relativeBias = "relative position bias"
    case layerScale = "layer scale"
    /// Lengths of rows beside their directions, as weight normalization splits a matrix: positive by design.
    case magnitude = "row lengths"
    /// The gain of a global response norm, which is added to its input: zero is neutral.
    case responseGain = "response gain"
    case stateMatrix = "state matrix", skip, stepBias = "step bias", stepWeight = "step weight"
    case runningMean = "running mean", runningVariance = "running variance", counter, mask
    case frequencies = "rotary frequencies", scalar, other
    /// A matrix of an adapter such as LoRA, which its own program draws beside the model's weights.
    case adapter
    /// Numbers of steps, with the size of a step in a tensor beside them, as scaled float8 stores weights.
    case scaled = "scaled weight"
    /// Values that follow from a formula and were not drawn, told by the values themselves.
    case sinusoids = "sine and cosine table", pattern = "fixed pattern"

    /// Whether the values are a matrix of weights that a scheme draws.
    public var isWeight: Bool {
      switch self {
      case .linear, .convolution, .transposedConvolution, .embedding, .positionEmbedding, .head, .recurrent, .router: true
      default: false
      }
    }
  }

  /// How the axes are laid out.
  public enum Layout: String, Sendable {
    /// [out, in, ...], as PyTorch's Linear and convolutions.
    case outputsFirst
    /// [in, out], as Conv1D of GPT-2 and Flax's and Keras's kernels; with further axes before these two.
    case inputsFirst
    /// [in, out, ...], as PyTorch's transposed convolutions.
    case transposed
    /// [count, width], a table of vectors.
    case table
  }

  public var kind: Kind
  public var layout: Layout
  public var fanIn: Int?
  public var fanOut: Int?
  /// Equal parts of the tensor along an axis, such as query, key and value: how many, and along which axis.
  public var parts: (count: Int, axis: Int)? { partCount > 1 ? (partCount, partAxis) : nil }
  var partCount = 1
  var partAxis = 0
  /// Experts along the first axis; 1 where there are none.
  public var experts = 1
  /// The block's number, from the first number of the name; nil where it has none.
  public var block: Int?
  /// Whether it is the last matrix before a residual sum, of attention or of the feed-forward part.
  public var residualEnd: ResidualEnd?
  /// Whether it is the gain of the last norm of a residual branch, as in a ResNet's block.
  var isLastNorm = false
  /// Inputs and outputs of the whole tensor by its layout, and the size of the window of a convolution.
  var inputs = 1
  var outputs = 1
  var window = 1
  /// The window's side, as formulas call k.
  var side = 1

  public enum ResidualEnd: String, Sendable { case attention, feedForward, mixer }

  init(kind: Kind, layout: Layout = .outputsFirst) {
    self.kind = kind
    self.layout = layout
  }
}
