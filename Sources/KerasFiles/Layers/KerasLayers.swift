/// All layers of Keras that have a counterpart here, and why others have none.
enum KerasLayers {
  typealias Converter = @Sendable (inout KerasLowering, KerasLayer) throws(KerasStop) -> KerasValue

  static let converters: [String: Converter] = [
    "Dense": dense, "Conv1D": convolution, "Conv2D": convolution, "Convolution1D": convolution, "Convolution2D": convolution,
    "DepthwiseConv1D": depthwise, "DepthwiseConv2D": depthwise, "SeparableConv1D": separable, "SeparableConv2D": separable,
    "MaxPooling1D": pooling, "MaxPooling2D": pooling, "AveragePooling1D": pooling, "AveragePooling2D": pooling,
    "MaxPool1D": pooling, "MaxPool2D": pooling, "AvgPool1D": pooling, "AvgPool2D": pooling,
    "GlobalAveragePooling1D": globalPooling, "GlobalAveragePooling2D": globalPooling, "GlobalMaxPooling1D": globalPooling,
    "GlobalMaxPooling2D": globalPooling, "GlobalAvgPool1D": globalPooling, "GlobalAvgPool2D": globalPooling,
    "GlobalMaxPool1D": globalPooling, "GlobalMaxPool2D": globalPooling,
    "Flatten": flatten, "Reshape": reshape, "ZeroPadding1D": zeroPadding, "ZeroPadding2D": zeroPadding,
    "Dropout": dropout, "SpatialDropout1D": spatialDropout, "SpatialDropout2D": spatialDropout, "GaussianNoise": noise,
    "GaussianDropout": noise, "AlphaDropout": noise, "ActivityRegularization": noise,
    "BatchNormalization": batchNormalization, "LayerNormalization": layerNormalization, "Embedding": embedding,
    "SimpleRNN": simpleRNN, "LSTM": lstm, "GRU": gru, "CuDNNLSTM": lstm, "CuDNNGRU": gru,
    "TimeDistributed": timeDistributed, "Bidirectional": bidirectional, "MultiHeadAttention": attention,
    "Add": add, "add": add, "TFOpLambda": operation, "Concatenate": concatenate,
    "Activation": activation, "ReLU": activation, "LeakyReLU": activation, "ELU": activation, "PReLU": activation,
    "Softmax": activation, "Relu": activation, "Sigmoid": activation, "Tanh": activation, "Silu": activation,
    "Selu": activation, "Softplus": activation, "Relu6": activation, "Gelu": activation,
    "Rescaling": preprocessing, "Normalization": preprocessing, "RandomFlip": augmentation, "RandomRotation": augmentation,
    "RandomZoom": augmentation, "RandomTranslation": augmentation, "RandomContrast": augmentation,
    "RandomBrightness": augmentation, "RandomShear": augmentation, "RandomHue": augmentation,
    "RandomSaturation": augmentation, "RandomColorJitter": augmentation, "RandomSharpness": augmentation,
    "RandomGaussianBlur": augmentation, "RandomErasing": augmentation, "RandomInvert": augmentation,
    "RandomGrayscale": augmentation, "RandomPosterization": augmentation, "Identity": identity,
  ]

