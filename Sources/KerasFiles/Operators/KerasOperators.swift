import NetworkGraph
import OperatorKernels

/// All layers of Keras that become operators of a graph.
enum KerasOperators {
  typealias Converter = @Sendable (inout KerasGraphBuilder, KerasLayer) throws(KerasStop) -> [KerasSignal]

  /// How a layer is lowered; nil where there is no way.
  static func converter(_ layer: KerasLayer) -> Converter? {
    if layer.isOperation || ["TFOpLambda", "SlicingOpLambda"].contains(layer.type) { return operations[layer.type] }
    // Random changes of samples have many names, all of which begin so.
    return converters[layer.type] ?? (layer.type.hasPrefix("Random") && layer.type != "RandomCrop" ? dropout : nil)
  }

  private static let converters: [String: Converter] = [
    "Dense": dense, "EinsumDense": einsumDense,
    "Conv1D": convolution, "Conv2D": convolution, "Conv3D": convolution, "Convolution1D": convolution,
    "Convolution2D": convolution, "DepthwiseConv1D": depthwise, "DepthwiseConv2D": depthwise, "SeparableConv1D": separable,
    "SeparableConv2D": separable, "Conv1DTranspose": transposedConvolution, "Conv2DTranspose": transposedConvolution,
    "Conv3DTranspose": transposedConvolution,
    "MaxPooling1D": pooling, "MaxPooling2D": pooling, "MaxPooling3D": pooling, "AveragePooling1D": pooling,
    "AveragePooling2D": pooling, "AveragePooling3D": pooling, "MaxPool1D": pooling, "MaxPool2D": pooling,
    "MaxPool3D": pooling, "AvgPool1D": pooling, "AvgPool2D": pooling, "AvgPool3D": pooling,
    "GlobalAveragePooling1D": globalPooling, "GlobalAveragePooling2D": globalPooling,
    "GlobalAveragePooling3D": globalPooling, "GlobalMaxPooling1D": globalPooling, "GlobalMaxPooling2D": globalPooling,
    "GlobalMaxPooling3D": globalPooling, "GlobalAvgPool1D": globalPooling, "GlobalAvgPool2D": globalPooling,
    "GlobalAvgPool3D": globalPooling, "GlobalMaxPool1D": globalPooling, "GlobalMaxPool2D": globalPooling,
    "GlobalMaxPool3D": globalPooling,
    "Flatten": flatten, "Reshape": reshape, "Permute": permute, "RepeatVector": repeatVector,
    "ZeroPadding1D": zeroPadding, "ZeroPadding2D": zeroPadding, "ZeroPadding3D": zeroPadding, "Cropping1D": cropping,
    "Cropping2D": cropping, "Cropping3D": cropping, "UpSampling1D": upsampling, "UpSampling2D": upsampling,
    "UpSampling3D": upsampling,
    "Dropout": dropout, "SpatialDropout1D": dropout, "SpatialDropout2D": dropout, "SpatialDropout3D": dropout,
    "GaussianNoise": dropout, "GaussianDropout": dropout, "AlphaDropout": dropout, "StochasticDepth": dropout,
    "ActivityRegularization": passed,
    "Identity": passed, "Masking": masking,
    "BatchNormalization": batchNormalization, "LayerNormalization": layerNormalization,
    "RMSNormalization": rootMeanSquareNormalization, "GroupNormalization": groupNormalization,
    "UnitNormalization": unitNormalization, "LayerScale": layerScale,
    "Embedding": embedding, "SimpleRNN": simpleRNN, "LSTM": lstm, "GRU": gru, "CuDNNLSTM": lstm, "CuDNNGRU": gru,
    "TimeDistributed": timeDistributed, "Bidirectional": bidirectional, "MultiHeadAttention": multiHeadAttention,
    "GroupedQueryAttention": multiHeadAttention, "GroupQueryAttention": multiHeadAttention,
    "Attention": dotAttention, "AdditiveAttention": additiveAttention,
    "Add": merging, "Subtract": merging, "Multiply": merging, "Average": merging, "Maximum": merging, "Minimum": merging,
    "add": merging, "CustomScaleLayer": merging, "Concatenate": concatenate, "Dot": dot,
    "Activation": activation, "ReLU": activation, "LeakyReLU": activation, "ELU": activation, "PReLU": slopes,
    "Softmax": activation, "Rescaling": rescaling, "Normalization": normalization,
  ]

