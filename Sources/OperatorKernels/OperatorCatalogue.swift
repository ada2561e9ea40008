import NetworkGraph

/// Every operator that can be executed, by ONNX's names.
public enum OperatorCatalogue {
  /// The entries, in alphabetical order.
  public static let entries: [OperatorEntry] = [
    .abs, .acos, .acosh, .add, .and, .argMax, .argMin, .asin, .asinh, .atan, .atanh, .attention, .averagePool,
    .batchNormalization, .bitShift, .cast, .castLike, .ceil, .celu, .clip, .concat, .constant, .constantOfShape, .conv,
    .convTranspose, .cos, .cosh, .cumSum, .depthToSpace, .div, .dropout, .einsum, .elu, .equal, .erf, .exp, .expand,
    .flatten, .floor, .gather, .gatherElements, .gatherND, .gelu, .gemm, .globalAveragePool, .globalMaxPool, .greater,
    .greaterOrEqual, .groupNormalization, .gru, .hardmax, .hardSigmoid, .hardSwish, .identity, .instanceNormalization,
    .isInf, .isNaN, .layerNormalization, .leakyRelu, .less, .lessOrEqual, .log, .logSoftmax, .lpNormalization, .lpPool,
    .lrn, .lstm, .matMul, .max, .maxPool, .mean, .meanVarianceNormalization, .min, .mish, .mod, .mul, .neg, .nonZero,
    .not, .oneHot, .or, .pad, .pow, .pRelu, .range, .reciprocal, .reduceL1, .reduceL2, .reduceLogSum, .reduceLogSumExp,
    .reduceMax, .reduceMean, .reduceMin, .reduceProd, .reduceSum, .reduceSumSquare, .relu, .reshape, .resize,
    .rmsNormalization, .rnn, .rotaryEmbedding, .round, .scatterElements, .scatterND, .selu, .shape, .sigmoid, .sign, .sin,
    .sinh, .size, .slice, .softmax, .softplus, .softsign, .spaceToDepth, .split, .sqrt, .squeeze, .sub, .sum, .swish,
    .tan, .tanh, .thresholdedRelu, .tile, .topK, .transpose, .trilu, .unsqueeze, .upsample, .where, .xor,
  ]

  private static let byName = Dictionary(uniqueKeysWithValues: entries.map { ($0.name, $0) })

  /// The entry of an operator; nil for one that cannot be executed.
  ///
  /// - Parameter name: ONNX's name.
  public static subscript(name: String) -> OperatorEntry? { byName[name] }
}