  /// Why a layer has no counterpart, where more can be said than that there is none.
  static let reasons: [String: String] = [
    "Conv2DTranspose": "transposed convolutions are not known here",
    "Conv1DTranspose": "transposed convolutions are not known here",
    "Conv3DTranspose": "transposed convolutions are not known here",
    "Conv3D": "signals here have two axes and channels at most",
    "MaxPooling3D": "signals here have two axes and channels at most",
    "AveragePooling3D": "signals here have two axes and channels at most",
    "UpSampling1D": "upsampling is not known here", "UpSampling2D": "upsampling is not known here",
    "Lambda": "it runs a function of the model's own program",
    "Multiply": "products of signals are not known here", "Dot": "products of signals are not known here",
    "Subtract": "differences of signals are not known here", "Average": "means of signals are not known here",
    "Maximum": "the larger of two signals is not known here", "Minimum": "the smaller of two signals is not known here",
    "Permute": "axes cannot be exchanged here", "RepeatVector": "repeating a vector is not known here",
    "Cropping1D": "cropping is not known here", "Cropping2D": "cropping is not known here",
    "Masking": "steps cannot be masked here",
    "RMSNormalization": "this normalization is not known here", "GroupNormalization": "this normalization is not known here",
    "UnitNormalization": "this normalization is not known here",
    "SpectralNormalization": "it changes another layer's weights in each pass",
    "WeightNormalization": "it changes another layer's weights in each pass",
    "Attention": "only MultiHeadAttention has a counterpart",
    "AdditiveAttention": "only MultiHeadAttention has a counterpart",
    "GroupQueryAttention": "only MultiHeadAttention has a counterpart",
    "GroupedQueryAttention": "only MultiHeadAttention has a counterpart",
    "ConvLSTM1D": "convolutional recurrence is not known here", "ConvLSTM2D": "convolutional recurrence is not known here",
    "RNN": "only SimpleRNN, LSTM and GRU have counterparts",
    "StackedRNNCells": "only SimpleRNN, LSTM and GRU have counterparts",
    "EinsumDense": "only Dense has a counterpart",
    "LocallyConnected1D": "only convolutions with shared weights are known here",
    "LocallyConnected2D": "only convolutions with shared weights are known here",
    "TextVectorization": "texts must be token ids; do what it does before the model",
    "StringLookup": "texts must be token ids; do what it does before the model",
    "Resizing": "images must have their size; do what it does before the model",
    "CenterCrop": "images must have their size; do what it does before the model",
    "RandomCrop": "images must have their size; do what it does before the model",
    "InputLayer": "an input in the middle of a model",
  ]

  // MARK: Parts of configurations

  /// The weights' initializer as a layer's field takes it, with its seed noted.
  static func kernel(
    _ k: inout KerasLowering, _ layer: KerasLayer, _ key: String = "kernel_initializer", shape: [Int],
    standard: String = "keras.glorot_uniform"
  ) throws(KerasStop) -> String {
    let initializer = try KerasInitializer(layer.fields[key], key: key)
    k.seed(initializer, shape: shape, of: "\(layer.name)/\(key.replacing("_initializer", with: ""))")
    return initializer?.specification ?? standard
  }

  /// The bias's initializer, or `none` for no bias.
  static func bias(_ layer: KerasLayer, count: Int) throws(KerasStop) -> String {
    guard try layer.fields.boolean("use_bias", default: true) else { return "none" }
    return try vector(layer, "bias_initializer", count: count) ?? "keras.zeros"
  }

  /// The initializer of one value for each unit; nil where none is declared.
  static func vector(_ layer: KerasLayer, _ key: String, count: Int) throws(KerasStop) -> String? {
    try KerasInitializer(layer.fields[key], key: key)?.ofVector(count, key: key)
  }

  static func hasBias(_ layer: KerasLayer) throws(KerasStop) -> Bool { try layer.fields.boolean("use_bias", default: true) }

  /// The layer's activation as a field and what remains to be done behind the layer.
  static func activation(
    _ k: KerasLowering, _ layer: KerasLayer
  ) throws(KerasStop) -> (field: String?, rest: KerasActivation) {
    let activation = try KerasActivation(layer.fields["activation"], version: k.version)
    guard case .function(let name) = activation else { return (nil, activation) }
    return (name, .none)
  }

  /// Refuses call arguments that would change what the layer computes.
  static func refuseArguments(_ layer: KerasLayer, except known: Set<String> = []) throws(KerasStop) {
    for member in layer.arguments.members ?? [] where !member.value.isNull && !known.contains(member.key) {
      if member.key == "training" || member.key == "name" || member.key == "mask" { continue }
      throw .problem("it is called with \(member.key.prefix(40)), which has no counterpart")
    }
  }

  static func text(_ extents: [Int]) -> String {
    extents.count == 1 ? "\(extents[0])" : "[" + extents.map { "\($0)" }.joined(separator: ", ") + "]"
  }
}