  /// Operations of `keras.ops`, and of TensorFlow in models of Keras 2.
  private static let operations: [String: Converter] = [
    "Add": arithmetic, "Subtract": arithmetic, "Multiply": arithmetic, "Divide": arithmetic, "TrueDivide": arithmetic,
    "Maximum": arithmetic, "Minimum": arithmetic, "Power": arithmetic, "Matmul": arithmetic, "TFOpLambda": arithmetic,
    "Negative": elementwise, "Exp": elementwise, "Log": elementwise, "Sqrt": elementwise, "Square": elementwise,
    "Absolute": elementwise, "Abs": elementwise, "Sin": elementwise, "Cos": elementwise,
    "Mean": reduction, "Sum": reduction, "Max": reduction, "Min": reduction,
    "Reshape": reshapeOperation, "Transpose": transposeOperation, "ExpandDims": expandDimensions, "Squeeze": squeeze,
    "Concatenate": concatenate, "GetItem": item, "SlicingOpLambda": item,
    "Softmax": activation, "Relu": activation, "Sigmoid": activation, "Tanh": activation, "Silu": activation,
    "Selu": activation, "Softplus": activation, "Relu6": activation, "Gelu": activation,
    "LeakyRelu": activation, "Elu": activation, "Celu": activation, "HardSigmoid": activation, "HardSilu": activation,
    "HardTanh": activation, "Softsign": activation, "LogSigmoid": activation, "TanhShrink": activation,
    "HardShrink": activation, "SoftShrink": activation, "SparsePlus": activation, "SparseSigmoid": activation,
    "Squareplus": activation,
  ]

  // MARK: Parts of configurations

  static func hasChannelsFirst(_ layer: KerasLayer) throws(KerasStop) -> Bool {
    try layer.fields.string("data_format") == "channels_first"
  }

  /// The weights' initializer as a specification, with its seed noted.
  static func kernel(
    _ g: inout KerasGraphBuilder, _ layer: KerasLayer, _ key: String = "kernel_initializer", stored: [Int],
    standard: String = "glorot_uniform"
  ) throws(KerasStop) -> KerasInitializer {
    guard let initializer = try KerasInitializer(layer.fields[key] ?? .string(standard), key: key) else {
      throw .problem("\(key) is missing")
    }
    g.notes.seed(initializer, shape: stored, of: "\(layer.name)/\(key.replacing("_initializer", with: ""))")
    return initializer
  }

  /// The bias of so many units; nil where the layer has none.
  static func bias(
    _ g: inout KerasGraphBuilder, _ layer: KerasLayer, _ source: String = "vars/1", count: Int
  ) throws(KerasStop) -> (value: ValueID, place: Int)? {
    guard try layer.fields.boolean("use_bias", default: true) else { return nil }
    let declared = try KerasLayers.vector(layer, "bias_initializer", count: count) ?? "keras.zeros"
    return try g.parameter(layer, .vector(source, "bias", count: count, role: .bias, declared))
  }

  /// A size of a layer: units, filters.
  static func size(_ layer: KerasLayer, _ key: String) throws(KerasStop) -> Int {
    let value = try layer.fields.required(key)
    guard (1...(1 << 20)).contains(value) else { throw .problem("\(key) must lie in 1...\(1 << 20), got \(value)") }
    return value
  }

  /// Refuses call arguments that would change what the layer computes.
  static func refuseArguments(_ layer: KerasLayer, except known: Set<String> = []) throws(KerasStop) {
    try KerasLayers.refuseArguments(layer, except: known)
  }
}
