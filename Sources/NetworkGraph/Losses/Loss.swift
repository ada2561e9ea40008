/// The loss function that training minimizes, as a mean over the batch.
public enum Loss: String, Sendable, CaseIterable, Codable {
  /// Cross-entropy of the softmax of the outputs with the class. Where a network ends in a softmax layer, the loss takes
  /// that layer's input.
  case crossEntropy = "cross_entropy"
  /// Cross-entropy of the sigmoid of the output with a class of 0 or 1. Where a network ends in a sigmoid, the loss takes
  /// the sigmoid's input.
  case binaryCrossEntropy = "binary_cross_entropy"
  /// Mean squared error over outputs and batch. Classes become one-hot vectors, or 0 and 1 for one output.
  case meanSquaredError = "mean_squared_error"
}
