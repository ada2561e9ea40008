import NetworkGraph

/// Every operator that can be executed, by ONNX's names.
public enum OperatorCatalogue {
  /// The entries, in alphabetical order.
  public static let entries: [OperatorEntry] = [
    .abs, .add, .averagePool, .batchNormalization, .cast, .concat, .conv, .convTranspose, .div, .dropout, .exp, .expand,
    .flatten, .gather, .gelu, .gemm, .globalAveragePool, .globalMaxPool, .groupNormalization, .gru, .hardmax, .identity,
    .instanceNormalization, .layerNormalization, .logSoftmax, .lpPool, .lstm, .matMul, .maxPool, .mul, .neg, .pow,
    .reciprocal, .reduceL1, .reduceL2, .reduceLogSum, .reduceLogSumExp, .reduceMax, .reduceMean, .reduceMin, .reduceProd,
    .reduceSum, .reduceSumSquare, .relu, .reshape, .rmsNormalization, .rnn, .sigmoid, .sign, .slice, .softmax, .split,
    .sqrt, .squeeze, .sub, .tanh, .tile, .transpose, .unsqueeze, .where,
  ]

  private static let byName = Dictionary(uniqueKeysWithValues: entries.map { ($0.name, $0) })

  /// The entry of an operator; nil for one that cannot be executed.
  ///
  /// - Parameter name: ONNX's name.
  public static subscript(name: String) -> OperatorEntry? { byName[name] }
}
