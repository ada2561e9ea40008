import NetworkGraph

/// Every operator that can be executed, by ONNX's names.
public enum OperatorCatalogue {
  /// The entries, in alphabetical order.
  public static let entries: [OperatorEntry] = [
    .add, .attention, .averagePool, .batchNormalization, .conv, .convTranspose, .depthToSpace, .einsum, .gemm,
    .globalAveragePool, .globalMaxPool, .groupNormalization, .gru, .hardmax, .instanceNormalization, .layerNormalization,
    .logSoftmax, .lpNormalization, .lpPool, .lrn, .lstm, .matMul, .maxPool, .meanVarianceNormalization, .relu, .resize,
    .rmsNormalization, .rnn, .rotaryEmbedding, .softmax, .spaceToDepth, .upsample,
  ]

  private static let byName = Dictionary(uniqueKeysWithValues: entries.map { ($0.name, $0) })

  /// The entry of an operator; nil for one that cannot be executed.
  ///
  /// - Parameter name: ONNX's name.
  public static subscript(name: String) -> OperatorEntry? { byName[name] }
}
